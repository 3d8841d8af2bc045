/* SPDX-License-Identifier: Apache-2.0 */
/* The man page and the completion, as the built program makes them. */
#include "tests/support/support.h"

#include <string.h>

Test(docs, the_completion_knows_verbs_options_values_and_files)
{
	static const char script[] =
		"source <(\"$0\" completion bash) || exit 9\n"
		"try() { COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _nfrun; echo \"${COMPREPLY[*]}\"; }\n"
		"cd \"$(mktemp -d)\" && touch a.json a.txt && mkdir ad || exit 9\n"
		"try \"$0\" sta\n"
		"try \"$0\" stop --t\n"
		"try \"$0\" list --format ''\n"
		"try \"$0\" check a\n"
		"try \"$0\" --root /tmp upd\n"
		"try \"$0\" update --memory-h\n"
		"try \"$0\" help ver\n"
		"rm -r \"$PWD\"\n";
	scoped_run struct run r = run_cmd("bash", "-c", script, nfrun_path());

	cr_assert_eq(r.status, 0, "%s", r.err);
	cr_assert_str_empty(r.err);
	cr_assert_str_eq(r.out, "start status stats state\n"
				"--timeout\n"
				"table json\n"
				"a.json ad\n"
				"update\n"
				"--memory-high\n"
				"\n");
}

Test(docs, the_completion_knows_the_names_under_the_root_given)
{
	need_root();
	static const char script[] =
		"source <(\"$0\" completion bash) || exit 9\n"
		"nfrun() { echo \"edge-$2\"; }\n" /* stands for the program: prints the root it was
						     given */
		"COMP_WORDS=(nfrun --root there status ''); COMP_CWORD=4; _nfrun; echo \"${COMPREPLY[*]}\"\n";
	scoped_run struct run r = run_cmd("bash", "-c", script, nfrun_path());

	cr_assert_str_eq(r.out, "edge-there\n", "%s%s", r.out, r.err);
}

/* The page next to the program in the build. */
static char *page(void)
{
	const char *program = nfrun_path();

	return str_printf("%.*s/nfrun.1", (int)(strrchr(program, '/') - program), program);
}

Test(docs, the_man_page_is_well_formed_and_names_every_verb_and_option)
{
	static const char *const wanted[] = {
		"nfrun start",   "nfrun stop",  "nfrun restart", "nfrun list",   "nfrun status",
		"nfrun logs",    "nfrun exec",  "nfrun stats",   "nfrun update", "nfrun state",
		"nfrun delete",  "nfrun check", "nfrun metrics", "--foreground", "--timeout TIME",
		"--memory SIZE", "NFRUN_ROOT",  "EXIT STATUS",   "nfrun-vnf(5)"
	};
	scoped_str char *path = page();
	scoped_run struct run lint = run_cmd("man", "-l", "--warnings", path);
	const struct run_how plain = { .env = (const char *const[]){ "MANWIDTH=200", "TERM=dumb",
								     "LC_ALL=C", NULL } };
	scoped_run struct run r = run_program(
		(const char *const[]){ "man", "-l", "--no-hyphenation", path, NULL }, &plain);

	cr_assert_eq(lint.status, 0);
	cr_assert_str_empty(lint.err);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
		cr_expect(strstr(r.out, wanted[i]) != NULL, "no '%s'", wanted[i]);
}
