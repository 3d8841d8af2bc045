/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec/fields.h"
#include "runtime/spec/mount_words.h"
#include "tests/support/support.h"

#include <linux/mount.h>
#include <string.h>

static const struct where top;

static struct reading reading_of(struct strs *problems)
{
	return (struct reading){ .name = "f", .problems = problems, .max = 3 };
}

Test(fields, a_close_key_is_suggested)
{
	static const char *const known[] = { "name",     "mtu",          "gateway4",
					     "gateway6", "no_new_privs", "to" };
	static const struct {
		const char *key, *says;
	} cases[] = {
		{ "mut", "f: /mut: what" }, /* two letters of three differ */
		{ "mtuu", "f: /mtuu: what, did you mean 'mtu'?" },
		{ "MTU", "f: /MTU: what, did you mean 'mtu'?" },
		{ "gateway", "f: /gateway: what, did you mean 'gateway4'?" },
		{ "gatway6", "f: /gatway6: what, did you mean 'gateway6'?" },
		{ "no-new-privs", "f: /no-new-privs: what, did you mean 'no_new_privs'?" },
		{ "address", "f: /address: what" },
		{ "t", "f: /t: what" }, /* anything is close to a single letter */
		{ "a-key-of-more-than-thirty-two-characters",
		  "f: /a-key-of-more-than-thirty-two-characters: what" },
		{ "", "f: /: what" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		scoped_strs struct strs problems = { 0 };
		scoped_reading struct reading r = reading_of(&problems);
		struct where at = { .up = &top, .key = cases[i].key };

		problem_unknown(&r, &at, "what", known, ARRAY_LEN(known));
		cr_assert_eq(problems.n, 1);
		cr_expect_str_eq(problems.v[0], cases[i].says);
	}
}

Test(fields, problems_beyond_the_maximum_are_counted_only)
{
	scoped_strs struct strs problems = { 0 };
	scoped_reading struct reading r = reading_of(&problems);

	for (int i = 0; i < 5; i++)
		problem_add(&r, &top, "number %d", i);
	cr_expect_eq(problems.n, 3);
	cr_expect_eq(r.spots.n, 5);
	cr_expect_str_eq(problems.v[2], "f: number 2");
}

Test(fields, a_place_is_clean_when_nothing_below_it_is_wrong)
{
	scoped_strs struct strs problems = { 0 };
	scoped_reading struct reading r = reading_of(&problems);
	struct where a = { .up = &top, .key = "a" }, ab = { .up = &top, .key = "ab" };
	struct where below = { .up = &ab, .index = 7 }, beside = { .up = &ab, .index = 77 };

	problem_add(&r, &below, "wrong");
	cr_expect(reading_clean(&r, &a));
	cr_expect(reading_clean(&r, &beside));
	cr_expect_not(reading_clean(&r, &ab));
	cr_expect_not(reading_clean(&r, &below));
	cr_expect_not(reading_clean(&r, &top));
}

Test(fields, what_a_file_holds_cannot_reach_a_terminal)
{
	scoped_strs struct strs problems = { 0 };
	scoped_reading struct reading r = reading_of(&problems);
	struct where at = { .up = &top, .key = "\033[2J/~\x7f" };

	problem_add(&r, &at, "'%s'", "a\nb\033]0;x\a");
	cr_expect_str_eq(problems.v[0], "f: /?[2J~1~0?: 'a?b?]0;x?'");
}

/* Characters of two bytes: a cut in the middle of one would not be UTF-8 any more. */
Test(fields, long_texts_are_cut_between_characters)
{
	scoped_strs struct strs problems = { 0 };
	scoped_reading struct reading r = reading_of(&problems);
	char text[1001] = { 0 };

	for (size_t i = 0; i < 1000; i++)
		text[i] = (char)(i % 2 ? 0xa4 : 0xc3);
	problem_add(&r, &top, "%s", text);
	problem_add(&r, &top, "x%s", text);
	for (size_t i = 0; i < problems.n; i++) {
		json_t *valid = json_string(problems.v[i]);

		cr_expect(valid, "cut inside a character");
		cr_expect_leq(strlen(problems.v[i]), 404);
		json_decref(valid);
	}
}

Test(fields, mount_words)
{
	static const struct {
		const char *word;
		uint64_t before, after;
		bool known, recursive, tmpfs;
	} cases[] = {
		{ "noexec", 0, MOUNT_ATTR_NOEXEC, true, false, false },
		{ "exec", MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV, MOUNT_ATTR_NODEV, true, false,
		  false },
		{ "dev", MOUNT_ATTR_NODEV, 0, true, false, false },
		{ "suid", MOUNT_ATTR_NOSUID, 0, true, false, false },
		{ "noatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR_NOATIME, true, false, false },
		{ "relatime", MOUNT_ATTR_NOATIME, 0, true, false, false },
		{ "rbind", 0, 0, true, true, false },
		{ "ro", 0, 0, false, false, false },
		{ "mode=1777", 0, 0, false, false, true },
		{ "mode=0888", 0, 0, false, false, false },
		{ "mode=01777", 0, 0, false, false, false },
		{ "mode=", 0, 0, false, false, false },
		{ "uid=33", 0, 0, false, false, true },
		{ "nr_inodes=1000", 0, 0, false, false, true },
		{ "nr_inodes=1000,size=1T", 0, 0, false, false, false },
		{ "size=1", 0, 0, false, false, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t attrs = cases[i].before;
		bool recursive = false;

		cr_expect_eq(mount_word_apply(cases[i].word, &attrs, &recursive), cases[i].known,
			     "%s", cases[i].word);
		cr_expect_eq(attrs, cases[i].after, "%s", cases[i].word);
		cr_expect_eq(recursive, cases[i].recursive, "%s", cases[i].word);
		cr_expect_eq(mount_word_is_tmpfs(cases[i].word), cases[i].tmpfs, "%s",
			     cases[i].word);
	}
}
