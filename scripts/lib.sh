# SPDX-License-Identifier: Apache-2.0
# To be sourced by the scripts beside it.

# --- Debian packages -------------------------------------------------------------------

packages_build='cmake ninja-build gcc libc6-dev pkg-config libcap-dev libseccomp-dev libnl-3-dev
	libjansson-dev libmicrohttpd-dev'
packages_test='libcriterion-dev criu libprotobuf-c-dev libsystemd-dev clang clang-tidy clang-format libclang-rt-14-dev iproute2 iputils-ping
	nftables curl jq netbase procps ethtool perl-base bash-completion man-db python3 python3-jsonschema
	nginx-light dnsmasq-base frr'
packages_conformance='busybox-static'
packages_vm='podman qemu-system-x86 busybox-static kmod cpio e2fsprogs zstd xz-utils'
packages_clients='podman buildah containerd docker.io runc netavark iptables catatonit busybox-static curl jq python3'
packages_demo='iproute2 nftables nginx-light curl procps'

# Install what is missing of $@; without a network that is fine as long as nothing is. The services
# of what gets installed stay off: Debian would start an nginx on this machine's port 80.
need_packages() {
	local missing=() p
	for p in "$@"; do
		[ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	echo "installing ${missing[*]}"
	(
		policy=/usr/sbin/policy-rc.d
		log=$(mktemp) made=''
		trap 'rm -f "$log" $made' EXIT
		trap 'exit 130' INT TERM
		if [ ! -e $policy ]; then
			made=$policy
			printf '#!/bin/sh\n# put here by nfrun while it installs packages\nexit 101\n' >$policy
			chmod 755 $policy
		fi
		export DEBIAN_FRONTEND=noninteractive
		apt='apt-get -o DPkg::Lock::Timeout=300'
		{
			$apt update && $apt install -y --no-install-recommends "${missing[@]}"
		} </dev/null >"$log" 2>&1 || { tail -n 30 "$log" >&2; echo "cannot install ${missing[*]}" >&2; exit 1; }
	)
}

# --- what a state root leaves when its VNFs died with their namespaces -----------------------

root_hash() { # of a state root's path, as runtime/container.c has it: FNV-1a, its two halves in one
	local text=$1 h=0xcbf29ce484222325 i byte
	for ((i = 0; i <= ${#text}; i++)); do
		printf -v byte %d "'${text:i:1}" # at the end: the NUL
		((h = (h ^ byte) * 0x100000001b3))
	done
	printf '%08x' $(((h ^ h >> 32) & 0xffffffff))
}

# The control groups of a state root, in every hierarchy, children first.
groups_of() {
	find /sys/fs/cgroup -depth -type d -path "*/nfrun/$(root_hash "$1")-*" 2>/dev/null
}

# Remove them and it. What ran in it has ended or is about to.
remove_root() {
	local group
	for _ in {1..50}; do
		for group in $(groups_of "$1"); do rmdir "$group" 2>/dev/null || true; done
		[ -n "$(groups_of "$1")" ] || break
		sleep 0.1
	done
	rm -rf "$1"
}
