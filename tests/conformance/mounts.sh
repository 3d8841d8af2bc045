#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config.md: root and mounts; config-linux.md: propagation, masked and read-only paths.
. "$(dirname "$0")/lib.sh"

# Options of the mount at $2 in the container ($1 is its mountinfo): per mount and per file system.
mount_options() { awk -v d="$2" '$5 == d { o = $6 } END { print o }' <<<"$1"; }
super_options() { awk -v d="$2" '$5 == d { for (i = 7; $i != "-"; i++); o = $(i + 3) } END { print o }' <<<"$1"; }
optional_fields() { awk -v d="$2" '$5 == d { o = ""; for (i = 7; $i != "-"; i++) o = o $i " " } END { print o }' <<<"$1"; }
infos() { # the container's mountinfo
	inside 'cat /proc/self/mountinfo'
}
opt() { # OPTIONS WORD
	[[ ,$1, == *,$2,* ]] || { echo "no $2 in $1"; return 1; }
}
noopt() { [[ ,$1, != *,$2,* ]] || { echo "$2 in $1"; return 1; }; }

# --- root ------------------------------------------------------------------------------

test_root_relative_to_the_bundle() { mv "$ROOTFS" "$B/other"; config '.root.path = "other"'; inside 'echo ok'; is "$OUT" ok; }
test_root_absolute() { mv "$ROOTFS" "$T/other"; config '.root.path = $p' --arg p "$T/other"; inside 'echo ok'; is "$OUT" ok; }
test_root_that_is_not_there_is_refused() { config '.root.path = "none"'; refused; }
test_root_that_is_a_file_is_refused() { touch "$B/file"; config '.root.path = "file"'; refused; }
test_root_absent_is_refused() { config 'del(.root)'; refused; }
test_root_without_path_is_refused() { config '.root = {readonly: true}'; refused; }
test_root_readonly() {
	config '.root.readonly = true'
	inside 'touch /data/x 2>/dev/null || echo refused; touch /dev/shm/x && echo shm'
	is "$OUT" $'refused\nshm'
}
test_root_writable_by_default() { inside 'touch /data/x && echo ok'; is "$OUT" ok; [ -e "$ROOTFS/data/x" ]; }
test_root_is_the_root() {
	inside 'ls -a /; ls /..'
	hasnt "$OUT" config.json
	has "$OUT" data
}
test_the_old_root_is_gone() {
	infos
	is "$(awk '{ print $5 }' <<<"$OUT" | grep -cx /)" 1
	hasnt "$OUT" /run/
}
test_no_pivot() {
	script 'echo ok; ls -a /'
	rt run --no-pivot --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err"
	hasnt "$(cat "$T/out")" config.json
	has "$(cat "$T/out")" ok
}
test_cwd_does_not_leak_the_host() {
	up
	in_exec 'cd /proc/1/cwd && pwd && ls -a'
	hasnt "$OUT" config.json
}

# --- mounts ----------------------------------------------------------------------------

test_default_file_systems() {
	infos
	matches "$OUT" ' /proc .* - proc '
	matches "$OUT" ' /sys .* - sysfs '
	matches "$OUT" ' /dev/pts .* - devpts '
	matches "$OUT" ' /dev/shm .* - tmpfs '
}
test_mounts_in_the_listed_order() {
	mkdir "$T/a" "$T/b"
	touch "$T/a/a" "$T/b/b"
	mkdir "$T/a/sub"
	mounted /data bind "$T/a" bind
	mounted /data/sub bind "$T/b" bind
	inside 'ls /data /data/sub'
	is "$(tr '\n' ' ' <<<"$OUT")" '/data: a sub  /data/sub: b '
}
test_a_later_mount_covers() {
	mkdir "$T/a" "$T/b"
	touch "$T/a/a" "$T/b/b"
	mounted /data bind "$T/a" bind
	mounted /data bind "$T/b" bind
	inside 'ls /data'
	is "$OUT" b
}
test_destination_is_made() { mounted /new/deep/dir tmpfs tmpfs; inside 'test -d /new/deep/dir && echo ok'; is "$OUT" ok; }
test_destination_file_is_made() {
	echo content >"$T/file"
	mounted /new/file bind "$T/file" bind
	inside 'cat /new/file'
	is "$OUT" content
}
test_destination_relative() {
	mounted data tmpfs tmpfs
	# older specifications allowed it: taken from /; as of 1.0 it must be absolute
	if create; then
		grep -q ' /data ' "/proc/$(field pid)/mountinfo"
	else
		refused
	fi
}
test_destination_absent_is_refused() { config '.mounts += [{type: "tmpfs", source: "tmpfs"}]'; refused; }
test_destination_link_stays_inside() {
	ln -s "$T/outside" "$ROOTFS/data/link"
	mkdir "$T/outside"
	mounted /data/link tmpfs tmpfs
	create
	[ -z "$(ls -A "$T/outside")" ]
	never grep " $T/outside " /proc/self/mountinfo
	grep -q " $T/outside " "/proc/$(field pid)/mountinfo"
}
test_destination_dots_stay_inside() {
	ln -s ../../../../../../../../tmp/conformance "$ROOTFS/data/up"
	mounted /data/up/x tmpfs tmpfs
	inside 'grep -c " /tmp/conformance/x " /proc/self/mountinfo'
	is "$OUT" 1
	[ ! -e /tmp/conformance/x ]
}
test_source_relative_to_the_bundle() {
	mkdir "$B/src"
	touch "$B/src/here"
	mounted /data bind src bind
	inside 'ls /data'
	is "$OUT" here
}
test_source_that_is_not_there_is_refused() { mounted /data bind "$T/none" bind; refused; }
test_bind_by_option_whatever_the_type() {
	local t
	mkdir "$T/src"
	touch "$T/src/here"
	for t in none bind tmpfs; do
		mounted "/data/$t" "$t" "$T/src" bind
	done
	config '.mounts += [{destination: "/data/absent", source: $s, options: ["rbind"]}]' --arg s "$T/src"
	inside 'ls /data/none /data/bind /data/tmpfs /data/absent'
	is "$(grep -c '^here$' <<<"$OUT")" 4
}
test_bind_alone_is_not_recursive() {
	mkdir -p "$T/src/sub"
	mount -t tmpfs tmpfs "$T/src/sub"
	touch "$T/src/sub/deep"
	mounted /data/plain none "$T/src" bind
	mounted /data/rec none "$T/src" rbind
	inside 'ls /data/plain/sub; echo -; ls /data/rec/sub'
	umount "$T/src/sub"
	is "$OUT" $'-\ndeep'
}
test_unknown_file_system_is_refused() { mounted /data nosuchfs none; refused; }
test_bad_data_option_is_refused() { mounted /data tmpfs tmpfs nosuchoption=1; refused; }
test_data_options_are_passed_on() {
	mounted /data tmpfs tmpfs size=1024k mode=1750 nr_inodes=100
	inside 'stat -c %a /data; cat /proc/self/mountinfo'
	is "$(head -n 1 <<<"$OUT")" 1750
	opt "$(super_options "$OUT" /data)" size=1024k
	opt "$(super_options "$OUT" /data)" nr_inodes=100
}
test_mqueue_and_proc_options() {
	mounted /dev/mqueue mqueue mqueue nosuid noexec nodev
	infos
	matches "$OUT" ' /dev/mqueue .* - mqueue '
}
test_cgroup_mount_is_the_containers() {
	with_ns cgroup
	mounted /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime ro
	up
	in_exec 'ls /sys/fs/cgroup; cat /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs 2>/dev/null; d=/sys/fs/cgroup; test -d $d/pids && d=$d/pids; mkdir $d/x 2>/dev/null || echo refused'
	has "$OUT" refused
	matches "$(tr '\n' ' ' <<<"$OUT")" ' 1 ' # its own group: pid 1 is in it
}
test_cgroup_mount_without_a_cgroup_namespace() {
	mounted /sys/fs/cgroup cgroup cgroup nosuid noexec nodev relatime ro
	up
	in_exec 'cat /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/pids/cgroup.procs 2>/dev/null; true'
	# on v2 runc shows the whole tree, read-only as the mount is
	v2 || matches "$(tr '\n' ' ' <<<" $OUT")" ' 1 '
	in_exec 'd=/sys/fs/cgroup; test -d $d/pids && d=$d/pids; mkdir $d/x 2>/dev/null || echo refused'
	is "$OUT" refused
}
test_proc_over_a_file_system_that_is_not_proc() {
	# type proc at /proc only; a bind over /proc/x is the known attack, so it is refused
	mounted /proc/sys none "$T" bind
	refused
}
test_sysfs_ro() { inside 'touch /sys/x 2>&1'  || true; infos; opt "$(mount_options "$OUT" /sys)" ro; }

# --- the options of the table --------------------------------------------------------------

# option, what the mount's options say with it, on a tmpfs; "!x": x is not there
test_options_of_a_mount() {
	local line n=0
	local table='ro ro
rw rw
nosuid nosuid
suid !nosuid
nodev nodev
dev !nodev
noexec noexec
exec !noexec
noatime noatime
nodiratime nodiratime
diratime !nodiratime
relatime relatime
strictatime !relatime
norelatime .
nostrictatime .
atime !noatime
async .
loud .
silent .
iversion .
noiversion .
nomand .'
	while read -r o _; do
		n=$((n + 1))
		mounted "/data/$n" tmpfs tmpfs "$o"
	done <<<"$table"
	infos
	n=0
	while read -r o want; do
		n=$((n + 1))
		line=$(mount_options "$OUT" /data/$n)
		[ -n "$line" ] || { echo "$o: not mounted"; return 1; }
		case $want in
		.) ;;
		!*) noopt "$line" "${want#!}" || { echo "for $o"; return 1; } ;;
		*) opt "$line" "$want" || { echo "for $o"; return 1; } ;;
		esac
	done <<<"$table"
}
test_option_defaults() { mounted /data tmpfs tmpfs defaults; infos; opt "$(mount_options "$OUT" /data)" rw; }
test_options_of_a_file_system() {
	mounted /data/sync tmpfs tmpfs sync
	mounted /data/dirsync tmpfs tmpfs dirsync
	mounted /data/lazytime tmpfs tmpfs lazytime
	mounted /data/nolazytime tmpfs tmpfs nolazytime
	infos
	opt "$(super_options "$OUT" /data/sync)" sync
	opt "$(super_options "$OUT" /data/dirsync)" dirsync
	opt "$(super_options "$OUT" /data/lazytime)" lazytime
	noopt "$(super_options "$OUT" /data/nolazytime)" lazytime
}
test_options_of_a_bind() {
	local o
	mkdir "$T/src"
	for o in ro nosuid nodev noexec noatime nodiratime; do mounted "/data/$o" none "$T/src" bind $o; done
	infos
	for o in ro nosuid nodev noexec noatime nodiratime; do
		opt "$(mount_options "$OUT" /data/$o)" $o
	done
}
test_a_read_only_bind_refuses_writing() {
	mkdir "$T/src"
	mounted /data none "$T/src" rbind ro
	inside 'touch /data/x 2>/dev/null || echo refused'
	is "$OUT" refused
	touch "$T/src/the-source-is-not"
}
# The kernel locks them there: a remount without them is EPERM.
test_a_bind_in_a_user_namespace_keeps_the_flags_of_its_source() {
	mkdir "$T/src"
	mount -t tmpfs -o nosuid,nodev,noexec tmpfs "$T/src"
	userns
	mounted /data none "$T/src" bind ro
	infos
	umount "$T/src"
	local o
	for o in ro nosuid nodev noexec; do opt "$(mount_options "$OUT" /data)" $o; done
}
test_nosymfollow() {
	mounted /data tmpfs tmpfs nosymfollow
	inside 'echo x >/data/f; ln -s f /data/l; cat /data/l 2>/dev/null || echo refused'
	is "$OUT" refused
}
test_symfollow() { mounted /data tmpfs tmpfs symfollow; inside 'echo x >/data/f; ln -s f /data/l; cat /data/l'; is "$OUT" x; }
test_remount() {
	mounted /data tmpfs tmpfs
	mounted /data tmpfs tmpfs remount ro
	infos
	is "$(grep -c ' /data ' <<<"$OUT")" 1
	matches "$OUT" ' /data ro|/data .* - tmpfs tmpfs ro'
}
test_propagation_options() {
	local o
	for o in private rprivate slave rslave shared rshared unbindable runbindable; do
		mounted "/data/$o" tmpfs tmpfs $o
	done
	infos
	for o in shared rshared; do has "$(optional_fields "$OUT" /data/$o)" shared:; done
	for o in unbindable runbindable; do has "$(optional_fields "$OUT" /data/$o)" unbindable; done
	for o in private rprivate; do is "$(optional_fields "$OUT" /data/$o)" ''; done
}
test_rslave_of_a_shared_source_receives() {
	mkdir -p "$T/src/sub"
	mount --bind "$T/src" "$T/src"
	mount --make-shared "$T/src"
	mounted /data none "$T/src" rbind rslave
	config '.linux.rootfsPropagation = "rslave"'
	up
	mount -t tmpfs tmpfs "$T/src/sub"
	touch "$T/src/sub/late"
	in_exec 'ls /data/sub'
	umount "$T/src/sub" "$T/src"
	is "$OUT" late
}

# --- recursive attributes ------------------------------------------------------------------

nested() { # $T/src with a tmpfs in it
	mkdir -p "$T/src/sub"
	mount -t tmpfs tmpfs "$T/src/sub"
}
test_recursive_options() {
	local o n=0
	nested
	local table='rro ro
rnosuid nosuid
rnodev nodev
rnoexec noexec
rnodiratime nodiratime
rnoatime noatime
rrelatime relatime
rnosymfollow nosymfollow'
	while read -r o _; do
		n=$((n + 1))
		mounted "/data/$n" none "$T/src" rbind $o
	done <<<"$table"
	infos
	umount "$T/src/sub"
	n=0
	while read -r o want; do
		n=$((n + 1))
		opt "$(mount_options "$OUT" /data/$n)" "$want"
		opt "$(mount_options "$OUT" /data/$n/sub)" "$want" || { echo "for $o, below"; return 1; }
	done <<<"$table"
}
test_recursive_options_that_clear() {
	local o n=0
	nested
	mount -o remount,bind,nosuid,nodev,noexec,nodiratime "$T/src/sub"
	local table='rsuid nosuid
rdev nodev
rexec noexec
rdiratime nodiratime
rrw ro
rsymfollow nosymfollow
rstrictatime relatime'
	while read -r o _; do
		n=$((n + 1))
		mounted "/data/$n" none "$T/src" rbind $o
	done <<<"$table"
	infos
	umount "$T/src/sub"
	n=0
	while read -r o want; do
		n=$((n + 1))
		noopt "$(mount_options "$OUT" /data/$n/sub)" "$want" || { echo "for $o, below"; return 1; }
	done <<<"$table"
}
test_recursive_option_ratime() {
	nested
	mount -o remount,bind,noatime "$T/src/sub"
	mounted /data none "$T/src" rbind ratime
	infos
	noopt "$(mount_options "$OUT" /data/sub)" noatime
}
test_ro_is_not_recursive() {
	nested
	mounted /data none "$T/src" rbind ro
	inside 'touch /data/x 2>/dev/null || echo refused; touch /data/sub/x && echo ok'
	umount "$T/src/sub"
	is "$OUT" $'refused\nok'
}

# --- id-mapped mounts ------------------------------------------------------------------------

idmapped() { # OPTION [JQ of the mount]
	mkdir -p "$T/src"
	mountpoint -q "$T/src" || mount -t tmpfs tmpfs "$T/src" # tmpfs can be idmapped
	touch "$T/src/f"
	mounted /data none "$T/src" rbind "$1"
	config ".mounts[-1] += ${2-{\}}"
}
MAPS='{uidMappings: [{containerID: 0, hostID: 1000, size: 100}], gidMappings: [{containerID: 0, hostID: 2000, size: 100}]}'
test_idmap_with_its_own_mappings() {
	idmapped idmap "$MAPS"
	inside 'stat -c %u:%g /data/f'
	umount "$T/src"
	is "$OUT" 1000:2000
}
test_idmap_by_the_fields_alone() {
	idmapped rw "$MAPS"
	inside 'stat -c %u:%g /data/f'
	umount "$T/src"
	is "$OUT" 1000:2000
}
test_idmap_with_the_containers_mappings() {
	idmapped idmap
	userns
	inside 'stat -c %u:%g /data/f; touch /data/g'
	is "$OUT" 0:0
	is "$(stat -c %u "$T/src/g")" 0
	umount "$T/src"
}
test_idmap_without_any_mapping_is_refused() { idmapped idmap; refused; umount "$T/src"; }
test_ridmap_is_recursive() {
	idmapped ridmap "$MAPS"
	mkdir "$T/src/sub"
	mount -t tmpfs tmpfs "$T/src/sub"
	touch "$T/src/sub/f"
	inside 'stat -c %u:%g /data/f /data/sub/f'
	umount "$T/src/sub" "$T/src"
	is "$OUT" $'1000:2000\n1000:2000'
}
test_idmap_is_not_recursive() {
	idmapped idmap "$MAPS"
	mkdir "$T/src/sub"
	mount -t tmpfs tmpfs "$T/src/sub"
	touch "$T/src/sub/f"
	inside 'stat -c %u:%g /data/f /data/sub/f'
	umount "$T/src/sub" "$T/src"
	is "$OUT" $'1000:2000\n0:0'
}
test_idmap_with_one_kind_of_mapping_is_refused() {
	idmapped idmap '{uidMappings: [{containerID: 0, hostID: 1000, size: 100}]}'
	refused
	umount "$T/src"
}

# --- tmpcopyup -------------------------------------------------------------------------------

test_tmpcopyup() {
	mkdir -p "$ROOTFS/data/dir"
	echo content >"$ROOTFS/data/dir/file"
	ln -s file "$ROOTFS/data/dir/link"
	chmod 751 "$ROOTFS/data/dir"
	chown 1000:1001 "$ROOTFS/data/dir/file"
	mounted /data tmpfs tmpfs tmpcopyup
	inside 'cat /data/dir/file /data/dir/link; stat -c %a /data/dir; stat -c %u:%g /data/dir/file; echo new >/data/new'
	is "$OUT" $'content\ncontent\n751\n1000:1001'
	[ ! -e "$ROOTFS/data/new" ]
}

# --- propagation of the root -----------------------------------------------------------------

root_propagation() { # VALUE
	config '.linux.rootfsPropagation = $v' --arg v "$1"
	infos
	optional_fields "$OUT" /
}
test_rootfsPropagation_private() { is "$(root_propagation private)" ''; }
test_rootfsPropagation_default_does_not_share() { infos; hasnt "$(optional_fields "$OUT" /)" shared; }
test_rootfsPropagation_shared() { has "$(root_propagation shared)" shared:; }
test_rootfsPropagation_unbindable() { has "$(root_propagation unbindable)" unbindable; }
# CVE-2025-31133: where /dev is the image's, so is what lies over a masked file.
test_masking_takes_no_null_of_the_image() {
	config '.mounts |= map(select(.destination | startswith("/dev") | not)) | .linux.maskedPaths = ["/data/secret"]'
	rm -rf "$ROOTFS/dev"
	mkdir "$ROOTFS/dev"
	echo secret >"$ROOTFS/data/secret"
	echo of the image >"$ROOTFS/dev/null"
	refused 'null'
	rm "$ROOTFS/dev/null"
	ln -s /proc/self/comm "$ROOTFS/dev/null"
	refused 'null'
}
test_rootfsPropagation_slave() {
	mount --bind "$ROOTFS" "$ROOTFS"
	mount --make-shared "$ROOTFS"
	config '.linux.rootfsPropagation = "slave"'
	up
	mount -t tmpfs tmpfs "$ROOTFS/data"
	touch "$ROOTFS/data/late"
	in_exec 'ls /data'
	umount "$ROOTFS/data"
	umount "$ROOTFS"
	is "$OUT" late
}
test_rootfsPropagation_private_receives_nothing() {
	mount --bind "$ROOTFS" "$ROOTFS"
	mount --make-shared "$ROOTFS"
	config '.linux.rootfsPropagation = "private"'
	up
	mount -t tmpfs tmpfs "$ROOTFS/data"
	touch "$ROOTFS/data/late"
	in_exec 'ls /data'
	umount "$ROOTFS/data"
	umount "$ROOTFS"
	is "$OUT" ''
}
test_rootfsPropagation_unknown_is_refused() { config '.linux.rootfsPropagation = "sideways"'; refused; }
test_mounts_in_the_container_do_not_reach_the_host() {
	config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	inside 'mount -t tmpfs tmpfs /data && touch /data/inside && echo ok'
	is "$OUT" ok
	[ ! -e "$ROOTFS/data/inside" ]
}

# --- masked and read-only paths ----------------------------------------------------------------

test_maskedPaths() {
	echo secret >"$ROOTFS/data/file"
	mkdir "$ROOTFS/data/dir"
	echo secret >"$ROOTFS/data/dir/file"
	config '.linux.maskedPaths = ["/data/file", "/data/dir", "/proc/kcore", "/data/none"]'
	inside 'cat /data/file; ls -A /data/dir; head -c 1 /proc/kcore; echo end; touch /data/dir/x 2>/dev/null || echo refused'
	is "$OUT" $'end\nrefused'
}
test_maskedPaths_relative_is_refused() { config '.linux.maskedPaths = ["data"]'; refused; }
test_readonlyPaths() {
	mkdir "$ROOTFS/data/dir"
	echo old >"$ROOTFS/data/file"
	config '.linux.readonlyPaths = ["/data/file", "/data/dir", "/proc/sys", "/data/none"]'
	inside 'cat /data/file; (echo new >/data/file) 2>/dev/null || echo refused; touch /data/dir/x 2>/dev/null || echo refused
		(echo x >/proc/sys/kernel/hostname) 2>/dev/null || echo refused; touch /data/other && echo ok'
	is "$OUT" $'old\nrefused\nrefused\nrefused\nok'
}
test_readonlyPaths_relative_is_refused() { config '.linux.readonlyPaths = ["data"]'; refused; }
test_readonlyPaths_keep_flags() {
	config '.mounts[0].options = ["nosuid", "noexec", "nodev"] | .linux.readonlyPaths = ["/proc/sys"]'
	infos
	local o
	for o in ro nosuid noexec nodev; do opt "$(mount_options "$OUT" /proc/sys)" $o; done
}
test_mountLabel_without_selinux_is_refused_or_ignored() {
	[ ! -e /sys/fs/selinux/enforce ] || skip 'SELinux is here'
	config '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	local rc=0
	rt run --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	[ $rc = 0 ] || grep -Eqi 'selinux|label|context=' "$T/err" || { cat "$T/err"; return 1; }
}

run_tests
