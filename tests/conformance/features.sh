#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# features.md and features-linux.md: the document, and that the runtime keeps what it says.
. "$(dirname "$0")/lib.sh"

features() { timeout 10 "$RT" features 2>"$T/ferr"; }
list() { features | jq -r "(.$1 // [])[]"; }
number() { awk -F'[.-]' '{ printf "%d%03d%03d\n", $1, $2, $3 }' <<<"$1"; }

test_without_global_options() { features | jq -e . >/dev/null; [ ! -s "$T/ferr" ]; }
test_with_global_options() { rt --debug features 2>/dev/null | jq -e .ociVersionMin >/dev/null; }
test_versions() {
	matches "$(features | jq -r .ociVersionMin)" '^1\.[0-9]+\.[0-9]+'
	matches "$(features | jq -r .ociVersionMax)" '^1\.[0-9]+\.[0-9]+'
	[ "$(number "$(features | jq -r .ociVersionMin)")" -le "$(number "$(features | jq -r .ociVersionMax)")" ]
}
test_both_versions_are_accepted() {
	local v
	for v in $(features | jq -r '.ociVersionMin, .ociVersionMax'); do
		config '.ociVersion = $v' --arg v "$v"
		inside 'echo ok'
		is "$OUT" ok "$v"
	done
}
test_only_properties_of_the_specification() {
	is "$(features | jq -r 'keys - ["ociVersionMin", "ociVersionMax", "hooks", "mountOptions", "linux", "annotations", "potentiallyUnsafeConfigAnnotations"] | join(" ")')" ''
	is "$(features | jq -r '.linux | keys - ["namespaces", "capabilities", "cgroup", "seccomp", "apparmor", "selinux", "intelRdt", "mountExtensions", "netDevices", "memoryPolicy"] | join(" ")')" ''
	is "$(features | jq -r '.linux.cgroup | keys - ["v1", "v2", "systemd", "systemdUser", "rdma"] | join(" ")')" ''
	is "$(features | jq -r '.linux.seccomp | keys - ["enabled", "actions", "operators", "archs", "knownFlags", "supportedFlags"] | join(" ")')" ''
}
test_hooks_are_supported() {
	is "$(list hooks | sort | tr '\n' ' ')" 'createContainer createRuntime poststart poststop prestart startContainer '
	local h
	touch "$T/log"
	mounted /log bind "$T/log" rbind
	for h in $(list hooks); do
		config ".hooks.$h = [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \$s]}]" \
			--arg s "cat >/dev/null; echo $h >>$([ "$h" = startContainer ] && echo /log || echo "$T/log")"
	done
	inside true
	is "$(sort "$T/log")" "$(list hooks | sort)"
}
# What acl, noacl, mand say differs by file system.
test_mountOptions_are_known_one_by_one() {
	mkdir -p "$T/src/sub"
	mount -t tmpfs tmpfs "$T/src"
	config '.mounts += ($all - ["acl", "noacl", "mand", "remount", "copy-symlink", "src-nofollow", "dest-nofollow"] | map(. as $o
		| if test("^r?bind$") then {type: "none", source: $src, options: [$o]}
		  elif test("^r?idmap$") then {type: "none", source: $src, options: ["rbind", $o],
			uidMappings: [{containerID: 0, hostID: 1000, size: 9}], gidMappings: [{containerID: 0, hostID: 1000, size: 9}]}
		  elif test("^r(ro|rw|suid|nosuid|dev|nodev|exec|noexec|atime|noatime|.*diratime|.*relatime|.*strictatime|.*symfollow)$") or . == "ratime"
			then {type: "none", source: $src, options: ["rbind", $o]}
		  else {type: "tmpfs", source: "tmpfs", options: [$o]} end
		| .destination = "/data/" + $o))
		| .mounts += [{destination: "/data/ro", type: "tmpfs", source: "tmpfs", options: ["remount", "ro"]}]' \
		--arg src "$T/src" --argjson all "$(features | jq -c .mountOptions)"
	inside 'grep -c " /data/" /proc/self/mountinfo'
	[ "$OUT" -gt 40 ]
	umount "$T/src"
}
test_mountOptions_have_all_that_must_be() {
	local o all
	all=" $(list mountOptions | tr '\n' ' ') "
	for o in async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec \
		noiversion nolazytime norelatime nostrictatime nosuid private rbind relatime remount ro rprivate rshared rslave \
		runbindable rw shared silent slave strictatime suid sync unbindable; do
		has "$all" " $o "
	done
}
test_mountOptions_have_all_that_should_be() {
	local o all
	all=" $(list mountOptions | tr '\n' ' ') "
	for o in nosymfollow symfollow ratime rdev rdiratime rexec rnoatime rnodev rnodiratime rnoexec rnorelatime rnostrictatime \
		rnosuid rnosymfollow rrelatime rro rrw rstrictatime rsuid rsymfollow idmap ridmap; do
		has "$all" " $o "
	done
}
test_mountOptions_have_none_of_a_file_system() {
	local all
	all=" $(list mountOptions | tr '\n' ' ') "
	hasnt "$all" ' size '
	hasnt "$all" ' mode '
	hasnt "$all" '='
}
test_namespaces_are_known() {
	local n all
	all=" $(list linux.namespaces | tr '\n' ' ') "
	for n in pid network mount ipc uts user cgroup time; do has "$all" " $n "; done
	for n in $(list linux.namespaces); do with_ns "$n"; done
	userns
	inside 'echo ok'
	is "$OUT" ok
}
test_capabilities_are_known() {
	is "$(list linux.capabilities | wc -l)" 41
	config '.process.capabilities.bounding = $c' --argjson c "$(features | jq -c '.linux.capabilities - ["CAP_SYS_RESOURCE"]')"
	inside 'awk "/^CapBnd/ { print \$2 }" /proc/self/status'
	is "$OUT" "$(printf '%016x' $((0x$(awk '/^CapBnd/ { print $2 }' /proc/self/status) & ~(1 << 24))))"
}
test_cgroup_tells_the_truth() {
	is "$(features | jq -c '[.linux.cgroup.v1, .linux.cgroup.v2]')" '[true,true]'
	is "$(features | jq -r '.linux.cgroup.systemd | type')" boolean
}
test_seccomp_names_are_known() {
	local a o f flags
	is "$(features | jq .linux.seccomp.enabled)" true
	for a in $(list linux.seccomp.actions); do
		[ $a != SCMP_ACT_NOTIFY ] || continue
		config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpriority"], action: $a}]}' --arg a "$a"
		inside 'echo ok' || { echo "for $a"; return 1; }
	done
	for o in $(list linux.seccomp.operators); do
		config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpriority"], action: "SCMP_ACT_ERRNO",
			args: [{index: 1, value: 1, op: $o}]}]}' --arg o "$o"
		inside 'echo ok' || { echo "for $o"; return 1; }
	done
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["getpriority"], action: "SCMP_ACT_ERRNO"}]}'
	flags=$(features | jq -c '.linux.seccomp.supportedFlags // [] | map(select(. != "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"))')
	config '.linux.seccomp.flags = $f' --argjson f "$flags"
	inside 'echo ok'
	is "$(features | jq -c '(.linux.seccomp.supportedFlags // []) - (.linux.seccomp.knownFlags // [])')" '[]'
}
test_seccomp_archs_are_known() {
	config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: $a, syscalls: [{names: ["getpriority"], action: "SCMP_ACT_ERRNO"}]}' \
		--argjson a "$(features | jq -c '.linux.seccomp.archs | map(select(test("X86|X32")))')"
	inside 'echo ok'
	is "$OUT" ok
}
test_seccomp_names_are_all() {
	is "$(list linux.seccomp.actions | wc -l)" 9
	is "$(list linux.seccomp.operators | wc -l)" 7
	is "$(list linux.seccomp.knownFlags | wc -l)" 4
}
test_mountExtensions_idmap() { is "$(features | jq .linux.mountExtensions.idmap.enabled)" true; }
test_netDevices() { is "$(features | jq .linux.netDevices.enabled)" true; }
test_memoryPolicy() {
	is "$(features | jq '.linux.memoryPolicy.modes | length')" 7
	is "$(features | jq '.linux.memoryPolicy.flags | length')" 3
}
test_intelRdt_is_said() { matches "$(features | jq -c .linux.intelRdt)" '"enabled":(true|false)'; }
test_annotations_are_text() { is "$(features | jq -c '[.annotations // {} | .[] | type] | unique - ["string"]')" '[]'; }
test_it_is_the_same_anywhere() {
	is "$(features | md5sum)" "$(cd / && env -i "$RT" features | md5sum)"
	is "$(features | md5sum)" "$(unshare -m bash -c 'mount -t tmpfs t /sys/fs/cgroup; exec "$0" features' "$RT" | md5sum)"
}

run_tests
