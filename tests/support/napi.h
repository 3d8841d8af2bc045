/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_NAPI_H
#define NFRUN_TESTS_NAPI_H

/* A kernel thread to try things on: it polls a link of the test's own network namespace. One a
 * test. Kernel threads live in the machine's pid namespace alone; scripts/test leaves programs with
 * "packet" in their name in it. */

#include <stdint.h>
#include <sys/types.h>

/* host_netns(), a veth pair in it, its thread. */
pid_t napi_thread_make(void);
const char *napi_link(void); /* the end whose thread it is */
const char *napi_peer(void);
void napi_thread_end(void); /* its link goes, and it with it */
/* Packets cost it some 50 us and more from now on, so that the sender is not what is short. */
void napi_burden(void);
/* Give it work, from this process, for MS. */
void napi_flood(int ms);
uint64_t napi_cpu_ns(pid_t tid); /* by its schedstat */

#endif
