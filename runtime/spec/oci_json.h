/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_OCI_JSON_H
#define NFRUN_SPEC_OCI_JSON_H

/* Between the files that write a config.json: oci_write*.c. Texts are UTF-8, as they come out of
 * other JSON; these abort where there is no memory. */

#include "runtime/spec/spec.h"

#include <jansson.h>

#define OCI_VERSION "1.3.0"

void oci_put(json_t *object, const char *key, json_t *value); /* takes VALUE */
void oci_add(json_t *list, json_t *value);                    /* takes VALUE */
void oci_put_text(json_t *object, const char *key, const char *text);
/* Beyond what jansson has, 2^63-1, only 2^64-1 is written as what it is: "unlimited". */
void oci_put_number(json_t *object, const char *key, uint64_t n);
void oci_put_texts(json_t *object, const char *key, const struct strs *texts); /* none: nothing */
void oci_put_list(json_t *object, const char *key, const char *const *texts);  /* ended by NULL */
json_t *oci_namespaces(uint64_t flags);
json_t *oci_idmap(uint32_t inside, uint32_t outside, uint32_t size); /* a list of one */
json_t *oci_capabilities(const struct caps_sets *caps);
char *oci_text(json_t *document); /* takes it; the caller frees */

/* The annotations of S: its own, and what nothing else in a config.json can express. NULL: none. */
json_t *oci_write_annotations(const struct spec *s);

/* Whether USER (NULL: root) and all GROUPS are numbers, which is all that OCI has for them. */
bool oci_user_numbers(const struct spec_process *p, uint32_t *uid, uint32_t *gid);

#endif
