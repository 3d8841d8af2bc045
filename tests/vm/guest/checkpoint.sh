# SPDX-License-Identifier: Apache-2.0
# checkpoint and restore: CRIU 3.17 of Debian 12 runs on this kernel, not on the reference machine's.

ck=/run/checkpoint
mkdir -p "$ck/bundle/rootfs"/{bin,proc,dev,sys,tmp,data} "$ck/data"
cp /bin/busybox "$ck/bundle/rootfs/bin/sh"
"$NFRUN" spec --bundle "$ck/bundle" >/dev/null

# The loop counts into a file of a bind mount; its number is in memory only.
jq '.process.terminal = false
	| .process.args = ["/bin/sh", "-c",
		"i=0; while :; do i=$((i+1)); echo $i >/data/count; sleep 0.1; done"]
	| .root.readonly = false
	| .mounts += [{ destination: "/data", type: "bind", source: "'$ck/data'", options: ["bind"] }]' \
	"$ck/bundle/config.json" >"$ck/config" && mv "$ck/config" "$ck/bundle/config.json"

count() { cat "$ck/data/count" 2>/dev/null || echo 0; }
counts_on() { # from N
	local i
	for i in $(seq 50); do
		[ "$(count)" -gt "$1" ] && return
		sleep 0.1
	done
	return 1
}
state() { "$NFRUN" state "$1" | jq -r .status; }

it_is_saved() {
	"$NFRUN" run --detach --bundle "$ck/bundle" ck </dev/null >/dev/null 2>&1 | cat
	counts_on 5 || return
	"$NFRUN" checkpoint --image-path "$ck/images" ck || { cat "$ck/images/dump.log"; return 1; }
	at=$(count)
	! "$NFRUN" state ck 2>/dev/null || return # deleted
	sleep 0.5
	[ "$(count)" = "$at" ] # and it does not count any more
}
it_goes_on() {
	at=$(count)
	"$NFRUN" restore -detach --image-path "$ck/images" --work-path "$ck/work" --bundle "$ck/bundle" \
		--pid-file "$ck/pid" -no-subreaper ck </dev/null 2>&1 | cat
	[ -s "$ck/pid" ] || { cat "$ck/work/restore.log"; return 1; }
	counts_on "$at" || return
	[ "$(count)" -gt 5 ] || return # not from the start
	[ "$(state ck)" = running ] || return
	[ "$("$NFRUN" state ck | jq .pid)" = "$(cat "$ck/pid")" ] || return
	grep -q "$(sed 's/^0:://' "/proc/$(cat "$ck/pid")/cgroup")" /proc/self/cgroup && return 1
	"$NFRUN" exec ck /bin/sh -c 'exit 7'
	[ $? = 7 ]
}
it_ends_like_any_other() {
	"$NFRUN" delete --force ck || return
	! "$NFRUN" state ck 2>/dev/null || return
	! grep -q criu-root /proc/self/mountinfo
}
left_running() {
	"$NFRUN" run --detach --bundle "$ck/bundle" ck2 </dev/null >/dev/null 2>&1 | cat
	counts_on 0 || return
	"$NFRUN" checkpoint --image-path "$ck/images2" --leave-running ck2 || return
	[ "$(state ck2)" = running ] && counts_on "$(count)" || return
	"$NFRUN" delete --force ck2
}
bad_images() {
	local said
	mkdir -p "$ck/none"
	said=$("$NFRUN" restore --detach --image-path "$ck/none" --bundle "$ck/bundle" ck3 2>&1) && return 1
	printf '%s\n' "$said"
	! "$NFRUN" state ck3 2>/dev/null || return # nothing of it is left
	[[ $said == *images* ]]
}

check "checkpoint: a container is saved and deleted" it_is_saved
check "checkpoint: restore lets it go on where it was" it_goes_on
check "checkpoint: what was restored is deleted like any other" it_ends_like_any_other
check "checkpoint: --leave-running" left_running
check "checkpoint: images that are none" bad_images
