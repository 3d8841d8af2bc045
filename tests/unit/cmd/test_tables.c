/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the tables that parsing, help, man page and completion come from. */
#include "cmd/command.h"
#include "runtime/base/scope.h"

#include <criterion/criterion.h>
#include <string.h>

/* main.c's, which is not linked here. */
void complain(const struct invocation *in, const struct err *e)
{
	(void)in;
	(void)e;
}

void warn(const char *about, const char *text)
{
	(void)about;
	(void)text;
}

static void check_options(const char *verb, const struct opt *o, size_t n, size_t size)
{
	for (size_t i = 0; i < n; i++) {
		cr_expect_not_null(o[i].name, "%s option %zu", verb, i);
		cr_expect_not_null(o[i].load, "%s --%s", verb, o[i].name);
		cr_expect_not_null(o[i].help, "%s --%s", verb, o[i].name);
		cr_expect_lt(o[i].offset, size, "%s --%s is outside its struct", verb, o[i].name);
		cr_expect(o[i].arg || (o[i].load == opt_switch || o[i].load == opt_yes ||
				       o[i].load == opt_no),
			  "%s --%s: its loader needs an argument", verb, o[i].name);
		cr_expect(!o[i].values || o[i].arg, "%s --%s: values for a switch", verb,
			  o[i].name);
		cr_expect_neq(o[i].help[strlen(o[i].help) - 1], '.', "%s --%s: %s", verb, o[i].name,
			      o[i].help);
	}
}

Test(tables, every_verb_is_whole)
{
	size_t n;
	const struct command *const *all = commands_all(&n);

	for (size_t i = 0; i < n; i++) {
		const struct command *c = all[i];

		cr_expect_not_null(c->name);
		cr_expect_not_null(c->args, "%s", c->name);
		cr_expect_not_null(c->about, "%s", c->name);
		cr_expect_not_null(c->run, "%s", c->name);
		cr_expect(c->hidden || c->summary, "%s", c->name);
		cr_expect(c->max_args == -1 || c->min_args <= c->max_args, "%s", c->name);
		cr_expect((c->n_options == 0) == (c->size == 0) &&
				  (c->size == 0) == (c->defaults == NULL),
			  "%s", c->name);
		cr_expect_eq(command_find(c->name), c, "%s is there twice", c->name);
		check_options(c->name, c->options, c->n_options, c->size);
	}
}

static bool clash(const struct opt *a, const struct opt *b)
{
	return strcmp(a->name, b->name) == 0 || (a->letter && a->letter == b->letter);
}

/* runc has both; behind the verb it is the verb's. */
static bool is_runcs(const struct command *c, const struct opt *o)
{
	return strcmp(c->name, "spec") == 0 && strcmp(o->name, "rootless") == 0;
}

Test(tables, no_option_is_there_twice)
{
	size_t n, n_globals;
	const struct command *const *all = commands_all(&n);
	const struct opt *globals = global_options(&n_globals);

	for (size_t i = 0; i < n; i++) {
		const struct opt *o = all[i]->options;

		for (size_t k = 0; k < all[i]->n_options; k++) {
			for (size_t m = 0; m < k; m++)
				cr_expect(!clash(&o[k], &o[m]), "%s --%s", all[i]->name, o[k].name);
			for (size_t m = 0; m < n_globals && !is_runcs(all[i], &o[k]); m++)
				cr_expect(!clash(&o[k], &globals[m]), "%s --%s", all[i]->name,
					  o[k].name);
		}
	}
}
