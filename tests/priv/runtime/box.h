/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_BOX_H
#define NFRUN_TESTS_BOX_H

/* A container as the engine makes one, reduced to its root: for the tests of rootfs.h. */

#include "runtime/rootfs.h"
#include "runtime/rootfs_oci.h"
#include "runtime/stage.h"
#include "runtime/base/fs.h"
#include "runtime/base/sys.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { BOX_BASE = 700000, BOX_SIZE = 65536 };

#define BOX_NAMESPACES                                                                             \
	(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

static inline struct spec_mount *box_mount(struct spec *s, const char *type, const char *source,
					   const char *target, uint64_t attrs)
{
	s->mounts = mem_grow(s->mounts, s->n_mounts + 1, sizeof *s->mounts);
	struct spec_mount *m = &s->mounts[s->n_mounts++];
	*m = (struct spec_mount){ .type = str_dup(type),
				  .source = str_dup(source),
				  .target = str_dup(target),
				  .attrs = attrs };
	return m;
}

static inline void box_file(struct spec *s, const char *path, const char *text)
{
	s->files = mem_grow(s->files, s->n_files + 1, sizeof *s->files);
	s->files[s->n_files++] = (struct spec_file){ str_dup(path), str_dup(text) };
}

static inline void box_dir(struct spec *s, const char *path, mode_t mode, const char *owner)
{
	s->dirs = mem_grow(s->dirs, s->n_dirs + 1, sizeof *s->dirs);
	s->dirs[s->n_dirs++] = (struct spec_dir){ str_dup(path), mode, str_dup(owner) };
}

static inline void box_default_mounts(struct spec *s)
{
	const uint64_t safe = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	struct spec_mount *m;

	box_mount(s, "proc", NULL, "/proc", safe);
	m = box_mount(s, "tmpfs", NULL, "/dev", MOUNT_ATTR_NOSUID);
	strs_add(&m->data, "mode=755");
	strs_add(&m->data, "size=65536k");
	m = box_mount(s, "devpts", NULL, "/dev/pts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	strs_add(&m->data, "newinstance");
	strs_add(&m->data, "ptmxmode=0666");
	strs_add(&m->data, "mode=0620");
	strs_add(&m->data, "gid=5");
	m = box_mount(s, "tmpfs", NULL, "/dev/shm", safe);
	strs_add(&m->data, "mode=1777");
	box_mount(s, "mqueue", NULL, "/dev/mqueue", safe);
	box_mount(s, "sysfs", NULL, "/sys", safe | MOUNT_ATTR_RDONLY);
	box_mount(s, "cgroup", NULL, "/sys/fs/cgroup", safe | MOUNT_ATTR_RDONLY);
}

static inline struct spec *box_spec(enum spec_root_kind kind, const char *path, bool userns)
{
	struct spec *s = mem_alloc(sizeof *s);

	s->id = str_dup("box");
	s->root.kind = kind;
	s->root.path = str_dup(path);
	s->namespaces = BOX_NAMESPACES | (userns ? CLONE_NEWUSER : 0);
	s->id_base = userns ? BOX_BASE : 0;
	s->id_size = userns ? BOX_SIZE : 0;
	return s;
}

/* A directory for the test's roots, removed at the end of the scope; after a failure with the whole
 * tmpfs of the test's world. */
static char *box_place;

static inline char *box_tree(void)
{
	box_place = str_printf("%s/box", host_root());
	make_dirs(box_place);
	return box_place;
}

static inline void box_tree_drop(char **path)
{
	struct err e = { 0 };

	cr_expect_eq(fs_remove_tree_at(AT_FDCWD, *path, &e), 0, "%s: %s", e.text, strerror(e.code));
	str_drop(path);
}
#define scoped_tree scoped(box_tree_drop)

/* A small root in the tree, in which /bin/sh runs once the host's /usr is bound into it.
 */
static inline char *box_make_root(const char *name)
{
	static const char *const dirs[] = { "etc", "usr", "tmp", "run", "var" };
	static const char *const links[] = { "bin", "sbin", "lib", "lib64" };
	char *root = str_printf("%s/%s", box_place, name);

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		scoped_str char *path = str_printf("%s/%s", root, dirs[i]);
		make_dirs(path);
	}
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		scoped_str char *path = str_printf("%s/%s", root, links[i]);
		scoped_str char *target = str_printf("usr/%s", links[i]);
		cr_assert_eq(symlink(target, path), 0);
	}
	scoped_str char *passwd = str_printf("%s/etc/passwd", root);
	scoped_str char *group = str_printf("%s/etc/group", root);
	write_text(passwd, "root:x:0:0::/root:/bin/sh\nrouter:x:500:501::/:/bin/sh\n");
	write_text(group, "root:x:0:\nrouter:x:501:\nwheel:x:502:\n");
	return root;
}

static inline void box_bind_usr(struct spec *s)
{
	box_mount(s, "bind", "/usr", "/usr", MOUNT_ATTR_RDONLY)->recursive = true;
}

static inline void box_spec_drop(struct spec **s)
{
	spec_free(*s);
}
#define scoped_spec scoped(box_spec_drop)

struct box {
	const struct spec *spec;
	const char *script;   /* run by /bin/sh inside, or */
	void (*inside)(void); /* called there; what it prints counts */
	void (*before)(void); /* OCI: called while the host's tree is there */
	bool no_pivot;        /* OCI */
	int status;           /* as the shell has it */
	struct err e;         /* when the root could not be made */
};

static inline int box_enter_oci(const struct box *b, struct rootfs_sources *in, struct err *e)
{
	struct rootfs_oci r scoped(rootfs_oci_drop) = ROOTFS_OCI_NONE;

	if (rootfs_oci_enter(&r, b->spec, in, e) < 0)
		return -1;
	if (b->before)
		b->before();
	fflush(stdout);
	return rootfs_oci_pivot(&r, b->no_pivot, e) < 0 ? -1 : rootfs_oci_seal(&r, e);
}

static inline int box_enter(const struct box *b, struct rootfs_sources *in, struct err *e)
{
	if (b->spec->oci)
		return box_enter_oci(b, in, e);
	return rootfs_enter(b->spec, in, e) < 0 ? -1 : rootfs_seal(b->spec, e);
}

static inline _Noreturn void box_child(const struct box *b, int sock, int out)
{
	struct rootfs_sources in = { .n = ROOTFS_SOURCES_MAX };
	struct err e = { 0 }, lost = { 0 };

	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (stage_await(sock, STAGE_MAPPED, in.fds, &in.n, -1, &e) < 0)
		_exit(99);
	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		_exit(98);
	/* a change of ids clears it, and with it who owns /proc/self */
	prctl(PR_SET_DUMPABLE, 1);
	if (box_enter(b, &in, &e) < 0) {
		stage_send(sock, STAGE_FAILED, &e, NULL, 0, &lost);
		_exit(97);
	}
	stage_send(sock, STAGE_READY, NULL, NULL, 0, &lost);
	if (b->script)
		execl("/bin/sh", "sh", "-c", b->script, NULL);
	else
		b->inside();
	fflush(stdout);
	_exit(b->script ? 96 : 0);
}

static inline void box_map_ids(pid_t pid, const struct spec *s)
{
	static const char *const files[] = { "uid_map", "gid_map" };
	scoped_str char *map = str_printf("0 %u %u", s->id_base, s->id_size);

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		scoped_str char *path = str_printf("/proc/%d/%s", pid, files[i]);
		struct err e = { 0 };

		cr_assert_eq(fs_write_at(AT_FDCWD, path, map, &e), 0, "%s", e.text);
	}
}

static inline int box_build(struct box *b, pid_t pid, int sock)
{
	bool userns = b->spec->namespaces & CLONE_NEWUSER;
	scoped_str char *path = str_printf("/proc/%d/ns/user", pid);
	scoped_fd int ns = userns ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct rootfs_sources sources __attribute__((cleanup(rootfs_sources_drop))) = { 0 };
	size_t none = 0;

	if (userns)
		box_map_ids(pid, b->spec);
	if ((b->spec->oci ? rootfs_oci_sources_open : rootfs_sources_open)(b->spec, ns, &sources,
									   &b->e) < 0)
		return -1;
	if (stage_send(sock, STAGE_MAPPED, NULL, sources.fds, sources.n, &b->e) < 0)
		return -1;
	return stage_await(sock, STAGE_READY, NULL, &none, -1, &b->e);
}

static inline char *box_drain(int fd)
{
	char *text = mem_alloc(1 << 20);
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, text + used, (1 << 20) - 1 - used)) > 0)
		used += (size_t)n;
	if (used > 0 && text[used - 1] == '\n')
		text[used - 1] = '\0';
	return text;
}

/* What was printed inside; the caller frees. NULL: the root could not be made, b->e says why. */
static inline char *box_run(struct box *b)
{
	struct clone_args args = { .flags = b->spec->namespaces, .exit_signal = SIGCHLD };
	int out[2], ours = -1, theirs = -1, status = 0;

	fflush(stdout);
	cr_assert_eq(stage_pair(&ours, &theirs, &b->e), 0, "%s", b->e.text);
	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	/* or /dev/stdout could not be opened inside */
	cr_assert_eq(fchown(out[1], b->spec->id_base, b->spec->id_base), 0);
	pid_t pid = sys_clone3(&args);
	cr_assert_geq(pid, 0, "clone3: %s", strerror(errno));
	if (pid == 0) {
		close(ours);
		box_child(b, theirs, out[1]);
	}
	close(theirs);
	close(out[1]);

	int built = box_build(b, pid, ours);
	if (built < 0)
		kill(pid, SIGKILL);
	close(ours);
	char *text = box_drain(out[0]);
	close(out[0]);
	waitpid(pid, &status, 0);
	b->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (built == 0)
		return text;
	free(text);
	return NULL;
}

/* The same for what has to work. */
static inline char *box_sh(const struct spec *s, const char *script)
{
	struct box b = { .spec = s, .script = script };
	char *text = box_run(&b);

	cr_assert(text != NULL, "%s: %s", b.e.text, strerror(b.e.code));
	return text;
}

static inline char *box_call(const struct spec *s, void (*inside)(void))
{
	struct box b = { .spec = s, .inside = inside };
	char *text = box_run(&b);

	cr_assert(text != NULL, "%s: %s", b.e.text, strerror(b.e.code));
	return text;
}

#endif
