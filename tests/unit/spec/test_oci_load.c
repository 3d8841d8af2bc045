/* SPDX-License-Identifier: Apache-2.0 */
/* What a config.json becomes. tests/data/oci/good/everything.json has every key once. */
#include "runtime/spec/oci_load.h"
#include "tests/support/support.h"

#include <linux/ioprio.h>
#include <linux/mempolicy.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>

static struct spec *load(const char *json)
{
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	struct spec *s = NULL;

	cr_assert_eq(oci_load_bytes(json, strlen(json), "c", "/bundle", &s, &problems, &warnings),
		     0, "%s", problems.v[0]);
	return s;
}

static struct spec *everything(void)
{
	scoped_str char *text = read_text("tests/data/oci/good/everything.json");

	return load(text);
}

/* A document with PART, which begins with a comma, beside what is required. */
static struct spec *with(const char *part)
{
	scoped_str char *json =
		str_printf("{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"/r\"}%s}", part);

	return load(json);
}

static void expect_texts(const struct strs *got, const char *joined)
{
	scoped_str char *text = str_dup("");

	for (size_t i = 0; i < got->n; i++) {
		scoped_str char *before = text;

		text = str_printf("%s%s%s", before, i ? "|" : "", got->v[i]);
	}
	cr_expect_str_eq(text, joined);
}

Test(oci_load, root_and_names)
{
	struct spec *s = everything();

	cr_expect_str_eq(s->root.path, "/bundle/rootfs");
	cr_expect(s->root.readonly);
	cr_expect_str_eq(s->hostname, "h");
	cr_expect_str_eq(s->domainname, "d.test");
	cr_expect_null(s->id);
	cr_expect_null(s->seccomp);
	cr_expect_eq(s->n_annotations, 2);
	cr_expect_str_eq(s->annotations[1].key, "com.example.empty");
	cr_expect_str_eq(s->annotations[1].value, "");
	spec_free(s);
}

Test(oci_load, process)
{
	struct spec *s = everything();
	const struct spec_process *p = &s->process;

	expect_texts(&p->args, "sh|");
	expect_texts(&p->env, "A=2|B=x=y");
	expect_texts(&p->groups, "5|6");
	cr_expect_str_eq(p->cwd, "/root");
	cr_expect_str_eq(p->user, "1:2");
	cr_expect(p->has_umask && p->umask == 077);
	cr_expect(p->terminal && p->no_new_privs);
	cr_expect_eq(p->console_rows, 25);
	cr_expect_eq(p->console_columns, 80);
	cr_expect_eq(p->caps.bounding, 1 << 0 | 1 << 5);
	cr_expect_eq(p->caps.effective, 1 << 5);
	cr_expect_eq(p->caps.permitted, 1 << 0 | 1 << 5);
	cr_expect_eq(p->caps.inheritable, 1 << 0);
	cr_expect_eq(p->caps.ambient, 0);
	cr_expect_str_eq(p->apparmor, "acme");
	cr_expect_str_eq(p->selinux, "system_u:system_r:svirt_lxc_net_t:s0:c124,c675");
	cr_expect(p->has_oom_score_adj && p->oom_score_adj == -17);
	cr_expect_eq(p->n_rlimits, 2);
	cr_expect_eq(p->rlimits[0].resource, RLIMIT_NOFILE);
	cr_expect_eq(p->rlimits[0].soft, 1024);
	cr_expect_eq(p->rlimits[0].hard, 4096);
	cr_expect_eq(p->rlimits[1].resource, RLIMIT_STACK);
	cr_expect_eq(p->rlimits[1].hard, RLIM_INFINITY);
	spec_free(s);
}

Test(oci_load, scheduling)
{
	struct spec *s = everything();
	const struct spec_scheduler *d = &s->process.scheduler;

	cr_expect(d->given);
	cr_expect_eq(d->policy, SCHED_DEADLINE);
	cr_expect_eq(d->nice, 3);
	cr_expect_eq(d->flags, SCHED_FLAG_RESET_ON_FORK | SCHED_FLAG_DL_OVERRUN);
	cr_expect_eq(d->runtime, 1000000);
	cr_expect_eq(d->deadline, 5000000);
	cr_expect_eq(d->period, 10000000);
	cr_expect(s->process.io_priority.given);
	cr_expect_eq(s->process.io_priority.class, IOPRIO_CLASS_IDLE);
	cr_expect_eq(s->process.io_priority.priority, 4);
	cr_expect_str_eq(s->process.affinity_initial, "7");
	cr_expect_str_eq(s->process.affinity_final, "0-3,7");
	spec_free(s);
}

Test(oci_load, without_a_process_there_is_none)
{
	struct spec *s = with("");

	cr_expect_eq(s->process.args.n, 0);
	cr_expect_null(s->process.cwd);
	cr_expect_null(s->process.user);
	cr_expect_not(s->process.has_umask);
	cr_expect_not(s->process.has_oom_score_adj);
	cr_expect_not(s->process.scheduler.given);
	cr_expect_not(s->resources.has_devices);
	cr_expect_eq(s->resources.memory_max, CGROUP_UNSET);
	cr_expect_eq(s->namespaces, 0);
	spec_free(s);
}

Test(oci_load, mounts)
{
	struct spec *s = everything();
	const struct spec_mount *m = s->mounts;

	cr_assert_eq(s->n_mounts, 6);
	cr_expect_str_eq(m[0].type, "proc");
	cr_expect_str_eq(m[0].target, "/proc");
	cr_expect_str_eq(m[1].source, "tmpfs");
	expect_texts(&m[1].data, "mode=755|size=65536k|sync");
	cr_expect_eq(m[1].attrs, MOUNT_ATTR_NOSUID | MOUNT_ATTR_STRICTATIME);
	cr_expect(m[1].copy_up);
	cr_expect_str_eq(m[2].type, "bind");
	cr_expect_str_eq(m[2].source, "/bundle/data");
	cr_expect_str_eq(m[2].target, "/b/c");
	cr_expect(m[2].recursive);
	cr_expect_eq(m[2].attrs, MOUNT_ATTR_RDONLY);
	cr_expect_eq(m[2].rec_set, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
	cr_expect_eq(m[2].propagation, MS_SLAVE | MS_REC);
	cr_expect_eq(m[3].idmapped, SPEC_IDMAP_TOP);
	cr_expect(m[3].no_follow && !m[3].recursive);
	cr_expect_str_eq(m[4].type, "bind");
	cr_expect_eq(m[4].idmapped, SPEC_IDMAP_RECURSIVE);
	cr_expect_eq(m[4].attrs_clear, MOUNT_ATTR_RDONLY);
	cr_expect(m[4].uid_maps.n == 1 && m[4].uid_maps.v[0].outside == 7);
	cr_expect(m[4].gid_maps.n == 1 && m[4].gid_maps.v[0].outside == 8);
	cr_expect(m[5].remount && !m[5].type);
	spec_free(s);
}

Test(oci_load, data_of_a_mount_is_divided_at_its_commas)
{
	struct spec *s =
		with(",\"mounts\":[{\"destination\":\"/a\",\"type\":\"overlay\",\"options\":["
		     "\"lowerdir=/a\\\\,b:/c,,upperdir=/u\","
		     "\"context=\\\"s:c1,c2\\\",x\"]}]");

	expect_texts(&s->mounts[0].data, "lowerdir=/a\\,b:/c|upperdir=/u|context=\"s:c1,c2\"|x");
	spec_free(s);
}

Test(oci_load, namespaces_ids_and_clocks)
{
	struct spec *s = everything();

	cr_expect_eq(s->namespaces,
		     (uint64_t)(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS |
				CLONE_NEWUSER | CLONE_NEWCGROUP | CLONE_NEWTIME));
	cr_expect(s->n_joins == 1 && s->joins[0].type == CLONE_NEWNET);
	cr_expect_str_eq(s->joins[0].path, "/run/netns/a");
	cr_expect_eq(s->uid_maps.n, 2);
	cr_expect_eq(s->uid_maps.v[1].inside, 10);
	cr_expect_eq(s->uid_maps.v[1].outside, 2000);
	cr_expect_eq(s->uid_maps.v[1].size, 5);
	cr_expect_eq(s->gid_maps.n, 1);
	cr_expect(s->monotonic.given && s->monotonic.secs == -7 &&
		  s->monotonic.nanosecs == 999999999);
	cr_expect(s->boottime.given && s->boottime.secs == 172800);
	spec_free(s);
}

Test(oci_load, devices)
{
	struct spec *s = everything();
	const struct spec_device *d = s->devices;

	cr_assert_eq(s->n_devices, 3);
	cr_expect_str_eq(d[0].path, "/dev/fuse");
	cr_expect(d[0].type == 'c' && d[0].major == 10 && d[0].minor == 229);
	cr_expect(d[0].has_mode && d[0].mode == 0666 && d[0].uid == 3 && d[0].gid == 4);
	cr_expect(d[1].type == 'p' && d[1].major == 0 && d[1].minor == 0);
	cr_expect(!d[1].has_mode && d[1].mode == 0666);
	cr_expect(d[2].type == 'c' && d[2].mode == 0600);
	spec_free(s);
}

Test(oci_load, the_rest_of_linux)
{
	struct spec *s = everything();

	cr_expect_str_eq(s->cgroups_path, "/a/b");
	cr_expect_eq(s->root_propagation, MS_SLAVE | MS_REC);
	expect_texts(&s->masked_paths, "/proc/kcore");
	expect_texts(&s->readonly_paths, "/proc/sys");
	cr_expect_str_eq(s->mount_label, "label");
	cr_expect(s->has_personality && s->personality == PER_LINUX32);
	cr_expect_eq(s->n_sysctl, 6);
	cr_expect_str_eq(s->sysctl[0].key, "net.ipv4.ip_forward");
	cr_expect_str_eq(s->sysctl[0].value, "1");
	cr_expect(s->rdt.given && s->rdt.enable_monitoring);
	cr_expect_str_eq(s->rdt.clos_id, "guaranteed");
	cr_expect_str_eq(s->rdt.l3_schema, "L3:0=7f0;1=1f");
	cr_expect_str_eq(s->rdt.mem_bw_schema, "MB:0=20;1=70");
	expect_texts(&s->rdt.schemata, "L3:0=f");
	cr_expect(s->memory_policy.given);
	cr_expect_eq(s->memory_policy.mode, MPOL_INTERLEAVE | MPOL_F_STATIC_NODES);
	cr_expect_str_eq(s->memory_policy.nodes, "0-1");
	cr_expect_eq(s->n_net_devices, 2);
	cr_expect_str_eq(s->net_devices[0].name, "eth7");
	cr_expect_str_eq(s->net_devices[0].rename, "");
	cr_expect_str_eq(s->net_devices[1].rename, "lan0");
	spec_free(s);
}

Test(oci_load, seccomp)
{
	struct spec *s = everything();

	cr_assert(s->profile && s->profile->n_rules == 1 && s->profile->rules[0].n_args == 1);
	cr_expect_eq(s->profile->rules[0].errno_ret, 13);
	cr_expect_eq(s->profile->rules[0].args[0].value, UINT64_MAX - 1);
	cr_expect_eq(s->profile->rules[0].args[0].value_two, UINT64_C(1) << 63);
	spec_free(s);
}

Test(oci_load, hooks)
{
	static const char *const paths[HOOK_KINDS] = {
		[HOOK_PRESTART] = "/h/prestart",
		[HOOK_CREATE_RUNTIME] = "/h/createRuntime",
		[HOOK_CREATE_CONTAINER] = "/h/createContainer",
		[HOOK_START_CONTAINER] = "/h/startContainer",
		[HOOK_POSTSTART] = "/h/poststart",
		[HOOK_POSTSTOP] = "/h/poststop",
	};
	struct spec *s = everything();

	for (size_t i = 0; i < HOOK_KINDS; i++) {
		const struct spec_hooks *h = &s->hooks[i];

		cr_assert_eq(h->n, 2);
		cr_expect_str_eq(h->v[0].path, paths[i]);
		cr_expect_str_eq(h->v[0].args.v[1], "a");
		expect_texts(&h->v[0].env, "K=V");
		cr_expect_eq(h->v[0].timeout_s, 5);
		cr_expect_str_eq(h->v[1].path, "/h/again");
		cr_expect(h->v[1].args.n == 0 && h->v[1].timeout_s == 0);
	}
	spec_free(s);
}

Test(oci_load, a_process_by_itself)
{
	static const char json[] =
		"{\"args\":[\"a\"],\"cwd\":\"/\",\"user\":{\"uid\":7,\"gid\":8}}";
	static const char bad[] = "{\"args\":[],\"cwd\":\"x\"}";
	scoped_strs struct strs problems = { 0 };
	struct spec_process p;

	cr_expect_eq(oci_process_load(json, strlen(json), "p", &p, &problems), 0);
	cr_expect_str_eq(p.user, "7:8");
	spec_process_drop(&p);
	cr_expect_eq(oci_process_load(bad, strlen(bad), "p", &p, &problems), -1);
	expect_texts(&problems, "p: /args: is empty|p: /cwd: 'x' is not an absolute path");
	spec_process_drop(&p);
}
