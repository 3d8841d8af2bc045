/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/record_netdev.h"

#include <jansson.h>
#include <string.h>

/* Texts that may be missing. */
static const struct {
	const char *key;
	size_t offset;
} texts[] = {
	{ "kind", offsetof(struct netdev, kind) },
	{ "mac", offsetof(struct netdev, mac) },
	{ "permanent_mac", offsetof(struct netdev, perm_mac) },
	{ "parent", offsetof(struct netdev, parent) },
	{ "alias", offsetof(struct netdev, alias) },
};

void netdevs_free(struct netdevs *l)
{
	for (size_t i = 0; i < l->n; i++)
		netdev_drop(&l->v[i]);
	free(l->v);
	*l = (struct netdevs){ 0 };
}

void record_add_net_device(struct record *r, const struct netdev *d)
{
	struct netdevs *l = &r->net_devices;

	l->v = mem_grow(l->v, l->n + 1, sizeof *l->v);
	l->v[l->n++] = *d;
}

/* An alias is anybody's bytes; where they are no UTF-8 it is not restored. */
static json_t *text_or_null(const char *s)
{
	json_t *j = s ? json_string(s) : NULL;

	return j ? j : json_null();
}

static json_t *save_one(const struct netdev *d)
{
	json_t *addrs = json_array();
	json_t *o = json_pack("{s:s, s:s, s:i, s:I, s:I, s:o}", "name", d->name, "inside",
			      d->inside, "inside_index", d->inside_index, "mtu", (json_int_t)d->mtu,
			      "flags", (json_int_t)d->flags, "addresses", addrs);

	for (size_t i = 0; i < d->addrs.n; i++)
		json_array_append_new(addrs, json_string(d->addrs.v[i]));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		json_object_set_new(
			o, texts[i].key,
			text_or_null(*(char *const *)((const char *)d + texts[i].offset)));
	return o;
}

json_t *netdevs_save(const struct netdevs *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n; i++)
		json_array_append_new(list, save_one(&l->v[i]));
	return list;
}

static bool load_name(json_t *v, char out[IFNAMSIZ])
{
	const size_t n = json_string_length(v);

	if (n == 0 || n >= IFNAMSIZ)
		return false;
	memcpy(out, json_string_value(v), n + 1);
	return true;
}

static bool load_u32(json_t *v, uint32_t *out)
{
	const json_int_t n = json_integer_value(v);

	*out = (uint32_t)n;
	return json_is_integer(v) && n == (uint32_t)n;
}

static bool load_texts(json_t *o, struct netdev *d)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		json_t *v = json_object_get(o, texts[i].key);

		if (!json_is_string(v) && !json_is_null(v))
			return false;
		*(char **)((char *)d + texts[i].offset) = str_dup(json_string_value(v));
	}
	return true;
}

static bool load_addrs(json_t *list, struct strs *out)
{
	size_t i;
	json_t *v;

	if (!json_is_array(list))
		return false;
	json_array_foreach(list, i, v)
	{
		if (!json_is_string(v))
			return false;
		strs_add(out, json_string_value(v));
	}
	return true;
}

static bool load_one(json_t *o, struct netdev *d)
{
	uint32_t index = 0;

	if (!load_u32(json_object_get(o, "inside_index"), &index) || index > INT32_MAX)
		return false;
	d->inside_index = (int)index;
	return load_name(json_object_get(o, "name"), d->name) &&
	       load_name(json_object_get(o, "inside"), d->inside) &&
	       load_u32(json_object_get(o, "mtu"), &d->mtu) &&
	       load_u32(json_object_get(o, "flags"), &d->flags) && load_texts(o, d) &&
	       load_addrs(json_object_get(o, "addresses"), &d->addrs);
}

int netdevs_load(json_t *v, struct netdevs *out, struct err *e)
{
	size_t i;
	json_t *o;

	if (!v)
		return 0;
	if (!json_is_array(v))
		return err_set(e, 0, "state file: /net_devices: expected an array");
	json_array_foreach(v, i, o)
	{
		out->v = mem_grow(out->v, out->n + 1, sizeof *out->v);
		out->v[out->n] = (struct netdev){ 0 };
		if (!load_one(o, &out->v[out->n++]))
			return err_set(e, 0, "state file: /net_devices/%zu: not a device", i);
	}
	return 0;
}
