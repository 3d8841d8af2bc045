/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_BASE_UNITS_H
#define NFRUN_BASE_UNITS_H

/* Quantities as people write them. Each parser returns false, and leaves OUT alone, on anything
 * that is not wholly such a quantity or does not fit. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "268435456", "256M", "1.5G": bytes; K, M, G, T are powers of 1024, with or without "i" or "iB".
 * Up to six digits behind the point. */
bool size_parse(const char *text, uint64_t *out);
/* Into OUT of 16 bytes: "256M", "1.5G", "512", rounded to one digit behind the point; returns OUT.
 */
const char *size_format(uint64_t bytes, char *out);

/* "10s", "500ms", "1m30s", "2h", "1d": milliseconds; the larger unit first, each once. A bare
 * number is refused: of what? */
bool duration_parse(const char *text, uint64_t *ms);
/* Into OUT of 32 bytes, its two largest units: "1d 2h", "3m 5s", "4s"; milliseconds only below a
 * second; returns OUT. */
const char *duration_format(uint64_t ms, char *out);

/* The same down to "us": microseconds. */
bool duration_us_parse(const char *text, uint64_t *us);
/* In its largest whole unit from "s" down, "20ms", "1500us", into OUT of 24 bytes; returns OUT.
 * What duration_us_parse reads. */
const char *duration_us_format(uint64_t us, char *out);

/* "20%", "12.5%": in 1/100 percent, up to 100%. */
bool percent_parse(const char *text, uint64_t *hundredths);
/* Into OUT of 16 bytes; returns OUT. */
const char *percent_format(uint64_t hundredths, char *out);

/* A size of huge pages: "2M", "2MB", "1G", "64K". */
bool page_size_parse(const char *text, uint64_t *bytes);
/* As the kernel's files have it, "2MB", into OUT of 16 bytes; returns OUT. */
const char *page_size_format(uint64_t bytes, char *out);

/* A CPU list as the kernel writes it: "0-3,8,10-11". */
enum { CPU_MAX = 1024 };
struct cpulist {
	uint64_t bits[CPU_MAX / 64];
};
bool cpulist_parse(const char *text, struct cpulist *out); /* not empty, in range */
size_t cpulist_count(const struct cpulist *l);
bool cpulist_has(const struct cpulist *l, unsigned cpu);
bool cpulist_within(const struct cpulist *l, const struct cpulist *of); /* OF has all that L has */
/* Malloc'd, in the kernel's form; the caller frees. */
char *cpulist_format(const struct cpulist *l);
/* The same as a mask, as other files of the kernel have it: "3", "1,00000000" (32 bits a group). */
char *cpumask_format(const struct cpulist *l);

#endif
