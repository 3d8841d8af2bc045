/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/mount_words.h"
#include "runtime/spec/vnf_expand.h"

#include <inttypes.h>
#include <linux/mount.h>
#include <string.h>

#define NOSUID MOUNT_ATTR_NOSUID
#define NODEV  MOUNT_ATTR_NODEV
#define NOEXEC MOUNT_ATTR_NOEXEC
#define RDONLY MOUNT_ATTR_RDONLY

/* OCI runtime-spec, config-linux.md, "Default Filesystems", and what engines add to them. cgroup2
 * is not among them: no default of a VNF needs it. */
static const struct {
	const char *type, *target;
	uint64_t attrs;
	const char *data[3];
} default_mounts[] = {
	{ "proc", "/proc", NOSUID | NODEV | NOEXEC, { NULL } },
	{ "sysfs", "/sys", NOSUID | NODEV | NOEXEC | RDONLY, { NULL } },
	{ "tmpfs", "/dev", NOSUID, { "mode=755", "size=65536k" } },
	{ "devpts", "/dev/pts", NOSUID | NOEXEC, { "newinstance", "ptmxmode=0666", "mode=0620" } },
	{ "tmpfs", "/dev/shm", NOSUID | NODEV | NOEXEC, { "mode=1777", "size=65536k" } },
	{ "mqueue", "/dev/mqueue", NOSUID | NODEV | NOEXEC, { NULL } },
};

/* What tells of the host, or reaches it, through file systems that namespaces do not divide: the
 * lists of runc and podman. */
const char *const vnf_masked_paths[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/sys/firmware",
	"/sys/devices/virtual/powercap",
	NULL,
};
const char *const vnf_readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL,
};

static struct spec_mount *mount_add(struct spec *s, const char *type, const char *target,
				    uint64_t attrs)
{
	s->mounts = mem_grow(s->mounts, s->n_mounts + 1, sizeof *s->mounts);

	struct spec_mount *m = &s->mounts[s->n_mounts++];
	*m = (struct spec_mount){ .type = str_dup(type),
				  .target = str_dup(target),
				  .attrs = attrs };
	return m;
}

static void expand_mount(const struct vnf_mount *from, struct spec *s)
{
	bool tmpfs = from->type == VNF_MOUNT_TMPFS;
	struct spec_mount *m = mount_add(s, tmpfs ? "tmpfs" : "bind", from->target, NOSUID | NODEV);

	m->source = str_dup(from->source);
	for (size_t i = 0; i < from->options.n; i++)
		if (!mount_word_apply(from->options.v[i], &m->attrs, &m->recursive))
			strs_add(&m->data, from->options.v[i]);
	if (from->readonly)
		m->attrs |= RDONLY;
	if (from->size != VNF_UNSET)
		strs_addf(&m->data, "size=%" PRIu64, from->size);
}

/* What opens it is the device itself: of attributes only nodev would matter. */
static void expand_device(const struct vnf_device *from, struct spec *s)
{
	struct spec_mount *m = mount_add(s, "bind", from->path, NOSUID | NOEXEC);

	m->source = str_dup(from->path);
	(void)snprintf(m->access, sizeof m->access, "%s", vnf_access_words[from->access]);
}

static bool is_target(const struct vnf *v, const char *path)
{
	for (size_t i = 0; i < v->n_mounts; i++)
		if (strcmp(v->mounts[i].target, path) == 0)
			return true;
	return false;
}

/* The first size at the place where programs look, /dev/hugepages, others beside it. Who may write
 * there is as with /dev/shm: the VNF is the fence. */
static void expand_hugepages(const struct vnf *v, struct spec *s)
{
	const struct cgroup_limits *l = &v->resources.more;
	bool first = true;

	for (size_t i = 0; i < l->n_hugepages; i++) {
		const struct limits_hugepage *it = &l->hugepages[i];
		int len = (int)strlen(it->page_size) - 1; /* mount options have "2M", files "2MB" */
		scoped_str char *target =
			first ? str_dup("/dev/hugepages")
			      : str_printf("/dev/hugepages-%.*s", len, it->page_size);
		struct spec_mount *m;

		if (it->limit == 0)
			continue;
		first = false;
		if (is_target(v, target))
			continue;
		m = mount_add(s, "hugetlbfs", target, NOSUID | NODEV);
		strs_addf(&m->data, "pagesize=%.*s", len, it->page_size);
		strs_add(&m->data, "mode=1777");
	}
}

static void expand_mounts(const struct vnf *v, struct spec *s)
{
	for (size_t i = 0; i < ARRAY_LEN(default_mounts); i++) {
		struct spec_mount *m = mount_add(s, default_mounts[i].type,
						 default_mounts[i].target, default_mounts[i].attrs);

		for (size_t j = 0; j < ARRAY_LEN(default_mounts[i].data); j++)
			if (default_mounts[i].data[j])
				strs_add(&m->data, default_mounts[i].data[j]);
	}
	expand_hugepages(v, s);
	for (size_t i = 0; i < v->n_mounts; i++)
		expand_mount(&v->mounts[i], s);
	for (size_t i = 0; i < v->n_devices; i++)
		expand_device(&v->devices[i], s);
	for (size_t i = 0; vnf_masked_paths[i]; i++)
		strs_add(&s->masked_paths, vnf_masked_paths[i]);
	for (size_t i = 0; vnf_readonly_paths[i]; i++)
		strs_add(&s->readonly_paths, vnf_readonly_paths[i]);
}

static struct spec_file *file_add(struct spec *s, const char *path)
{
	s->files = mem_grow(s->files, s->n_files + 1, sizeof *s->files);

	struct spec_file *f = &s->files[s->n_files++];
	*f = (struct spec_file){ .path = str_dup(path) };
	return f;
}

/* The VNF's addresses under its name; link-local ones mean nothing without the link. */
static size_t put_own_addrs(FILE *f, const struct vnf *v, const struct vnf_iface *i)
{
	char text[INET_TEXT];
	size_t n = 0;

	for (size_t k = 0; k < i->n_addrs; k++) {
		if (ipaddr_is_link_local(&i->addrs[k]))
			continue;
		fprintf(f, "%s\t%s\n", ipaddr_format(&i->addrs[k], text), v->hostname);
		n++;
	}
	return n;
}

static char *hosts_text(const struct vnf *v)
{
	scoped_file FILE *f = NULL;
	char *text = NULL;
	size_t size, own = 0;

	f = open_memstream(&text, &size);
	if (!f)
		abort();
	fputs("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n", f);
	for (size_t i = 0; i < v->n_interfaces; i++)
		own += put_own_addrs(f, v, &v->interfaces[i]);
	if (own == 0) /* Debian's way to make the own name resolve at all */
		fprintf(f, "127.0.1.1\t%s\n", v->hostname);
	for (size_t i = 0; i < v->hosts.n; i++)
		fprintf(f, "%s\n", v->hosts.v[i]);
	file_drop(&f);
	return text;
}

/* Never the host's: its servers are often not reachable from the VNF, or none of its business. */
static char *resolv_text(const struct vnf *v)
{
	scoped_file FILE *f = NULL;
	char *text = NULL;
	size_t size;

	f = open_memstream(&text, &size);
	if (!f)
		abort();
	if (v->dns_search.n > 0)
		fputs("search", f);
	for (size_t i = 0; i < v->dns_search.n; i++)
		fprintf(f, " %s", v->dns_search.v[i]);
	if (v->dns_search.n > 0)
		fputc('\n', f);
	for (size_t i = 0; i < v->dns_servers.n; i++)
		fprintf(f, "nameserver %s\n", v->dns_servers.v[i]);
	if (v->dns_search.n + v->dns_servers.n == 0)
		fputs("# the descriptor has no \"dns\"\n", f);
	file_drop(&f);
	return text;
}

static void expand_root(const struct vnf_rootfs *from, struct spec_root *to)
{
	to->kind = !from->path     ? SPEC_ROOT_HOST_VIEW
		   : from->overlay ? SPEC_ROOT_OVERLAY
				   : SPEC_ROOT_DIR;
	to->path = str_dup(from->path);
	to->upper = str_dup(from->upper);
	to->readonly = from->readonly;
	to->as_vnf = true;
}

void vnf_expand_dirs(const struct vnf *v, struct spec *s)
{
	for (size_t i = 0; i < v->n_dirs; i++) {
		s->dirs = mem_grow(s->dirs, i + 1, sizeof *s->dirs);
		s->dirs[i] = (struct spec_dir){ str_dup(v->dirs[i].path), v->dirs[i].mode,
						str_dup(v->dirs[i].owner) };
	}
	s->n_dirs = v->n_dirs;
}

void vnf_expand_files(const struct vnf *v, struct spec *s)
{
	expand_root(&v->rootfs, &s->root);
	expand_mounts(v, s);
	vnf_expand_dirs(v, s);
	file_add(s, "/etc/hostname")->text = str_printf("%s\n", v->hostname);
	file_add(s, "/etc/hosts")->text = hosts_text(v);
	file_add(s, "/etc/resolv.conf")->text = resolv_text(v);
}
