/* SPDX-License-Identifier: Apache-2.0 */
/* config.md, "POSIX-platform Hooks". */
#include "runtime/spec/oci_tables.h"

#include <limits.h>

#define STRUCT struct spec_hook
static const struct field hook_fields[] = {
	{ .key = "path", REQUIRED_KEY, MEMBER(path), .load = load_path },
	{ .key = "args", MEMBER(args), .load = load_strings },
	{ .key = "env", MEMBER(env), .load = load_strings },
	{ .key = "timeout", MEMBER(timeout_s), .load = load_int, RANGE(1, INT_MAX) },
};
static const struct field_table hook_table = OBJECT_TABLE(hook_fields);
#undef STRUCT

#define STRUCT      struct spec
#define HOOKS(kind) LIST(hooks[kind].v, hooks[kind].n), .load = load_list, .table = &hook_table
static const struct field hooks_fields[] = {
	{ .key = "prestart", HOOKS(HOOK_PRESTART) },
	{ .key = "createRuntime", HOOKS(HOOK_CREATE_RUNTIME) },
	{ .key = "createContainer", HOOKS(HOOK_CREATE_CONTAINER) },
	{ .key = "startContainer", HOOKS(HOOK_START_CONTAINER) },
	{ .key = "poststart", HOOKS(HOOK_POSTSTART) },
	{ .key = "poststop", HOOKS(HOOK_POSTSTOP) },
};
const struct field_table oci_hooks_table = OBJECT_TABLE(hooks_fields);
#undef HOOKS
#undef STRUCT
