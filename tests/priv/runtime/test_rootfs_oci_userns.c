/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/oci_box.h"

HostTest(rootfs_oci_userns, an_idmapped_bind_takes_the_containers_ids_or_its_own)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = oci_source_dir("source");
	scoped_str char *file = oci_source_dir("source/sub");

	cr_assert_eq(chown(file, 7, 8), 0);
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);

		box_mount(s, "bind", source, "/plain", 0);
		struct spec_mount *m = box_mount(s, "bind", source, "/own", 0);
		m->idmapped = SPEC_IDMAP_TOP;
		idmaps_add(&m->uid_maps, 0, userns ? BOX_BASE + 100 : 100, 1000);
		idmaps_add(&m->gid_maps, 0, userns ? BOX_BASE + 200 : 200, 5);
		idmaps_add(&m->gid_maps, 8, userns ? BOX_BASE + 300 : 300, 1);
		if (userns)
			box_mount(s, "bind", source, "/its", 0)->idmapped = SPEC_IDMAP_TOP;
		scoped_str char *text = box_sh(
			s, "stat -c %u:%g /plain/sub /own/sub; test -d /its || exit; stat -c %u:%g "
			   "/its/sub; touch /its/new && stat -c %u /its/new");
		cr_expect_str_eq(text, userns ? "65534:65534\n107:300\n7:8\n0" : "7:8\n107:300",
				 "userns %d: %s", userns, text);
	}
}

HostTest(rootfs_oci_userns, an_idmap_reaches_mounts_below_only_when_recursive)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = oci_source_dir("source");
	scoped_str char *sub = oci_source_dir("source/sub");

	cr_assert_eq(mount("none", sub, "tmpfs", 0, NULL), 0);
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		const uint32_t base = userns ? BOX_BASE : 0;

		for (int rec = 0; rec <= 1; rec++) {
			struct spec_mount *m =
				box_mount(s, "bind", source, rec ? "/all" : "/top", 0);

			m->recursive = true;
			m->idmapped = rec ? SPEC_IDMAP_RECURSIVE : SPEC_IDMAP_TOP;
			idmaps_add(&m->uid_maps, 0, base + 100, 10);
			idmaps_add(&m->gid_maps, 0, base + 100, 10);
		}
		scoped_str char *text = box_sh(s, "stat -c %u /top /top/sub /all /all/sub");
		cr_expect_str_eq(text, userns ? "100\n65534\n100\n100" : "100\n0\n100\n100",
				 "userns %d: %s", userns, text);
	}
	cr_assert_eq(umount(sub), 0);
}

HostTest(rootfs_oci_userns, what_cannot_be_idmapped_says_so)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(true);
	scoped_spec struct spec *plain = oci_box(false);
	struct err e = { 0 };

	box_mount(s, "bind", "/proc", "/data", 0)->idmapped = SPEC_IDMAP_TOP;
	oci_refused(s, &e);
	cr_expect(strstr(e.text, "idmap /proc: it lies on proc"), "%s", e.text);

	box_mount(plain, "bind", "/usr", "/data", 0)->idmapped = SPEC_IDMAP_TOP;
	cr_expect_eq(rootfs_oci_check(plain, &e), -1);
	cr_expect(strstr(e.text, "no user namespace"), "%s", e.text);
	plain->mounts[plain->n_mounts - 1].idmapped = SPEC_IDMAP_NO;
	box_mount(plain, "tmpfs", "x", "/x", 0)->idmapped = SPEC_IDMAP_TOP;
	cr_expect_eq(rootfs_oci_check(plain, &e), -1);
	cr_expect(strstr(e.text, "only bind mounts"), "%s", e.text);
}

/* The root may lie where the namespace's root cannot get at, and sources too. */
HostTest(rootfs_oci_userns, roots_and_sources_need_not_be_in_reach)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_str char *source = oci_source_dir("source");
	scoped_str char *file = str_printf("%s/file", source);
	scoped_spec struct spec *s = oci_box(true);

	write_text(file, "content\n");
	box_mount(s, "bind", file, "/data", 0);
	cr_assert_eq(chmod(box_place, 0700), 0);
	scoped_str char *text = box_sh(s, "cat /data; touch /x; stat -c %u /x; ls /..");
	cr_expect_str_eq(
		text,
		"content\n0\nbin\ndata\ndev\netc\nlib\nlib64\nproc\nrun\nsbin\nsys\ntmp\nusr\nvar\nx");
}

/* Its own ids may differ for users and groups, and start anywhere. */
HostTest(rootfs_oci_userns, dev_belongs_to_the_mapped_root)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(true);

	s->gid_maps.v[0].size = 5; /* the kernel has more; that is what the spec knows */
	idmaps_add(&s->gid_maps, 5, BOX_BASE + 5, BOX_SIZE - 5);
	scoped_str char *text = box_sh(s, "stat -c %u:%g /dev /dev/null; touch /dev/x && echo ok; "
					  "stat -c %a /dev; df -k --output=size /dev | tail -n 1");
	cr_expect_str_eq(text, "0:0\n0:0\nok\n755\n    65536", "%s", text);
}

/* Templates have gid=5, for tty; a namespace of few ids has no group 5. */
HostTest(rootfs_oci_userns, devpts_does_without_group_5_where_there_is_none)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(true);

	s->id_size = 1;
	s->uid_maps.v[0].size = 1;
	s->gid_maps.v[0].size = 1;
	scoped_str char *text = box_sh(s, "grep -o 'devpts none .*' /proc/self/mountinfo");
	cr_expect_str_eq(text, "devpts none rw,mode=620,ptmxmode=666");
	scoped_spec struct spec *with = oci_box(true);
	scoped_str char *five = box_sh(with, "grep -o 'devpts none .*' /proc/self/mountinfo");
	cr_expect_str_eq(five, "devpts none rw,gid=700005,mode=620,ptmxmode=666");
}

/* What shows a namespace that is not the user namespace's cannot be mounted: the host's is bound.
 */
HostTest(rootfs_oci_userns, views_of_the_hosts_namespaces_are_the_hosts)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(true);
	scoped_str char *script = str_printf("test -e /proc/%d/status && echo seen; test -d "
					     "/sys/class/net && touch /sys/x 2>&1",
					     getpid());

	s->namespaces &= ~(uint64_t)(CLONE_NEWNET | CLONE_NEWPID);
	if (access("/dev/mqueue", F_OK) == 0)
		s->namespaces &= ~(uint64_t)CLONE_NEWIPC;
	scoped_str char *text = box_sh(s, script);
	cr_expect_str_eq(text, "seen\ntouch: cannot touch '/sys/x': Read-only file system", "%s",
			 text);
}

/* Never the host's processes in place of the container's. */
HostTest(rootfs_oci_userns, a_proc_that_cannot_be_whole_is_refused)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();
	scoped_spec struct spec *s = oci_box(true);
	struct err e = { 0 };

	cr_assert_eq(mount("none", "/proc/tty", "tmpfs", 0, NULL), 0);
	oci_refused(s, &e);
	cr_expect_eq(e.code, EPERM);
	cr_expect(strstr(e.text, "mount proc on /proc: "), "%s", e.text);
	cr_assert_eq(umount("/proc/tty"), 0);
}

/* The kernel makes no hugetlbfs for a user namespace; the parent does. */
HostTest(rootfs_oci_userns, huge_pages_are_the_containers_roots)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	skip_unless(access("/sys/kernel/mm/hugepages/hugepages-2048kB", F_OK) == 0,
		    "needs huge pages of 2M");
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);
		struct spec_mount *m = box_mount(s, "hugetlbfs", "hugetlbfs", "/huge", 0);

		strs_add(&m->data, "pagesize=2M");
		strs_add(&m->data, "mode=0750");
		scoped_str char *text = box_sh(
			s,
			"touch /huge/x; stat -c %u:%g:%a /huge; stat -c %u:%g /huge/x; stat -f -c "
			"%T:%s /huge");
		cr_expect_str_eq(text, "0:0:750\n0:0\nhugetlbfs:2097152", "userns %d: %s", userns,
				 text);
	}
}
