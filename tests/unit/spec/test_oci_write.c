/* SPDX-License-Identifier: Apache-2.0 */
/* A descriptor and the config.json made of it describe the same container. */
#include "runtime/spec/oci_load.h"
#include "runtime/spec/oci_write.h"
#include "runtime/spec/vnf_load.h"
#include "tests/support/support.h"
#include "tests/unit/spec/spec_text.h"

#include <glob.h>
#include <sched.h>

static struct spec *load(const char *json)
{
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	struct spec *s = NULL;
	int r = oci_load_bytes(json, strlen(json), "config.json", "/bundle", &s, &problems,
			       &warnings);

	cr_assert_eq(r, 0, "%s in\n%s", problems.n ? problems.v[0] : "", json);
	cr_expect_eq(warnings.n, 0, "%s", warnings.n ? warnings.v[0] : "");
	return s;
}

/* Where OCI has another member for the same. */
static void level(struct spec *s)
{
	struct cgroup_limits *l = &s->resources;

	if (l->memory_and_swap != CGROUP_UNSET) {
		l->memory_swap_max = l->memory_and_swap - l->memory_max;
		l->memory_and_swap = CGROUP_UNSET;
	}
	if (!s->process.user)
		s->process.user = str_dup("0:0");
	if (!s->seccomp)
		s->seccomp = str_dup("unconfined");
}

/* Those that the document needed to say the rest; they are kept, as any annotation is. */
static void drop_own_annotations(struct spec *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_annotations; i++) {
		struct spec_pair *p = &s->annotations[i];

		if (strncmp(p->key, "io.nfrun.", strlen("io.nfrun.")) != 0) {
			s->annotations[n++] = *p;
			continue;
		}
		free(p->key);
		free(p->value);
	}
	s->n_annotations = n;
}

/* What only the OCI face could set has to be as if it had not. */
static void expect_nothing_else(const struct spec *s, const char *path)
{
	cr_expect(s->oci && s->own_init, "%s", path);
	cr_expect_eq(s->n_joins + s->uid_maps.n + s->gid_maps.n + s->n_devices + s->n_net_devices,
		     0, "%s", path);
	cr_expect(!s->monotonic.given && !s->boottime.given && !s->domainname && !s->profile &&
			  !s->root_propagation && !s->mount_label && !s->has_personality &&
			  !s->rdt.given && !s->memory_policy.given && !s->cgroups_path,
		  "%s", path);
	cr_expect(!s->process.has_oom_score_adj && !s->process.scheduler.given &&
			  !s->process.io_priority.given && !s->process.apparmor &&
			  !s->process.selinux && s->process.has_umask,
		  "%s", path);
	for (size_t i = 0; i < s->n_mounts; i++) {
		const struct spec_mount *m = &s->mounts[i];

		cr_expect(!m->attrs_clear && !m->rec_set && !m->rec_clear && !m->propagation &&
				  !m->copy_up && !m->no_follow && !m->idmapped && !m->uid_maps.n,
			  "%s: mount %s", path, m->target);
	}
	for (size_t i = 0; i < HOOK_KINDS; i++)
		cr_expect_eq(s->hooks[i].n, 0, "%s", path);
}

static void expect_round_trip(const char *path)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	cr_assert_eq(vnf_load_file(path, &v, &problems), 0, "%s", problems.n ? problems.v[0] : "");

	struct spec *of_vnf = vnf_expand(v);
	scoped_str char *json = oci_write(of_vnf);
	struct spec *of_oci = load(json);
	expect_nothing_else(of_oci, path);
	of_oci->id = str_dup(of_vnf->id);
	level(of_vnf);
	level(of_oci);
	drop_own_annotations(of_oci);
	scoped_str char *want = spec_text(of_vnf, true);
	scoped_str char *got = spec_text(of_oci, true);
	cr_expect_str_eq(got, want, "%s: got\n%s\nwanted\n%s", path, got, want);
	spec_free(of_oci);
	spec_free(of_vnf);
	vnf_free(v);
}

Test(oci_write, each_descriptor_comes_back_the_same)
{
	static const char *const patterns[] = { "tests/data/vnf/good/*.json", "examples/*.json" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		glob_t found;

		cr_assert_eq(glob(patterns[i], 0, NULL, &found), 0);
		for (size_t k = 0; k < found.gl_pathc; k++)
			expect_round_trip(found.gl_pathv[k]);
		n += found.gl_pathc;
		globfree(&found);
	}
	cr_expect_geq(n, 20);
}

Test(oci_write, an_unlimited_rlimit_is_the_number_that_go_has_for_it)
{
	static const char descriptor[] =
		"{\"name\":\"a\",\"process\":{\"args\":[\"\\\"soft\\\": -1\"],"
		"\"rlimits\":{\"CORE\":\"unlimited\"}}}";
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	cr_assert_eq(vnf_load_bytes(descriptor, strlen(descriptor), "x", NULL, &v, &problems), 0);

	struct spec *s = vnf_expand(v);
	scoped_str char *json = oci_write(s);
	cr_expect_not_null(strstr(json, "\"soft\": 18446744073709551615"));
	cr_expect_not_null(strstr(json, "\"hard\": 18446744073709551615"));
	cr_expect_not_null(strstr(json, "\"\\\"soft\\\": -1\""), "%s", json);
	spec_free(s);
	vnf_free(v);
}

Test(oci_write, a_new_bundles_document_loads)
{
	const struct oci_default root = { 0 }, rootless = { true, 1000, 100 };
	scoped_str char *json = oci_write_default(&root);
	struct spec *s = load(json);

	cr_expect(s->process.terminal && s->process.no_new_privs && s->root.readonly);
	cr_expect_str_eq(s->process.args.v[0], "sh");
	cr_expect_str_eq(s->root.path, "/bundle/rootfs");
	cr_expect_eq(s->namespaces, CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
					    CLONE_NEWNS | CLONE_NEWCGROUP);
	cr_expect_eq(s->n_mounts, 7);
	cr_expect(s->resources.has_devices);
	cr_expect_not(s->own_init);
	spec_free(s);

	scoped_str char *json_rootless = oci_write_default(&rootless);
	s = load(json_rootless);
	cr_expect_eq(s->namespaces,
		     CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWUSER);
	cr_assert(s->uid_maps.n == 1 && s->gid_maps.n == 1);
	cr_expect_eq(s->uid_maps.v[0].outside, 1000);
	cr_expect_eq(s->gid_maps.v[0].outside, 100);
	cr_expect_not(s->resources.has_devices);
	cr_expect_null(strstr(json_rootless, "gid=5"));
	spec_free(s);
}
