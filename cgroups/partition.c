/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroups/partition.h"
#include "cgroups/cpuset.h"
#include "cgroups/nest.h"
#include "cgroups/packet.h"
#include "cgroups/tree.h"
#include "runtime/base/units.h"

#include <errno.h>
#include <string.h>

static const char list_file[] = "cpuset.cpus", exclusive[] = "cpuset.cpus.exclusive",
		  type_file[] = "cpuset.cpus.partition", member[] = "member";

/* What a group has now. */
struct partition {
	char *type;      /* "member", "root", "isolated"; NULL: no such file */
	bool valid;      /* a partition, and the kernel keeps others out */
	char *cpus;      /* cpuset.cpus */
	char *exclusive; /* cpuset.cpus.exclusive; NULL: before Linux 6.7 */
};

static void partition_drop(struct partition *p)
{
	free(p->type);
	free(p->cpus);
	free(p->exclusive);
}

static void partition_read(const char *dir, struct partition *out)
{
	*out = (struct partition){
		.type = cpuset_read(dir, type_file),
		.cpus = cpuset_read(dir, list_file),
		.exclusive = cpuset_read(dir, exclusive),
	};
	if (!out->type)
		return;

	size_t word = strcspn(out->type, " ");
	out->valid = !out->type[word] && strcmp(out->type, member) != 0;
	out->type[word] = '\0'; /* "isolated invalid (reason)" */
}

static bool is_partition(const char *dir)
{
	scoped(partition_drop) struct partition p = { 0 };

	partition_read(dir, &p);
	return p.valid;
}

/* The root of the hierarchy is one, and has no such file. */
static bool is_root(const char *dir)
{
	scoped_str char *above = dir_above(dir);
	scoped_str char *file = str_printf("%s/cgroup.procs", above);

	return access(file, F_OK) != 0;
}

/* --- who has what --- */

static bool file_has(const char *dir, const char *file, unsigned int cpu)
{
	scoped_str char *text = cpuset_read(dir, file);
	struct cpulist list;

	return text && cpulist_parse(text, &list) && cpulist_has(&list, cpu);
}

/* The partition at or below DIR, but not NOT, that has CPU; NULL: none. The caller frees. */
static char *find_owner(const char *dir, const char * not, unsigned int cpu)
{
	scoped_strs struct strs below = { 0 };
	struct err ignored = { 0 }; /* then nobody to be named */

	if (strcmp(dir, not ) != 0 && is_partition(dir) &&
	    file_has(dir, "cpuset.cpus.effective", cpu))
		return str_dup(dir);
	(void)tree_children(dir, &below, &ignored);
	for (size_t i = 0; i < below.n; i++) {
		char *found = find_owner(below.v[i], not, cpu);

		if (found)
			return found;
	}
	return NULL;
}

int partition_explain(const char *dir, unsigned int cpu, struct err *e)
{
	scoped_str char *top = tree_top(dir), *owner = find_owner(top, dir, cpu);
	scoped_str char *type = owner ? cpuset_read(owner, type_file) : NULL;
	scoped_str char *told = str_dup(e->text);

	if (!type)
		return -1;
	return err_set(e, e->code, "%s: CPU %u belongs to the partition %s (%s)", told, cpu, owner,
		       type);
}

/* A neighbour of DIR, or of a group above it, with one of CPUS in its list: "FILE has LIST". The
 * caller frees. */
static char *find_rival(const char *dir, const struct cpulist *cpus)
{
	static const char *const files[] = { exclusive, list_file };
	scoped_strs struct strs beside = { 0 };
	scoped_str char *above = dir_above(dir);
	struct err ignored = { 0 };

	if (is_root(dir))
		return NULL;
	(void)tree_children(above, &beside, &ignored);
	for (size_t i = 0; i < beside.n * ARRAY_LEN(files); i++) {
		const char *one = beside.v[i / ARRAY_LEN(files)], *file = files[i % 2];
		scoped_str char *text = cpuset_read(one, file);
		struct cpulist list;

		if (strcmp(one, dir) == 0 || !text || !cpulist_parse(text, &list))
			continue;
		for (unsigned int cpu = 0; cpu < CPU_MAX; cpu++)
			if (cpulist_has(&list, cpu) && cpulist_has(cpus, cpu))
				return str_printf("%s/%s has %s", one, file, text);
	}
	return find_rival(above, cpus);
}

/* --- what the kernel says to it --- */

static int err_rival(const char *dir, const char *list, const char *why, struct err *e)
{
	struct cpulist cpus = { 0 };

	(void)cpulist_parse(list, &cpus);
	scoped_str char *rival = find_rival(dir, &cpus);
	return err_set(e, 0, "cpuset.cpus.partition: %s cannot have CPUs %s for itself (%s)%s%s",
		       dir, list, why, rival ? ": " : "",
		       rival ? rival : ": see cpuset.cpus.partition in the kernel's cgroup-v2.rst");
}

/* The kernel takes the word of any, and tells on reading what came of it. */
static int check_holds(const struct setting *it, struct err *e)
{
	scoped_str char *dir = dir_above(it->path), *now = cpuset_read(dir, type_file);
	scoped_str char *list = cpuset_read(dir, list_file);

	if (now && strcmp(now, it->text) == 0)
		return 0;

	char *reason = now ? strchr(now, '(') : NULL;
	if (reason)
		reason[strcspn(reason, ")")] = '\0';
	return err_rival(dir, list ? list : "", reason ? reason + 1 : "the kernel tells no reason",
			 e);
}

static int why_exclusive(const struct setting *it, struct err *e)
{
	scoped_str char *dir = dir_above(it->path);

	return e->code == EINVAL
		       ? err_rival(dir, it->text, "others have them, or need one of them", e)
		       : -1;
}

/* --- what it wants first --- */

static int err_old_kernel(const char *dir, const char *above, struct err *e)
{
	return err_tell(e, ENOENT,
			"cpuset.cpus.partition: %s can be none: the group above it, %s, is no "
			"partition, and before Linux 6.7 (no %s/%s) it has to be: give it CPUs and "
			"write root to its %s",
			dir, above, dir, exclusive, type_file);
}

/* Its CPUs would come and go with what is written below it. */
static int refuse_broken(const char *dir, struct err *e)
{
	scoped_str char *type = cpuset_read(dir, type_file);

	if (!type || !strchr(type, ' '))
		return 0;
	return err_set(e, 0,
		       "cpuset.cpus.partition: the group above, %s, is '%s': write member to its "
		       "%s, or give it the CPUs that it lacks",
		       dir, type, type_file);
}

/* Every group above hands the CPUs on. The nest is ours to change, the others are not. */
static int reserve_above(struct settings *s, const char *dir, const char *list, struct err *e)
{
	scoped_str char *above = dir_above(dir);

	if (is_root(above) || is_partition(above))
		return 0;
	if (reserve_above(s, above, list, e) < 0 || refuse_broken(above, e) < 0)
		return -1;
	if (is_nest(above) && nest_has_own_cpus(above)) {
		nest_add_cpus(s, above, list, why_exclusive);
		return 0;
	}

	scoped_str char *theirs = cpuset_read(above, exclusive);
	struct cpulist want, have = { 0 };
	(void)cpulist_parse(theirs ? theirs : "", &have);
	if (cpulist_parse(list, &want) && cpulist_within(&want, &have))
		return 0;
	return err_set(e, 0,
		       "cpuset.cpus.partition: %s/%s has '%s', not %s, and is not nfrun's to "
		       "change: write it there first",
		       above, exclusive, theirs ? theirs : "", list);
}

/* The last CPU of the host is nobody's own. */
static int leave_one(const char *dir, const char *list, const char *own, struct err *e)
{
	scoped_str char *top = tree_top(dir), *text = cpuset_read(top, "cpuset.cpus.effective");
	struct cpulist want, have;

	if (!text || !cpulist_parse(text, &have) || !cpulist_parse(list, &want) ||
	    !cpulist_within(&have, &want) || (own && *own))
		return 0;
	return err_set(e, 0,
		       "cpuset.cpus.partition: CPUs %s are all that is left (%s in %s): leave one "
		       "to the host",
		       list, text, top);
}

/* --- the row --- */

static int make_partition(struct settings *s, const char *dir, const struct partition *now,
			  const char *type, const char *list, struct err *e)
{
	scoped_str char *above = dir_above(dir);
	bool local = is_root(above) || is_partition(above);
	const char *own = now->valid
				  ? (now->exclusive && *now->exclusive ? now->exclusive : now->cpus)
				  : NULL;

	if (!*list)
		return err_set(e, 0, "cpuset.cpus.partition %s: say which CPUs (cpus)", type);
	if (cpuset_check_cpus(dir, list, own, e) < 0 || leave_one(dir, list, own, e) < 0)
		return -1;
	if (!local && !now->exclusive)
		return err_old_kernel(dir, above, e);
	if (!local && reserve_above(s, dir, list, e) < 0)
		return -1;
	if (strcmp(now->type, member) != 0) /* its CPUs do not change under it */
		settings_add_word(s, dir, type_file, member, NULL);
	packet_add_list(s, dir, list_file, list);
	if (now->exclusive && (!local || *now->exclusive)) {
		settings_add(s, dir, exclusive, "%s", list);
		s->v[s->n - 1].why = why_exclusive;
	}
	settings_add_word(s, dir, type_file, type, check_holds);
	return 0;
}

static int make_member(struct settings *s, const char *dir, const struct partition *now,
		       const char *list, struct err *e)
{
	if (now->type && strcmp(now->type, member) != 0)
		settings_add_word(s, dir, type_file, member, NULL);
	if (now->exclusive && *now->exclusive)
		settings_add(s, dir, exclusive, "\n");
	if (!list || !*list || cpus_are_same(list, now->cpus))
		return 0;
	if (cpuset_check_cpus(dir, list, now->valid ? now->cpus : NULL, e) < 0)
		return -1;
	packet_add_list(s, dir, list_file, list);
	return 0;
}

static bool is_as_wanted(const struct partition *now, const char *type, const char *list)
{
	return now->valid && strcmp(now->type, type) == 0 && cpus_are_same(now->cpus, list) &&
	       (!now->exclusive || !*now->exclusive || cpus_are_same(now->exclusive, list));
}

int v2_cpuset_cpus(struct settings *s, const char *dir, const struct cgroup_limits *l,
		   struct err *e)
{
	scoped(partition_drop) struct partition now = { 0 };

	partition_read(dir, &now);

	const char *type = l->cpu_partition ? l->cpu_partition : now.type ? now.type : member;
	const char *list = l->cpus && *l->cpus ? l->cpus : now.cpus ? now.cpus : "";
	if (strcmp(type, member) == 0)
		return make_member(s, dir, &now, l->cpus, e);
	if (strcmp(type, "root") != 0 && strcmp(type, "isolated") != 0)
		return err_set(e, EINVAL, "cpuset.cpus.partition %s: not member, root or isolated",
			       type);
	if (!now.type)
		return err_tell(e, ENOENT, "cpuset.cpus.partition: this kernel has no %s/%s", dir,
				type_file);
	return is_as_wanted(&now, type, list) ? 0 : make_partition(s, dir, &now, type, list, e);
}

bool partition_add_file(struct settings *s, const char *dir, const struct limits_file *file)
{
	scoped_str char *word = str_printf("%.*s", (int)strcspn(file->value, " \n"), file->value);

	if (strcmp(file->file, type_file) != 0)
		return false;
	settings_add_word(s, dir, type_file, word, check_holds);
	return true;
}
