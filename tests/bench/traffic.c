/* SPDX-License-Identifier: Apache-2.0 */
/* traffic: loads and what measures under them, for tests/bench/isolation.
 *
 *   traffic flood ADDR PPS BURST_MS  UDP packets at that rate, in bursts of so many milliseconds
 *   traffic sink ADDR                receive UDP, count
 *   traffic ask ADDR                 UDP requests, one at a time: rate, quantiles of the round trip
 *   traffic echo ADDR                answer them
 *   traffic push ADDR                TCP, as fast as it goes
 *   traffic serve ADDR               receive TCP
 *   traffic spin                     compute; how much was done
 *
 * ADDR is IPV4:PORT. Options before the subcommand: -t SECONDS to measure (servers: until SIGTERM),
 * -c CPU to run on that one, -s BYTES a message, -w MS for a sink to wait after each 64 packets, -f
 * to run under SCHED_FIFO: as packets come from a wire, which waits for nobody's share. Output: one
 * JSON object. */
#include "traffic.h"

#include "runtime/base/scope.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { SECONDS_MAX = 600, PPS_MAX = 5000000, SIZE_MAX_BYTES = 1472, FIFO_PRIORITY = 10 };

volatile int traffic_stop;

static const struct command {
	const char *name;
	int words; /* that follow it */
	void (*run)(const struct load *l);
} commands[] = {
	{ "flood", 3, traffic_flood }, { "sink", 1, traffic_sink }, { "ask", 1, traffic_ask },
	{ "echo", 1, traffic_echo },   { "push", 1, traffic_push }, { "serve", 1, traffic_serve },
	{ "spin", 0, traffic_spin },
};

_Noreturn void traffic_die(const char *what)
{
	fprintf(stderr, "traffic: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
	exit(1);
}

static double clock_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

double traffic_now_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

double traffic_cpu_us(void)
{
	return clock_us(CLOCK_PROCESS_CPUTIME_ID);
}

void traffic_sleep_until(double us)
{
	struct timespec t = { (time_t)(us / 1e6), 0 };

	t.tv_nsec = (long)((us - (double)t.tv_sec * 1e6) * 1e3);
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t,
			      NULL); /* a signal only ends it early */
}

int traffic_socket(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		traffic_die("socket");
	return fd;
}

/* Work is counted in rounds of the same arithmetic, which no cache and no memory plays a part in.
 */
void traffic_spin(const struct load *l)
{
	double start = traffic_now_us(), end = start + l->seconds * 1e6, now = start;
	uint64_t rounds = 0;
	volatile uint32_t keep = 1; /* or the compiler sees that nobody wants the result */

	for (; now < end && !traffic_stop; now = traffic_now_us(), rounds++) {
		uint32_t x = keep;

		for (int i = 0; i < 1000; i++)
			x = x * 1664525 + 1013904223;
		keep = x;
	}
	printf("{\"work_per_s\":%.0f,\"cpu_share\":%.4f}\n", (double)rounds / (now - start) * 1e6,
	       traffic_cpu_us() / (now - start));
}

static double number(const char *text, double least, double most)
{
	char *end;
	double n = strtod(text, &end);

	errno = 0;
	if (end == text || *end || !(n >= least && n <= most))
		traffic_die(text);
	return n;
}

static void read_address(const char *text, struct sockaddr_in *to)
{
	char host[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');

	errno = EINVAL;
	if (!colon || (size_t)(colon - text) >= sizeof host)
		traffic_die(text);
	snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	*to = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)number(colon + 1, 1, 65535)) };
	errno = EINVAL;
	if (inet_pton(AF_INET, host, &to->sin_addr) != 1)
		traffic_die(text);
}

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof set, &set) < 0)
		traffic_die("cannot run on that CPU");
}

/* Where the group may not have real-time processes (v1 without cpu.rt_runtime_us): what comes next.
 */
static bool run_like_a_wire(void)
{
	if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ FIFO_PRIORITY }) == 0)
		return true;
	if (setpriority(PRIO_PROCESS, 0, -20) < 0)
		traffic_die("neither SCHED_FIFO nor nice -20");
	return false;
}

static void on_signal(int sig)
{
	(void)sig;
	traffic_stop = 1;
}

static const struct command *find_command(const char *name, int words)
{
	for (size_t i = 0; name && i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0 && commands[i].words == words)
			return &commands[i];
	errno = 0;
	traffic_die(
		"usage: traffic [-t SECONDS] [-c CPU] [-s BYTES] [-w MS] [-f] COMMAND ..., see traffic.c");
}

int main(int argc, char **argv)
{
	struct load l = { .seconds = 1, .size = 64 };

	for (int o; (o = getopt(argc, argv, "+t:c:s:w:f")) != -1;) {
		if (o == 't')
			l.seconds = number(optarg, 0.01, SECONDS_MAX);
		else if (o == 'c')
			run_on((int)number(optarg, 0, CPU_SETSIZE - 1));
		else if (o == 's')
			l.size = (int)number(optarg, 32, SIZE_MAX_BYTES);
		else if (o == 'w')
			l.wait_ms = number(optarg, 0, 1000);
		else if (o == 'f')
			l.fifo = run_like_a_wire();
		else
			find_command(NULL, 0);
	}
	argv += optind;
	argc -= optind;

	const struct command *c = find_command(argv[0], argc - 1);
	struct sigaction act = { .sa_handler = on_signal }; /* no SA_RESTART: it ends a recv */

	if (c->words > 0)
		read_address(argv[1], &l.to);
	if (c->words > 2) {
		l.pps = number(argv[2], 1, PPS_MAX);
		l.burst_ms = number(argv[3], 0.05, 1000);
	}
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	c->run(&l);
	return 0;
}
