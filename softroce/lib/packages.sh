# shellcheck shell=bash disable=SC2034,SC2154 # shares its names with the scripts that source it
# The Debian packages that the rig needs: as root it installs them, else it prints their names.

packages_vm=(qemu-system-x86 busybox-static cpio kmod xz-utils zstd)
packages_commands=(libibverbs1 librdmacm1 ibverbs-providers ibverbs-utils rdmacm-utils perftest
    nvme-cli fio mount iproute2 libibverbs-dev librdmacm-dev gcc libc6-dev)
# A headless JDK needs these to draw text: the benchmark report has plots.
packages_fonts=(libfreetype6 libharfbuzz0b fontconfig fonts-dejavu-core)
# For building a release's root file system, and what that contains beyond the essential packages.
packages_mmdebstrap=(mmdebstrap squashfs-tools-ng debian-archive-keyring)
((!EUID)) || packages_mmdebstrap+=(uidmap)
packages_release=("${packages_commands[@]}" "${packages_fonts[@]}" maven kmod procps)

packages_missing() {
    local installed package
    # Counts what packages provide: a library may have been renamed (librdmacm1t64).
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}, ${Provides}\n' |
        sed -n 's/^installed //p' | tr ',' '\n' | awk '{ print $1 }')
    for package in "$@"; do
        [[ $'\n'$installed$'\n' == *$'\n'"$package"$'\n'* ]] || echo "$package"
    done
}

packages_apt() { # logs to a file; waits for another apt that is running
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >"$work/apt.log" 2>&1
}

packages_install() {
    command -v dpkg-query >/dev/null || die "the rig runs on Debian only, 12 or newer"
    local missing
    mapfile -t missing < <(packages_missing "$@")
    # Maven is often not installed from a package.
    command -v mvn >/dev/null || missing+=(maven)
    ((${#missing[@]})) || return 0
    if ((EUID)); then
        die "missing packages; as root, run: apt-get install ${missing[*]}"
    fi
    say "installing ${missing[*]}"
    packages_apt install -y --no-install-recommends "${missing[@]}" && return
    # The package lists may be missing or outdated.
    packages_apt update && packages_apt install -y --no-install-recommends "${missing[@]}" && return
    cat "$work/apt.log" >&2
    die "apt-get could not install: ${missing[*]}"
}
