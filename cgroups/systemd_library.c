/* SPDX-License-Identifier: Apache-2.0 */
#ifdef NFRUN_SYSTEMD
#include "cgroups/systemd_library.h"
#include "runtime/base/scope.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#define SYMBOL(name)                                                                               \
	{                                                                                          \
		"sd_bus_" #name, offsetof(struct systemd_library, name)                            \
	}
static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	SYMBOL(new),
	SYMBOL(set_address),
	SYMBOL(start),
	SYMBOL(open_system),
	SYMBOL(flush_close_unref),
	SYMBOL(get_fd),
	SYMBOL(call),
	SYMBOL(process),
	SYMBOL(wait),
	SYMBOL(match_signal),
	SYMBOL(get_property_string),
	SYMBOL(slot_unref),
	SYMBOL(message_unref),
	SYMBOL(message_new_method_call),
	SYMBOL(message_append),
	SYMBOL(message_append_basic),
	SYMBOL(message_open_container),
	SYMBOL(message_close_container),
	SYMBOL(message_read),
	SYMBOL(error_get_errno),
	SYMBOL(error_free),
};
#undef SYMBOL

int systemd_library_load(struct systemd_library *l, struct err *e)
{
	void *handle = dlopen("libsystemd.so.0", RTLD_NOW);

	if (!handle)
		return err_tell(e, ENOENT,
				"the systemd driver needs libsystemd: %s (Debian: apt-get install "
				"libsystemd0)",
				dlerror());
	for (size_t i = 0; i < ARRAY_LEN(symbols); i++) {
		void *symbol = dlsym(handle, symbols[i].name);

		if (!symbol)
			return err_tell(e, ENOSYS, "libsystemd.so.0 is too old: it has no %s",
					symbols[i].name);
		memcpy((char *)l + symbols[i].offset, &symbol, sizeof symbol);
	}
	return 0;
}

#endif
