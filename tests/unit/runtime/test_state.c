/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/state.h"

#include <criterion/criterion.h>

static struct spec_pair pairs[] = { { "a.b", "1" }, { "c", "\"q\"" } };

static const struct oci_state full = { .id = "c1",
				       .status = "running",
				       .pid = 42,
				       .bundle = "/b",
				       .annotations = pairs,
				       .n_annotations = 2 };

Test(state, a_hook_gets_one_line)
{
	scoped_str char *line = state_json(&full);

	cr_expect_str_eq(line, "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"running\","
			       "\"pid\":42,\"bundle\":\"/b\","
			       "\"annotations\":{\"a.b\":\"1\",\"c\":\"\\\"q\\\"\"}}");
}

Test(state, no_process_no_pid)
{
	struct oci_state s = { .id = "c1", .status = "stopped", .bundle = "/b" };
	scoped_str char *line = state_json(&s);

	cr_expect_str_eq(line, "{\"ociVersion\":\"1.3.0\",\"id\":\"c1\",\"status\":\"stopped\","
			       "\"bundle\":\"/b\",\"annotations\":{}}");
}

Test(state, the_verb_says_more)
{
	const struct timespec at = { 0, 5000000 };
	struct oci_state s = { .id = "c1",
			       .status = "stopped",
			       .bundle = "/b",
			       .rootfs = "/b/rootfs",
			       .created = &at,
			       .owner = "" };
	scoped_str char *text = state_print(&s);

	cr_expect_str_eq(text, "{\n  \"ociVersion\": \"1.3.0\",\n  \"id\": \"c1\",\n"
			       "  \"status\": \"stopped\",\n  \"pid\": 0,\n  \"bundle\": \"/b\",\n"
			       "  \"rootfs\": \"/b/rootfs\",\n"
			       "  \"created\": \"1970-01-01T00:00:00.005Z\",\n"
			       "  \"annotations\": {},\n  \"owner\": \"\"\n}\n");
}

Test(state, a_path_that_is_no_utf8_breaks_nothing)
{
	struct oci_state s = { .id = "c1", .status = "created", .pid = 1, .bundle = "/b\xff/x" };
	scoped_str char *line = state_json(&s);

	cr_expect(strstr(line, "\"bundle\":\"/b?/x\""), "%s", line);
}
