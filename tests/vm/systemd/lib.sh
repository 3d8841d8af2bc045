# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For the scripts beside it, which have a bundle for each container: $T/ID.
rt() { timeout -k 5 60 "$NFRUN" --systemd-cgroup "$@"; }
quiet() { # CMD...: with stdin, stdout and stderr that a container may keep
	local rc=0
	"$@" </dev/null >"$T/out" 2>"$T/err" || rc=$?
	[ $rc = 0 ] || cat "$T/out" "$T/err"
	return $rc
}
create() { quiet rt create --bundle "$T/$1" "$1"; }
is() { # GOT WANT [WHAT]
	[ "$1" = "$2" ] || { echo "${3-}: got '$1', not '$2'"; return 1; }
}
show() { systemctl show -P "$1" "${2-test-one.scope}"; }
field() { "$NFRUN" state "$1" | jq -r ".$2"; }
stopped() { [ "$(field "$1" status)" = stopped ]; }
holds() { grep -q . "$1/cgroup.procs"; } 2>/dev/null
gone() { [ ! -e "$1" ]; }
no_unit() { [ -z "$(systemctl list-units --all --plain --no-legend "$1")" ]; }
wait_for() { # CMD...
	local _
	for _ in {1..100}; do
		"$@" && return
		sleep 0.1
	done
	echo "waited in vain for $*"
	return 1
}

prepare() { # NAME: $T, with a root
	T=/run/tmp/$1
	mkdir -p "$T/rootfs"/{bin,proc,dev,sys,tmp}
	cp /bin/busybox "$T/rootfs/bin/"
	local name
	for name in sh sleep cat true; do ln -s busybox "$T/rootfs/bin/$name"; done
}
config() { # ID JQ
	mkdir -p "$T/$1"
	rm -f "$T/$1/config.json"
	"$NFRUN" spec --bundle "$T/$1" >/dev/null
	jq '.process.terminal = false | .process.args = ["/bin/sleep", "1000"] | .root = { path: "'"$T/rootfs"'" }
		| '"$2" "$T/$1/config.json" >"$T/config" && mv "$T/config" "$T/$1/config.json"
}
refused() { # RE: `bad` cannot be created, the error says why, and nothing is left
	local said
	said=$(create bad) && { echo 'it was created'; rt delete --force bad; return 1; }
	grep -qE "$1" <<<"$said" || { echo "it says: $said"; return 1; }
	! "$NFRUN" state bad 2>/dev/null && no_unit '*bad*.scope'
}
bus() { # the system bus, which systemd-run wants
	systemctl start dbus.service && wait_for busctl --quiet --system call org.freedesktop.systemd1 \
		/org/freedesktop/systemd1 org.freedesktop.DBus.Peer Ping
}
