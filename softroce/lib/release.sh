# shellcheck shell=bash disable=SC2034,SC2154 # shares its names with the scripts that source it
# The root file system of a Debian release, built once with mmdebstrap and cached together with
# its kernel packages.

release_names=(bookworm trixie sid)
release_days=30 # then it is rebuilt, with the release's updates

release_check() {
    local name
    for name in "${release_names[@]}"; do [[ $1 != "$name" ]] || return 0; done
    die "--release takes one of: ${release_names[*]}"
}

# Sets `release_root` to the root file system and `image_debs` to the kernel packages.
release_prepare() {
    local stamp folder
    stamp=$(printf '%s\n' "${packages_release[@]}" | cat "$here/lib/release.sh" - | sha256sum | cut -c1-12)
    folder=$image_cache/$1-$stamp
    [[ $(find "$folder" -maxdepth 0 -mtime -$release_days 2>/dev/null) ]] || release_make "$1" "$folder"
    release_root=$folder/root.squashfs
    image_debs=("$folder"/kernel/*.deb)
    [[ -f ${image_debs[0]} ]] || die "no kernel package in $folder: remove that folder and try again"
}

release_make() { # name folder
    say "building the root file system of Debian $1 once; downloads about 400 MB"
    local started=$SECONDS
    mkdir -p "$image_cache"
    image_making=$(mktemp -d "$image_cache/.making.XXXXXXXX")
    # A mirror may lag behind, and its signed lists be past their Valid-Until date.
    local -a options=(--variant=apt --include="$(IFS=,; echo "${packages_release[*]}")"
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"'
        --aptopt='Acquire::Check-Valid-Until "false"'
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*'
        --customize-hook="chroot \"\$1\" sh -c '$(release_jdk)'"
        --customize-hook="chroot \"\$1\" sh -c '$(release_kernel)'"
        --customize-hook="copy-out /kernel '$image_making'"
        --customize-hook="rm -r \"\$1/kernel\"")
    # lz4: under emulation the time to decompress matters, not the size.
    if ! mmdebstrap "${options[@]}" "$1" - 2> >(release_progress "$started") |
        tar2sqfs --quiet --compressor lz4 "$image_making/root.squashfs" 2>"$work/tar2sqfs.log"; then
        tail -n 40 "$work/mmdebstrap.log" "$work/tar2sqfs.log" >&2
        die "could not build the root file system of $1"
    fi
    rm -rf "$2"
    mv -T "$image_making" "$2"
    say "built in $((SECONDS - started)) s: $(du -m "$2/root.squashfs" | cut -f1) MB in $2"
}

# Runs in the release: installs the release's own JDK, if it is new enough.
release_jdk() {
    echo "if apt-cache show $jdk_package >/dev/null 2>&1; then apt-get -y install $jdk_package; fi"
}

# Runs in the release: downloads the kernel packages, which the VM needs unpacked, not installed.
release_kernel() {
    # shellcheck disable=SC2016 # the release's shell expands it
    printf '%s\n' 'mkdir /kernel && cd /kernel && chown _apt . &&
        image=$(apt-cache depends linux-image-amd64 | sed -n "s/.*Depends: \(linux-image-\)/\1/p") &&
        apt-get -qq download $image $(apt-cache depends $image |
            sed -n "s/^ *Depends: \(.*-${image#linux-image-}\)\$/\1/p")'
}

# Shows the steps of mmdebstrap; the rest of its output matters only if it fails.
release_progress() { # start
    local line
    tee "$work/mmdebstrap.log" | while IFS= read -r line; do
        case $line in
            'I: downloading'* | 'I: extracting'* | 'I: installing'* | 'I: running special hook: copy-out'* | \
                'I: creating tarball'*)
                say "$(printf '%4d s  %s' "$((SECONDS - $1))" "${line#I: }")" ;;
        esac
    done
}
