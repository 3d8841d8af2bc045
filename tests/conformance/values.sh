#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# config.md: specification version, annotations, extensibility, valid values; bundle.md: the file itself.
. "$(dirname "$0")/lib.sh"

# --- ociVersion ------------------------------------------------------------------------

test_versions_up_to_ours() {
	local v
	for v in 1.0.0 1.0.2 1.0.2-dev 1.1.0 1.2.0 1.2.1; do
		config '.ociVersion = $v' --arg v $v
		inside 'echo ok'
		is "$OUT" ok $v
	done
}
test_version_1_3() { config '.ociVersion = "1.3.0"'; inside 'echo ok'; is "$OUT" ok; }
test_version_that_is_no_semver_is_refused() { config '.ociVersion = "one"'; refused; }
test_version_2_is_refused() { config '.ociVersion = "2.0.0"'; refused; }
test_version_absent_is_refused() { config 'del(.ociVersion)'; refused; }
test_version_of_a_number_is_refused() { config '.ociVersion = 1'; refused; }

# --- unknown properties ----------------------------------------------------------------

test_unknown_properties_are_ignored() {
	config '.nosuch = {a: [1, 2]} | .process.nosuch = 1 | .process.user.nosuch = null | .root.nosuch = "x" | .mounts[0].nosuch = true
		| .linux.nosuch = [] | .linux.namespaces[0].nosuch = 1 | .linux.resources.nosuch = {} | .linux.resources.memory.nosuch = 1
		| .hooks.nosuch = [{path: "relative"}] | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", nosuch: 1}
		| .process.capabilities.nosuch = ["X"]'
	inside 'echo ok'
	is "$OUT" ok
}
test_other_platforms_are_ignored() {
	config '.windows = {layerFolders: []} | .solaris = {milestone: "x"} | .vm = {kernel: {path: "/k"}} | .zos = {} | .freebsd = {}'
	inside 'echo ok'
	is "$OUT" ok
}
test_null_is_absent() {
	config '.hostname = null | .annotations = null | .hooks = null | .linux.resources = null | .linux.seccomp = null | .mounts[0].options = null
		| .linux.maskedPaths = null | .process.rlimits = null | .linux.devices = null | .process.oomScoreAdj = null'
	inside 'echo ok'
	is "$OUT" ok
}
test_empty_lists_are_fine() {
	config '.hooks = {prestart: [], createRuntime: [], createContainer: [], startContainer: [], poststart: [], poststop: []}
		| .linux.devices = [] | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .process.rlimits = [] | .linux.sysctl = {}
		| .linux.resources = {} | .annotations = {} | .process.env += [] | .linux.uidMappings = [] | .linux.gidMappings = []'
	inside 'echo ok'
	is "$OUT" ok
}

# --- annotations -----------------------------------------------------------------------

test_unknown_annotations_are_fine() { config '.annotations = {"com.example.key": "x", "no dots": ""}'; inside 'echo ok'; is "$OUT" ok; }
test_annotation_of_a_number_is_refused() { config '.annotations = {"com.example.key": 1}'; refused; }
test_annotation_with_an_empty_key_is_refused() { config '.annotations = {"": "x"}'; refused; }
test_annotations_of_a_list_are_refused() { config '.annotations = ["x"]'; refused; }

# --- values that are none ----------------------------------------------------------------

test_no_json_is_refused() { echo '{ "ociVersion": ' >"$B/config.json"; refused; }
test_an_empty_file_is_refused() { : >"$B/config.json"; refused; }
test_a_list_is_refused() { echo '[]' >"$B/config.json"; refused; }
test_text_after_the_end_is_refused() { echo '} x' >>"$B/config.json"; refused; }
test_no_file_is_refused() { rm "$B/config.json"; refused config.json; }

wrong() { # JQ...: each of these alone is refused, and says where
	local filter
	cp "$B/config.json" "$T/good.json"
	for filter in "$@"; do
		cp "$T/good.json" "$B/config.json"
		config "$filter"
		refused || { echo "for: $filter"; return 1; }
	done
}
test_wrong_types() {
	wrong '.process = "x"' '.process.args = "sh"' '.process.args = [1]' '.process.env = {A: "b"}' '.process.cwd = 1' \
		'.process.user = 0' '.process.terminal = "yes"' '.root = "rootfs"' '.root.path = 1' '.root.readonly = "no"' \
		'.mounts = {}' '.mounts[0].destination = 1' '.mounts[0].options = "ro"' '.hostname = 1' '.linux = []' \
		'.linux.namespaces = {}' '.linux.namespaces[0] = "pid"' '.linux.devices = {}' '.linux.resources = []' \
		'.linux.maskedPaths = "/x"' '.linux.sysctl = []' '.hooks = []' '.hooks.createRuntime = {}' '.linux.cgroupsPath = 1' \
		'.process.capabilities = []' '.process.capabilities.bounding = "CAP_KILL"' '.process.rlimits = {}' \
		'.process.noNewPrivileges = 1' '.process.oomScoreAdj = "x"'
}
test_negative_where_there_is_none() {
	wrong '.process.user.gid = -1' '.process.user.additionalGids = [-5]' '.linux.resources.cpu.shares = -1' \
		'.linux.resources.cpu.period = -1' '.process.rlimits = [{type: "RLIMIT_CORE", soft: -1, hard: 1}]'
}
test_fractions_are_refused() { wrong '.process.user.uid = 1.5' '.linux.resources.pids.limit = 2.5' '.process.oomScoreAdj = 0.5'; }
test_numbers_out_of_range() { wrong '.process.user.uid = 4294967296' '.linux.devices = [{path: "/dev/x", type: "c", major: 1, minor: 3, uid: 4294967296}]'; }
test_required_and_absent() {
	wrong '.linux.devices = [{}]' '.process.rlimits = [{soft: 1, hard: 1}]' '.process.rlimits = [{type: "RLIMIT_CORE", hard: 1}]' \
		'.linux.resources.blockIO.throttleReadBpsDevice = [{major: 8, minor: 0}]' \
		'.linux.resources.hugepageLimits = [{limit: 1}]' '.mounts += [{}]' '.linux.namespaces += [{}]' \
		'.process.ioPriority = {priority: 1}' '.process.scheduler = {nice: 1}' '.linux.personality = {flags: []}' \
		'.linux.uidMappings = [{containerID: 0, size: 1}]' '.linux.resources.blockIO.weightDevice = [{major: 8, minor: 0}]' \
		'.linux.resources.rdma = {mlx5_1: {}}'
}
test_nul_in_text_is_refused() { sed -i 's|"sh"|"a\\u0000b"|' "$B/config.json"; grep -q u0000 "$B/config.json"; refused; }
test_big_numbers() {
	args echo ok
	config '.linux.resources.memory.limit = 1'
	sed -i -E 's/"limit": 1(,|$)/"limit": 9223372036854771712\1/' "$B/config.json"
	grep -q 9223372036854771712 "$B/config.json"
	runs || { cat "$T/err"; return 1; }
}
test_a_big_environment() {
	config '.process.env += [range(200) | "V\(.)=" + ("x" * 500)]'
	inside 'env | grep -c ^V'
	is "$OUT" 200
}
test_many_mounts() {
	config '.mounts += [range(100) | {destination: "/data/m\(.)", type: "tmpfs", source: "tmpfs", options: ["size=4k"]}]'
	inside 'grep -c " /data/m" /proc/self/mountinfo'
	is "$OUT" 100
}
test_errors_name_the_place() {
	config '.process.cwd = "relative"'
	refused cwd
	config '.process.cwd = "/" | .linux.namespaces[2].type = "nosuch"'
	refused 'nosuch|namespaces'
}
test_nothing_is_made_before_the_check() {
	local before
	before=$(ip netns list; cut -d' ' -f5 /proc/self/mountinfo)
	config '.process.oomScoreAdj = "x" | .linux.cgroupsPath = $p' --arg p "/$ID-x"
	refused
	is "$(ip netns list; cut -d' ' -f5 /proc/self/mountinfo)" "$before"
	is "$(groups_named "$ID-x")" ''
}

run_tests
