/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/args.h"
#include "runtime/base/limits.h"
#include "runtime/base/packet_cpu.h"
#include "runtime/base/strs.h"

#include <assert.h>
#include <getopt.h>
#include <string.h>

enum { OPTIONS_MAX = 64, LONG_BASE = 256 };

struct flat { /* all tables as getopt_long wants them */
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 3];
	const struct opt *rows[OPTIONS_MAX];
	void *values[OPTIONS_MAX];
	const char *names[OPTIONS_MAX];
	size_t n;
};

static void flat_add(struct flat *f, const struct opt *o, void *values, size_t *used)
{
	assert(f->n < OPTIONS_MAX);
	f->longs[f->n] = (struct option){
		.name = o->name,
		.has_arg = o->arg ? required_argument : no_argument,
		.val = LONG_BASE + (int)f->n,
	};
	f->rows[f->n] = o;
	f->values[f->n] = values;
	f->names[f->n++] = o->name;
	if (!o->letter)
		return;
	f->shorts[(*used)++] = o->letter;
	if (o->arg)
		f->shorts[(*used)++] = ':';
}

static void flatten(const struct args *a, struct flat *f)
{
	size_t used = 0;

	*f = (struct flat){ 0 };
	if (a->options_first)
		f->shorts[used++] = '+';
	f->shorts[used++] = ':'; /* a missing argument shall be told from an unknown option */
	for (size_t i = 0; i < a->n_sets; i++)
		for (size_t k = 0; k < a->sets[i].n; k++)
			flat_add(f, &a->sets[i].options[k], a->sets[i].values, &used);
}

static int unknown(const struct flat *f, const char *word, struct err *e)
{
	char name[64];

	if (optopt > 0 && optopt < LONG_BASE)
		return err_set(e, 0, "unknown option '-%c'", optopt);
	if (optopt >= LONG_BASE)
		return err_set(e, 0, "option '--%s' takes no argument",
			       f->names[optopt - LONG_BASE]);

	size_t len = strcspn(word, "=");
	snprintf(name, sizeof name, "%.*s", (int)len, word);

	const char *meant = suggest(name + strspn(name, "-"), f->names, f->n);
	if (meant)
		return err_set(e, 0, "unknown option '%s'; did you mean '--%s'?", name, meant);
	return err_set(e, 0, "unknown option '%s'", name);
}

static int missing(const struct flat *f, struct err *e)
{
	if (optopt >= LONG_BASE)
		return err_set(e, 0, "option '--%s' needs an argument: %s",
			       f->names[optopt - LONG_BASE], f->rows[optopt - LONG_BASE]->arg);
	return err_set(e, 0, "option '-%c' needs an argument", optopt);
}

static size_t row_of(const struct flat *f, int val)
{
	if (val >= LONG_BASE)
		return (size_t)(val - LONG_BASE);
	for (size_t i = 0; i < f->n; i++)
		if (f->rows[i]->letter == val)
			return i;
	assert(!"getopt_long returned what it was not given");
	return 0;
}

static int load(const struct flat *f, size_t row, struct err *e)
{
	const struct opt *o = f->rows[row];

	if (o->load(optarg, (char *)f->values[row] + o->offset, e) == 0)
		return 0;
	if (optarg)
		err_wrap(e, "'%s'", optarg);
	return err_wrap(e, "--%s", o->name);
}

int args_parse(const struct args *a, int argc, char **argv, struct err *e)
{
	struct flat f;
	int c;

	int (*next)(int, char *const *, const char *, const struct option *, int *) =
		a->one_dash ? getopt_long_only : getopt_long;

	flatten(a, &f);
	opterr = 0;
	optind = 0; /* glibc: start afresh */
	while ((c = next(argc, argv, f.shorts, f.longs, NULL)) != -1) {
		if (c == '?')
			return unknown(&f, argv[optind - 1], e);
		if (c == ':')
			return missing(&f, e);
		if (load(&f, row_of(&f, c), e) < 0)
			return -1;
	}
	return optind;
}

void args_drop(const struct opt_set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		opt_load *kind = s->options[i].load;
		void *member = (char *)s->values + s->options[i].offset;

		if (kind == opt_env || kind == opt_list)
			strs_free(member);
		else if (kind == opt_packet)
			packet_changes_drop(member);
		else if (kind == opt_io || kind == opt_hugetlb || kind == opt_rdma ||
			 kind == opt_unified)
			cgroup_limits_lists_drop(member);
	}
}
