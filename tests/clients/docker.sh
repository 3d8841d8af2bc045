# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2317 # scripts for containers; functions that check calls
# dockerd with $RUNTIME as its default runtime, and the containerd that it starts.
. "$(dirname "$0")/lib.sh"
cd /run || exit

image=localhost/box
box() { docker run --rm --network none "$@"; }
field() { docker inspect --format "{{$2}}" "$1"; } # CONTAINER FIELD
pid_of() { field "$1" .State.Pid; }
end() { docker rm -f "$@"; }
tidy() { docker ps -aq | xargs -r docker rm -f; }
r() { "$RUNTIME" --root /run/docker/runtime-runc/moby "$@"; }

start() { # NAME [OPTION...]: a container that counts in /dev/shm/count until it is told to end
	local name=$1
	shift
	docker run -d --name "$name" --network none "$@" $image sh -c '
		trap "exit 5" TERM; trap "echo usr1" USR1
		echo up; i=0
		while :; do i=$((i + 1)); echo $i >/dev/shm/count; sleep 0.05; done'
	within 10 like '^up$' docker logs "$name"
}
count() { cat "/proc/$(pid_of "$1")/root/dev/shm/count"; }

start_daemon() {
	dockerd --config-file /run/daemon.json >>/run/dockerd.log 2>&1 &
	within 30 docker version || { tail -n 20 /run/dockerd.log; return 1; }
}

daemon() {
	manual Docker json | jq '. + {hosts: ["unix:///run/docker.sock"], "live-restore": true}' >/run/daemon.json
	start_daemon
	make_image /run/box.tar
	docker load -i /run/box.tar
	docker image inspect $image
}

# --- run ----------------------------------------------------------------------------------

the_runtime() {
	start which
	is nfrun field which .HostConfig.Runtime
	is "$(field which .Id)" r list -q
	is "$(pid_of which)" sh -c 'jq .pid' < <(r state "$(field which .Id)")
	end which
	is '' r list -q
}

output() {
	is hello box $image echo hello
	is yes box $image sh -c 'echo $FROM_IMAGE'
	is '' box $image sh -c 'echo to stderr >&2'
	like '^to stderr$' box $image sh -c 'echo to stderr >&2'
	is 'of the input' pipe 'of the input' box -i $image cat
}

exit_status() {
	status 7 box $image sh -c 'exit 7'
	status 127 box $image no-such-command
	status 127 box $image /no/such/command
	status 126 box $image /root/text
	status 126 box $image /root
	is '' r list -q
}

terminal() {
	local out
	out=$(status 3 "$here/on-pty" '/ #=until [ "$(stty size)" = "33 111" ]; do sleep 0.1; done; tty; echo "si""zed"' \
		'sized=exit 3' -- docker run -it --rm --network none $image)
	grep -q '^/dev/pts/0' <<<"$out"
}

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

exec_in() {
	start ex
	is hello docker exec ex echo hello
	is 'of the input' pipe 'of the input' docker exec -i ex cat
	status 9 docker exec ex sh -c 'exit 9'
	status 127 docker exec ex no-such-command || status 126 docker exec ex no-such-command
	status 126 docker exec ex /root/text
	is 'set /tmp 1000' docker exec -e V=set -w /tmp -u 1000 ex sh -c 'echo $V $(pwd) $(id -u)'
	docker exec -d ex touch /root/detached
	within 5 docker exec ex test -e /root/detached
	end ex
}

exec_terminal() {
	local out
	start tty
	out=$(status 4 "$here/on-pty" '/ #=until [ "$(stty size)" = "33 111" ]; do sleep 0.1; done; tty; echo "si""zed"' \
		'sized=exit 4' -- docker exec -it tty sh)
	grep -q '^/dev/pts/' <<<"$out"
	end tty
}

logs_and_top() {
	start lo
	docker kill -s USR1 lo
	within 5 like '^usr1$' docker logs lo
	like 'sleep|sh' docker top lo
	end lo
}

pause() {
	local before
	start pa
	docker pause pa
	is paused field pa .State.Status
	before=$(count pa)
	sleep 0.5
	is "$before" count pa
	docker unpause pa
	is running field pa .State.Status
	within 5 differs "$before" count pa
	end pa
}

stats() {
	start st --memory 100m
	docker exec st dd if=/dev/zero of=/dev/shm/x bs=1M count=30
	like '^[2-4] 3[0-9.]+MiB / 100MiB' docker stats --no-stream --format '{{.PIDs}} {{.MemUsage}}' st
	end st
}

update() {
	local pid
	start up --memory 100m
	pid=$(pid_of up)
	docker update --memory 64m --memory-swap -1 --cpus 0.3 --pids-limit 50 up
	is 67108864 memory_limit "$pid"
	is '30000 100000' cpu_quota "$pid"
	is 50 pids_limit "$pid"
	end up
}

# --- its end ---------------------------------------------------------------------------------

stop() {
	local pid
	start st
	pid=$(pid_of st)
	docker stop -t 20 st
	is '5 exited' field st '.State.ExitCode}} {{.State.Status'
	gone "$pid"
	docker start st
	is running field st .State.Status
	[ "$(pid_of st)" != "$pid" ]
	docker restart -t 5 st
	is running field st .State.Status
	end st
	docker run -d --name deaf --network none $image sleep 1000 # PID 1 without a handler
	docker stop -t 1 deaf
	is 137 field deaf .State.ExitCode
	docker rm deaf
}

remove() {
	local pid group
	start rm
	pid=$(pid_of rm)
	group=$(group_of "$pid" memory)
	[ -d "$group" ]
	status 1 docker rm rm # it runs
	end rm
	gone "$pid"
	gone "$group"
}

wait_for() {
	docker run -d --name wa --network none $image sh -c 'sleep 0.5; exit 6'
	is 6 docker wait wa
	like 'is not running' fails docker kill wa
	like 'is not running' fails docker exec wa true
	end wa
}

restart_policy() {
	docker run -d --name again --network none --restart on-failure:2 $image false
	within 20 is '2 exited' field again '.RestartCount}} {{.State.Status'
	end again
	start always --restart always
	kill -9 "$(pid_of always)"
	within 20 is '1 running' field always '.RestartCount}} {{.State.Status'
	end always
}

healthcheck() {
	start he --health-cmd 'test -e /tmp/ok' --health-interval 1s --health-retries 1
	within 20 is unhealthy field he .State.Health.Status
	docker exec he touch /tmp/ok
	within 20 is healthy field he .State.Health.Status
	end he
}

# With live-restore containers outlive the daemon, and it finds them again.
live_restore() {
	local pid dockerd
	start lr
	pid=$(pid_of lr)
	dockerd=$(cat /run/docker.pid)
	kill "$dockerd"
	within 20 gone "$dockerd"
	[ -e "/proc/$pid" ]
	start_daemon
	is "$pid" pid_of lr
	docker stop -t 20 lr
	is 5 field lr .State.ExitCode
	end lr
}

# --- resources -------------------------------------------------------------------------------

memory() {
	start me --memory 50m --memory-reservation 30m
	is 52428800 memory_limit "$(pid_of me)"
	if [ -n "$v2" ]; then
		is 31457280 cat "$(group_of "$(pid_of me)" memory)/memory.low"
	else
		is 31457280 cat "$(group_of "$(pid_of me)" memory)/memory.soft_limit_in_bytes"
	fi
	end me
	status 137 docker run --name big --network none --memory 20m $image tail /dev/zero
	is true field big .State.OOMKilled
	docker rm big
}

ulimits() {
	is '123 456' box --ulimit nofile=123:456 $image sh -c 'echo $(ulimit -n) $(ulimit -Hn)'
}

oom_score() { is 500 box --oom-score-adj 500 $image cat /proc/self/oom_score_adj; }

# --- files -------------------------------------------------------------------------------------

files() {
	like 'Read-only file system' box --read-only $image sh -c '! touch /root/x'
	is 1024 box --tmpfs /t:size=1m $image sh -c 'df -k /t | tail -n 1 | tr -s " " | cut -d" " -f2'
	is 2048 box --shm-size 2m $image sh -c 'df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2'
}

volumes() {
	mkdir -p /run/vol
	echo 'of the host' >/run/vol/in
	is 'of the host' box -v /run/vol:/v $image sh -c 'cat /v/in && echo mine >/v/out'
	is mine cat /run/vol/out
	like 'Read-only file system' box -v /run/vol:/v:ro $image sh -c '! touch /v/x'
	box -v kept:/v $image sh -c 'echo data >/v/f'
	is data box -v kept:/v $image cat /v/f
}

devices() {
	is 3 box --device /dev/zero:/dev/other $image sh -c 'head -c 3 /dev/other | wc -c'
	like 'Operation not permitted' box $image sh -c 'mknod /root/fuse c 10 229; ! true </root/fuse'
	box --device-cgroup-rule 'c 10:229 r' $image sh -c 'mknod /root/fuse c 10 229; true </root/fuse'
	is 'crw-rw-rw-:0:0' stat -c %A:%u:%g /dev/null
}

# --- rights ------------------------------------------------------------------------------------

effective() { sed -n 's/^CapEff:\t*//p' "/proc/$1/status"; } # PID
known() { printf '%016x\n' $((0x$(effective "$1") & 0x3fffffffff)); } # Docker 20.10 knows them up to AUDIT_READ

capabilities() {
	is 0000000000001000 box --cap-drop all --cap-add net_admin $image awk '/^CapEff/ { print $2 }' /proc/self/status
	like 'Operation not permitted' box --cap-drop chown $image sh -c '! chown 5 /root/text'
	box $image chown 5 /root/text
}

seccomp() {
	echo "$seccomp_profile" >/run/seccomp.json
	like 'Numerical argument out of domain' box --security-opt seccomp=/run/seccomp.json $image sh -c '! mkdir /root/d'
	is 2 box $image awk '/^Seccomp:/ { print $2 }' /proc/self/status
	is 0 box --security-opt seccomp=unconfined $image awk '/^Seccomp:/ { print $2 }' /proc/self/status
	is 1 box --security-opt no-new-privileges $image awk '/^NoNewPrivs/ { print $2 }' /proc/self/status
}

masked() {
	is '' box $image cat /proc/timer_list
	like 'Read-only file system' box $image sh -c '! echo 1 >/proc/sys/fs/file-max'
}

privileged() {
	start priv --privileged
	is "$(known self)" effective "$(pid_of priv)"
	docker exec priv sh -c 'mount -t tmpfs none /root && test -c /dev/kmsg'
	docker exec --privileged priv true
	end priv
}

# --- other namespaces, settings ------------------------------------------------------------------

namespaces() {
	local mine
	mine=$(readlink /proc/self/ns/net)
	is "$mine" docker run --rm --network host $image readlink /proc/self/ns/net
	mine=$(readlink /proc/self/ns/pid)
	is "$mine" box --pid host $image readlink /proc/self/ns/pid
	mine=$(readlink /proc/self/ns/ipc)
	is "$mine" box --ipc host $image readlink /proc/self/ns/ipc
	start ns
	is "$(readlink "/proc/$(pid_of ns)/ns/pid")" box --pid container:ns $image readlink /proc/self/ns/pid
	end ns
}

cgroup_namespace() {
	differs "$(readlink /proc/self/ns/cgroup)" box --cgroupns private $image readlink /proc/self/ns/cgroup
	is "$(readlink /proc/self/ns/cgroup)" box --cgroupns host $image readlink /proc/self/ns/cgroup
	box --cgroupns private $image sh -c '! grep -v ":/$" /proc/self/cgroup'
}

sysctl() { is 12345 box --sysctl kernel.msgmax=12345 $image cat /proc/sys/kernel/msgmax; }

init() {
	like init box --init $image cat /proc/1/comm
	is '' box --init $image sh -c '(sleep 0.1 &); sleep 0.5; grep -l "State:.Z" /proc/[0-9]*/status || true'
}

# --- network -------------------------------------------------------------------------------------

page() { curl -sSm 5 "$1"; }

bridge() {
	local address
	docker run -d --name web -p 8080:80 $image httpd -f -h /www
	address=$(field web .NetworkSettings.IPAddress)
	within 10 is 'a page' page http://127.0.0.1:8080/
	is 'a page' page "http://$address/"
	is 'a page' docker run --rm $image wget -qO- "http://$address/"
	is 'a page' docker run --rm --network container:web $image wget -qO- http://127.0.0.1/
	end web
	status 7 page http://127.0.0.1:8080/
}

named_network() {
	docker network create apart
	docker run -d --name named --network apart $image httpd -f -h /www
	within 10 is 'a page' docker run --rm --network apart $image wget -qO- http://named/
	end named
	docker network rm apart
}

# --- build -----------------------------------------------------------------------------------------

build() {
	mkdir -p /run/build
	printf 'FROM localhost/box\nRUN echo built >/root/built && id -u >>/root/built\nUSER 1000\nCMD ["id", "-u"]\n' \
		>/run/build/Dockerfile
	docker build --network none -t built /run/build
	is 1000 box built
	is 'built 0' box built sh -c 'echo $(cat /root/built)'
}

nothing_left() {
	is '' docker ps -aq
	is '' r list -q
	is '' find /sys/fs/cgroup -mindepth 1 -type d -path '*/docker/*'
}

check 'the daemon, an image' daemon
check 'the runtime is the tested one' the_runtime
check 'run: output, input' output
check 'run: exit status, 126, 127' exit_status
check 'run -it' terminal
check 'run: user, groups, directory, host name, environment' identity
check 'eight at once' parallel
check 'exec' exec_in
check 'exec -it' exec_terminal
check 'logs, kill, top' logs_and_top
check 'pause, unpause' pause
check 'stats' stats
check 'update' update
check 'stop, start, restart' stop
check 'rm' remove
check 'wait; what is not running' wait_for
check '--restart' restart_policy
check '--health-cmd' healthcheck
check '--memory, an OOM' memory
check '--cpus, --cpu-shares, --cpuset-cpus' cpus docker
check '--pids-limit' pids
check '--ulimit' ulimits
check '--oom-score-adj' oom_score
check '--read-only, --tmpfs, --shm-size' files
check '--volume' volumes
check '--device, --device-cgroup-rule' devices
check '--cap-add, --cap-drop' capabilities
check '--security-opt' seccomp
check 'masked and read-only paths' masked
if [ "${RUNTIME##*/}" != runc ] || capable; then
	check '--privileged' privileged
else
	skip '--privileged' 'without CAP_SYS_RESOURCE runc cannot'
fi
check '--network, --pid, --ipc of others' namespaces
check '--cgroupns' cgroup_namespace
check '--sysctl' sysctl
check '--init' init
check 'a bridge, a published port' bridge
check 'a network with names' named_network
check 'build' build
check 'live restore' live_restore
check 'nothing is left' nothing_left
