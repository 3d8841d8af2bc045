# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2317 # scripts for containers; functions that check calls
# podman with $RUNTIME, the configuration of Debian's package and that of docs/oci.md.
. "$(dirname "$0")/lib.sh"
cd /run || exit # conmon leaves a file

export CONTAINERS_CONF=/run/containers.conf
manual podman toml >$CONTAINERS_CONF
cat >>$CONTAINERS_CONF <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[network]
network_backend = "netavark"
END

image=localhost/box
box() { podman run --rm --network none "$@"; }
field() { podman inspect --format "{{$2}}" "$1"; } # CONTAINER FIELD
pid_of() { cat "/run/$1.pid"; } # of those that "start" has made
end() { podman rm -f -t 0 "$@"; }
tidy() { podman pod rm -f -a; podman rm -f -a -t 0; }

start() { # NAME [OPTION...]: a container that counts in /count until it is told to end
	local name=$1
	shift
	podman run -d --name "$name" --pidfile "/run/$name.pid" --network none "$@" $image sh -c '
		trap "exit 5" TERM; trap "echo usr1" USR1; i=0
		while :; do i=$((i + 1)); echo $i >/dev/shm/count; sleep 0.05; done'
	within 10 count "$name"
}
count() { cat "/proc/$(pid_of "$1")/root/dev/shm/count"; }

# --- run --------------------------------------------------------------------------------

load_image() {
	make_image /run/box.tar
	podman load -i /run/box.tar
	podman image exists $image
}

run_output() {
	is hello box $image echo hello
	is yes box $image sh -c 'echo $FROM_IMAGE'
	is '' box $image sh -c 'echo to stderr >&2'
	like '^to stderr$' box $image sh -c 'echo to stderr >&2'
}

run_input() { is 'of the input' box -i $image cat <<<'of the input'; }

run_status() {
	status 7 box $image sh -c 'exit 7'
	status 127 box $image no-such-command
	status 126 box $image /root/text
}

the_runtime() {
	start which
	is nfrun field which .OCIRuntime
	like "$(field which .Id)" "$RUNTIME" list -q
	end which
	is '' "$RUNTIME" list -q
}

run_terminal() {
	local out
	out=$(status 3 "$here/on-pty" '/ #=until [ "$(stty size)" = "33 111" ]; do sleep 0.1; done; tty; echo "si""zed"' \
		'sized=exit 3' -- podman run -it --rm --network none $image)
	grep -q '^/dev/pts/0' <<<"$out"
}

preserve_fds() { is 'of fd 3' box --preserve-fds 1 $image cat /proc/self/fd/3 3<<<'of fd 3'; }

identity() {
	is '1000:1000' box --user 1000 $image sh -c 'echo $(id -u):$(id -g)'
	is '77:88 88 99' box --user 77:88 --group-add 99 $image sh -c 'echo $(id -u):$(id -g) $(id -G | cut -d" " -f1,2)'
	is /tmp box --workdir /tmp $image pwd
	is a-name box --hostname a-name $image hostname
	is set box --env V=set $image sh -c 'echo $V'
}

parallel() {
	local i jobs=()
	for i in {1..8}; do
		is "$i" box $image echo "$i" &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do wait "$i"; done
}

# --- what a running container can be asked for --------------------------------------------

exec_status() {
	start ex
	is hello podman exec ex echo hello
	is 'of the input' podman exec -i ex cat <<<'of the input'
	status 9 podman exec ex sh -c 'exit 9'
	status 127 podman exec ex no-such-command
	status 126 podman exec ex /root/text
	is 'set /tmp 1000' podman exec -e V=set -w /tmp -u 1000 ex sh -c 'echo $V $(pwd) $(id -u)'
	podman exec -d ex sleep 1234
	within 5 pgrep -f '^sleep 1234'
	is "$(group_of "$(pid_of ex)" memory)" group_of "$(pgrep -f '^sleep 1234')" memory
	end ex
}

exec_terminal() {
	local out
	start tty
	out=$(status 4 "$here/on-pty" '/ #=until [ "$(stty size)" = "33 111" ]; do sleep 0.1; done; tty; echo "si""zed"' \
		'sized=exit 4' -- podman exec -it tty sh)
	grep -q '^/dev/pts/' <<<"$out"
	end tty
}

exec_ends_with_the_container() {
	local rc=0
	start brief
	podman exec brief sleep 100 &
	within 10 like 'sleep 100' podman exec brief ps
	podman stop -t 5 brief
	wait $! || rc=$?
	[ $rc != 0 ]
	status 255 podman exec brief true || status 125 podman exec brief true
	end brief
}

logs_and_top() {
	start lo
	podman kill -s USR1 lo
	within 5 like '^usr1$' podman logs lo
	like 'sleep|sh' podman top lo comm
	end lo
}

pause() {
	local before
	start pa
	podman pause pa
	is paused field pa .State.Status
	before=$(count pa)
	sleep 0.5
	is "$before" count pa
	podman unpause pa
	is running field pa .State.Status
	within 5 differs "$before" count pa
	end pa
}

stats() {
	start st --memory 100m
	podman exec st dd if=/dev/zero of=/dev/shm/x bs=1M count=30
	# on v2 podman 4.3 says 57 kB, the page tables, whatever the runtime
	like "^[1-4] ${no_v2:+3[0-9]\.[0-9]+M}${v2:+[0-9.]+[kM]}B / 10[0-9.]+MB" \
		podman stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' st
	end st
}

update() {
	local pid
	start up --memory 100m
	pid=$(pid_of up)
	podman update --memory 64m --cpus 0.3 up
	is 67108864 memory_limit "$pid"
	is '30000 100000' cpu_quota "$pid"
	end up
}

# --- its end ---------------------------------------------------------------------------------

stop() {
	local pid
	start s
	pid=$(pid_of s)
	podman stop -t 20 s
	is '5 exited' field s '.State.ExitCode}} {{.State.Status'
	gone "$pid"
	podman start s
	within 10 is running field s .State.Status
	[ "$(pid_of s)" != "$pid" ]
	podman restart -t 5 s
	is running field s .State.Status
	end s
	podman run -d --name deaf --network none $image sleep 1000 # PID 1 without a handler
	podman stop -t 1 deaf
	is 137 field deaf .State.ExitCode
	podman rm deaf
}

remove() {
	local pid group
	start r
	pid=$(pid_of r)
	group=$(group_of "$pid" memory)
	[ -d "$group" ]
	status 2 podman rm r || status 125 podman rm r # it runs
	end r
	gone "$pid"
	gone "$group"
}

wait_for() {
	podman run -d --name w --network none $image sh -c 'sleep 1; exit 6'
	is 6 podman wait w
	status 125 podman kill w
	podman rm w
}

runtime_state() { "$RUNTIME" state "$1" | jq -r .status; } # ID

# Nothing is left of podman but its files: the container can still be ended.
conmon_killed() {
	local pid id
	start orphan
	pid=$(pid_of orphan)
	id=$(field orphan .Id)
	kill -9 "$(field orphan .State.ConmonPid)"
	is running runtime_state "$id"
	end orphan
	gone "$pid"
	is stopped runtime_state "$id" # podman 4.3 forgets to ask for its deletion
	"$RUNTIME" delete "$id"
	is '' "$RUNTIME" list -q
}

restart_policy() {
	podman run -d --name again --network none --restart on-failure:2 $image false
	within 20 is '2 exited' field again '.RestartCount}} {{.State.Status'
	end again
}

# --- resources -------------------------------------------------------------------------------

memory() {
	start m --memory 50m
	is 52428800 memory_limit "$(pid_of m)"
	end m
	status 137 podman run --rm --network none --memory 20m $image tail /dev/zero
	within 5 test -e oom # conmon saw it; Debian's podman looks for its note in another directory
}

own_view() { # what a container sees of its groups
	start view --memory 50m
	is 52428800 podman exec view cat "/sys/fs/cgroup/${v2:+memory.max}${no_v2:+memory/memory.limit_in_bytes}"
	like 'Read-only' podman exec view sh -c '! mkdir /sys/fs/cgroup/memory/x /sys/fs/cgroup/x'
	end view
}

ulimits() {
	is '123 456' box --ulimit nofile=123:456 --ulimit nproc=99:99 $image sh -c 'echo $(ulimit -n) $(ulimit -Hn)'
	capable || {
		status 126 box --ulimit nofile=999999:999999 --ulimit nproc=99:99 $image true
		is '' "$RUNTIME" list -q
	}
}

no_cgroups() {
	start nocg --cgroups=disabled
	is "$(cat /proc/self/cgroup)" cat "/proc/$(pid_of nocg)/cgroup"
	podman stop -t 5 nocg
	is 5 field nocg .State.ExitCode
	end nocg
}

# --- files -------------------------------------------------------------------------------------

read_only() {
	like 'Read-only file system' box --read-only $image sh -c '! touch /root/x && touch /tmp/x && touch /run/x'
}

tmpfs() {
	is 1024 box --tmpfs /t:size=1m $image sh -c 'df -k /t | tail -n 1 | tr -s " " | cut -d" " -f2'
	like 'No space left' box --tmpfs /t:size=1m $image sh -c '! dd if=/dev/zero of=/t/x bs=64k count=32'
}

volumes() {
	mkdir -p /run/vol
	echo 'of the host' >/run/vol/in
	is 'of the host' box -v /run/vol:/v $image sh -c 'cat /v/in && echo mine >/v/out'
	is mine cat /run/vol/out
	like 'Read-only file system' box -v /run/vol:/v:ro $image sh -c '! touch /v/x'
	gone /run/vol/x
	box -v kept:/v $image sh -c 'echo data >/v/f'
	is data box -v kept:/v $image cat /v/f
}

propagation() {
	mkdir -p /run/shared
	mount -t tmpfs tmpfs /run/shared
	mount --make-shared /run/shared
	mkdir /run/shared/late
	start pr -v /run/shared:/v:rslave
	mount -t tmpfs tmpfs /run/shared/late
	touch /run/shared/late/seen
	podman exec pr test -e /v/late/seen
	end pr
	umount -R /run/shared
}

shm_size() {
	is 2048 box --shm-size 2m $image sh -c 'df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2'
}

devices() {
	is 3 box --device /dev/zero:/dev/other $image sh -c 'head -c 3 /dev/other | wc -c'
	like 'Operation not permitted' box $image sh -c 'mknod /root/fuse c 10 229; ! true </root/fuse'
	box --device /dev/fuse $image sh -c 'true </dev/fuse'
	box $image sh -c 'for d in null zero full random urandom tty; do test -c /dev/$d || exit; done'
	is 'crw-rw-rw-:0:0' stat -c %A:%u:%g /dev/null
}

copy() {
	start cp
	echo text >/run/text
	podman cp /run/text cp:/tmp/
	is text podman exec cp cat /tmp/text
	end cp
}

# --- rights ------------------------------------------------------------------------------------

effective() { sed -n 's/^CapEff:\t*//p' "/proc/$1/status"; } # PID

capabilities() {
	is 0000000000001000 box --cap-drop all --cap-add net_admin $image awk '/^CapEff/ { print $2 }' /proc/self/status
	like 'Operation not permitted' box --cap-drop chown $image sh -c '! chown 5 /root/text'
	box $image chown 5 /root/text
}

seccomp() {
	echo "$seccomp_profile" >/run/seccomp.json
	like 'Numerical argument out of domain' box --security-opt seccomp=/run/seccomp.json $image \
		sh -c '! mkdir /root/d'
	is 2 box $image awk '/^Seccomp:/ { print $2 }' /proc/self/status
	is 0 box --security-opt seccomp=unconfined $image awk '/^Seccomp:/ { print $2 }' /proc/self/status
}

new_privileges() {
	is 1 box --security-opt no-new-privileges $image awk '/^NoNewPrivs/ { print $2 }' /proc/self/status
}

masked() {
	is '' box $image cat /proc/timer_list
	like 'Read-only file system' box $image sh -c '! echo 1 >/proc/sys/fs/file-max'
}

privileged() {
	start priv --privileged
	is "$(effective self)" effective "$(pid_of priv)"
	podman exec priv sh -c 'mount -t tmpfs none /root && test -c /dev/kmsg'
	end priv
}

userns() {
	local pid
	start u --uidmap 0:100000:65536 --gidmap 0:200000:65536
	pid=$(pid_of u)
	is 100000:200000 stat -c %u:%g "/proc/$pid"
	is 0 podman exec u id -u
	is '0 100000 65536' podman exec u awk '{ print $1, $2, $3 }' /proc/self/uid_map
	end u || true # podman 4.3 sometimes complains about its /dev/shm, which it mounted
	status 1 podman container exists u
	echo containers:500000:100000 >/run/subid
	mount --bind /run/subid /etc/subuid
	mount --bind /run/subid /etc/subgid
	start auto --userns=auto
	is 500000 stat -c %u "/proc/$(pid_of auto)"
	end auto || true
	status 1 podman container exists auto
}

# --- other namespaces, settings ------------------------------------------------------------------

namespaces() {
	local mine
	mine=$(readlink /proc/self/ns/net)
	is "$mine" podman run --rm --network host $image readlink /proc/self/ns/net
	mine=$(readlink /proc/self/ns/pid)
	is "$mine" box --pid host $image readlink /proc/self/ns/pid
	mine=$(readlink /proc/self/ns/ipc)
	is "$mine" box --ipc host $image readlink /proc/self/ns/ipc
	start ns
	is "$(readlink "/proc/$(pid_of ns)/ns/pid")" box --pid container:ns $image readlink /proc/self/ns/pid
	end ns
}

sysctl() { is 12345 box --sysctl kernel.msgmax=12345 $image cat /proc/sys/kernel/msgmax; }

init() {
	like init box --init $image cat /proc/1/comm
	is '' box --init $image sh -c '(sleep 0.1 &); sleep 0.5; grep -l "State:.Z" /proc/[0-9]*/status || true'
}

healthcheck() {
	start h --health-cmd 'test -e /tmp/ok' --health-interval disable
	status 1 podman healthcheck run h
	podman exec h touch /tmp/ok
	podman healthcheck run h
	end h
}

# --- network -------------------------------------------------------------------------------------

page() { curl -sSm 5 "$1"; }

bridge() {
	podman run -d --name web -p 8080:80 $image httpd -f -h /www
	within 10 is 'a page' page http://127.0.0.1:8080/
	is 'a page' page "http://$(field web .NetworkSettings.IPAddress)/"
	is 'a page' podman run --rm $image wget -qO- "http://$(field web .NetworkSettings.IPAddress)/"
	is 'a page' podman run --rm --network container:web $image wget -qO- http://127.0.0.1/
	end web
	status 7 page http://127.0.0.1:8080/
}

pod() {
	podman pod create --name pod --network none
	podman run -d --name pod-web --pod pod $image httpd -f -h /www
	within 10 is 'a page' podman run --rm --pod pod $image wget -qO- http://127.0.0.1/
	is "$(readlink "/proc/$(field pod-web .State.Pid)/ns/net")" podman run --rm --pod pod $image readlink /proc/self/ns/net
	is Running podman pod inspect --format '{{.State}}' pod
	podman pod stop -t 1 pod
	is Exited podman pod inspect --format '{{.State}}' pod
	podman pod start pod
	is true field pod-web .State.Running
	podman pod rm -f -t 0 pod
}

# podman takes the value of --annotation for CSV.
annotation() { # KEY JSON
	echo "--annotation=\"io.nfrun.$1=${2//\"/\"\"}\""
}
on_bridge() { # NAME ADDRESS CMD...
	local name=$1 address=$2
	shift 2
	podman run -d --name "$name" --pidfile "/run/$name.pid" --network none \
		"$(annotation links '[{"bridge": "br-vnf", "create": true, "ipv4": ["10.77.0.254/24"]}]')" \
		"$(annotation interfaces "[{\"name\": \"vnf0\", \"bridge\": \"br-vnf\", \"mtu\": 1400, \"ipv4\": [\"$address/24\"]}]")" \
		$image "$@"
}
ports() { ip -j link show master br-vnf | jq length; }
frames() { # that came out of the containers
	ip -s -j link show master br-vnf | jq '[.[].stats64.rx.packets] | add'
}
no_bridge() { ! ip link show br-vnf; }

interfaces() {
	local before
	on_bridge left 10.77.0.1 httpd -f -h /www
	on_bridge right 10.77.0.2 sleep 1000
	like 'vnf0.*,UP,.* mtu 1400 ' podman exec left ip link show vnf0
	like 'inet 10\.77\.0\.2/24 .*vnf0' podman exec right ip -4 addr show vnf0
	is 2 ports
	before=$(frames)
	within 10 is 'a page' podman exec right wget -qO- http://10.77.0.1/
	[ "$(frames)" -ge $((before + 6)) ] # both sides of a TCP connection
	within 10 is 'a page' page http://10.77.0.1/
	# a restart makes them anew
	podman restart -t 0 left
	within 10 is 'a page' podman exec right wget -qO- http://10.77.0.1/
	end left
	is 1 ports
	end right
	no_bridge
	status 126 on_bridge wrong 10.77.0.0 true # the network's own address
	end wrong
	no_bridge
}

# --- after all ---------------------------------------------------------------------------------

nothing_left() {
	is '' "$RUNTIME" list -q
	is '' find /sys/fs/cgroup -type d -path '*libpod-*'
	is '' podman ps -aq
}

check 'load an image' load_image
once 'run: output' run_output
once 'run: input' run_input
check 'run: exit status, 126, 127' run_status
check 'the runtime is the tested one' the_runtime
once 'run -it' run_terminal
once 'run --preserve-fds' preserve_fds
once 'run: user, groups, directory, host name, environment' identity
once 'eight at once' parallel
check 'exec' exec_status
once 'exec -it' exec_terminal
once 'exec ends with the container' exec_ends_with_the_container
once 'logs, kill, top' logs_and_top
check 'pause, unpause' pause
check 'stats' stats
check 'update' update
once 'stop, start, restart' stop
check 'rm' remove
once 'wait' wait_for
once 'a killed conmon' conmon_killed
once '--restart' restart_policy
check '--memory' memory
check 'the groups as a container sees them' own_view
check '--cpus, --cpu-shares, --cpuset-cpus' cpus podman
check '--pids-limit' pids
once '--ulimit' ulimits
if "$RUNTIME" --help | grep -q cgroup-manager; then
	check '--cgroups=disabled' no_cgroups
else
	skip '--cgroups=disabled' 'the runtime has no --cgroup-manager'
fi
once '--read-only' read_only
once '--tmpfs' tmpfs
once '--volume' volumes
once '--volume with propagation' propagation
once '--shm-size' shm_size
check '--device' devices
once 'cp' copy
once '--cap-add, --cap-drop' capabilities
once '--security-opt seccomp' seccomp
once '--security-opt no-new-privileges' new_privileges
once 'masked and read-only paths' masked
once '--privileged' privileged
once '--uidmap, --userns=auto' userns
once '--network, --pid, --ipc of others' namespaces
once '--sysctl' sysctl
once '--init' init
once 'healthcheck' healthcheck
check 'a bridge, a published port' bridge
once 'a pod' pod
if "$RUNTIME" --version | grep -q '^nfrun'; then
	once '--annotation io.nfrun.interfaces' interfaces
else
	skip '--annotation io.nfrun.interfaces' 'of nfrun alone'
fi
check 'nothing is left' nothing_left
