/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/packet_cpu.h"
#include "runtime/base/strs.h"
#include "runtime/base/units.h"

#include <stdio.h>
#include <string.h>

const char *const packet_mode_words[] = {
	[PACKET_SHARED] = "shared", [PACKET_OWN] = "own",       [PACKET_RESERVE] = "reserve",
	[PACKET_PINNED] = "pinned", [PACKET_PINNED + 1] = NULL,
};

const char *const packet_means_words[] = {
	[PACKET_MEANS_NONE] = "none",         [PACKET_MEANS_QUOTA] = "quota",
	[PACKET_MEANS_DEADLINE] = "deadline", [PACKET_MEANS_GOVERNOR] = "governor",
	[PACKET_MEANS_GOVERNOR + 1] = NULL,
};

const char *const packet_key_words[] = {
	[PACKET_LIMIT] = "limit", [PACKET_GUARANTEE] = "guarantee",
	[PACKET_MEANS] = "means", [PACKET_CPUS] = "cpus",
	[PACKET_KEYS] = NULL,
};

#define MODE(m) (1U << (m))
static const struct {
	unsigned modes; /* those that have it */
	const char *elsewhere;
	const char *missing; /* NULL: it may be left out */
} rules[PACKET_KEYS] = {
	[PACKET_LIMIT] = { MODE(PACKET_OWN), "is for mode own, which alone can cap packet work",
			   NULL },
	[PACKET_GUARANTEE] = { MODE(PACKET_RESERVE),
			       "is for mode reserve; a cap is 'limit' of mode own",
			       "mode reserve needs 'guarantee': how much is to be kept free for it" },
	[PACKET_MEANS] = { MODE(PACKET_OWN),
			   "is how a limit is held, of mode own; a guarantee is always held by "
			   "deadline",
			   NULL },
	[PACKET_CPUS] = { MODE(PACKET_PINNED),
			  "is for mode pinned; the threads of own and reserve run on the VNF's CPUs",
			  NULL },
};

const char *packet_key_fault(enum packet_mode mode, const bool has[PACKET_KEYS],
			     enum packet_key key)
{
	bool fits = rules[key].modes & MODE(mode);

	if (!has[key])
		return fits ? rules[key].missing : NULL;
	if (!fits)
		return rules[key].elsewhere;
	if (key == PACKET_MEANS && mode == PACKET_OWN && !has[PACKET_LIMIT])
		return "has nothing to hold without 'limit'";
	return NULL;
}

void packet_cpu_copy(struct packet_cpu *to, const struct packet_cpu *from)
{
	*to = *from;
	to->cpus = str_dup(from->cpus);
}

void packet_cpu_drop(struct packet_cpu *p)
{
	free(p->cpus);
	*p = (struct packet_cpu){ 0 };
}

struct packet_change *packet_changes_add(struct packet_changes *c)
{
	c->v = mem_grow(c->v, c->n + 1, sizeof *c->v);
	c->v[c->n] = (struct packet_change){ 0 };
	return &c->v[c->n++];
}

void packet_changes_drop(struct packet_changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		packet_cpu_drop(&c->v[i].to);
	free(c->v);
	*c = (struct packet_changes){ 0 };
}

bool packet_budget_parse(const char *text, uint32_t *out)
{
	size_t whole = strspn(text, "0123456789");
	const char *p = text + whole;
	uint32_t budget, tenth = 0;

	if (whole == 0 || whole > 6)
		return false;
	if (*p == '.') {
		if (p[1] < '0' || p[1] > '9')
			return false;
		tenth = (uint32_t)(p[1] - '0');
		p += 2;
	}
	if (strcmp(p, "%") != 0)
		return false;
	budget = (uint32_t)strtoul(text, NULL, 10) * 10 + tenth;
	if (budget < PACKET_BUDGET_MIN || budget > PACKET_BUDGET_MAX)
		return false;
	*out = budget;
	return true;
}

const char *packet_budget_format(uint32_t budget, char *out)
{
	if (budget % 10)
		snprintf(out, 16, "%u.%u%%", budget / 10, budget % 10);
	else
		snprintf(out, 16, "%u%%", budget / 10);
	return out;
}

static int word_index(const char *const *words, const char *text, size_t len)
{
	for (int i = 0; words[i]; i++)
		if (strlen(words[i]) == len && strncmp(words[i], text, len) == 0)
			return i;
	return -1;
}

bool packet_means_parse(const char *text, enum packet_means *out)
{
	int means = word_index(packet_means_words, text, strlen(text));

	if (means <= PACKET_MEANS_NONE)
		return false;
	*out = (enum packet_means)means;
	return true;
}

static int cpus_load(const char *text, struct packet_cpu *out, struct err *e)
{
	struct cpulist l;

	if (!cpulist_parse(text, &l))
		return err_set(e, 0, "cpus: '%s' is not a list of CPUs such as 0-3,8", text);
	free(out->cpus);
	out->cpus = cpulist_format(&l);
	return 0;
}

char *packet_budget_hint(const char *text)
{
	scoped_str char *percent = str_printf("%s%%", text);
	uint32_t budget;

	if (strcmp(text, "max") == 0)
		return str_dup("; for no limit leave it out");
	if (packet_budget_parse(percent, &budget))
		return str_printf("; say %s if that is what is meant", percent);
	return str_dup("");
}

static int budget_load(enum packet_key key, const char *value, struct packet_cpu *out,
		       struct err *e)
{
	if (packet_budget_parse(value, &out->budget))
		return 0;

	scoped_str char *hint = packet_budget_hint(value);
	return err_set(e, 0, "%s: '%s' is not a share of one CPU from 1%% to 100000%%%s",
		       packet_key_words[key], value, hint);
}

static int value_load(enum packet_key key, const char *value, struct packet_cpu *out, struct err *e)
{
	if (key == PACKET_CPUS)
		return cpus_load(value, out, e);
	if (key != PACKET_MEANS)
		return budget_load(key, value, out, e);
	if (!packet_means_parse(value, &out->means))
		return err_set(e, 0, "means: '%s' is none of quota, deadline, governor", value);
	return 0;
}

/* "limit=25%" at *P, which moves behind it; HAS[key]: it has been there. */
static int pair_load(const char **p, struct packet_cpu *out, bool has[], struct err *e)
{
	size_t name = strcspn(*p, "=,"), len;
	int key = (*p)[name] == '=' ? word_index(packet_key_words, *p, name) : -1;

	if (key < 0)
		return err_set(e, 0, "'%.*s' is none of limit=, guarantee=, means=, cpus=",
			       (int)strcspn(*p, ","), *p);
	if (has[key])
		return err_set(e, 0, "%s is there twice", packet_key_words[key]);
	has[key] = true;
	*p += name + 1;
	/* a list of CPUs has commas itself, so it is the rest */
	len = key == PACKET_CPUS ? strlen(*p) : strcspn(*p, ",");

	scoped_str char *value = str_printf("%.*s", (int)len, *p);
	*p += len;
	return value_load((enum packet_key)key, value, out, e);
}

static int text_load(const char *text, struct packet_cpu *out, struct err *e)
{
	bool has[PACKET_KEYS] = { false };
	size_t len = strcspn(text, ",");
	int mode = word_index(packet_mode_words, text, len);
	const char *p = text + len;

	if (mode < 0)
		return err_set(e, 0, "'%.*s' is none of shared, own, reserve, pinned", (int)len,
			       text);
	*out = (struct packet_cpu){ .given = true, .mode = (enum packet_mode)mode };
	while (*p == ',') {
		p++;
		if (pair_load(&p, out, has, e) < 0)
			return -1;
	}
	for (int k = 0; k < PACKET_KEYS; k++) {
		const char *fault = packet_key_fault(out->mode, has, (enum packet_key)k);

		if (fault && has[k])
			return err_set(e, 0, "%s %s", packet_key_words[k], fault);
		if (fault)
			return err_set(e, 0, "%s", fault);
	}
	return 0;
}

int packet_cpu_parse(const char *text, struct packet_cpu *out, struct err *e)
{
	scoped_packet_cpu struct packet_cpu p = { 0 };

	if (text_load(text, &p, e) < 0)
		return -1;
	*out = p;
	p.cpus = NULL;
	return 0;
}

char *packet_cpu_format(const struct packet_cpu *p)
{
	enum packet_key key = p->mode == PACKET_RESERVE ? PACKET_GUARANTEE : PACKET_LIMIT;
	const char *mode = packet_mode_words[p->mode];
	char budget[16];

	if (p->budget)
		return str_printf("%s,%s=%s%s%s", mode, packet_key_words[key],
				  packet_budget_format(p->budget, budget),
				  p->means ? ",means=" : "",
				  p->means ? packet_means_words[p->means] : "");
	return p->cpus ? str_printf("%s,cpus=%s", mode, p->cpus) : str_dup(mode);
}

/* Whether TEXT begins with a mode. */
static bool is_mode(const char *text)
{
	return word_index(packet_mode_words, text, strcspn(text, ",")) >= 0;
}

/* The '=' behind the name of an interface, in which another may be; NULL: TEXT is about the VNF. */
static const char *iface_end(const char *text)
{
	const char *first = strchr(text, '=');

	if (is_mode(text))
		return NULL;
	for (const char *p = first; p; p = strchr(p + 1, '='))
		if (is_mode(p + 1) || strcmp(p + 1, "inherit") == 0)
			return p;
	return first;
}

/* Of two that say the same one is too much, but nobody's harm. */
static bool is_same(const struct packet_change *a, const struct packet_change *b)
{
	scoped_str char *one = packet_cpu_format(&a->to), *other = packet_cpu_format(&b->to);

	return a->to.given == b->to.given && strcmp(one, other) == 0;
}

static int err_contrary(const struct packet_change *a, const struct packet_change *b, struct err *e)
{
	scoped_str char *one = packet_cpu_format(&a->to), *other = packet_cpu_format(&b->to);
	const char *of = a->iface[0] ? "interface " : "the VNF";

	return err_set(e, 0, "%s%s is to be both %s and %s: which?", of, a->iface,
		       a->to.given ? one : "inherit", b->to.given ? other : "inherit");
}

static int check_contrary(const struct packet_changes *c, const struct packet_change *change,
			  struct err *e)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->v[i].iface, change->iface) == 0 && !is_same(&c->v[i], change))
			return err_contrary(&c->v[i], change, e);
	return 0;
}

int packet_change_parse(const char *text, struct packet_changes *c, struct err *e)
{
	struct packet_change change = { 0 };
	const char *end = iface_end(text), *words = end ? end + 1 : text;
	size_t len = end ? (size_t)(end - text) : 0;

	if (end && (len == 0 || len >= sizeof change.iface))
		return err_set(e, 0, "'%.*s' is not the name of an interface", (int)len, text);
	if (!end && strcmp(words, "inherit") == 0)
		return err_set(
			e, 0,
			"'inherit' is for an interface (eth1=inherit), which then follows the "
			"VNF; for the VNF say shared, own, reserve or pinned");
	memcpy(change.iface, text, len);
	if (!(end && strcmp(words, "inherit") == 0) && packet_cpu_parse(words, &change.to, e) < 0)
		return -1;
	if (check_contrary(c, &change, e) < 0) {
		packet_cpu_drop(&change.to);
		return -1;
	}
	*packet_changes_add(c) = change;
	return 0;
}
