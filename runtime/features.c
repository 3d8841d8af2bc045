/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/features.h"
#include "cgroups/cgroup.h"
#include "runtime/base/caps.h"
#include "runtime/criu.h"
#include "runtime/hooks.h"
#include "runtime/seccomp.h"
#include "runtime/spec/oci_load.h"
#include "runtime/state.h"

#include <jansson.h>
#include <stdbool.h>

/* Lists come from the tables that load or carry out; what is a yes or no stands here. */
static const bool has_systemd_user = false; /* nfrun is root's */
static const bool has_intel_rdt = true;     /* rdt.h: schemata and monitoring groups */

static json_t *words(const char *const *list)
{
	json_t *a = json_array();

	for (; *list; list++)
		json_array_append_new(a, json_string(*list));
	return a;
}

/* Empties LIST. */
static json_t *texts(struct strs *list)
{
	json_t *a = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(a, json_string(list->v[i]));
	strs_free(list);
	return a;
}

static json_t *hooks(void)
{
	json_t *a = json_array();

	for (int k = 0; k < HOOK_KINDS; k++)
		json_array_append_new(a, json_string(hook_kind_name((enum spec_hook_kind)k)));
	return a;
}

static json_t *capabilities(void)
{
	json_t *a = json_array();
	char name[32];

	for (int n = 0; caps_number(caps_name(n, name)) == n; n++) {
		scoped_str char *full = str_printf("CAP_%s", name);

		json_array_append_new(a, json_string(full));
	}
	return a;
}

static json_t *cgroup(void)
{
	return json_pack("{s:b, s:b, s:b, s:b, s:b}", "v1", true, "v2", true, "systemd",
			 cgroup_systemd_is_built(), "systemdUser", has_systemd_user, "rdma", true);
}

static json_t *seccomp(void)
{
	struct strs archs = { 0 }, flags = { 0 };

	seccomp_supported_archs(&archs);
	seccomp_supported_flags(&flags);
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o}", "enabled", true, "actions",
			 words(seccomp_known_actions()), "operators",
			 words(seccomp_known_operators()), "archs", texts(&archs), "knownFlags",
			 words(seccomp_known_flags()), "supportedFlags", texts(&flags));
}

static json_t *enabled(bool yes)
{
	return json_pack("{s:b}", "enabled", yes);
}

static json_t *linux_features(void)
{
	json_t *o = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "namespaces",
			      words(oci_namespace_words()), "capabilities", capabilities(),
			      "cgroup", cgroup(), "seccomp", seccomp(), "apparmor", enabled(true),
			      "selinux", enabled(true));
	json_t *more = json_pack("{s:{s:b, s:b, s:b}, s:{s:o, s:o}, s:{s:o}, s:o}", "intelRdt",
				 "enabled", has_intel_rdt, "schemata", has_intel_rdt, "monitoring",
				 has_intel_rdt, "memoryPolicy", "modes", words(oci_memory_modes()),
				 "flags", words(oci_memory_flags()), "mountExtensions", "idmap",
				 enabled(true), "netDevices", enabled(true));

	json_object_update(o, more);
	json_decref(more);
	return o;
}

/* The checkpoint's is what callers ask runc for. */
static json_t *annotations(void)
{
	scoped_str char *libseccomp = seccomp_library_version();

	return json_pack("{s:s, s:s, s:s}", "io.nfrun.version", NFRUN_VERSION,
			 "io.github.seccomp.libseccomp.version", libseccomp,
			 "org.opencontainers.runc.checkpoint.enabled",
			 criu_is_built() ? "true" : "false");
}

/* Where a caller lets untrusted users set annotations, these make links on the host, choose roots
 * and ids, and run commands. */
static json_t *unsafe_annotations(void)
{
	return json_pack("[s]", "io.nfrun.");
}

char *features_json(void)
{
	json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "ociVersionMin", "1.0.0",
			      "ociVersionMax", OCI_VERSION, "hooks", hooks(), "mountOptions",
			      words(oci_mount_words()), "linux", linux_features(), "annotations",
			      annotations(), "potentiallyUnsafeConfigAnnotations",
			      unsafe_annotations());
	scoped_str char *text = json_dumps(o, JSON_INDENT(2));

	json_decref(o);
	return str_printf("%s\n", text);
}
