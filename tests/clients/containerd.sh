# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2317 # scripts for containers; functions that check calls
# containerd and ctr with $RUNTIME through the runc shim.
. "$(dirname "$0")/lib.sh"
cd /run || exit

image=localhost/box:latest
c() { ctr --timeout "$((30 * ${slow:-1}))s" "$@"; }
# run [OPTION...] IMAGE ID [ARG...]
run() { c run --runc-binary "$RUNTIME" --runc-root /run/tested "$@"; }
box() { # [OPTION...] -- CMD...: in a container that ends with it
	local options=()
	while [ "$1" != -- ]; do options+=("$1") && shift; done
	shift
	run --rm "${options[@]}" $image "box-$RANDOM-$BASHPID" "$@"
}
task() { c tasks ls | awk -v id="$1" -v f="$2" '$1 == id { print $f }'; }
pid_of() { task "$1" 2; }
status_of() { task "$1" 3; }
r() { "$RUNTIME" --root /run/tested/default "$@"; } # the shim has a root for each namespace of containerd

start() { # ID [OPTION...]: a container that counts in /dev/shm/count until it is told to end
	local id=$1
	shift
	run -d --log-uri "file:///run/$id.log" "$@" $image "$id" sh -c '
		trap "exit 5" TERM; trap "echo usr1" USR1
		echo up; i=0
		while :; do i=$((i + 1)); echo $i >/dev/shm/count; sleep 0.05; done'
	within 10 grep -qx up "/run/$id.log"
}
count() { cat "/proc/$(pid_of "$1")/root/dev/shm/count"; }
end() { # ID
	c tasks rm -f "$1" || true # it tells how the task ended
	c containers rm "$1"
}
tidy() {
	local id
	for id in $(c containers ls -q); do end "$id"; done
}

# --- run ----------------------------------------------------------------------------------

daemon() {
	cat >/run/containerd.toml <<-END
	version = 2
	disabled_plugins = ["io.containerd.grpc.v1.cri"]
	END
	containerd --config /run/containerd.toml --log-level warn >/run/containerd.log 2>&1 &
	within 20 c version
	make_image /run/box.tar
	c images import --no-unpack /run/box.tar || c images import /run/box.tar
	like '^localhost/box:latest ' c images ls
}

output() {
	is hello box -- echo hello
	is yes box --env V=yes -- sh -c 'echo $V'
	is '' box -- sh -c 'echo to stderr >&2'
	like '^to stderr$' box -- sh -c 'echo to stderr >&2'
	is /tmp box --cwd /tmp -- pwd
	is 'of the input' pipe 'of the input' box -- head -n 1 # ctr run hands on no end of the input
}

exit_status() {
	status 7 box -- sh -c 'exit 7'
	like 'no-such-command' fails box -- no-such-command
	like 'permission denied' fails box -- /root/text
	is '' r list -q
}

terminal() {
	local out
	out=$(status 3 "$here/on-pty" '/ #=until [ "$(stty size)" = "33 111" ]; do sleep 0.1; done; tty; echo "si""zed"' \
		'sized=exit 3' -- ctr run --runc-binary "$RUNTIME" --runc-root /run/tested -t --rm $image term sh)
	grep -q '^/dev/pts/0' <<<"$out"
}

parallel() {
	local i jobs=()
	for i in {1..8}; do
		is "$i" box -- echo "$i" &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do wait "$i"; done
	is '' r list -q
}

# ctr is no CRI client. That containerd reads the CRI settings of docs/oci.md as meant, is what can be looked at.
cri_settings() {
	manual containerd toml >/run/cri.toml
	containerd --config /run/cri.toml config dump >/run/cri.dump
	grep -A 30 'containerd.runtimes.nfrun\]' /run/cri.dump >/run/cri.nfrun
	like 'runtime_type = "io.containerd.runc.v2"' cat /run/cri.nfrun
	like "BinaryName = \"$RUNTIME\"" cat /run/cri.nfrun
	like 'pod_annotations = \["io.nfrun.interfaces", "io.nfrun.links"\]' cat /run/cri.nfrun
}

# --- tasks ----------------------------------------------------------------------------------

the_runtime() {
	start which
	is which r list -q
	is RUNNING status_of which
	is "$(pid_of which)" sh -c '"$1" --root /run/tested/default state which | jq .pid' sh "$RUNTIME"
	end which
	is '' r list -q
}

exec_in() {
	start ex
	is hello c tasks exec --exec-id e1 ex echo hello
	is 'of the input' pipe 'of the input' c tasks exec --exec-id e2 ex cat
	status 9 c tasks exec --exec-id e3 ex sh -c 'exit 9'
	is 1000 c tasks exec --exec-id e4 --user 1000 ex id -u
	is /tmp c tasks exec --exec-id e5 --cwd /tmp ex pwd
	like 'no-such-command' fails c tasks exec --exec-id e6 ex no-such-command
	c tasks exec --exec-id e7 --detach --log-uri file:///run/e7.log ex touch /dev/shm/detached
	within 5 test -e "/proc/$(pid_of ex)/root/dev/shm/detached"
	end ex
}

exec_terminal() {
	local out
	start tty
	out=$(status 4 "$here/on-pty" '/ #=until [ "$(stty size)" = "33 111" ]; do sleep 0.1; done; tty; echo "si""zed"' \
		'sized=exit 4' -- ctr tasks exec -t --exec-id t1 tty sh)
	grep -q '^/dev/pts/' <<<"$out"
	end tty
}

pause() {
	local before
	start pa
	c tasks pause pa
	is PAUSED status_of pa
	is paused sh -c '"$1" --root /run/tested/default state pa | jq -r .status' sh "$RUNTIME"
	before=$(count pa)
	sleep 0.5
	is "$before" count pa
	c tasks resume pa
	is RUNNING status_of pa
	within 5 differs "$before" count pa
	end pa
}

kill_it() {
	local pid
	start k
	pid=$(pid_of k)
	c tasks kill -s SIGUSR1 k
	within 5 grep -qx usr1 /run/k.log
	c tasks kill k
	within 10 is STOPPED status_of k
	gone "$pid"
	like 'exit code 5' c tasks rm k
	c containers rm k
	start k9
	c tasks kill -s SIGKILL k9
	within 10 is STOPPED status_of k9
	like 'exit code 137' c tasks rm k9
	c containers rm k9
}

kill_all() {
	local pids
	start ka
	c tasks exec --exec-id s --detach --log-uri file:///run/s.log ka sleep 1000
	pids=$(c tasks ps ka | awk 'NR > 1 { print $1 }')
	[ "$(wc -l <<<"$pids")" -ge 2 ]
	c tasks kill --all -s SIGKILL ka
	within 10 is STOPPED status_of ka
	for pid in $pids; do gone "$pid"; done
	end ka
}

metrics() {
	local m
	start me --memory-limit 104857600
	c tasks exec --exec-id m me dd if=/dev/zero of=/dev/shm/x bs=1M count=30
	m=$(c tasks metrics --format json me)
	if [ -n "$v2" ]; then
		jq -e '.memory.usage_limit == 104857600 and .memory.usage > 30000000 and .pids.current >= 1 and
			.cpu.usage_usec > 0' <<<"$m"
	else
		jq -e '.memory.usage.limit == 104857600 and .memory.usage.usage > 30000000 and .pids.current >= 1 and
			.cpu.usage.total > 0' <<<"$m"
	fi
	end me
}

shim_killed() {
	local pid shim
	start orphan
	pid=$(pid_of orphan)
	shim=$(awk '{ print $4 }' "/proc/$pid/stat")
	grep -q containerd-shim "/proc/$shim/cmdline"
	kill -9 "$shim"
	within 20 gone "$pid" # containerd has the runtime kill and delete it
	within 10 is '' r list -q
	end orphan
}

# --- resources, files, rights -------------------------------------------------------------------

memory() {
	start m --memory-limit 52428800
	is 52428800 memory_limit "$(pid_of m)"
	end m
	status 137 box --memory-limit 20971520 -- tail /dev/zero
}

oom_event() {
	ctr events >/run/events &
	run -d --null-io --memory-limit 20971520 $image big sh -c 'sleep 0.5; tail /dev/zero; sleep 1000'
	within 20 grep -q '/tasks/oom.*big' /run/events
	kill $!
	end big
}

cpus() {
	start cp --cpus 0.5 --cpu-shares 512
	is '50000 100000' cpu_quota "$(pid_of cp)"
	if [ -n "$v2" ]; then
		is 59 cat "$(group_of "$(pid_of cp)" cpu)/cpu.weight" # 20 with the formula of runc 1.1
	else
		is 512 cat "$(group_of "$(pid_of cp)" cpu)/cpu.shares"
	fi
	end cp
}

cgroup() {
	start cg --cgroup /mine/deep
	like '/mine/deep$' group_of "$(pid_of cg)" memory
	end cg
	is '' find /sys/fs/cgroup -type d -path '*/mine/deep'
}

files() {
	mkdir -p /run/vol
	echo 'of the host' >/run/vol/in
	is 'of the host' box --mount type=bind,src=/run/vol,dst=/v,options=rbind:rw -- sh -c 'cat /v/in && echo mine >/v/out'
	is mine cat /run/vol/out
	like 'Read-only file system' box --mount type=bind,src=/run/vol,dst=/v,options=rbind:ro -- sh -c '! touch /v/x'
	like 'Read-only file system' box --read-only -- sh -c '! touch /root/x'
	is 3 box --device /dev/zero -- sh -c 'head -c 3 /dev/zero | wc -c'
	like 'Operation not permitted' box -- sh -c 'mknod /root/fuse c 10 229; ! true </root/fuse'
	box --device /dev/fuse -- sh -c 'true </dev/fuse'
	mkdir /run/rootfs
	make_rootfs /run/rootfs
	is 'a page' run --rm --rootfs /run/rootfs plain /bin/cat /www/index.html
}

effective() { box "$@" -- awk '/^CapEff/ { print $2 }' /proc/self/status; }

rights() {
	local all
	all=$(effective)
	is "$(printf %016x $((0x$all & ~1)))" effective --cap-drop CAP_CHOWN
	is "$(printf %016x $((0x$all | 1 << 21)))" effective --cap-add CAP_SYS_ADMIN
	is "$(sed -n 's/^CapEff:\t*//p' /proc/self/status)" effective --privileged
	echo "$seccomp_profile" >/run/seccomp.json
	like 'Numerical argument out of domain' box --seccomp --seccomp-profile /run/seccomp.json -- sh -c '! mkdir /root/d'
	is 2 box --seccomp -- awk '/^Seccomp:/ { print $2 }' /proc/self/status
	is 1 box -- awk '/^NoNewPrivs/ { print $2 }' /proc/self/status
}

userns() {
	start u --uidmap 0:100000:65536 --gidmap 0:200000:65536
	is 100000:200000 stat -c %u:%g "/proc/$(pid_of u)"
	is 0 c tasks exec --exec-id u1 u id -u
	end u
}

namespaces() {
	local mine
	mine=$(readlink /proc/self/ns/net)
	is "$mine" box --net-host -- readlink /proc/self/ns/net
	start ns
	is "$(readlink "/proc/$(pid_of ns)/ns/net")" box --with-ns "network:/proc/$(pid_of ns)/ns/net" -- readlink /proc/self/ns/net
	is "$(readlink "/proc/$(pid_of ns)/ns/pid")" box --with-ns "pid:/proc/$(pid_of ns)/ns/pid" -- readlink /proc/self/ns/pid
	end ns
}

nothing_left() {
	is '' r list -q
	is '' find /sys/fs/cgroup -type d -path '*/default/*'
	is '' c containers ls -q
	status 1 grep -l containerd-shim /proc/[0-9]*/comm
}

check 'the daemon, an image' daemon
check 'the settings for CRI' cri_settings
check 'the runtime is the tested one' the_runtime
check 'run: output, input' output
check 'run: exit status, a missing command' exit_status
check 'run -t' terminal
check 'eight at once' parallel
check 'exec' exec_in
check 'exec -t' exec_terminal
check 'pause, resume' pause
check 'kill' kill_it
check 'kill --all' kill_all
check 'metrics' metrics
check 'a killed shim' shim_killed
check '--memory-limit' memory
check 'the event of an OOM' oom_event
check '--cpus, --cpu-shares' cpus
check '--cgroup' cgroup
check '--mount, --read-only, --device, --rootfs' files
check 'capabilities, seccomp' rights
check '--uidmap' userns
check '--net-host, --with-ns' namespaces
check 'nothing is left' nothing_left
