/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BENCH_TRAFFIC_H
#define NFRUN_BENCH_TRAFFIC_H

/* What the parts of the load generator have in common. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct load {
	struct sockaddr_in to; /* the other end, or for a server where it listens */
	double seconds;        /* how long it measures; 0: until SIGTERM */
	double pps, burst_ms;  /* flood */
	bool fifo;             /* it runs under SCHED_FIFO */
	double wait_ms;        /* sink: after each batch */
	int size;              /* of a message, in bytes */
};

/* Set by SIGTERM and SIGINT: come to an end. */
extern volatile int traffic_stop;

/* End with a message; errno's text with it when errno is set. */
_Noreturn void traffic_die(const char *what);

double traffic_now_us(void);
/* CPU time of this process so far: what softirqs take while it runs is in it. */
double traffic_cpu_us(void);
/* Sleep until that moment of traffic_now_us. */
void traffic_sleep_until(double us);
int traffic_socket(int type);

/* Each is a subcommand: it runs until it is over and prints one JSON object. */
void traffic_flood(const struct load *l);
void traffic_sink(const struct load *l);
void traffic_echo(const struct load *l);
void traffic_ask(const struct load *l);
void traffic_push(const struct load *l);
void traffic_serve(const struct load *l);
void traffic_spin(const struct load *l);

#endif
