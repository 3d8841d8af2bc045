/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/oci_box.h"

HostTest(rootfs_oci_basic, an_ordinary_config_works)
{
	scoped_tree char *tree __attribute__((unused)) = box_tree();

	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = oci_box(userns);

		strs_add(&s->masked_paths, "/proc/version");
		strs_add(&s->masked_paths, "/sys/firmware");
		strs_add(&s->readonly_paths, "/proc/sys");
		scoped_str char *text = box_sh(
			s,
			"pwd; id -u; stat -c %u / /dev /dev/null; ls /dev | grep -v ^core; echo x >/dev/null && "
			"head -c 2 /dev/zero | wc -c; touch /sys/x 2>&1; wc -c </proc/version; "
			"echo 1 2>&1 >/proc/sys/net/ipv4/ip_forward");

		cr_expect_str_eq(
			text,
			"/\n0\n0\n0\n0\nfd\nfull\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\n"
			"stdin\nstdout\ntty\nurandom\nzero\n2\n"
			"touch: cannot touch '/sys/x': Read-only file system\n0\n"
			"sh: 1: cannot create /proc/sys/net/ipv4/ip_forward: Read-only file system",
			"userns %d: %s", userns, text);
	}
}
