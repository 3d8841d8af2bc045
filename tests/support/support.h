/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_TESTS_SUPPORT_H
#define NFRUN_TESTS_SUPPORT_H

/* Helpers that every test may use. */

/* A file's text without its last newline; the caller frees. Ends the test when it cannot be read. */
char *read_text(const char *path);

#endif
