/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of a word on the command line. */
#include "cmd/args.h"
#include "cmd/root.h"
#include "runtime/base/strs.h"
#include "runtime/spec/vnf.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

Test(words, the_nearest_is_suggested_and_nothing_far)
{
	static const char *const known[] = { "start", "stop", "status", "stats",
					     "state", "list", "logs" };
	static const struct {
		const char *word, *meant;
	} cases[] = {
		{ "stpo", "stop" },
		{ "sart", "start" },
		{ "lst", "list" },
		{ "staus", "status" },
		{ "log", "logs" },
		{ "kubectl", NULL },
		{ "x", NULL },
		{ "", NULL },
		{ "an-overly-long-word-that-is-no-verb-at-all-is-it", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = suggest(cases[i].word, known, ARRAY_LEN(known));

		cr_expect(got == cases[i].meant ||
				  (got && cases[i].meant && strcmp(got, cases[i].meant) == 0),
			  "'%s' gave %s", cases[i].word, got ? got : "nothing");
	}
}

Test(words, cpus_are_thousandths)
{
	static const struct {
		const char *text;
		uint64_t milli; /* 0: refused */
	} cases[] = {
		{ "1", 1000 },   { "0.5", 500 }, { "0.01", 10 }, { "2.25", 2250 }, { "16", 16000 },
		{ "0", 0 },      { "0.0", 0 },   { "-1", 0 },    { ".5", 0 },      { "1.", 0 },
		{ "1.2345", 0 }, { "1e3", 0 },   { "", 0 },      { " 1", 0 },      { "99999", 0 },
		{ "50%", 0 },    { "0.009", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t got = 0;
		struct err e = { 0 };

		cr_expect_eq(opt_cpus(cases[i].text, &got, &e), cases[i].milli ? 0 : -1, "'%s'",
			     cases[i].text);
		cr_expect_eq(got, cases[i].milli, "'%s'", cases[i].text);
	}
}

Test(words, signals_by_name_and_number)
{
	static const struct {
		const char *text;
		int number;
	} cases[] = {
		{ "TERM", SIGTERM }, { "SIGTERM", SIGTERM }, { "sigusr1", SIGUSR1 },
		{ "9", 9 },          { "64", 64 },           { "0", 0 },
		{ "65", 0 },         { "TERMINATE", 0 },     { "", 0 },
		{ "-9", 0 },         { "SIGRTMIN+3", 37 },   { "rtmax-1", 63 },
		{ "RTMIN", 34 },     { "RTMIN-1", 0 },       { "RTMIN+31", 0 },
		{ "RTMIN+", 0 },     { "RTMAX", 64 },
	};
	char text[16];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		int got = 0;

		cr_expect_eq(opt_signal(cases[i].text, &got, &e), cases[i].number ? 0 : -1, "'%s'",
			     cases[i].text);
		cr_expect_eq(got, cases[i].number, "'%s'", cases[i].text);
	}
	cr_expect_str_eq(signal_text(SIGKILL, text), "SIGKILL");
	cr_expect_str_eq(signal_text(50, text), "signal 50");
}

Test(words, a_state_root_has_one_spelling)
{
	static char dir[] = "/tmp/nfrun-root-XXXXXX";
	struct err e = { 0 };

	cr_assert_not_null(mkdtemp(dir));
	cr_assert_eq(chdir(dir), 0);
	cr_assert_eq(symlink(".", "link"), 0);

	static const char *const spellings[] = { "/new/root", "/new/root//", "/link/new/root",
						 "/./link/link/new/root" };
	scoped_str char *want = str_printf("%s/new/root", dir);
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		scoped_str char *path = str_printf("%s%s", dir, spellings[i]);
		scoped_str char *got = NULL;

		cr_assert_eq(root_resolve(path, &got, &e), 0, "%s", e.text);
		cr_expect_str_eq(got, want, "%s", path);
	}
	scoped_str char *relative = NULL;
	cr_assert_eq(root_resolve("new/root", &relative, &e), 0, "%s", e.text);
	cr_expect_str_eq(relative, want);
	scoped_str char *none = NULL;
	cr_expect_eq(root_resolve("", &none, &e), -1);
	unlink("link");
	rmdir(dir);
}

Test(words, sizes_in_either_case)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0: refused */
	} cases[] = {
		{ "64m", 64 << 20 },
		{ "64M", 64 << 20 },
		{ "1k", 1024 },
		{ "1.5GiB", 1610612736 },
		{ "4096", 4096 },
		{ "-1", VNF_NO_LIMIT },
		{ "max", VNF_NO_LIMIT },
		{ "1x", 0 },
		{ "-2", 0 },
		{ "m", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = { 0 };
		uint64_t got = 0;

		cr_expect_eq(opt_size(cases[i].text, &got, &e), cases[i].bytes ? 0 : -1, "'%s'",
			     cases[i].text);
		cr_expect_eq(got, cases[i].bytes, "'%s'", cases[i].text);
	}
}
