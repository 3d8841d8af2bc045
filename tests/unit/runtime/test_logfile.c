/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/runtime/log_test.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

TestSuite(logfile, .init = log_setup, .fini = log_teardown, .timeout = 60);

Test(logfile, entries_are_in_cri_format)
{
	struct logfile *l = open_log(1 << 20, 3);
	struct timespec before, after;
	struct log_entry entry;

	clock_gettime(CLOCK_REALTIME, &before);
	put(l, LOG_STDERR, "a line\n");
	clock_gettime(CLOCK_REALTIME, &after);
	logfile_close(l);

	scoped_str char *path = str_printf("%s/log", dir_path);
	scoped_str char *text = read_text(path);

	cr_assert_eq(strlen(text), 30 + strlen(" stderr F a line"), "%s", text);
	cr_assert_str_eq(text + 30, " stderr F a line");
	cr_assert_eq(text[19], '.');
	cr_assert_eq(text[29], 'Z');
	cr_assert(log_entry_parse(text, strlen(text), &entry));
	cr_assert_geq(entry.time.tv_sec, before.tv_sec);
	cr_assert_leq(entry.time.tv_sec, after.tv_sec);
}

Test(logfile, lines_are_put_together_per_stream)
{
	struct logfile *l = open_log(1 << 20, 3);

	put(l, LOG_STDOUT, "one\ntw");
	put(l, LOG_STDERR, "oops\n\nhal");
	put(l, LOG_STDOUT, "o\nthree\nfo");
	cr_assert_eq(logfile_flush(l, &e), 0);
	cr_assert_eq(logfile_flush(l, &e), 0);
	put(l, LOG_STDOUT, "ur\n");
	logfile_close(l);
	cr_assert_str_eq(read_back(-1).text,
			 "oF:one|eF:oops|eF:|oF:two|oF:three|oP:fo|eP:hal|oF:ur|");
}

Test(logfile, long_lines_come_in_parts)
{
	static const struct {
		size_t len, portion;
		const char *parts;
	} rows[] = {
		{ 16384, 16384, "F16384 " },          { 16385, 16385, "P16384 F1 " },
		{ 32768, 1000, "P16384 F16384 " },    { 40000, 40000, "P16384 P16384 F7232 " },
		{ 40000, 7, "P16384 P16384 F7232 " },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scoped_str char *line = mem_alloc(rows[i].len + 1), *path, *text;
		char parts[200] = "";
		struct logfile *l = open_log(1 << 20, 1);

		memset(line, 'x', rows[i].len);
		line[rows[i].len] = '\n';
		for (size_t at = 0; at <= rows[i].len; at += rows[i].portion) {
			size_t n = rows[i].len + 1 - at;

			n = n > rows[i].portion ? rows[i].portion : n;
			cr_assert_eq(logfile_write(l, LOG_STDOUT, line + at, n, &e), 0);
		}
		logfile_close(l);
		path = str_printf("%s/log", dir_path);
		text = read_text(path);
		for (char *entry = strtok(text, "\n"); entry; entry = strtok(NULL, "\n"))
			sprintf(parts + strlen(parts), "%c%zu ", entry[38], strlen(entry + 40));
		cr_expect_str_eq(parts, rows[i].parts, "row %zu: %s", i, parts);
		unlinkat(dir, "log", 0);
	}
}

static off_t size_of(const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) < 0 ? -1 : st.st_size;
}

Test(logfile, rotates_before_the_size_is_passed)
{
	/* Each entry is 40 bytes and its line's 9 and a newline: two a file. */
	struct logfile *l = open_log(100, 3);
	struct seen s;

	for (int i = 0; i < 9; i++) {
		scoped_str char *line = str_printf("number %d.\n", i);

		put(l, LOG_STDOUT, line);
	}
	logfile_close(l);
	cr_expect_eq(size_of("log"), 50);
	cr_expect_eq(size_of("log.1"), 100);
	cr_expect_eq(size_of("log.2"), 100);
	cr_expect_eq(size_of("log.3"), -1);
	s = read_back(-1);
	cr_expect_str_eq(s.text,
			 "oF:number 4.|oF:number 5.|oF:number 6.|oF:number 7.|oF:number 8.|");

	/* In one portion, and going on with what is there. */
	l = open_log(100, 2);
	cr_expect_eq(size_of("log.2"), -1, "the surplus file is there");
	put(l, LOG_STDOUT, "number A.\nnumber B.\nnumber C.\n");
	logfile_close(l);
	s = read_back(-1);
	cr_expect_str_eq(s.text, "oF:number 8.|oF:number A.|oF:number B.|oF:number C.|");
}

Test(logfile, one_file_starts_over)
{
	struct logfile *l = open_log(100, 1);

	put(l, LOG_STDOUT, "number 1.\nnumber 2.\nnumber 3.\n");
	put(l, LOG_STDOUT,
	    "longer than a file may be: "
	    "----------------------------------------------------------------\n");
	logfile_close(l);
	cr_expect_eq(size_of("log.1"), -1);
	cr_expect_str_eq(read_back(-1).text, "oF:longer than a file may be: -------------|");
}

Test(logfile, rotation_goes_on_after_a_crash_inside_of_it)
{
	struct logfile *l;

	/* It died before the newest file, then before the second, got another name. */
	put_file("log.1", "2026-11-23T04:27:42Z stdout F b\n");
	put_file("log.2", "2026-11-23T04:27:42Z stdout F a\n");
	cr_expect_str_eq(read_back(-1).text, "oF:a|oF:b|");
	l = open_log(100, 9);
	put(l, LOG_STDOUT, "c\nd\n");
	renameat(dir, "log.2", dir, "log.3");
	renameat(dir, "log.1", dir, "log.2");
	cr_expect_str_eq(read_back(-1).text, "oF:a|oF:b|oF:c|oF:d|");
	put(l, LOG_STDOUT, "e\n");
	logfile_close(l);
	cr_expect_str_eq(read_back(-1).text, "oF:a|oF:b|oF:c|oF:d|oF:e|");
	cr_expect_eq(size_of("log.4"), -1, "the free name was not used");
}

Test(logfile, a_torn_line_harms_nobody)
{
	struct logfile *l;

	put_file("log", "2026-11-23T04:27:42Z stdout F whole\n2026-11-23T04:27:4");
	cr_expect_str_eq(read_back(-1).text, "oF:whole|");
	cr_expect_str_eq(read_back(1).text, "oF:whole|");
	l = open_log(1 << 20, 2);
	put(l, LOG_STDOUT, "next\n");
	put(l, LOG_STDOUT, "after\n");
	logfile_close(l);
	cr_expect_str_eq(read_back(-1).text, "oF:whole|oF:next|oF:after|");
	cr_expect_str_eq(read_back(3).text, "oF:whole|oF:next|oF:after|");
}

Test(logfile, a_full_disk_is_told_and_got_over)
{
	struct logfile *l = open_log(1 << 20, 2);
	struct rlimit limit = { 70, RLIM_INFINITY };

	put(l, LOG_STDOUT, "before\n");
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	cr_expect_eq(logfile_write(l, LOG_STDOUT, "too much\n", 9, &e), -1);
	cr_expect_eq(e.code, EFBIG);
	cr_expect_str_eq(e.text, "write log");
	limit.rlim_cur = RLIM_INFINITY;
	setrlimit(RLIMIT_FSIZE, &limit);
	put(l, LOG_STDOUT, "after\n");
	logfile_close(l);
	cr_expect_str_eq(read_back(-1).text, "oF:before|oF:after|");
}
