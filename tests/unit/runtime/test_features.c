/* SPDX-License-Identifier: Apache-2.0 */
/* "The runtime MUST recognize the elements": each word that the document has is tried. */
#include "runtime/base/caps.h"
#include "runtime/features.h"
#include "runtime/hooks.h"
#include "runtime/spec/oci_load.h"
#include "tests/support/support.h"

#include <string.h>

#define IDS "[{\"containerID\":0,\"hostID\":1,\"size\":1}]"

/* The words of the array KEY in the document; its keys are unique enough for that. */
static void words_of(const char *doc, const char *key, struct strs *out)
{
	scoped_str char *quoted = str_printf("\"%s\": [", key);
	const char *at = strstr(doc, quoted);
	const char *end = at ? strchr(at, ']') : NULL;

	cr_assert(at && end, "no %s", key);
	for (at += strlen(quoted); (at = strchr(at, '"')) && at < end; at = strchr(at, '"') + 1) {
		size_t n = strcspn(++at, "\"");

		strs_addf(out, "%.*s", (int)n, at);
	}
	cr_expect_gt(out->n, 0, "%s is empty", key);
}

static void load(const char *more_linux, const char *more, const char *word)
{
	scoped_str char *json =
		str_printf("{\"ociVersion\":\"1.0.0\",\"root\":{\"path\":\"r\"}%s,\"linux\":{%s}}",
			   more, more_linux);
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	struct spec *s = NULL;

	cr_expect_eq(
		oci_load_bytes(json, strlen(json), "config.json", "/b", &s, &problems, &warnings),
		0, "%s: %s", word, problems.n ? problems.v[0] : "");
	spec_free(s);
}

/* The word stands between BEFORE and AFTER; IN_LINUX: in that object. */
static void every_word_loads(const char *key, const char *before, const char *after, bool in_linux)
{
	scoped_str char *doc = features_json();
	scoped_strs struct strs words = { 0 };

	words_of(doc, key, &words);
	for (size_t i = 0; i < words.n; i++) {
		scoped_str char *member =
			str_printf("%s%s%s%s", in_linux ? "" : ",", before, words.v[i], after);

		load(in_linux ? member : "", in_linux ? "" : member, words.v[i]);
	}
}

Test(features, every_hook)
{
	scoped_str char *doc = features_json();
	scoped_strs struct strs words = { 0 };

	words_of(doc, "hooks", &words);
	cr_expect_eq(words.n, HOOK_KINDS);
	every_word_loads("hooks", "\"hooks\":{\"", "\":[{\"path\":\"/h\"}]}", false);
}

Test(features, every_namespace)
{
	scoped_str char *doc = features_json();
	scoped_strs struct strs words = { 0 };

	words_of(doc, "namespaces", &words);
	for (size_t i = 0; i < words.n; i++) {
		bool user = strcmp(words.v[i], "user") == 0;
		scoped_str char *maps = str_dup("\"uidMappings\":" IDS ",\"gidMappings\":" IDS ",");
		scoped_str char *member = str_printf("%s\"namespaces\":[{\"type\":\"%s\"}]",
						     user ? maps : "", words.v[i]);

		load(member, "", words.v[i]);
	}
}

Test(features, every_capability)
{
	scoped_str char *doc = features_json();
	scoped_strs struct strs words = { 0 };

	words_of(doc, "capabilities", &words);
	cr_expect(strs_has(&words, "CAP_CHOWN") && strs_has(&words, "CAP_CHECKPOINT_RESTORE"));
	for (size_t i = 0; i < words.n; i++)
		cr_expect_eq(caps_number(words.v[i]), (int)i, "%s", words.v[i]);
}

Test(features, every_mount_option)
{
	scoped_str char *doc = features_json();
	scoped_strs struct strs words = { 0 };

	words_of(doc, "mountOptions", &words);
	for (size_t i = 0; i < words.n; i++) {
		const char *maps = strstr(words.v[i], "idmap") ? ",\"uidMappings\":" IDS
								 ",\"gidMappings\":" IDS
							       : "";
		scoped_str char *member =
			str_printf(",\"mounts\":[{\"destination\":\"/m\",\"type\":\"bind\","
				   "\"source\":\"/s\",\"options\":[\"%s\"]%s}]",
				   words.v[i], maps);

		load("", member, words.v[i]);
	}
}

Test(features, every_word_of_seccomp)
{
	every_word_loads(
		"operators",
		"\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":"
		"[\"kill\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":0,\"value\":1,"
		"\"op\":\"",
		"\"}]}]}", true);
	every_word_loads(
		"actions",
		"\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\","
		"\"syscalls\":[{\"names\":[\"kill\"],\"action\":\"",
		"\"}]}", true);
	every_word_loads("archs",
			 "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"",
			 "\"]}", true);
	every_word_loads("knownFlags",
			 "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"", "\"]}",
			 true);
}

Test(features, what_is_supported_is_known)
{
	scoped_str char *doc = features_json();
	scoped_strs struct strs known = { 0 }, supported = { 0 };

	words_of(doc, "knownFlags", &known);
	words_of(doc, "supportedFlags", &supported);
	for (size_t i = 0; i < supported.n; i++)
		cr_expect(strs_has(&known, supported.v[i]), "%s", supported.v[i]);
}

Test(features, memory_policies)
{
	scoped_str char *doc = features_json();
	scoped_strs struct strs modes = { 0 };

	words_of(doc, "modes", &modes);
	for (size_t i = 0; i < modes.n; i++) {
		bool no_nodes = strcmp(modes.v[i], "MPOL_DEFAULT") == 0 ||
				strcmp(modes.v[i], "MPOL_LOCAL") == 0;
		scoped_str char *member =
			str_printf("\"memoryPolicy\":{\"mode\":\"%s\"%s}", modes.v[i],
				   no_nodes ? "" : ",\"nodes\":\"0\"");

		load(member, "", modes.v[i]);
	}
	every_word_loads("flags",
			 "\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"0\",\"flags\":[\"",
			 "\"]}", true);
}
