# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the scripts beside it. A script is a set of functions test_NAME; its last line is run_tests, which
# runs each in a subshell with set -e, with a bundle of its own, and prints TAP: "ok NAME" or "not ok NAME", with
# "# " lines that say why. Exported by ./run: RT the runtime, SHARED with rootfs/ and probe, PREFIX of ids.
#
#	$T            the test's directory; $B its bundle; $ROOTFS; $STATE the runtime's state root
#	$ID           an id for the test's container; "$ID-2" and so on are fine too
#	config JQ     change config.json
#	inside SH     run a container with this shell script; its output is $OUT
#	up [SH]       create and start one; its pid is $PID
#	refused [RE]  create fails, says so (RE matches), and leaves nothing
set -u
SCRIPT=$(basename "$0" .sh)
WORK=$SHARED/$SCRIPT
STATE=$WORK/state
HERE=$(dirname "$(realpath "$0")")

# --- the runtime -----------------------------------------------------------------------

rt() { timeout -k 5 30 "$RT" --root "$STATE" "$@"; }

quiet() { # CMD...: with stdin, stdout and stderr that a container may keep
	"$@" </dev/null >"$T/out" 2>"$T/err" || {
		local rc=$?
		echo "exit status $rc of: $*"
		cat "$T/out" "$T/err"
		return $rc
	}
}

create() { quiet rt create --bundle "$B" "$@" "$ID"; }
start() { quiet rt start "${1-$ID}"; }
state() { rt state "${1-$ID}" 2>"$T/state.err"; }
field() { state "${2-$ID}" | jq -r ".$1"; }
status() { field status "${1-$ID}"; }

up() { # [SCRIPT]
	script "${1-exec sleep 1000}"
	create
	start
	PID=$(field pid)
}

inside() { # SCRIPT
	script "$1"
	quiet rt run --bundle "$B" "$ID"
	OUT=$(cat "$T/out")
}

runs() { # the config as it is; its exit status is the container's
	local rc=0
	rt run --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	OUT=$(cat "$T/out")
	return $rc
}

in_exec() { # SCRIPT [OPTION...]: exec in $ID
	local script=$1
	shift
	quiet rt exec "$@" "$ID" sh -c "$script"
	OUT=$(cat "$T/out")
}

# Nothing of the container may be there after a failed create.
refused() { # [RE [VERB]]
	local rc=0
	rt "${2-create}" --bundle "$B" "$ID" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	[ $rc != 0 ] || { echo "was accepted: $(status)"; return 1; }
	[ $rc -lt 124 ] || { echo "exit status $rc: $(cat "$T/err")"; return 1; }
	[ -s "$T/err" ] || { echo "nothing on stderr"; return 1; }
	grep -Eiq -e "${1-.}" "$T/err" || { echo "stderr has no /${1-}/: $(cat "$T/err")"; return 1; }
	! state >/dev/null || { echo "there is a container: $(state)"; return 1; }
	local left
	left=$(groups_named "$ID")
	[ -z "$left" ] || { echo "groups are left: $left"; return 1; }
}

fails() { # CMD...: exit status 1..123 or 255 (runc exec's), so no signal and no time-out; a message on stderr, which is $ERR then
	local rc=0
	"$@" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	ERR=$(cat "$T/err")
	[ $rc != 0 ] || { echo "did not fail: $*: $(cat "$T/out")"; return 1; }
	[ $rc -lt 124 ] || [ $rc = 255 ] || { echo "exit status $rc: $*: $ERR"; return 1; }
	[ -n "$ERR" ] || { echo "nothing on stderr: $*"; return 1; }
}

# --- the bundle ------------------------------------------------------------------------

config() { # JQ [ARG...]
	local filter=$1
	shift
	jq "$filter" "$B/config.json" "$@" >"$B/config.new" && mv "$B/config.new" "$B/config.json"
}

script() { config '.process.args = ["sh", "-c", $s]' --arg s "$1"; }
args() { config '.process.args = $ARGS.positional' --args -- "$@"; }

# Namespaces of the base configuration by type.
without_ns() { config '.linux.namespaces |= map(select(.type != $t))' --arg t "$1"; }
with_ns() { # TYPE [PATH]
	without_ns "$1"
	config '.linux.namespaces += [{type: $t} + (if $p == "" then {} else {path: $p} end)]' \
		--arg t "$1" --arg p "${2-}"
}
userns() { # container ids 0..65535 are 100000.. of the host
	with_ns user
	config '.linux |= (.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
		.gidMappings = .uidMappings)'
	chown -R 100000:100000 "$ROOTFS"
}
mounted() { # DESTINATION TYPE SOURCE [OPTION...]
	config '.mounts += [{destination: $ARGS.positional[0], type: $ARGS.positional[1],
		source: $ARGS.positional[2], options: $ARGS.positional[3:]}]' --args -- "$@"
}

new_bundle() { # DIR
	mkdir -p "$1"
	cp -al "$SHARED/rootfs" "$1/rootfs"
	cp "$SHARED/config.json" "$1/config.json"
}

# --- what to expect --------------------------------------------------------------------

is() { # GOT WANT [WHAT]
	[ "$1" = "$2" ] || { echo "${3:+$3: }got '$1', wanted '$2'"; return 1; }
}
isnt() { [ "$1" != "$2" ] || { echo "${3:+$3: }got '$1'"; return 1; }; }
has() { # TEXT PART [WHAT]
	[[ $1 == *"$2"* ]] || { echo "${3:+$3: }no '$2' in '$1'"; return 1; }
}
hasnt() { [[ $1 != *"$2"* ]] || { echo "${3:+$3: }'$2' in '$1'"; return 1; }; }
matches() { # TEXT RE
	grep -Eq -e "$2" <<<"$1" || { echo "/$2/ does not match '$1'"; return 1; }
}
# "! CMD" would not end a test under set -e.
never() { # CMD...: fails
	if "$@"; then
		echo "it should not be: $*"
		return 1
	fi
}
eventually() { # CMD...: within 5 s
	local i
	for ((i = 0; i < 100; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	echo "not within 5 s: $*"
	return 1
}
ends() { ! kill -0 "$1" 2>/dev/null || [[ $(cat "/proc/$1/stat" 2>/dev/null) == *") Z "* ]]; }
is_status() { [ "$(status "${2-$ID}")" = "$1" ]; }
becomes() { eventually is_status "$1" "${2-$ID}" || { state "${2-$ID}"; return 1; }; }
skip() { # WHY
	echo "SKIP $1"
	exit 77
}

# --- control groups --------------------------------------------------------------------

v2() { [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; }
need_v1() { ! v2 || skip "cgroup v1 only"; }
need_v2() { v2 || skip "cgroup v2 only"; }
group_of() { # CONTROLLER [PID]: its directory
	local path
	if v2; then
		path=$(sed -n 's/^0:://p' "/proc/${2-$PID}/cgroup")
		echo "/sys/fs/cgroup$path"
	else
		path=$(awk -F: -v c="$1" '{ n = split($2, a, ","); for (i = 1; i <= n; i++) if (a[i] == c) print $3 }' \
			"/proc/${2-$PID}/cgroup")
		[ "$1" != name=systemd ] || set -- systemd
		echo "/sys/fs/cgroup/$1$path"
	fi
}
limit() { # CONTROLLER V1FILE V2FILE: what it says
	if v2; then cat "$(group_of "$1")/$3"; else cat "$(group_of "$1")/$2"; fi
}
need_controller() {
	if v2; then
		grep -qw "$1" /sys/fs/cgroup/cgroup.controllers
	else
		grep -q "[,:]$1[,:]" /proc/self/cgroup
	fi || skip "no $1 controller here"
}
# Other tests' groups may go while find looks.
groups_named() { find /sys/fs/cgroup -depth -type d -path "*$1*" 2>/dev/null || true; }

# --- running ---------------------------------------------------------------------------

clean() { # what a test left behind
	local id
	for id in $(rt list -q 2>/dev/null); do rt delete --force "$id" >/dev/null 2>&1; done
	for id in $(awk -v t="$T/" 'index($5, t) == 1 { print $5 }' /proc/self/mountinfo | tac); do umount -l "$id"; done
	rm -rf "$STATE"
	for id in $(groups_named "$PREFIX-$SCRIPT-"); do
		xargs -r kill -KILL <"$id/cgroup.procs" 2>/dev/null
		rmdir "$id" 2>/dev/null || { sleep 0.05; rmdir "$id" 2>/dev/null; }
	done
}

check() { # NAME CMD...
	local name=$1 rc begin=$EPOCHREALTIME
	shift
	COUNT=$((COUNT + 1))
	T=$WORK/$COUNT B=$WORK/$COUNT/bundle ROOTFS=$WORK/$COUNT/bundle/rootfs ID=$PREFIX-$SCRIPT-$COUNT
	new_bundle "$B"
	(
		set -e
		"$@"
	) >"$WORK/log" 2>&1 </dev/null
	rc=$?
	case $rc in
	0) echo "ok $name" ;;
	77) echo "ok $name # SKIP $(sed -n 's/^SKIP //p' "$WORK/log")" ;;
	*)
		echo "not ok $name"
		[ -s "$WORK/log" ] || echo "exit status $rc" >"$WORK/log"
		sed 's/^/# /' "$WORK/log" | head -n 30
		;;
	esac
	[ -z "${CONFORMANCE_TIMES-}" ] || awk "BEGIN { printf \"# %.2f s\n\", $EPOCHREALTIME - $begin }"
	clean
	rm -rf "$T"
}

run_tests() {
	local t
	COUNT=0
	mkdir -p "$WORK"
	shopt -s extdebug # declare -F then says the line
	for t in $(declare -F | awk '$3 ~ /^test_/ { print $3 }' | while read -r t; do declare -F "$t"; done |
		sort -k2n | awk '{ print $1 }'); do
		[ -z "${CONFORMANCE_ONLY-}" ] || [[ ${t#test_} == $CONFORMANCE_ONLY ]] || continue
		shopt -u extdebug
		check "${t#test_}" "$t"
	done
	echo "end of $SCRIPT"
}
