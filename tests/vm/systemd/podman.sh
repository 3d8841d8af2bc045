# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2317,SC2154 # the functions are called by check; $T is set by prepare
# podman with the systemd driver, which is its default where systemd runs. Its other ways are in tests/clients.
. "${BASH_SOURCE[0]%/*}/lib.sh"
prepare podman

mkdir -p /var/lib/containers # the guest's root is an overlay, which podman's storage cannot lie on
mount -t tmpfs tmpfs /var/lib/containers
export CONTAINERS_CONF=$T/containers.conf
cat >"$CONTAINERS_CONF" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
log_driver = "k8s-file"
[engine]
runtime = "nfrun"
cgroup_manager = "systemd"
events_logger = "file"
runtime_supports_json = ["nfrun"]
[engine.runtimes]
nfrun = ["$NFRUN"]
END

unit() { echo "libpod-$(podman inspect --format '{{.Id}}' "$1").scope"; }

image() {
	bus && tar -C "$T/rootfs" -c . | podman import - localhost/box >/dev/null
}
runs() {
	quiet podman run -d --name one --network none --memory 64m --memory-swap 64m --cpus 0.5 --pids-limit 40 localhost/box \
		/bin/sleep 1000 || return
	is "$(podman inspect --format '{{.OCIRuntime}} {{.State.Status}}' one)" 'nfrun running'
}
in_its_scope() {
	local unit
	unit=$(unit one)
	is "$(show ControlGroup "$unit")" "/machine.slice/$unit" && is "$(show MemoryMax "$unit")" 67108864 &&
		is "$(show CPUQuotaPerSecUSec "$unit")" 500ms && is "$(show TasksMax "$unit")" 40 &&
		is "$(cat "/sys/fs/cgroup/machine.slice/$unit/cgroup.procs")" "$(podman inspect --format '{{.State.Pid}}' one)"
}
executes() { is "$(podman exec one sh -c 'echo inside' </dev/null)" inside; }
ends() {
	local unit
	unit=$(unit one)
	quiet podman rm -f -t 0 one && gone "/sys/fs/cgroup/machine.slice/$unit" && no_unit "$unit"
}
in_a_pod() { # whose slice podman makes: a-b.slice in a.slice
	quiet podman run -d --name two --network none --cgroup-parent machine-nfvm.slice localhost/box /bin/sleep 1000 || return
	local unit
	unit=$(unit two)
	is "$(show ControlGroup "$unit")" "/machine.slice/machine-nfvm.slice/$unit" && quiet podman rm -f -t 0 two && no_unit "$unit"
}
check 'podman has an image' image
check 'podman runs a container' runs
check 'podman: it is in a scope with its limits' in_its_scope
check 'podman executes in it' executes
check 'podman ends it, and the scope' ends
check 'podman: a parent slice' in_a_pod
