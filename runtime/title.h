/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_TITLE_H
#define NFRUN_RUNTIME_TITLE_H

/* What ps(1) shows for this process: its command line becomes TEXT, cut to the room that the first
 * one had, and the first 15 bytes its name. A fork that has a job of its own would otherwise show
 * the command it was forked from, in a VNF even to those inside. */
void title_set(const char *text);

#endif
