/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/priv/runtime/box.h"

static struct spec *host_view(bool userns)
{
	struct spec *s = box_spec(SPEC_ROOT_HOST_VIEW, NULL, userns);

	box_default_mounts(s);
	box_file(s, "/etc/hostname", "box\n");
	return s;
}

/* Each script prints "ok" in the host view, with and without a user namespace. */
static const struct {
	const char *what, *script;
} rows[] = {
	{ "programs run", "/bin/true && [ $(id -u):$(id -g) = 0:0 ] && echo ok" },
	{ "root owns the root", "[ $(stat -c %u / /etc /var | sort -u) = 0 ] && echo ok" },
	{ "usr cannot be written", "touch /usr/x 2>&1 | grep -q Read-only && echo ok" },
	{ "nor the links into it", "touch /bin/x 2>&1 | grep -q Read-only && echo ok" },
	{ "nor the directories of etc",
	  "touch /etc/alternatives/x 2>&1 | grep -q Read-only && echo ok" },
	{ "etc can", "touch /etc/x && echo ok" },
	{ "run, tmp and var can",
	  "touch /run/x /tmp/x /var/x /var/run/y && [ -e /run/y ] && echo ok" },
	{ "no shadow", "[ ! -e /etc/shadow ] && [ ! -e /etc/gshadow ] && echo ok" },
	{ "no private keys",
	  "[ ! -e /etc/ssl/private ] && ls /etc/ssl/certs >/dev/null && echo ok" },
	{ "nobody's home", "[ ! -e /home ] && [ -z \"$(ls -A /root)\" ] && echo ok" },
	{ "nothing else of the host",
	  "[ \"$(echo $(ls -A / | grep -vx 'lib.*'))\" = "
	  "'bin dev etc proc root run sbin sys tmp usr var' ] && echo ok" },
	{ "no mount of the host",
	  "! grep -v -e ' /usr ' -e ' /usr/' -e ' /etc/' -e ' cgroup2 none ' -e '^[^-]* - [a-z]* none ' "
	  "/proc/self/mountinfo && echo ok" },
	{ "no people", "! cut -d: -f3 /etc/passwd | grep -qx '[1-5][0-9][0-9][0-9]' && echo ok" },
	{ "names resolve",
	  "getent passwd www-data >/dev/null && getent services domain >/dev/null && "
	  "getent protocols ospf >/dev/null && echo ok" },
	{ "own file", "[ $(cat /etc/hostname) = box ] && echo ok" },
	{ "sticky tmp", "[ $(stat -c %a /tmp /var/tmp | sort -u) = 1777 ] && echo ok" },
	{ "libraries are found by the cache", "[ -s /etc/ld.so.cache ] && echo ok" },
	{ "devices",
	  "head -c 4 /dev/zero >/dev/null && echo x >/dev/null && head -c 1 /dev/urandom | "
	  "grep -c . >/dev/null; ! echo x 2>/dev/null >/dev/full && [ -c /dev/tty ] && echo ok" },
	{ "device links", "echo ok >/dev/stdout && [ -d /dev/fd/ ]" },
	{ "a terminal of its own",
	  "script -qc 'tty' /dev/null </dev/null | grep -q /dev/pts/0 && echo ok" },
	{ "shared memory", "touch /dev/shm/x && [ -d /dev/mqueue ] && echo ok" },
	{ "own network in sys", "[ \"$(ls /sys/class/net)\" = lo ] && echo ok" },
	{ "own processes in proc", "[ $(ls -d /proc/[0-9]* | wc -l) -lt 10 ] && echo ok" },
};

HostTest(rootfs_hostview, shows_what_it_should_and_no_more)
{
	for (int userns = 0; userns <= 1; userns++) {
		scoped_spec struct spec *s = host_view(userns);

		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			scoped_str char *text = box_sh(s, rows[i].script);

			cr_expect_str_eq(text, "ok", "%s (userns %d): %s", rows[i].what, userns,
					 text);
		}
	}
}

HostTest(rootfs_hostview, may_be_read_only)
{
	scoped_spec struct spec *s = host_view(true);

	s->root.readonly = true;
	scoped_str char *text = box_sh(s, "touch /etc/x 2>&1; touch /dev/shm/x && echo ok");
	cr_expect_str_eq(text, "touch: cannot touch '/etc/x': Read-only file system\nok");
}

/* The design's promise: Debian's network functions start with no more than directories and a
 * configuration. */
static void runs(const char *package_file, struct spec *s, const char *script)
{
	scoped_spec struct spec *owned = s;

	skip_unless(access(package_file, X_OK) == 0, package_file);
	scoped_str char *text = box_sh(owned, script);
	size_t n = strlen(text);
	cr_expect(n >= 2 && strcmp(text + n - 2, "ok") == 0, "%s: %s", package_file, text);
}

HostTest(rootfs_hostview, nginx_serves)
{
	struct spec *s = host_view(true);

	box_dir(s, "/var/log/nginx", 0755, "www-data:adm");
	box_dir(s, "/var/lib/nginx", 0755, NULL);
	box_file(s, "/etc/nginx.conf",
		 "user www-data;\nevents {}\n"
		 "http { server { listen 127.0.0.1:80; return 200 \"ok\\n\"; } }\n");
	runs("/usr/sbin/nginx", s,
	     "ip link set lo up; nginx -t -c /etc/nginx.conf && nginx -c /etc/nginx.conf &&"
	     " exec 3<>/dev/null; perl -MIO::Socket::INET -e '"
	     "$s = IO::Socket::INET->new(\"127.0.0.1:80\") or die $!;"
	     "print $s \"GET / HTTP/1.0\\r\\n\\r\\n\"; print <$s>'; nginx -s stop -c /etc/nginx.conf 2>/dev/null; echo ok");
}

HostTest(rootfs_hostview, dnsmasq_starts)
{
	struct spec *s = host_view(true);

	box_file(s, "/etc/dnsmasq.conf", "port=53\nno-resolv\naddress=/x.test/10.0.0.1\n");
	runs("/usr/sbin/dnsmasq", s,
	     "ip link set lo up; dnsmasq --test 2>&1; dnsmasq &&"
	     " sleep 0.1; kill $(cat /run/dnsmasq/dnsmasq.pid /run/dnsmasq.pid"
	     " /var/run/dnsmasq.pid 2>/dev/null | head -1) && echo ok");
}

HostTest(rootfs_hostview, zebra_starts)
{
	struct spec *s = host_view(true);

	box_dir(s, "/run/frr", 0755, "frr:frr");
	box_dir(s, "/etc/frr", 0755, "frr:frr");
	box_file(s, "/etc/frr/zebra.conf", "hostname box\n");
	runs("/usr/lib/frr/zebra", s,
	     "/usr/lib/frr/zebra -d -f /etc/frr/zebra.conf && sleep 0.2 &&"
	     " kill -0 $(cat /run/frr/zebra.pid) && kill $(cat /run/frr/zebra.pid) && echo ok");
}
