/* SPDX-License-Identifier: Apache-2.0 */
/* The first config.json of a bundle, as runc's users know it. */
#include "runtime/spec/oci_json.h"
#include "runtime/spec/oci_write.h"
#include "runtime/spec/vnf_expand.h"

#include <linux/capability.h>
#include <sched.h>
#include <string.h>

static const struct mount {
	const char *target, *type, *source;
	const char *const options[8];
} mounts[] = {
	{ "/proc", "proc", "proc", { NULL } },
	{ "/dev", "tmpfs", "tmpfs", { "nosuid", "strictatime", "mode=755", "size=65536k" } },
	/* 5 is the group tty, of which a container of one id knows nothing: last, to be cut off */
	{ "/dev/pts",
	  "devpts",
	  "devpts",
	  { "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5" } },
	{ "/dev/shm", "tmpfs", "shm", { "nosuid", "noexec", "nodev", "mode=1777", "size=65536k" } },
	{ "/dev/mqueue", "mqueue", "mqueue", { "nosuid", "noexec", "nodev" } },
	{ "/sys", "sysfs", "sysfs", { "nosuid", "noexec", "nodev", "ro" } },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", { "nosuid", "noexec", "nodev", "relatime", "ro" } },
};
/* The kernel gives a user namespace a sysfs only with a network namespace of its own. */
static const struct mount rootless_sys = {
	"/sys", "none", "/sys", { "rbind", "nosuid", "noexec", "nodev", "ro" }
};

static json_t *default_mount(const struct mount *m, bool rootless)
{
	json_t *mount = json_object();
	json_t *options = json_array();

	if (rootless && strcmp(m->target, "/sys") == 0)
		m = &rootless_sys;
	oci_put_text(mount, "destination", m->target);
	oci_put_text(mount, "type", m->type);
	oci_put_text(mount, "source", m->source);
	for (size_t i = 0; m->options[i]; i++)
		if (!rootless || strcmp(m->options[i], "gid=5") != 0)
			oci_add(options, json_string(m->options[i]));
	if (json_array_size(options) > 0)
		oci_put(mount, "options", json_incref(options));
	json_decref(options);
	return mount;
}

static json_t *default_process(void)
{
	static const char *const args[] = { "sh", NULL };
	static const char *const env[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
		NULL
	};
	const caps_mask some =
		1ULL << CAP_AUDIT_WRITE | 1ULL << CAP_KILL | 1ULL << CAP_NET_BIND_SERVICE;
	const struct caps_sets caps = { .bounding = some, .effective = some, .permitted = some };
	json_t *process = json_object();

	oci_put(process, "terminal", json_true());
	oci_put(process, "user", json_pack("{s:i,s:i}", "uid", 0, "gid", 0));
	oci_put_list(process, "args", args);
	oci_put_list(process, "env", env);
	oci_put_text(process, "cwd", "/");
	oci_put(process, "capabilities", oci_capabilities(&caps));
	oci_put(process, "rlimits",
		json_pack("[{s:s,s:i,s:i}]", "type", "RLIMIT_NOFILE", "hard", 1024, "soft", 1024));
	oci_put(process, "noNewPrivileges", json_true());
	return process;
}

static json_t *default_linux(const struct oci_default *how)
{
	const uint64_t always = CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS;
	json_t *part = json_object();

	if (how->rootless) {
		oci_put(part, "uidMappings", oci_idmap(0, how->uid, 1));
		oci_put(part, "gidMappings", oci_idmap(0, how->gid, 1));
		oci_put(part, "namespaces", oci_namespaces(always | CLONE_NEWUSER));
	} else {
		oci_put(part, "resources",
			json_pack("{s:[{s:b,s:s}]}", "devices", "allow", 0, "access", "rwm"));
		oci_put(part, "namespaces",
			oci_namespaces(always | CLONE_NEWNET | CLONE_NEWCGROUP));
	}
	oci_put_list(part, "maskedPaths", vnf_masked_paths);
	oci_put_list(part, "readonlyPaths", vnf_readonly_paths);
	return part;
}

char *oci_write_default(const struct oci_default *how)
{
	json_t *document = json_object();
	json_t *list = json_array();

	for (size_t i = 0; i < ARRAY_LEN(mounts); i++)
		oci_add(list, default_mount(&mounts[i], how->rootless));
	oci_put_text(document, "ociVersion", OCI_VERSION);
	oci_put(document, "process", default_process());
	oci_put(document, "root", json_pack("{s:s,s:b}", "path", "rootfs", "readonly", 1));
	oci_put_text(document, "hostname", "nfrun");
	oci_put(document, "mounts", list);
	oci_put(document, "linux", default_linux(how));
	return oci_text(document);
}
