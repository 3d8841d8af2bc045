/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_ANNOTATIONS_TEST_H
#define NFRUN_TESTS_ANNOTATIONS_TEST_H

/* io.nfrun.* of a config.json, by themselves: the rest of the document is a struct spec here. */

#include "runtime/spec/oci_annotations.h"
#include "tests/support/support.h"

#include <sched.h>

enum { NEW_NET = CLONE_NEWNS | CLONE_NEWNET };

static const struct where annotations = { .up = &(const struct where){ 0 }, .key = "annotations" };

/* A container with the annotations PAIRS: key, value, key, ..., NULL. */
static inline struct spec *container(uint64_t namespaces, const char *const *pairs)
{
	struct spec *s = mem_alloc(sizeof *s);

	s->oci = true;
	s->namespaces = namespaces;
	s->root.path = str_dup("/srv/rootfs");
	strs_add(&s->process.args, "/bin/true");
	s->process.user = str_dup("0:0");
	cgroup_limits_init(&s->resources);
	for (; pairs[0]; pairs += 2) {
		s->annotations =
			mem_grow(s->annotations, s->n_annotations + 1, sizeof *s->annotations);
		s->annotations[s->n_annotations++] =
			(struct spec_pair){ str_dup(pairs[0]), str_dup(pairs[1]) };
	}
	return s;
}

static inline void apply(struct spec *s, struct strs *problems)
{
	scoped_reading struct reading r = {
		.name = "config.json", .dir = "/bundle", .problems = problems, .max = 20
	};

	oci_annotations_apply(&r, s, &annotations);
}

#define INTERFACES                                                                                 \
	"[{\"name\":\"eth0\",\"bridge\":\"br-lan\",\"ipv6\":[\"fd00::1/64\"],"                     \
	"\"ipv4\":[\"10.0.1.1/24\",\"10.0.2.1/24\"],\"gateway4\":\"10.0.1.254\",\"mtu\":1400,"     \
	"\"routes\":[{\"to\":\"10.9.0.0/16\"},{\"to\":\"default\",\"via\":\"fe80::1\"}]},"         \
	"{\"name\":\"eth1\",\"bridge\":\"br-wan\",\"mac\":\"02:00:00:00:00:01\",\"dad\":true}]"

static inline void map(struct spec_idmaps *m, uint32_t inside, uint32_t outside)
{
	m->v = mem_grow(m->v, m->n + 1, sizeof *m->v);
	m->v[m->n++] = (struct spec_idmap){ inside, outside, 1000 };
}

#endif
