/* SPDX-License-Identifier: Apache-2.0 */
/* What the resources of a config.json become. */
#include "runtime/spec/oci_load.h"
#include "tests/support/support.h"

#include <string.h>

static struct spec *load(const char *json)
{
	scoped_strs struct strs problems = { 0 }, warnings = { 0 };
	struct spec *s = NULL;

	cr_assert_eq(oci_load_bytes(json, strlen(json), "c", "/bundle", &s, &problems, &warnings),
		     0, "%s", problems.v[0]);
	return s;
}

static struct spec *sample(const char *name)
{
	scoped_str char *path = str_printf("tests/data/oci/good/%s.json", name);
	scoped_str char *text = read_text(path);

	return load(text);
}

Test(oci_resources, numbers)
{
	struct spec *s = sample("everything");
	const struct cgroup_limits *l = &s->resources;

	cr_expect_eq(l->memory_max, 536870912);
	cr_expect_eq(l->memory_reservation, 268435456);
	cr_expect_eq(l->memory_and_swap, CGROUP_NO_LIMIT);
	cr_expect_eq(l->memory_swap_max, CGROUP_UNSET);
	cr_expect_eq(l->memory_swappiness, 0);
	cr_expect(l->has_oom_kill_disable && l->oom_kill_disable);
	cr_expect(l->memory_check_before_update);
	cr_expect_eq(l->cpu_shares, 1024);
	cr_expect_eq(l->cpu_weight, CGROUP_UNSET);
	cr_expect_eq(l->cpu_quota_us, 1000000);
	cr_expect_eq(l->cpu_burst_us, 1000000);
	cr_expect_eq(l->cpu_period_us, 500000);
	cr_expect_eq(l->cpu_rt_runtime_us, 950000);
	cr_expect_eq(l->cpu_rt_period_us, 1000000);
	cr_expect_eq(l->cpu_idle, 1);
	cr_expect_str_eq(l->cpus, "2-3");
	cr_expect_str_eq(l->mems, "0-7");
	cr_expect_eq(l->pids_max, 32771);
	spec_free(s);
}

Test(oci_resources, lists)
{
	struct spec *s = sample("everything");
	const struct cgroup_limits *l = &s->resources;
	const struct limits_io *w = l->io[IO_WEIGHT].v;

	cr_expect_eq(l->io_weight, 10);
	cr_expect_eq(l->io_leaf_weight, 11);
	cr_expect(l->io[IO_WEIGHT].n == 2 && w[0].major == 8 && w[0].minor == 0);
	cr_expect(w[0].value == 500 && w[0].leaf_weight == 300);
	cr_expect(w[1].value == CGROUP_UNSET && w[1].leaf_weight == 500);
	for (size_t i = IO_READ_BPS; i <= IO_WRITE_IOPS; i++)
		cr_expect_eq(l->io[i].n, 1);
	cr_expect_eq(l->io[IO_READ_BPS].v[0].value, 600);
	cr_expect_eq(l->io[IO_WRITE_BPS].v[0].value, 601);
	cr_expect_eq(l->io[IO_READ_IOPS].v[0].value, 602);
	cr_expect_eq(l->io[IO_WRITE_IOPS].v[0].value, 300);
	cr_expect(l->n_hugepages == 2 && l->hugepages[1].limit == UINT64_MAX);
	cr_expect_str_eq(l->hugepages[0].page_size, "2MB");
	cr_expect_eq(l->net_class_id, 1048577);
	cr_expect(l->n_net_priorities == 1 && l->net_priorities[0].priority == 500);
	cr_expect(l->n_rdma == 2 && l->rdma[0].handles == 3 && l->rdma[0].objects == 10000);
	cr_expect(l->rdma[1].handles == CGROUP_UNSET);
	cr_expect_eq(l->n_unified, 2);
	cr_expect_str_eq(l->unified[0].file, "io.max");
	cr_expect_str_eq(l->unified[0].value, "259:0 rbps=2097152");
	spec_free(s);
}

Test(oci_resources, devices_are_in_order_and_the_default_ones_behind)
{
	struct spec *s = sample("everything");
	const struct cgroup_limits *l = &s->resources;
	bool null = false, other = false;

	cr_assert(l->has_devices && l->n_devices > 2);
	cr_expect(!l->devices[0].allow && l->devices[0].type == 'a');
	cr_expect(l->devices[0].major == -1 && l->devices[0].minor == -1);
	cr_expect_str_eq(l->devices[0].access, "rwm");
	cr_expect(l->devices[1].allow && l->devices[1].major == 10);
	cr_expect_str_eq(l->devices[1].access, "rw");
	for (size_t i = 2; i < l->n_devices; i++) {
		const struct limits_device *d = &l->devices[i];

		cr_expect(d->allow);
		null = null || (d->type == 'c' && d->major == 1 && d->minor == 3);
		other = other || d->major == 8;
	}
	cr_expect(null && !other);
	spec_free(s);
}

Test(oci_resources, nothing_is_added_where_all_devices_are_allowed)
{
	struct spec *s = sample("docker-privileged");

	cr_expect(s->resources.has_devices);
	cr_expect_eq(s->resources.n_devices, 1);
	spec_free(s);
}

Test(oci_resources, zero_is_not_set)
{
	struct spec *s = sample("zeroes");
	const struct cgroup_limits *l = &s->resources;
	const uint64_t unset[] = {
		l->memory_max,     l->memory_reservation, l->memory_and_swap,
		l->cpu_shares,     l->cpu_quota_us,       l->cpu_period_us,
		l->io_weight,      l->cpu_rt_runtime_us,  l->cpu_rt_period_us,
		l->io_leaf_weight,
	};

	for (size_t i = 0; i < ARRAY_LEN(unset); i++)
		cr_expect_eq(unset[i], CGROUP_UNSET, "%zu", i);
	cr_expect_eq(l->cpu_idle, 0);
	cr_expect_eq(l->cpu_burst_us, 0);
	cr_expect_eq(l->pids_max, 1); /* a limit, if a strange one */
	spec_free(s);
}

Test(oci_resources, what_engines_write)
{
	struct spec *docker = sample("docker"), *crio = sample("crio");

	cr_expect_eq(docker->resources.pids_max, CGROUP_NO_LIMIT);
	cr_expect_eq(docker->resources.cpu_shares, CGROUP_UNSET);
	cr_expect(docker->resources.has_oom_kill_disable && !docker->resources.oom_kill_disable);
	cr_expect_eq(docker->process.rlimits[1].soft, UINT64_MAX);
	cr_expect_eq(crio->resources.hugepages[0].limit, 0);
	cr_expect_eq(crio->resources.hugepages[1].limit, UINT64_C(1) << 63);
	cr_expect_str_eq(crio->cgroups_path, "kubepods-burstable-pod1.slice:crio:c0ffee");
	cr_expect_null(crio->process.selinux);
	spec_free(docker);
	spec_free(crio);
}

Test(oci_resources, by_themselves)
{
	static const char json[] = "{\"memory\":{\"limit\":-1},\"cpu\":{\"shares\":1,\"quota\":-1},"
				   "\"devices\":[{\"allow\":false}]}";
	static const char bad[] = "{\"pids\":{\"limit\":-2}}";
	scoped_strs struct strs problems = { 0 };
	struct cgroup_limits l;

	cr_expect_eq(oci_resources_load(json, strlen(json), "r", &l, &problems), 0);
	cr_expect_eq(l.memory_max, CGROUP_NO_LIMIT);
	cr_expect_eq(l.cpu_quota_us, CGROUP_NO_LIMIT);
	cr_expect_eq(l.cpu_shares, 2);
	cr_expect_eq(l.pids_max, CGROUP_UNSET);
	cr_expect_eq(l.n_devices, 1);
	cgroup_limits_drop(&l);
	cr_expect_eq(oci_resources_load(bad, strlen(bad), "r", &l, &problems), -1);
	cr_expect_str_eq(problems.v[0], "r: /pids/limit: -2 is outside -1..9223372036854775807");
	cgroup_limits_drop(&l);
}
