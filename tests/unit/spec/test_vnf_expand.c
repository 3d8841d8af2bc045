/* SPDX-License-Identifier: Apache-2.0 */
/* good/NAME.json expands to good/NAME.spec, where there is one; what every VNF has alike is
 * in minimal.spec alone. */
#include "runtime/spec/vnf_load.h"
#include "tests/support/support.h"
#include "tests/unit/spec/spec_text.h"

#include <glob.h>
#include <string.h>

static struct spec *expand(const char *text)
{
	scoped_strs struct strs problems = { 0 };
	struct vnf *v = NULL;

	cr_assert_eq(vnf_load_bytes(text, strlen(text), "x", "/samples", &v, &problems), 0, "%s",
		     problems.n ? problems.v[0] : "");

	struct spec *s = vnf_expand(v);
	vnf_free(v);
	return s;
}

Test(vnf_expand, the_good_samples)
{
	glob_t found;

	cr_assert_eq(glob("tests/data/vnf/good/*.spec", 0, NULL, &found), 0);
	cr_expect_geq(found.gl_pathc, 6);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		scoped_str char *want = read_text(path);
		scoped_str char *json = str_printf("%.*s.json", (int)strlen(path) - 5, path);
		scoped_str char *text = read_text(json);
		struct spec *s = expand(text);
		scoped_str char *got = spec_text(s, strstr(path, "minimal") != NULL);

		cr_expect_str_eq(got, want, "%s: got\n%s\n", path, got);
		spec_free(s);
	}
	globfree(&found);
}

Test(vnf_expand, a_derived_mac_is_the_vnfs_and_the_interfaces_own)
{
	static const char *const texts[] = {
		"{\"name\":\"a\",\"setup\":[[\"x\"]],\"interfaces\":[{\"name\":\"e0\",\"bridge\":\"b\"},"
		"{\"name\":\"e1\",\"bridge\":\"b\"}]}",
		"{\"name\":\"b\",\"setup\":[[\"y\"]],\"interfaces\":[{\"name\":\"e0\",\"bridge\":\"c\"},"
		"{\"name\":\"e1\",\"bridge\":\"c\"}]}",
	};
	struct spec *a = expand(texts[0]), *again = expand(texts[0]), *b = expand(texts[1]);
	const uint8_t *macs[] = { a->ports[0].mac, a->ports[1].mac, b->ports[0].mac,
				  b->ports[1].mac };

	for (size_t i = 0; i < ARRAY_LEN(macs); i++) {
		cr_expect_eq(macs[i][0], 0x02, "locally administered, unicast");
		for (size_t j = 0; j < i; j++)
			cr_expect_neq(memcmp(macs[i], macs[j], MAC_LEN), 0);
	}
	cr_expect_eq(memcmp(a->ports[0].mac, again->ports[0].mac, MAC_LEN), 0);
	spec_free(a);
	spec_free(again);
	spec_free(b);
}

/* The kernel refuses a quota below 1 ms (tg_set_cfs_bandwidth). */
Test(vnf_expand, the_smallest_limit_is_a_quota_the_kernel_takes)
{
	struct spec *s =
		expand("{\"name\":\"a\",\"setup\":[[\"x\"]],\"resources\":{\"cpu\":{\"limit\":"
		       "0.01}}}");

	cr_expect_eq(s->resources.cpu_quota_us, 1000);
	cr_expect_eq(s->resources.cpu_period_us, 100000);
	spec_free(s);
}

Test(vnf_expand, nothing_is_not_freed)
{
	spec_free(NULL);
	vnf_free(NULL);
}
