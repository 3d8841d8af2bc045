/* SPDX-License-Identifier: Apache-2.0 */
/* From counters and links to events; and how events are made. */
#include "runtime/base/scope.h"
#include "runtime/event_parts.h"

#include <assert.h>
#include <string.h>

struct event event_new(const struct event_out *out, const char *type, const char *name)
{
	return (struct event){ .time = out->time, .type = type, .name = name };
}

static void add(struct event *ev, struct event_member m)
{
	assert(ev->n_data < EVENT_MEMBERS);
	ev->data[ev->n_data++] = m;
}

void event_add_number(struct event *ev, const char *key, int64_t n)
{
	add(ev, (struct event_member){ .key = key, .kind = EVENT_NUMBER, .number = n });
}

void event_add_count(struct event *ev, const char *key, uint64_t n)
{
	add(ev, (struct event_member){ .key = key,
				       .kind = n == CGROUP_UNSET ? EVENT_NULL : EVENT_NUMBER,
				       .number = (int64_t)n });
}

void event_add_text(struct event *ev, const char *key, const char *text)
{
	add(ev, (struct event_member){
			.key = key, .kind = text ? EVENT_TEXT : EVENT_NULL, .text = text });
}

void event_add_bool(struct event *ev, const char *key, bool b)
{
	add(ev, (struct event_member){ .key = key, .kind = EVENT_BOOL, .number = b });
}

void event_say(const struct event *ev, const struct event_out *out)
{
	out->say(ev, out->arg);
}

/* --- out of memory --- */

static uint64_t rise(uint64_t before, uint64_t now)
{
	if (now == CGROUP_UNSET || (before != CGROUP_UNSET && now <= before))
		return 0;
	return before == CGROUP_UNSET ? now : now - before;
}

/* A new group is one that counts from 0 again. */
static uint64_t later(uint64_t before, uint64_t now)
{
	return now == CGROUP_UNSET ? before : now;
}

static void say_oom(struct event_vnf *v, uint64_t kills, uint64_t total,
		    const struct event_out *out)
{
	struct event ev = event_new(out, "oom", v->name);

	v->oom = (struct event_oom){ .told = true, .last_told = out->ms };
	event_add_count(&ev, "kills", kills);
	event_add_count(&ev, "total_kills", total);
	event_say(&ev, out);
}

/* Several notifications may come of one kill. */
void event_vnf_oom(struct event_vnf *v, const struct event_out *out)
{
	struct event_oom *o = &v->oom;

	if (o->pending || (o->told && out->ms - o->last_told < EVENT_OOM_TOLD_MS))
		return;
	o->pending = true;
	o->since = out->ms;
}

static void follow_oom(struct event_vnf *v, const struct cgroup_counts *now,
		       const struct event_out *out)
{
	uint64_t kills = rise(v->counts.oom_kills, now->oom_kills);

	if (kills > 0)
		say_oom(v, kills, now->oom_kills, out);
	else if (rise(v->counts.ooms, now->ooms) > 0)
		event_vnf_oom(v, out);
	else if (v->oom.pending && out->ms - v->oom.since >= EVENT_OOM_MS)
		say_oom(v, 0, later(v->counts.oom_kills, now->oom_kills), out);
}

/* --- spells --- */

#define COUNT(member) offsetof(struct cgroup_counts, member)

static const struct {
	const char *begin, *end;
	size_t count;
} spells[SPELLS] = {
	[SPELL_THROTTLED] = { "throttled", "throttled-end", COUNT(throttled) },
	[SPELL_HIGH] = { "memory-high", "memory-high-end", COUNT(memory_high) },
	[SPELL_MAX] = { "memory-max", "memory-max-end", COUNT(memory_max) },
	[SPELL_PIDS] = { "pids-max", "pids-max-end", COUNT(pids_max) },
};

static uint64_t count_of(const struct cgroup_counts *c, int spell)
{
	return *(const uint64_t *)(const void *)((const char *)c + spells[spell].count);
}

/* What has come together since it began. */
static void add_sums(struct event *ev, int spell, const struct event_spell *s,
		     const struct cgroup_counts *now)
{
	event_add_count(ev, "count", rise(count_of(&s->before, spell), count_of(now, spell)));
	if (spell != SPELL_THROTTLED)
		return;
	event_add_count(ev, "periods", rise(s->before.periods, now->periods));
	event_add_count(ev, "throttled_us", rise(s->before.throttled_us, now->throttled_us));
}

static void begin(struct event_vnf *v, int spell, const struct cgroup_counts *now,
		  const struct event_out *out)
{
	struct event_spell *s = &v->spells[spell];
	struct event ev = event_new(out, spells[spell].begin, v->name);

	*s = (struct event_spell){
		.on = true, .since = out->ms, .last = out->ms, .before = v->counts
	};
	add_sums(&ev, spell, s, now);
	event_say(&ev, out);
}

static void end(struct event_vnf *v, int spell, const struct cgroup_counts *now,
		const struct event_out *out)
{
	struct event_spell *s = &v->spells[spell];
	struct event ev = event_new(out, spells[spell].end, v->name);

	add_sums(&ev, spell, s, now);
	event_add_number(&ev, "duration_ms", s->last - s->since);
	event_say(&ev, out);
	s->on = false;
}

static bool follow(struct event_vnf *v, int spell, const struct cgroup_counts *now,
		   const struct event_out *out)
{
	struct event_spell *s = &v->spells[spell];
	bool rose = rise(count_of(&v->counts, spell), count_of(now, spell)) > 0;

	if (rose && !s->on)
		begin(v, spell, now, out);
	else if (rose)
		s->last = out->ms;
	else if (s->on && out->ms - s->last >= EVENT_SPELL_MS)
		end(v, spell, now, out);
	return s->on;
}

void event_counts_reset(struct event_vnf *v)
{
	memset(&v->counts, 0, sizeof v->counts);
	memset(v->spells, 0, sizeof v->spells);
	v->oom = (struct event_oom){ 0 };
}

static void take_counts(struct cgroup_counts *to, const struct cgroup_counts *now)
{
	to->ooms = later(to->ooms, now->ooms);
	to->oom_kills = later(to->oom_kills, now->oom_kills);
	to->memory_high = later(to->memory_high, now->memory_high);
	to->memory_max = later(to->memory_max, now->memory_max);
	to->pids_max = later(to->pids_max, now->pids_max);
	to->periods = later(to->periods, now->periods);
	to->throttled = later(to->throttled, now->throttled);
	to->throttled_us = later(to->throttled_us, now->throttled_us);
}

int64_t event_vnf_counts(struct event_vnf *v, const struct cgroup_counts *now,
			 const struct event_out *out)
{
	bool on = false;

	follow_oom(v, now, out);
	for (int i = 0; i < SPELLS; i++)
		on |= follow(v, i, now, out);
	take_counts(&v->counts, now);
	if (v->oom.pending)
		return EVENT_OOM_LOOK_MS;
	return on ? EVENT_SPELL_MS : -1;
}

/* --- links --- */

static void say_link(const struct event_vnf *v, const struct event_link *l, const char *type,
		     const struct event_out *out)
{
	struct event ev = event_new(out, type, v->name);

	event_add_text(&ev, "interface", l->name);
	event_add_text(&ev, "host_name", l->host_name);
	if (l->there) {
		event_add_bool(&ev, "up", l->is.up);
		event_add_bool(&ev, "carrier", l->is.carrier);
		event_add_text(&ev, "bridge", l->is.bridge[0] ? l->is.bridge : NULL);
		event_add_number(&ev, "mtu", l->is.mtu);
	}
	event_say(&ev, out);
}

static bool works(const struct event_link *l)
{
	return l->there && l->is.up && l->is.carrier;
}

/* At first only what is amiss is told. */
static const char *what_changed(const struct event_link *was, const struct event_link *is)
{
	if (!is->there)
		return was->known && !was->there ? NULL : "link-removed";
	if (!was->known)
		return works(is) ? NULL : "link-down";
	if (works(was) != works(is))
		return works(is) ? "link-up" : "link-down";
	if (was->is.up != is->is.up || was->is.carrier != is->is.carrier ||
	    was->is.mtu != is->is.mtu || strcmp(was->is.bridge, is->is.bridge) != 0)
		return "link-changed";
	return NULL;
}

void event_vnf_link(struct event_vnf *v, struct event_link *l, const struct port_link *now,
		    const struct event_out *out)
{
	const struct event_link was = *l;
	const char *type;

	l->known = true;
	l->there = now != NULL;
	if (now)
		l->is = *now;
	type = what_changed(&was, l);
	if (type)
		say_link(v, l, type, out);
}
