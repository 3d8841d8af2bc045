/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/vnf_load.h"
#include "runtime/base/err.h"
#include "runtime/base/fs.h"
#include "runtime/spec/document.h"
#include "runtime/spec/vnf_check.h"
#include "runtime/spec/vnf_tables.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static const struct vnf vnf_defaults = {
	.process = { .umask = 022, .stop_signal = SIGTERM, .stop_timeout = 10000 },
	.no_new_privs = true,
	.userns = true,
	.ids = { .size = 65536 },
	.resources = VNF_RESOURCES_UNSET,
	.restart = VNF_RESTART_NO,
	.max_retries = 0,
	.backoff = 1000,
	.log_max_size = 1 << 20,
	.log_files = 4,
}; /* and when it is loaded: hostname is the name, seccomp "default" */

#define MEMBER(m) offsetof(struct vnf, m)
#define LIST(m)   .offset = MEMBER(m), .also = MEMBER(n_##m)
static const struct field vnf_fields[] = {
	{ .key = "name", REQUIRED, MEMBER(name), load_name },
	{ .key = "rootfs", OPTIONAL, MEMBER(rootfs), load_object, .table = &rootfs_table },
	{ .key = "hostname", OPTIONAL, MEMBER(hostname), load_hostname },
	{ .key = "hosts", OPTIONAL, MEMBER(hosts), load_hosts },
	{ .key = "dns", OPTIONAL, 0, load_object, .table = &dns_table },
	{ .key = "dirs", OPTIONAL, .load = load_list, LIST(dirs), .table = &dir_table },
	/* A start hands the sources of all mounts over in one message: ROOTFS_SOURCES_MAX. */
	{ .key = "mounts",
	  OPTIONAL,
	  .load = load_list,
	  LIST(mounts),
	  .max = 100,
	  .table = &mount_table },
	{ .key = "devices",
	  OPTIONAL,
	  .load = load_devices,
	  LIST(devices),
	  .max = 32,
	  .table = &device_table },
	{ .key = "setup", OPTIONAL, .load = load_setup, LIST(setup) },
	{ .key = "process", OPTIONAL, MEMBER(process), load_object, .table = &process_table },
	{ .key = "capabilities", OPTIONAL, MEMBER(capabilities), load_capabilities },
	{ .key = "no_new_privs", OPTIONAL, MEMBER(no_new_privs), load_bool },
	{ .key = "seccomp", OPTIONAL, MEMBER(seccomp), load_seccomp },
	{ .key = "userns", OPTIONAL, MEMBER(userns), load_bool },
	{ .key = "ids", OPTIONAL, MEMBER(ids), load_ids, .table = &ids_table },
	{ .key = "resources", OPTIONAL, MEMBER(resources), load_object, .table = &resources_table },
	{ .key = "links", OPTIONAL, .load = load_list, LIST(links), .table = &link_table },
	{ .key = "interfaces",
	  OPTIONAL,
	  .load = load_list,
	  LIST(interfaces),
	  .table = &iface_table },
	{ .key = "packet_cpu",
	  OPTIONAL,
	  MEMBER(packet_cpu),
	  load_packet_cpu,
	  .table = &packet_table },
	{ .key = "sysctl", OPTIONAL, .load = load_sysctl, LIST(sysctl) },
	{ .key = "restart", OPTIONAL, 0, load_object, .table = &restart_table },
	{ .key = "log", OPTIONAL, 0, load_object, .table = &log_table },
	{ .key = "annotations", OPTIONAL, .load = load_annotations, LIST(annotations) },
};
#undef LIST
#undef MEMBER
const struct field_table vnf_table = { .fields = vnf_fields, ARRAY_LEN(vnf_fields) };

static void load_document(struct reading *r, json_t *doc, struct vnf *v)
{
	struct where top = { 0 };

	fields_load(r, doc, &vnf_table, v, &top);
	if (!v->hostname)
		v->hostname = str_dup(v->name);
	if (!v->seccomp)
		v->seccomp = str_dup("default");
	if (json_is_object(doc))
		vnf_check(r, v);
	if (r->spots.n > VNF_PROBLEMS_MAX)
		strs_addf(r->problems, "%s: and %zu more", r->name, r->spots.n - VNF_PROBLEMS_MAX);
}

/* What the record keeps has to load again into the same: limits have at most 7 digits, 3 of them
 * behind the point. */
char *vnf_document_text(const json_t *doc)
{
	char *text = json_dumps(doc, JSON_COMPACT | JSON_REAL_PRECISION(10));

	if (!text)
		abort();
	return text;
}

int vnf_load_bytes(const char *bytes, size_t n, const char *name, const char *dir, struct vnf **out,
		   struct strs *problems)
{
	scoped_reading struct reading r = {
		.name = name, .dir = dir, .problems = problems, .max = VNF_PROBLEMS_MAX
	};
	json_t *doc = document_parse(bytes, n, name, problems);

	if (!doc)
		return -1;

	struct vnf *v = mem_alloc(sizeof *v);
	*v = vnf_defaults;
	load_document(&r, doc, v);
	if (r.spots.n == 0)
		v->text = vnf_document_text(doc);
	json_decref(doc);
	if (r.spots.n > 0) {
		vnf_free(v);
		return -1;
	}
	*out = v;
	return 0;
}

/* The folder of PATH, absolute and without symbolic links, so that a ".." after it means what it
 * says. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	scoped_str char *dir =
		slash ? str_printf("%.*s/", (int)(slash - path), path) : str_dup(".");

	return realpath(dir, NULL);
}

int vnf_load_file(const char *path, struct vnf **out, struct strs *problems)
{
	scoped_str char *bytes = NULL;
	scoped_str char *dir = NULL;
	struct err e = { 0 };
	size_t n;

	if (fs_read_given(path, &bytes, &n, &e) < 0) {
		strs_addf(problems, "%s: %s", path, e.code ? strerror(e.code) : e.text);
		return -1;
	}
	dir = folder_of(path);
	return vnf_load_bytes(bytes, n, path, dir, out, problems);
}
