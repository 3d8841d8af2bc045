# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2317 # scripts for containers; functions that check calls
# buildah with $RUNTIME. It takes the runtime from its command line, or from BUILDAH_RUNTIME.
. "$(dirname "$0")/lib.sh"
cd /run || exit

# The default ulimits of buildah 1.28 need CAP_SYS_RESOURCE.
limits=(--ulimit nofile=1024:1024 --ulimit nproc=4096:4096)
image=localhost/box
run() { buildah run --runtime "$RUNTIME" --isolation oci "$@"; } # [OPTION...] CONTAINER CMD...
from() { buildah from --name "$1" "${@:2}" "${limits[@]}" --pull-never $image; } # NAME [OPTION...]
bud() { buildah bud --runtime "$RUNTIME" --isolation oci "${limits[@]}" --pull-never "$@"; }
tidy() { buildah rm --all; }

load_image() {
	make_image /run/box.tar
	buildah pull docker-archive:/run/box.tar
	buildah inspect --type image $image
}

from_scratch() {
	local id mnt
	id=$(buildah from "${limits[@]}" scratch)
	mnt=$(buildah mount "$id")
	make_rootfs "$mnt"
	buildah config --env PATH=/bin "$id"
	is scratch run "$id" echo scratch
	buildah commit "$id" localhost/scratch
	buildah rm "$id"
}

# Only a runtime that is really called can fail to be one.
the_runtime() {
	from which
	fails buildah run --runtime /bin/false --isolation oci which true
	run which true
	buildah rm which
}

run_it() {
	from w
	is hello run w echo hello
	is yes run w sh -c 'echo $FROM_IMAGE'
	like '^to stderr$' run w sh -c 'echo to stderr >&2'
	is 'of the input' pipe 'of the input' run w cat
	status 7 run w sh -c 'exit 7'
	like 'no-such-command' fails run w no-such-command
	run w sh -c 'echo kept >/root/file'
	is kept run w cat /root/file
	is 1000 run --user 1000 w id -u
	is a-name run --hostname a-name w hostname
	buildah rm w
}

terminal() {
	local out
	from tty
	out=$(status 3 "$here/on-pty" '/ #=until [ "$(stty size)" = "33 111" ]; do sleep 0.1; done; tty; echo "si""zed"' \
		'sized=exit 3' -- buildah run --runtime "$RUNTIME" --isolation oci -t tty sh)
	grep -q '^/dev/pts/0' <<<"$out"
	buildah rm tty
}

volumes() {
	from v
	mkdir -p /run/vol
	echo 'of the host' >/run/vol/in
	is 'of the host' run -v /run/vol:/v v sh -c 'cat /v/in && echo mine >/v/out'
	is mine cat /run/vol/out
	like 'Read-only file system' run -v /run/vol:/v:ro v sh -c '! touch /v/x'
	like '^kernel$' run --mount type=tmpfs,dst=/t v sh -c 'grep -q "/t tmpfs" /proc/mounts && echo kernel'
	buildah rm v
}

rights() {
	from r
	like 'Operation not permitted' run --cap-drop CAP_CHOWN r sh -c '! chown 5 /root/text'
	run r chown 5 /root/text
	like '^[0-9a-f]*1...$' run --cap-add CAP_NET_ADMIN r awk '/^CapEff/ { print $2 }' /proc/self/status
	is 2 run r awk '/^Seccomp:/ { print $2 }' /proc/self/status
	buildah rm r
}

namespaces() {
	local mine
	from n
	mine=$(readlink /proc/self/ns/net)
	is "$mine" run --network host n readlink /proc/self/ns/net
	differs "$mine" run --network none n readlink /proc/self/ns/net
	mine=$(readlink /proc/self/ns/pid)
	is "$mine" run --pid host n readlink /proc/self/ns/pid
	differs "$mine" run n readlink /proc/self/ns/pid
	buildah rm n
}

memory() {
	from m --memory 50m --cpu-shares 512
	run m sleep 1234 &
	within 10 pgrep -f '^(/bin/)?sleep 1234'
	is 52428800 memory_limit "$(pgrep -f '^(/bin/)?sleep 1234')"
	kill -9 "$(pgrep -f '^(/bin/)?sleep 1234')"
	status 1 wait $! # buildah says no more of a signal
	buildah rm m
}

isolation_default() {
	from d
	is hello env BUILDAH_RUNTIME="$RUNTIME" buildah run d echo hello
	buildah rm d
}

bud_image() {
	mkdir -p /run/build
	echo 'of the context' >/run/build/file
	cat >/run/build/Dockerfile <<-'END'
	FROM localhost/box AS first
	RUN echo built >/root/built && id -u >>/root/built
	FROM localhost/box
	ARG WORD=none
	COPY file /root/file
	COPY --from=first /root/built /root/built
	RUN test "$WORD" = given && mkdir /root/dir
	USER 1000
	CMD ["id", "-u"]
	END
	bud --build-arg WORD=given -t built /run/build
	buildah from --name b "${limits[@]}" --pull-never built
	is 'built 0' run --user 0 b sh -c 'echo $(cat /root/built)'
	is 'of the context' run --user 0 b cat /root/file
	is 1000 run b id -u
	buildah rm b
	like 'test .*WORD' fails bud -t broken /run/build
}

bud_limits() {
	printf 'FROM localhost/box\nRUN tail /dev/zero\n' >/run/build/Dockerfile.memory
	like 'exit status 137|Killed|killed' fails bud --memory 20m -f Dockerfile.memory /run/build
}

nothing_left() {
	is '' "$RUNTIME" list -q
	is '' find /sys/fs/cgroup -type d -path '*buildah-*'
}

check 'load an image' load_image
check 'from scratch' from_scratch
check 'the runtime is the tested one' the_runtime
check 'run' run_it
check 'run -t' terminal
check 'run --volume, --mount' volumes
check 'run --cap-add, --cap-drop, seccomp' rights
check 'run --network, --pid' namespaces
check 'from --memory' memory
check 'run with BUILDAH_RUNTIME' isolation_default
check 'bud' bud_image
check 'bud --memory' bud_limits
check 'nothing is left' nothing_left
