/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/runtime/log_test.h"

#include <sys/syscall.h>
#include <sys/wait.h>

TestSuite(log_read, .init = log_setup, .fini = log_teardown, .timeout = 60);

Test(log_read, tail_across_files_and_foreign_lines)
{
	static const struct {
		int64_t tail;
		const char *text;
	} rows[] = {
		{ -1, "oF:a|eP:b|oF:c|oF:d|oF:e|" },
		{ 0, "" },
		{ 1, "oF:e|" },
		{ 2, "oF:d|oF:e|" },
		{ 3, "oF:c|oF:d|oF:e|" },
		{ 4, "eP:b|oF:c|oF:d|oF:e|" },
		{ 9, "oF:a|eP:b|oF:c|oF:d|oF:e|" },
	};

	put_file("log.2", "2026-11-23T04:27:42Z stdout F a\n2026-11-23T04:27:42Z stderr P b\n");
	put_file("log.1", "foreign\n2026-11-23T04:27:42Z stdout F c\n\n");
	put_file("log",
		 "2026-11-23T04:27:42Z stdout F d\nx\n2026-11-23T04:27:42Z stdout F e\nunfin");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_str_eq(read_back(rows[i].tail).text, rows[i].text, "tail %d: %s",
				 (int)rows[i].tail, read_back(rows[i].tail).text);
}

Test(log_read, tail_of_much)
{
	struct logfile *l = open_log(1 << 30, 1);

	for (int i = 0; i < 5000; i++) {
		scoped_str char *line = str_printf("%d %0*d\n", i, i % 300, 0);

		put(l, LOG_STDOUT, line);
	}
	logfile_close(l);
	for (int64_t n = 1; n < 5000; n += 97) {
		struct seen s = read_back(n);

		cr_expect_eq(s.count, n);
		cr_expect_eq(strtol(s.text + 3, NULL, 10), 5000 - n);
	}
}

Test(log_read, since_and_an_early_end)
{
	struct log_query q = { .tail = -1, .stop_fd = -1, .has_since = true };
	struct seen s = { 0 };

	put_file("log", "2026-11-23T04:27:42Z stdout F a\n2026-11-23T04:27:42.5Z stdout F b\n"
			"2026-11-23T05:27:43+01:00 stdout F c\n2026-11-23T04:27:44Z stdout F d\n");
	cr_assert(log_since_parse("2026-11-23T04:27:42.500000000Z", (struct timespec){ 0 },
				  &q.since));
	cr_assert_eq(log_read(dir, &q, show, &s, &e), 0);
	cr_expect_str_eq(s.text, "oF:b|oF:c|oF:d|");
	s = (struct seen){ .stop_after = 2 };
	cr_assert_eq(log_read(dir, &q, show, &s, &e), 0);
	cr_expect_str_eq(s.text, "oF:b|oF:c|");
}

Test(log_read, endless_foreign_line_is_skipped)
{
	scoped_str char *text =
		str_printf("%0200000d\n2026-11-23T04:27:42Z stdout F a\n%0100000d", 0, 0);

	put_file("log", text);
	cr_expect_str_eq(read_back(-1).text, "oF:a|");
	cr_expect_str_eq(read_back(2).text, "oF:a|");
}

static void write_numbers(int from, int to, uint64_t max_size, uint32_t files, useconds_t pause)
{
	struct logfile *l = open_log(max_size, files);

	for (int i = from; i < to; i++) {
		scoped_str char *line = str_printf("%d\n", i);

		put(l, i % 2 ? LOG_STDERR : LOG_STDOUT, line);
		if (pause && i % 100 == 0)
			usleep(pause);
	}
	logfile_close(l);
}

struct row { /* numbers seen: each one more than the one before */
	int64_t first, next, breaks;
};

static int count_up(const struct log_entry *entry, void *data)
{
	struct row *r = data;
	int64_t n = strtol(entry->text, NULL, 10);

	if (r->first < 0)
		r->first = r->next = n;
	r->breaks += n != r->next;
	r->next = n + 1;
	return 0;
}

/* A writer that rotates as fast as it can, and its pidfd. */
static int start_writer(pid_t *pid, int count, uint32_t files, useconds_t pause)
{
	*pid = fork();
	if (*pid == 0) {
		write_numbers(0, count, 2000, files, pause);
		_exit(0);
	}
	return (int)syscall(SYS_pidfd_open, *pid, 0);
}

Test(log_read, follow_loses_nothing_and_tells_nothing_twice)
{
	static const useconds_t pauses[] = { 0, 300 };

	for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
		struct row r = { .first = -1 };
		pid_t pid;
		scoped_fd int end = start_writer(&pid, 20000, 1000, pauses[i]);
		struct log_query q = { .tail = -1, .follow = true, .stop_fd = end };

		cr_assert_eq(log_read(dir, &q, count_up, &r, &e), 0, "%s", e.text);
		waitpid(pid, NULL, 0);
		cr_expect_eq(r.first, 0);
		cr_expect_eq(r.next, 20000, "ended at %ld", (long)r.next);
		cr_expect_eq(r.breaks, 0, "%ld breaks", (long)r.breaks);
		for (int n = 0; n < 1000; n++) {
			scoped_str char *name = n ? str_printf("log.%d", n) : str_dup("log");

			unlinkat(dir, name, 0);
		}
	}
}

Test(log_read, snapshots_beside_a_rotating_writer_have_no_holes)
{
	struct log_query q = { .tail = -1, .stop_fd = -1 };
	int64_t last = 0, breaks = 0, reads = 0;
	pid_t pid;
	scoped_fd int end = start_writer(&pid, 60000, 4, 0);

	while (waitpid(pid, NULL, WNOHANG) == 0) {
		struct row r = { .first = -1 };

		q.tail = reads % 2 ? -1 : 60;
		cr_assert_eq(log_read(dir, &q, count_up, &r, &e), 0, "%s", e.text);
		breaks += r.breaks + (r.first >= 0 && r.next < last);
		last = r.next;
		reads++;
	}
	cr_expect_eq(breaks, 0, "%ld breaks in %ld reads", (long)breaks, (long)reads);
	cr_expect_gt(reads, 10);
}

Test(log_read, follow_starts_before_there_is_a_log_and_wakes_for_each_entry)
{
	struct row r = { .first = -1 };
	int ready[2];
	pid_t pid;

	cr_assert_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct log_query q = { .tail = 5, .follow = true, .stop_fd = ready[0] };

		close(ready[1]);
		if (log_read(dir, &q, count_up, &r, &e) < 0)
			_exit(99);
		_exit(r.breaks ? 98 : (int)r.next);
	}
	close(ready[0]);
	usleep(20000);
	write_numbers(1, 8, 100, 20, 0);
	usleep(20000);
	write_numbers(8, 31, 100, 20, 1000);
	close(ready[1]); /* the reader still shows what is there */

	int status;
	waitpid(pid, &status, 0);
	cr_expect_eq(WEXITSTATUS(status), 31, "status %d", WEXITSTATUS(status));
}

Test(log_entry, parse)
{
	static const struct {
		const char *line;
		bool good;
	} rows[] = {
		{ "2026-11-23T04:27:42.123456789Z stdout F text", true },
		{ "2026-11-23T04:27:42Z stderr P ", true },
		{ "2026-11-23T04:27:42.1+05:30 stdout F x", true },
		{ "2016-12-31T23:59:60Z stdout F leap", true },
		{ "2024-02-29T00:00:00Z stdout F leap day", true },
		{ "", false },
		{ "2026-11-23T04:27:42.123456789Z stdout F", false },
		{ "2026-11-23T04:27:42.123456789Z stdout X text", false },
		{ "2026-11-23T04:27:42.123456789Z stdin F text", false },
		{ "2026-11-23T04:27:42.Z stdout F text", false },
		{ "2026-11-23T04:27:42.1234567890Z stdout F text", false },
		{ "2026-11-23T04:27:42 stdout F text", false },
		{ "2026-11-23 04:27:42Z stdout F text", false },
		{ "2026-13-23T04:27:42Z stdout F text", false },
		{ "2026-02-30T00:00:00Z stdout F text", false },
		{ "2026-11-23T24:27:42Z stdout F text", false },
		{ "-026-11-23T04:27:42Z stdout F text", false },
		{ "2026-11-23T04:27:42Z", false },
	};
	struct log_entry entry;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(log_entry_parse(rows[i].line, strlen(rows[i].line), &entry),
			     rows[i].good, "'%s'", rows[i].line);
	cr_assert(log_entry_parse(rows[2].line, strlen(rows[2].line), &entry));
	cr_expect_eq(entry.time.tv_sec, 1795388262L); /* 2026-11-22T22:57:42Z */
	cr_expect_eq(entry.time.tv_nsec, 100000000L);
}

Test(log_entry, since)
{
	static const struct {
		const char *text;
		time_t sec;
		long nsec;
	} rows[] = {
		{ "1970-01-02T00:00:00Z", 86400, 0 },
		{ "10m", 1000 - 600, 250000000 },
		{ "500ms", 999, 750000000 },
		{ "17", 17, 0 },
		{ "17.5", 17, 500000000 },
		{ "1970-01-01T01:00:00+01:00", 0, 0 },
		{ "", -1, 0 },
		{ "yesterday", -1, 0 },
		{ "99999999999999999999", -1, 0 },
		{ "17 ", -1, 0 },
		{ "1970-01-02", -1, 0 },
		{ "1970-01-02T00:00:00Zjunk", -1, 0 },
	};
	const struct timespec now = { 1000, 250000000 };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct timespec out = { -1, 0 };

		cr_expect_eq(log_since_parse(rows[i].text, now, &out), rows[i].sec >= 0, "'%s'",
			     rows[i].text);
		cr_expect_eq(out.tv_sec, rows[i].sec, "'%s'", rows[i].text);
		cr_expect_eq(out.tv_nsec, rows[i].nsec, "'%s'", rows[i].text);
	}
}
