/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations have the descriptor's terms, so its tables and rules read them, into a struct vnf
 * that holds nothing else; the expansion of that is the container's. */
#include "runtime/spec/oci_annotations.h"
#include "runtime/spec/oci_wanted.h"
#include "runtime/spec/vnf_expand.h"
#include "runtime/spec/vnf_tables.h"

#include <sched.h>
#include <string.h>

#define PREFIX "io.nfrun."

static void wanted_free(struct wanted *w)
{
	for (size_t i = 0; i < w->n_files; i++) {
		free(w->files[i].path);
		free(w->files[i].text);
	}
	free(w->files);
	vnf_free(&w->vnf);
}

static void file_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	static const struct field path = { .offset = offsetof(struct spec_file, path) };
	struct spec_file *file = list_add(field_member(f, out), field_also(f, out), sizeof *file);
	json_t *key = json_string(at->key);

	load_inner_path(r, key, &path, file, at);
	json_decref(key);
	if (!json_is_string(v))
		problem_type(r, at, "a string", v);
	else
		file->text = str_dup(json_string_value(v));
}

static void load_files(struct reading *r, json_t *v, const struct field *f, void *out,
		       const struct where *at)
{
	static const struct each files = { "an object of texts", file_load };

	each_member(r, v, f, out, at, &files);
}

static const char *const root_words[] = { "bundle", "dir", "overlay", "host-view", NULL };
static const char *const init_words[] = { "no", "process", "alone", NULL };
static const char *const ids_words[] = { "mapped", "auto", "claim", NULL };

#define MEMBER(m) offsetof(struct wanted, m)
static const struct field root_fields[] = {
	{ .key = "kind", REQUIRED, MEMBER(root), load_word, .words = root_words },
	{ .key = "upper", OPTIONAL, MEMBER(vnf.rootfs.upper), load_host_path },
};
static const struct field_table root_table = { .fields = root_fields, ARRAY_LEN(root_fields) };

static const struct field user_fields[] = {
	{ .key = "user", OPTIONAL, MEMBER(vnf.process.user), load_owner },
	{ .key = "groups", OPTIONAL, MEMBER(vnf.process.groups), load_groups },
};
static const struct field_table user_table = { .fields = user_fields, ARRAY_LEN(user_fields) };

#define LIST(m)     .offset = MEMBER(m), .also = MEMBER(n_##m)
#define VNF_LIST(m) .offset = MEMBER(vnf.m), .also = MEMBER(vnf.n_##m)
static const struct annotation {
	enum {
		JSON,
		WORD,
		EITHER
	} value; /* WORD: is itself the text; EITHER: by its first
		    character, '{' or another */
	struct field field;
} known[] = {
	{ JSON,
	  { "io.nfrun.interfaces", .load = load_list, VNF_LIST(interfaces),
	    .table = &iface_table } },
	{ JSON, { "io.nfrun.links", .load = load_list, VNF_LIST(links), .table = &link_table } },
	{ EITHER,
	  { "io.nfrun.packet-cpu", .load = load_packet_cpu_text, .offset = MEMBER(vnf.packet_cpu),
	    .table = &packet_table } },
	{ JSON, { "io.nfrun.rootfs", .load = load_object, .table = &root_table } },
	{ JSON, { "io.nfrun.dirs", .load = load_list, VNF_LIST(dirs), .table = &dir_table } },
	{ JSON, { "io.nfrun.files", .load = load_files, LIST(files) } },
	{ JSON, { "io.nfrun.setup", .load = load_setup, VNF_LIST(setup) } },
	{ WORD,
	  { "io.nfrun.init", .load = load_word, .offset = MEMBER(init), .words = init_words } },
	{ WORD, { "io.nfrun.ids", .load = load_word, .offset = MEMBER(ids), .words = ids_words } },
	{ JSON, { "io.nfrun.user", .load = load_object, .table = &user_table } },
	{ JSON,
	  { "io.nfrun.resources", .load = load_object, .offset = MEMBER(vnf.resources),
	    .table = &resources_table } },
	{ WORD, { "io.nfrun.seccomp", .load = load_seccomp, .offset = MEMBER(vnf.seccomp) } },
};
#undef VNF_LIST
#undef LIST
#undef MEMBER

const char *oci_annotation(const struct spec *s, const char *key)
{
	for (size_t i = 0; i < s->n_annotations; i++)
		if (strcmp(s->annotations[i].key, key) == 0)
			return s->annotations[i].value;
	return NULL;
}

bool oci_annotations_choose_ids(const struct spec *s)
{
	const char *ids = oci_annotation(s, "io.nfrun.ids");

	return ids && strcmp(ids, ids_words[IDS_AUTO]) == 0;
}

/* "sandbox", "container", or NULL: not of a Kubernetes pod. */
static const char *role_in_pod(const struct spec *s)
{
	const char *containerd = oci_annotation(s, "io.kubernetes.cri.container-type");

	return containerd ? containerd : oci_annotation(s, "io.kubernetes.cri-o.ContainerType");
}

/* Who may write a pod's annotations is often nobody on its host, and CRI-O hands all of them on:
 * the root's layers, limits and filter are not his to say. */
static bool is_for_pods(const char *key)
{
	static const char *const keys[] = { "io.nfrun.interfaces", "io.nfrun.links",
					    "io.nfrun.packet-cpu" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

/* config.md, "Annotations": an unknown key must not be an error, whoever's it is. */
static void unknown(struct reading *r, const struct where *at)
{
	const char *keys[ARRAY_LEN(known)];

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		keys[i] = known[i].field.key;

	const char *close = word_near(at->key, keys, ARRAY_LEN(keys));
	warning_add(r, at, "ignored: nfrun knows no such annotation%s%s%s",
		    close ? ", did you mean '" : "", close ? close : "", close ? "'?" : "");
}

static bool is_object(const char *text)
{
	return text && text[strspn(text, " \t\r\n")] == '{';
}

static void value_load(struct reading *r, const struct annotation *a, const char *value,
		       struct wanted *w, const struct where *at)
{
	json_error_t where = { 0 };
	bool is_word = a->value == WORD || (a->value == EITHER && !is_object(value));
	json_t *v = is_word ? json_string(value)
			    : json_loads(value, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);

	if (!v) {
		problem_add(r, at, "line %d, column %d of this JSON: %s", where.line, where.column,
			    where.text);
		return;
	}
	a->field.load(r, v, &a->field, w, at);
	json_decref(v);
}

static void wanted_load(struct reading *r, const struct spec *s, struct wanted *w,
			const struct where *annotations)
{
	for (size_t i = 0; i < s->n_annotations; i++) {
		const struct spec_pair *p = &s->annotations[i];
		struct where at = { .up = annotations, .key = p->key };
		size_t k = 0;

		if (strncmp(p->key, PREFIX, strlen(PREFIX)) != 0)
			continue;
		while (k < ARRAY_LEN(known) && strcmp(known[k].field.key, p->key) != 0)
			k++;
		if (k < ARRAY_LEN(known) && role_in_pod(s) && !is_for_pods(p->key))
			problem_add(r, &at, "a Kubernetes pod has no say in this");
		else if (k < ARRAY_LEN(known))
			value_load(r, &known[k], p->value, w, &at);
		else
			unknown(r, &at);
	}
}

/* --- what is wanted into the description --- */

static void put_root(struct spec *s, struct wanted *w)
{
	static const enum spec_root_kind kinds[] = {
		[ROOT_BUNDLE] = SPEC_ROOT_DIR,
		[ROOT_DIR] = SPEC_ROOT_DIR,
		[ROOT_OVERLAY] = SPEC_ROOT_OVERLAY,
		[ROOT_HOST_VIEW] = SPEC_ROOT_HOST_VIEW,
	};

	s->root.kind = kinds[w->root];
	s->root.as_vnf = w->root != ROOT_BUNDLE;
	s->root.upper = str_dup(w->vnf.rootfs.upper);
	if (w->root == ROOT_HOST_VIEW) {
		free(s->root.path);
		s->root.path = NULL;
	}
}

static void put_ids(struct spec *s, const struct wanted *w)
{
	if (w->ids != IDS_CLAIM)
		return;
	s->ids_given = true;
	s->id_base = s->uid_maps.v[0].outside;
	s->id_size = s->uid_maps.v[0].size;
	free(s->uid_maps.v);
	free(s->gid_maps.v);
	s->uid_maps = s->gid_maps = (struct spec_idmaps){ 0 };
}

static void put_process(struct spec *s, const struct wanted *w)
{
	const struct vnf_process *p = &w->vnf.process;

	s->own_init = w->init != INIT_NO;
	if (w->init == INIT_ALONE)
		strs_free(&s->process.args);
	if (p->user) {
		free(s->process.user);
		s->process.user = str_dup(p->user);
	}
	if (p->groups.n > 0) {
		strs_free(&s->process.groups);
		strs_copy(&s->process.groups, &p->groups);
	}
	if (w->vnf.seccomp) {
		free(s->seccomp);
		s->seccomp = str_dup(w->vnf.seccomp);
	}
}

static void wanted_put(struct spec *s, struct wanted *w)
{
	const char *role = role_in_pod(s);

	/* containerd and CRI-O give a pod's annotations to its sandbox and to each of its
	 * containers. They share one network namespace, and the sandbox, which is there first and
	 * lasts as long as the pod, has the interfaces. */
	if (!role || strcmp(role, "container") != 0)
		vnf_expand_net(&w->vnf, s);
	put_root(s, w);
	put_ids(s, w);
	put_process(s, w);
	vnf_expand_dirs(&w->vnf, s);
	vnf_expand_setup(&w->vnf, s);
	vnf_expand_resources(&w->vnf.resources, &s->resources);
	if (!s->process.affinity_initial && !s->process.affinity_final)
		vnf_expand_exec_cpus(&w->vnf.resources, &s->process);
	s->files = w->files;
	s->n_files = w->n_files;
	w->files = NULL;
	w->n_files = 0;
}

void oci_annotations_apply(struct reading *r, struct spec *s, const struct where *at)
{
	struct wanted *w = mem_alloc(sizeof *w);

	w->vnf.resources = (struct vnf_resources)VNF_RESOURCES_UNSET;
	wanted_load(r, s, w, at);
	wanted_check(r, s, w, at);
	if (reading_clean(r, at))
		wanted_put(s, w);
	wanted_free(w);
}
