# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# To be sourced by the clients' scripts. They have $RUNTIME, the absolute path of what is tested.
#
#   check NAME CMD...     "ok NAME" when CMD succeeds. Functions run under "set -ex": the first command that fails ends
#                         them, and the trace is shown.
#   once NAME CMD...      check, but not again in the virtual machine: every program is slow there, and what does not
#                         depend on the control groups is the same
#   skip NAME REASON      what cannot be tested here
#   is WANT CMD...        succeeds when CMD succeeds and prints WANT
#   like REGEX CMD...     succeeds when CMD succeeds and a line of what it prints, stderr too, matches
#   status N CMD...       succeeds when CMD ends with N
#   fails CMD...          succeeds when CMD does not
#   differs OLD CMD...    succeeds when CMD prints something else than OLD
#   within SEC CMD...     succeeds as soon as CMD does; SEC is longer in the virtual machine
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
. "$here/groups.sh"
prefix=${CLIENT_PREFIX-}
slow=${RUN_IN_VM:+5}
v2='' no_v2=1
[ ! -e /sys/fs/cgroup/cgroup.procs ] || v2=1 no_v2=''

check() {
	local name=$prefix$1 out=/run/check.out rc=0 start=$EPOCHREALTIME job
	shift
	set -m # a process group, to end all of it
	({ set -ex; "$@"; }) >$out 2>&1 </dev/null &
	job=$!
	set +m
	(sleep $((60 * ${slow:-1})) && echo '... took too long' >>$out && kill -KILL -$job) >/dev/null 2>&1 &
	wait $job || rc=$?
	kill $! 2>/dev/null
	if [ $rc = 0 ]; then
		echo "ok $name"
	else
		echo "not ok $name"
		tail -n 60 $out | sed 's/^/# /'
		tidy >/dev/null 2>&1 </dev/null
	fi
	[ -z "${CLIENT_TIMES-}" ] || awk "BEGIN { printf \"# %.1f s\n\", $EPOCHREALTIME - $start }"
}

once() { [ -n "${RUN_IN_VM-}" ] || check "$@"; }

tidy() { :; } # a client's script has its own: nothing of a failed check is to be in the next one's way

skip() { echo "ok $prefix$1 # SKIP $2"; }

is() {
	local want=$1 got
	shift
	got=$("$@") || { echo "ended with $?"; return 1; }
	[ "$got" = "$want" ] || { printf 'want: %s\ngot: %s\n' "$want" "$got"; return 1; }
}

like() {
	local want=$1 got
	shift
	got=$(set +x && "$@" 2>&1) || { echo "ended with $?: $got"; return 1; }
	grep -qE -- "$want" <<<"$got" || { printf 'no line like: %s\ngot: %s\n' "$want" "$got"; return 1; }
}

status() {
	local want=$1 rc=0
	shift
	"$@" || rc=$?
	[ $rc = "$want" ] || { echo "ended with $rc, not $want"; return 1; }
}

fails() {
	! "$@"
}

pipe() { # TEXT CMD...: TEXT is its input
	local text=$1
	shift
	"$@" <<<"$text"
}

differs() { # OLD CMD...
	local old=$1
	shift
	[ "$("$@")" != "$old" ]
}

within() {
	local end=$((SECONDS + $1 * ${slow:-1})) trace=$-
	shift
	set +x
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $end ]; then
			"$@"
			return
		fi
		sleep 0.1
	done
	[[ $trace != *x* ]] || set -x
}

capable() { # has this host every capability? Firecracker's does not have CAP_SYS_RESOURCE
	[ "$((0x$(sed -n 's/^CapBnd:\t*//p' /proc/self/status) >> 24 & 1))" = 1 ]
}

# --- docs/oci.md -------------------------------------------------------------------------

# The first block of a language below a heading: what the manual shows is what is tested.
manual() { # HEADING LANGUAGE
	awk -v heading="### $1" -v fence="\`\`\`$2" '
		/^#/ { in_section = $0 == heading }
		in_block && /^```/ { exit }
		in_block
		in_section && $0 == fence { in_block = 1 }' "$here/../../docs/oci.md" |
		sed "s|/usr/local/sbin/nfrun|$RUNTIME|"
}

# --- what the host sees of a process ---------------------------------------------------

memory_limit() { # PID
	cat "$(group_of "$1" memory)/${v2:+memory.max}" 2>/dev/null ||
		cat "$(group_of "$1" memory)/memory.limit_in_bytes"
}

cpu_quota() { # PID: "QUOTA PERIOD"
	local group
	group=$(group_of "$1" cpu)
	if [ -n "$v2" ]; then
		cat "$group/cpu.max"
	else
		echo "$(cat "$group/cpu.cfs_quota_us") $(cat "$group/cpu.cfs_period_us")"
	fi
}

pids_limit() { # PID
	cat "$(group_of "$1" pids)/pids.max"
}

cpus_allowed() { # PID
	sed -n "s/^Cpus_allowed_list:\t*//p" "/proc/$1/status"
}

gone() { # FILE|PID
	if [[ $1 == /* ]]; then [ ! -e "$1" ]; else [ ! -e "/proc/$1" ]; fi
}

# --- the image ---------------------------------------------------------------------------

make_rootfs() { # DIR: busybox and its names
	mkdir -p "$1"/{bin,dev,etc,proc,root,sys,tmp,www}
	cp /bin/busybox "$1/bin/"
	chroot "$1" /bin/busybox --install -s /bin
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
	echo 'user:x:1000:1000:user:/tmp:/bin/sh' >>"$1/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$1/etc/group"
	echo 'not a program' >"$1/root/text"
	echo 'a page' >"$1/www/index.html"
	chmod 1777 "$1/tmp"
}

make_image() { # FILE: a Docker archive, image localhost/box:latest
	local dir layer
	dir=$(mktemp -d)
	make_rootfs "$dir/rootfs"
	tar --numeric-owner -C "$dir/rootfs" -cf "$dir/layer.tar" .
	rm -rf "$dir/rootfs"
	layer=$(sha256sum "$dir/layer.tar")
	jq -n --arg id "sha256:${layer%% *}" '{
		architecture: "amd64", os: "linux", created: "2024-01-01T00:00:00Z",
		config: {Cmd: ["sh"], Env: ["PATH=/bin", "FROM_IMAGE=yes"]},
		history: [{created: "2024-01-01T00:00:00Z", created_by: "nfrun tests"}],
		rootfs: {type: "layers", diff_ids: [$id]}}' >"$dir/config.json"
	echo '[{"Config":"config.json","RepoTags":["localhost/box:latest"],"Layers":["layer.tar"]}]' >"$dir/manifest.json"
	tar -C "$dir" -cf "$1" manifest.json config.json layer.tar
	rm -rf "$dir"
}

# A seccomp profile in Docker's form: mkdir fails with ENOSYS' neighbour EDOM, which nothing else gives.
seccomp_profile='{"defaultAction": "SCMP_ACT_ALLOW", "syscalls":
	[{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 33}]}'

# --- limits that docker and podman have the same options for; with start, end, box, pid_of of the caller ---

cpus() { # CLIENT
	local pid
	start cp --cpus 0.5 --cpu-shares 512 --cpuset-cpus 1
	pid=$(pid_of cp)
	is '50000 100000' cpu_quota "$pid"
	is 1 cpus_allowed "$pid"
	if [ -n "$v2" ]; then
		is 59 cat "$(group_of "$pid" cpu)/cpu.weight" # 20 with the formula of runc 1.1
	else
		is 512 cat "$(group_of "$pid" cpu)/cpu.shares"
	fi
	"$1" exec -d cp sh -c 'while :; do :; done'
	"$1" update --cpus 0.03 cp
	within 10 like '^nr_throttled [1-9]' cat "$(group_of "$pid" cpu)/cpu.stat"
	end cp
}

pids() {
	start pi --pids-limit 20
	is 20 pids_limit "$(pid_of pi)"
	end pi
	like "can't fork" box --pids-limit 20 $image sh -c '(for i in $(seq 30); do sleep 5 & done); true'
}
