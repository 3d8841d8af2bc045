# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # $here is inside's
# The part of the conformance suite that meets other control groups here: v2 limits, the device program, ownership.
CONFORMANCE_TIMEOUT=900 CONFORMANCE_RUNTIME=$NFRUN "$here/../conformance/run" cgroups \
	'devices:@(*den*|allow*|access*|in_the*|a_hole*|wild*|type_absent*|all_*|block_and*|the_list*)' \
	'cli:@(exec_in_a_sub_group|pause*|events*|delete_f|kill_of_a_paused*|exec_where*)' \
	'lifecycle:@(delete_*|kill_all*|state_paused)' 'mounts:cgroup*' 'namespaces:new_cgroup' |
	sed -E 's/^((not )?ok) [0-9]+ /\1 conformance: /; /^1\.\./d'
