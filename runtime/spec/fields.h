/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NFRUN_SPEC_FIELDS_H
#define NFRUN_SPEC_FIELDS_H

/* The table engine that reads JSON objects into structs. A table names the keys of one kind of
 * object; a loader checks type and range of one value and fills one member. Loaders report what is
 * wrong and go on, so that one run finds every problem. Internal to runtime/spec. */

#include "runtime/base/strs.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One document being read. */
struct reading {
	const char *name;      /* what problems call it */
	const char *dir;       /* absolute; where relative paths start. NULL: they are refused */
	struct strs *problems; /* the caller's; at most MAX lines are added */
	size_t max;
	struct strs spots;     /* the JSON pointer of every problem, those beyond MAX too */
	struct strs *warnings; /* the caller's; NULL: nobody wants to know */
};

void reading_drop(struct reading *r);
#define scoped_reading scoped(reading_drop)

/* Where we are in the document; printed as a JSON pointer (RFC 6901): /interfaces/2/mtu. */
struct where {
	const struct where *up; /* NULL: the document itself */
	const char *key;        /* NULL: an element of a list */
	size_t index;
};

/* The pointer itself; the caller frees. */
char *where_text(const struct where *at);

void problem_add(struct reading *r, const struct where *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* What is accepted all the same. Also at most MAX lines. */
void warning_add(struct reading *r, const struct where *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* "expected a string, not an integer" */
void problem_type(struct reading *r, const struct where *at, const char *want, const json_t *v);
/* "unknown key, did you mean 'mtu'?": WHAT is "unknown key", KNOWN the N candidates for the last
 * key of AT. */
void problem_unknown(struct reading *r, const struct where *at, const char *what,
		     const char *const *known, size_t n);
/* The one of KNOWN that WORD was likely meant to be, or NULL. */
const char *word_near(const char *word, const char *const *known, size_t n);
/* Whether no problem has been reported at AT or below it: a rule across fields is judged only then,
 * else one mistake would be told twice. */
bool reading_clean(const struct reading *r, const struct where *at);

struct field;
/* OUT is the struct that the table describes; see field_member. */
typedef void field_loader(struct reading *r, json_t *v, const struct field *f, void *out,
			  const struct where *at);

struct field_table;

struct field {
	const char *key;
	bool required;
	size_t offset; /* of the member that load fills */
	field_loader *load;
	json_int_t min, max; /* read by loaders of numbers, sizes and durations */
	size_t also; /* offset of a second member: the number of a list, the has_x of a value */
	const struct field_table *table; /* of an object, or of each element of a list of objects */
	const char *const *words;        /* ended by NULL; the member is their index */
};

struct field_table {
	const struct field *fields;
	size_t n;
	bool open;            /* skip unknown keys */
	size_t size;          /* list elements: sizeof the struct */
	const void *defaults; /* list elements: what a new one starts from; NULL: zeroes */
};

static inline void *field_member(const struct field *f, void *out)
{
	return (char *)out + f->offset;
}

static inline void *field_also(const struct field *f, void *out)
{
	return (char *)out + f->also;
}

void fields_load(struct reading *r, json_t *v, const struct field_table *t, void *out,
		 const struct where *at);

/* Add one zeroed element of SIZE to the list (pointer MEMBER, number *N) and return it. */
void *list_add(void *member, size_t *n, size_t size);

/* Loaders for everyone. Members: the table's struct, a pointer to elements, bool, uint32_t,
 * uint64_t (sizes in bytes, durations in ms), an enum or other int, char *, struct strs. */
field_loader load_object, load_list, load_bool, load_u32, load_u64, load_size, load_duration,
	load_word, load_text, load_texts;
/* uint64_t, all of it, where the document was read by document_parse_oci. */
field_loader load_any_u64;

/* The shape of a list or of an object with free keys: each element by LOAD, its place in AT (the
 * index, or the key). What is of another type is a problem: "expected WHAT". */
struct each {
	const char *what;
	field_loader *load;
};
void each_item(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at, const struct each *how);
void each_member(struct reading *r, json_t *v, const struct field *f, void *out,
		 const struct where *at, const struct each *how);

/* V as a string of at least one character, or NULL and a problem. */
const char *text_of(struct reading *r, json_t *v, const struct where *at);

/* TEXT as an absolute path without superfluous slashes, "." and a slash at the end. ".." stays:
 * what it means depends on symbolic links. The caller frees. */
char *path_tidy(const char *text);

/* Paths. Inside the VNF they are absolute and free of "..", on the host absolute or relative to the
 * descriptor. Superfluous slashes and dots go. */
field_loader load_inner_path, load_host_path;

#endif
