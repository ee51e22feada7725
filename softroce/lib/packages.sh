# shellcheck shell=bash disable=SC2034,SC2154 # run sets and uses the names shared here
# The Debian packages the rig needs: installed when we may, named when we may not.

packages_vm=(qemu-system-x86 busybox-static cpio kmod xz-utils zstd)
packages_commands=(libibverbs1 librdmacm1 ibverbs-providers ibverbs-utils rdmacm-utils perftest
    nvme-cli fio iproute2 libibverbs-dev librdmacm-dev gcc libc6-dev)
# What a JDK without a display draws text with: the benchmarks' report has plots.
packages_fonts=(libfreetype6 libharfbuzz0b fontconfig fonts-dejavu-core)
# To make the root file system of a release, and what is in it beyond the essential packages.
packages_mmdebstrap=(mmdebstrap squashfs-tools-ng debian-archive-keyring)
((!EUID)) || packages_mmdebstrap+=(uidmap)
packages_release=("${packages_commands[@]}" "${packages_fonts[@]}" maven kmod procps)

packages_missing() {
    local installed package
    # With what they provide: a library may have got another name (librdmacm1t64).
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' |
        sed -n 's/^installed //p' | tr ',' '\n' | awk '{ print $1 }')
    for package in "$@"; do
        [[ $'\n'$installed$'\n' == *$'\n'"$package"$'\n'* ]] || echo "$package"
    done
}

packages_apt() { # quiet unless it fails; waits for another run that is installing
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >"$work/apt.log" 2>&1
}

packages_install() {
    command -v dpkg-query >/dev/null || die "the rig knows Debian's packages only; run it on Debian 12 or later"
    local missing
    mapfile -t missing < <(packages_missing "$@")
    # Maven is often installed without a package.
    command -v mvn >/dev/null || missing+=(maven)
    ((${#missing[@]})) || return 0
    if ((EUID)); then
        die "missing packages; as root: apt-get install ${missing[*]}"
    fi
    say "installing ${missing[*]}"
    packages_apt install -y --no-install-recommends "${missing[@]}" && return
    # The lists may be missing or too old.
    packages_apt update && packages_apt install -y --no-install-recommends "${missing[@]}" && return
    cat "$work/apt.log" >&2
    die "apt-get could not install: ${missing[*]}"
}
