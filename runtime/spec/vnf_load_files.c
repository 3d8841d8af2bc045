/* SPDX-License-Identifier: Apache-2.0 */
/* Names, and what the VNF's file system looks like. */
#include "runtime/base/inet.h"
#include "runtime/spec/vnf.h"
#include "runtime/spec/vnf_tables.h"

#include <string.h>

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

void load_name(struct reading *r, json_t *v, const struct field *f, void *out,
	       const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text)
		return;
	if (strlen(text) > VNF_NAME_MAX)
		problem_add(r, at, "is longer than %d characters", VNF_NAME_MAX);
	else if (text[strspn(text, LOWER DIGITS "._-")])
		problem_add(r, at, "'%s' has other characters than a-z 0-9 . _ -", text);
	else if (strchr("._-", *text))
		problem_add(r, at, "'%s' does not start with a letter or a digit", text);
	else
		*(char **)field_member(f, out) = str_dup(text);
}

/* RFC 1123, section 2.1: labels of letters, digits and '-', which is neither first nor last. */
static bool is_hostname(const char *text, size_t max)
{
	size_t len;

	if (!*text || strlen(text) > max || text[strspn(text, LOWER UPPER DIGITS ".-")])
		return false;
	for (;; text += len + 1) {
		len = strcspn(text, ".");
		if (len == 0 || len > 63 || text[0] == '-' || text[len - 1] == '-')
			return false;
		if (text[len] == '\0')
			return true;
	}
}

enum { HOSTNAME_MAX = 64, DOMAIN_MAX = 253 }; /* __NEW_UTS_LEN; RFC 1035 */

void load_hostname(struct reading *r, json_t *v, const struct field *f, void *out,
		   const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text)
		return;
	if (!is_hostname(text, HOSTNAME_MAX))
		problem_add(r, at, "'%s' is not a host name", text);
	else
		*(char **)field_member(f, out) = str_dup(text);
}

/* "10.0.0.7 db db.lan" */
static bool is_hosts_line(const char *line)
{
	scoped_str char *copy = str_dup(line);
	char *save = NULL, *word = strtok_r(copy, " \t", &save);
	struct ipaddr address;
	int names = 0;

	if (!word || !ipaddr_parse(word, 0, &address))
		return false;
	while ((word = strtok_r(NULL, " \t", &save))) {
		if (!is_hostname(word, DOMAIN_MAX))
			return false;
		names++;
	}
	return names > 0;
}

static void line_load(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	const char *line = text_of(r, v, at);

	if (line && !is_hosts_line(line))
		problem_add(r, at, "'%s' is not an address and names (\"10.0.0.7 db\")", line);
	else if (line)
		strs_add(field_member(f, out), line);
}

void load_hosts(struct reading *r, json_t *v, const struct field *f, void *out,
		const struct where *at)
{
	static const struct each lines = { "a list of strings", line_load };

	each_item(r, v, f, out, at, &lines);
}

static void server_load(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const char *text = text_of(r, v, at);
	struct ipaddr a;

	if (text && !ipaddr_parse(text, 0, &a))
		problem_add(r, at, "'%s' is not an address", text);
	else if (text)
		strs_add(field_member(f, out), text);
}

static void load_servers(struct reading *r, json_t *v, const struct field *f, void *out,
			 const struct where *at)
{
	static const struct each servers = { "a list of strings", server_load };

	/* MAXNS of resolv.conf(5): libraries ignore more without a word. */
	if (json_array_size(v) > 3)
		problem_add(r, at, "more than 3, of which programs would only see the first 3");
	each_item(r, v, f, out, at, &servers);
}

static void domain_load(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (text && !is_hostname(text, DOMAIN_MAX))
		problem_add(r, at, "'%s' is not a domain name", text);
	else if (text)
		strs_add(field_member(f, out), text);
}

static void load_search(struct reading *r, json_t *v, const struct field *f, void *out,
			const struct where *at)
{
	static const struct each domains = { "a list of strings", domain_load };

	each_item(r, v, f, out, at, &domains);
}

/* "0755": octal as chmod takes it. */
static void load_mode(struct reading *r, json_t *v, const struct field *f, void *out,
		      const struct where *at)
{
	const char *text = json_string_value(v);
	size_t len = text ? strlen(text) : 0;

	if (!text) {
		problem_type(r, at, "a string such as \"0755\"", v);
		return;
	}
	if (len < 3 || len > 5 || text[strspn(text, "01234567")] || strtoul(text, NULL, 8) > 07777)
		problem_add(r, at, "'%s' is not an octal mode such as \"0755\"", text);
	else
		*(uint32_t *)field_member(f, out) = (uint32_t)strtoul(text, NULL, 8);
}

bool is_user_or_group(const char *text, size_t len)
{
	if (len == 0 || len > 32)
		return false;
	if (strspn(text, DIGITS) >= len)
		return len <= 10 && strtoull(text, NULL, 10) < UINT32_MAX; /* (uid_t)-1 is none */
	return !strchr(DIGITS "-.", *text) && strspn(text, LOWER UPPER DIGITS "_.-") >= len;
}

void load_owner(struct reading *r, json_t *v, const struct field *f, void *out,
		const struct where *at)
{
	const char *text = text_of(r, v, at);

	if (!text)
		return;

	size_t len = strcspn(text, ":");
	const char *group = text[len] ? text + len + 1 : NULL;
	if (!is_user_or_group(text, len) || (group && !is_user_or_group(group, strlen(group))))
		problem_add(r, at, "'%s' is not \"user\" or \"user:group\", names or numbers",
			    text);
	else
		*(char **)field_member(f, out) = str_dup(text);
}

#define MEMBER(m) offsetof(struct vnf_rootfs, m)
static const struct field rootfs_fields[] = {
	{ .key = "path", REQUIRED, MEMBER(path), load_host_path },
	{ .key = "overlay", OPTIONAL, MEMBER(overlay), load_bool },
	{ .key = "upper", OPTIONAL, MEMBER(upper), load_host_path },
	{ .key = "readonly", OPTIONAL, MEMBER(readonly), load_bool },
};
#undef MEMBER
const struct field_table rootfs_table = { .fields = rootfs_fields, ARRAY_LEN(rootfs_fields) };

#define MEMBER(m) offsetof(struct vnf, m)
static const struct field dns_fields[] = {
	{ .key = "servers", OPTIONAL, MEMBER(dns_servers), load_servers },
	{ .key = "search", OPTIONAL, MEMBER(dns_search), load_search },
};
#undef MEMBER
const struct field_table dns_table = { .fields = dns_fields, ARRAY_LEN(dns_fields) };

#define MEMBER(m) offsetof(struct vnf_dir, m)
static const struct field dir_fields[] = {
	{ .key = "path", REQUIRED, MEMBER(path), load_inner_path },
	{ .key = "mode", OPTIONAL, MEMBER(mode), load_mode },
	{ .key = "owner", OPTIONAL, MEMBER(owner), load_owner },
};
#undef MEMBER
static const struct vnf_dir dir_defaults = { .mode = 0755 };
const struct field_table dir_table = { .fields = dir_fields,
				       ARRAY_LEN(dir_fields),
				       .size = sizeof(struct vnf_dir),
				       .defaults = &dir_defaults };
