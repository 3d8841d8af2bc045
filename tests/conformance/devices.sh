#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config-linux.md: devices, default devices, the allowed device list.
. "$(dirname "$0")/lib.sh"

device() { config ".linux.devices += [$1]"; }
allow() { config ".linux.resources.devices += [$1]"; }
all_denied() { allow '{allow: false, access: "rwm"}'; }

# --- default devices -------------------------------------------------------------------

test_default_devices() {
	inside 'for d in null zero full random urandom tty; do stat -c "%n %F %t,%T %a" /dev/$d; done'
	is "$OUT" '/dev/null character special file 1,3 666
/dev/zero character special file 1,5 666
/dev/full character special file 1,7 666
/dev/random character special file 1,8 666
/dev/urandom character special file 1,9 666
/dev/tty character special file 5,0 666'
}
test_default_devices_work() {
	inside 'echo x >/dev/null; head -c 3 /dev/zero | xxd -p; (echo x >/dev/full) 2>/dev/null || echo full; head -c 4 /dev/urandom | wc -c; head -c 4 /dev/random | wc -c'
	is "$OUT" $'000000\nfull\n4\n4'
}
test_default_devices_work_when_all_are_denied() {
	all_denied
	inside 'echo x >/dev/null; head -c 3 /dev/zero | xxd -p; head -c 4 /dev/urandom | wc -c'
	is "$OUT" $'000000\n4'
}
test_ptmx_is_the_containers() {
	inside 'readlink /dev/ptmx || stat -c "%t,%T" /dev/ptmx; stat -c "%t,%T" /dev/pts/ptmx'
	matches "$(head -n 1 <<<"$OUT")" '^(/dev/)?pts/ptmx$|^5,2$'
	is "$(tail -n 1 <<<"$OUT")" 5,2
}
test_ptmx_works() {
	all_denied
	inside 'script=1; (exec 3<>/dev/ptmx && echo opened); ls /dev/pts | grep -c ptmx'
	is "$OUT" $'opened\n1'
}
test_links_to_the_standard_streams() {
	inside 'for l in fd stdin stdout stderr; do readlink /dev/$l; done'
	is "$OUT" $'/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2'
}
test_no_console_without_a_terminal() { inside 'test -e /dev/console || echo none'; is "$OUT" none; }
test_no_other_devices() {
	inside 'ls /dev | tr "\n" " "'
	is "$(tr ' ' '\n' <<<"$OUT" | grep -Evx 'core|fd|full|mqueue|null|ptmx|pts|random|shm|stderr|stdin|stdout|tty|urandom|zero|')" ''
}

# --- devices ---------------------------------------------------------------------------

test_device_character() {
	device '{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 432, uid: 5, gid: 6}'
	inside 'stat -c "%F %t,%T %a %u %g" /dev/fuse'
	is "$OUT" 'character special file a,e5 660 5 6'
}
test_device_block() {
	device '{path: "/dev/blk", type: "b", major: 7, minor: 200, fileMode: 384}'
	inside 'stat -c "%F %t,%T %a" /dev/blk'
	is "$OUT" 'block special file 7,c8 600'
}
test_device_unbuffered() {
	device '{path: "/dev/unb", type: "u", major: 1, minor: 3}'
	inside 'stat -c "%F %t,%T" /dev/unb'
	is "$OUT" 'character special file 1,3'
}
test_device_fifo() {
	device '{path: "/dev/pipe", type: "p", fileMode: 384}'
	inside 'stat -c "%F %a" /dev/pipe'
	is "$OUT" 'fifo 600'
}
test_device_outside_of_dev() {
	device '{path: "/data/deep/null", type: "c", major: 1, minor: 3, fileMode: 438}'
	inside 'echo x >/data/deep/null && stat -c %t,%T /data/deep/null'
	is "$OUT" 1,3
}
test_device_mode_despite_the_umask() {
	device '{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438}'
	umask 077
	inside 'stat -c %a /dev/fuse'
	is "$OUT" 666
}
test_device_that_is_there_and_matches() {
	mknod "$ROOTFS/data/null" c 1 3
	device '{path: "/data/null", type: "c", major: 1, minor: 3, fileMode: 438}'
	inside 'echo x >/data/null && stat -c %t,%T /data/null'
	is "$OUT" 1,3
}
test_device_that_is_there_and_differs_is_refused() {
	mknod "$ROOTFS/data/null" c 1 5
	device '{path: "/data/null", type: "c", major: 1, minor: 3}'
	refused
}
test_device_over_a_file_is_refused() {
	echo content >"$ROOTFS/data/file"
	device '{path: "/data/file", type: "c", major: 1, minor: 3}'
	refused
	is "$(cat "$ROOTFS/data/file")" content
}
test_device_in_a_user_namespace() {
	userns
	device '{path: "/dev/mynull", type: "c", major: 1, minor: 3, fileMode: 438}'
	mknod -m 666 /dev/mynull c 1 3 2>/dev/null || true # where it is bound from
	inside 'echo x >/dev/mynull && stat -c "%F %t,%T" /dev/mynull'
	is "$OUT" 'character special file 1,3'
}
test_device_without_major_is_refused() { device '{path: "/dev/x", type: "c"}'; refused; }
test_device_without_path_is_refused() { device '{type: "c", major: 1, minor: 3}'; refused; }
test_device_without_type_is_refused() { device '{path: "/dev/x", major: 1, minor: 3}'; refused; }
test_device_unknown_type_is_refused() { device '{path: "/dev/x", type: "z", major: 1, minor: 3}'; refused; }
test_device_link_does_not_escape() {
	mkdir "$T/outside"
	ln -s "$T/outside" "$ROOTFS/data/link"
	device '{path: "/data/link/null", type: "c", major: 1, minor: 3}'
	create || true
	[ ! -e "$T/outside/null" ]
}

# --- the allowed device list -------------------------------------------------------------

# Nodes that the root file system has: what is in linux.devices or by default may be allowed besides. The drivers'
# own errors (ENODEV and such) come after the list: only EPERM is the list's.
node() { mknod -m 666 "$ROOTFS/data/dev" c 10 "${1-237}"; }
denied() { # FLAG
	inside "probe open /data/dev ${1-r}"
	is "$OUT" 'errno 1'
	rt delete --force "$ID" 2>/dev/null
}
allowed() {
	inside "probe open /data/dev ${1-r}"
	isnt "$OUT" 'errno 1'
	rt delete --force "$ID" 2>/dev/null
}
test_deny_all() { node; all_denied; denied r; denied w; }
test_allow_one() {
	node
	mknod -m 666 "$ROOTFS/data/other" c 10 235
	all_denied
	allow '{allow: true, type: "c", major: 10, minor: 237, access: "rw"}'
	allowed r
	allowed w
	inside 'probe open /data/other r'
	is "$OUT" 'errno 1'
}
test_access_read_only() {
	node
	all_denied
	allow '{allow: true, type: "c", major: 10, minor: 237, access: "r"}'
	allowed r
	denied w
}
test_access_absent_is_refused_or_nothing() { node; all_denied; allow '{allow: true, type: "c", major: 10, minor: 237}'; if create; then rt delete --force "$ID"; denied r; fi; }
test_in_the_listed_order() {
	node
	all_denied
	allow '{allow: true, type: "c", major: 10, minor: 237, access: "rw"}'
	allow '{allow: false, type: "c", major: 10, minor: 237, access: "rw"}'
	denied r
	config '.linux.resources.devices = [.linux.resources.devices[0,2,1]]'
	allowed r
}
# The v1 controller cannot do it: there it is an error, never silence.
test_a_hole_in_a_wildcard() {
	node
	all_denied
	allow '{allow: true, type: "c", major: 10, access: "rw"}'
	allow '{allow: false, type: "c", major: 10, minor: 237, access: "rw"}'
	if v2; then denied r; else refused device; fi
}
test_wildcard_minor() {
	mknod -m 666 "$ROOTFS/data/dev" c 10 237
	all_denied
	allow '{allow: true, type: "c", major: 10, access: "rwm"}'
	allowed r
	mknod -m 666 "$ROOTFS/data/other" c 246 1
	inside 'probe open /data/other r'
	is "$OUT" 'errno 1'
}
test_type_absent_is_all() {
	mknod -m 666 "$ROOTFS/data/dev" c 10 237
	mknod -m 666 "$ROOTFS/data/blk" b 7 200
	allow '{allow: true, access: "rwm"}'
	allow '{allow: false, access: "rwm"}'
	inside 'probe open /data/dev r; probe open /data/blk r'
	is "$OUT" $'errno 1\nerrno 1'
}
test_all_allowed() {
	mknod -m 666 "$ROOTFS/data/dev" c 10 237
	allow '{allow: true, access: "rwm"}'
	inside 'probe open /data/dev r; mknod /data/x b 7 201 && echo made'
	isnt "$(head -n 1 <<<"$OUT")" 'errno 1'
	has "$OUT" made
}
test_block_and_character_are_apart() {
	mknod -m 666 "$ROOTFS/data/dev" c 10 237
	all_denied
	allow '{allow: true, type: "b", major: 10, minor: 237, access: "rwm"}'
	inside 'probe open /data/dev r'
	is "$OUT" 'errno 1'
}
test_the_list_holds_for_exec() {
	mknod -m 666 "$ROOTFS/data/dev" c 10 237
	all_denied
	up
	in_exec 'probe open /data/dev r'
	is "$OUT" 'errno 1'
}
test_bad_access_is_refused() { allow '{allow: false, access: "rwx"}'; refused; }
test_bad_type_is_refused() { allow '{allow: false, type: "q", access: "rwm"}'; refused; }
test_allow_absent_is_refused() { allow '{access: "rwm"}'; refused; }

run_tests
