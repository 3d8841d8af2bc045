/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_RUNTIME_FEATURES_H
#define NFRUN_RUNTIME_FEATURES_H

/* runtime-spec features.md and features-linux.md: what this build recognizes and carries out,
 * whether or not this host has it. The caller frees; ends with a newline. */
char *features_json(void);

#endif
