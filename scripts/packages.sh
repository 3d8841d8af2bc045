# SPDX-License-Identifier: Apache-2.0
# To be sourced: which Debian packages are needed for what, and how they get installed.

packages_build='cmake ninja-build gcc libc6-dev pkg-config libcap-dev libseccomp-dev libnl-3-dev
	libnl-route-3-dev libjansson-dev'
packages_test='libcriterion-dev clang clang-tidy clang-format libclang-rt-14-dev iproute2 iputils-ping
	nftables curl jq procps perl-base bash-completion man-db python3 python3-jsonschema
	nginx-light dnsmasq-base frr'
packages_vm='qemu-system-x86 busybox-static kmod cpio e2fsprogs zstd xz-utils'
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
