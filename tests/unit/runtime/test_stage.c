/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/base/scope.h"
#include "runtime/stage.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int ours = -1, theirs = -1;

static void setup(void)
{
	struct err e = { 0 };

	cr_assert_eq(stage_pair(&ours, &theirs, &e), 0);
}

TestSuite(stage, .init = setup);

Test(stage, failure_arrives_with_its_whole_text)
{
	struct err sent = { 0 }, e = { 0 };

	err_set(&sent, EPERM, "mount /proc");
	cr_assert_eq(stage_send(theirs, STAGE_FAILED, &sent, NULL, 0, &e), 0);
	cr_assert_eq(stage_await(ours, STAGE_READY, NULL, NULL, -1, &e), -1);
	cr_expect_str_eq(e.text, "mount /proc");
	cr_expect_eq(e.code, EPERM);
}

Test(stage, eof_before_the_stage_is_a_failure)
{
	struct err e = { 0 };

	fd_drop(&theirs);
	cr_assert_eq(stage_await(ours, STAGE_READY, NULL, NULL, -1, &e), -1);
	cr_expect_str_eq(e.text, "peer ended before ready");
}

Test(stage, another_stage_or_a_torn_message_is_a_failure)
{
	struct err e = { 0 };

	cr_assert_eq(stage_send(theirs, STAGE_MAPPED, NULL, NULL, 0, &e), 0);
	cr_expect_eq(stage_await(ours, STAGE_READY, NULL, NULL, -1, &e), -1);
	cr_expect_eq(e.code, EPROTO);
	cr_assert_eq(send(theirs, "x", 1, 0), 1);
	cr_expect_eq(stage_await(ours, STAGE_READY, NULL, NULL, -1, &e), -1);
	cr_expect_eq(e.code, EPROTO);
}

Test(stage, descriptors_come_along_close_on_exec)
{
	scoped_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };
	struct stat a, b;
	int got[2] = { -1, -1 };
	size_t n = 2;

	cr_assert_eq(stage_send(theirs, STAGE_MAPPED, NULL, &null, 1, &e), 0);
	cr_assert_eq(stage_await(ours, STAGE_MAPPED, got, &n, -1, &e), 0, "%s", e.text);
	cr_assert_eq(n, 1);
	cr_assert(fstat(null, &a) == 0 && fstat(got[0], &b) == 0);
	cr_expect_eq(a.st_rdev, b.st_rdev);
	cr_expect(fcntl(got[0], F_GETFD) & FD_CLOEXEC);
	close(got[0]);
}

Test(stage, unexpected_descriptors_are_closed)
{
	scoped_fd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct err e = { 0 };

	cr_assert_eq(stage_send(theirs, STAGE_MAPPED, NULL, &null, 1, &e), 0);
	int next = dup(null);
	close(next);
	cr_expect_eq(stage_await(ours, STAGE_MAPPED, NULL, NULL, -1, &e), -1);
	int after = dup(null);
	cr_expect_eq(after, next, "a descriptor stayed open");
	close(after);
}

Test(stage, hang_up_of_a_third_ends_the_wait)
{
	int third[2];
	struct err e = { 0 };

	cr_assert_eq(stage_pair(&third[0], &third[1], &e), 0);
	close(third[1]);
	cr_expect_eq(stage_await(ours, STAGE_READY, NULL, NULL, third[0], &e), -1);
	cr_expect_eq(e.code, EPIPE);
	close(third[0]);
}

/* The peer failed, said why and left while we were still on our way to tell it something. */
Test(stage, a_peer_that_left_has_its_last_words_heard)
{
	struct err sent = { 0 }, e = { 0 };

	err_set(&sent, EACCES, "make link fd");
	cr_assert_eq(stage_send(theirs, STAGE_FAILED, &sent, NULL, 0, &e), 0);
	fd_drop(&theirs);
	cr_assert_eq(stage_send(ours, STAGE_NETWORK, NULL, NULL, 0, &e), -1);
	cr_expect_str_eq(e.text, "make link fd");
	cr_expect_eq(e.code, EACCES);
	cr_assert_eq(stage_send(ours, STAGE_NETWORK, NULL, NULL, 0, &e), -1);
	cr_expect_str_eq(e.text, "report network");
	cr_expect_eq(e.code, EPIPE);
}

/* unix(7): closing with unread messages resets the connection, before what the peer sent is read.
 */
Test(stage, last_words_are_heard_behind_a_reset)
{
	struct err sent = { 0 }, e = { 0 };

	err_set(&sent, EACCES, "make link fd");
	cr_assert_eq(stage_send(ours, STAGE_NETWORK, NULL, NULL, 0, &e), 0);
	cr_assert_eq(stage_send(theirs, STAGE_FAILED, &sent, NULL, 0, &e), 0);
	fd_drop(&theirs);
	cr_assert_eq(stage_await(ours, STAGE_READY, NULL, NULL, -1, &e), -1);
	cr_expect_str_eq(e.text, "make link fd");
	cr_expect_eq(e.code, EACCES);
}

Test(stage, a_reset_without_words_is_the_end)
{
	struct err e = { 0 };

	cr_assert_eq(stage_send(ours, STAGE_NETWORK, NULL, NULL, 0, &e), 0);
	fd_drop(&theirs);
	cr_assert_eq(stage_await(ours, STAGE_READY, NULL, NULL, -1, &e), -1);
	cr_expect_str_eq(e.text, "peer ended before ready");
}
