# shellcheck shell=bash disable=SC2034,SC2154 # shares its names with the scripts that source it
# The VM's kernel and initramfs, built from the distribution's kernel packages and cached.
# The packages are unpacked, never installed.

image_debs=() # the kernel packages, unless those of the host's release
image_cache=${XDG_CACHE_HOME:-$HOME/.cache}/verbena/softroce

# Loaded at boot, in this order: rdma_rxe requests crc32 by name and finds only loaded modules.
image_boot_modules=(virtio_pci virtio_rng virtio_blk squashfs 9pnet_virtio 9p overlay configfs
    crc32_generic rdma_rxe ib_uverbs rdma_ucm veth)
# Newer kernels have no such module, and their rdma_rxe needs none.
image_optional_modules=(crc32_generic)
# For `modprobe NAME` in the VM: faults on the wire, and a storage peer.
image_more_modules=(sch_netem null_blk brd loop nvmet nvmet-rdma nvme-rdma)

image_kernel_package() { # linux-image-amd64 -> linux-image-6.1.0-56-amd64
    apt-cache depends linux-image-amd64 2>/dev/null | awk '$1 == "Depends:" && $2 ~ /^linux-image/ { print $2; exit }'
}

# Prints a kernel's package and those of its other parts (on testing linux-modules-VERSION ...).
image_kernel_parts() { # linux-image-VERSION
    echo "$1"
    apt-cache depends "$1" | sed -n "s/^ *Depends: \(.*-${1#linux-image-}\)$/\1/p"
}

# Sets `image` to a folder with a kernel and an initramfs, and builds it if the kernel or these
# scripts have changed. The kernel is that of the host's release, or of `image_debs`.
image_prepare() {
    local package
    if ((${#image_debs[@]})); then
        package=$(for deb in "${image_debs[@]}"; do dpkg-deb -f "$deb" Package; done | grep '^linux-image-')
    else
        package=$(image_kernel_package)
        if [[ ! $package ]] && ((!EUID)); then
            packages_apt update || true
            package=$(image_kernel_package)
        fi
        [[ $package ]] || die "apt knows no package linux-image-amd64; as root, run: apt-get update"
    fi
    image=$image_cache/$package-$(cat "$here/lib/image.sh" "$here/guest/init" | sha256sum | cut -c1-12)
    [[ -e $image/initramfs ]] || image_build "$package"
}

image_build() {
    local package=$1 version=${1#linux-image-} tree=$work/initramfs
    say "preparing the VM's kernel once ($package)"
    mkdir -p "$image_cache"
    image_making=$(mktemp -d "$image_cache/.making.XXXXXXXX")
    ((${#image_debs[@]})) || image_download "$package"
    local deb kernel
    for deb in "${image_debs[@]}"; do dpkg-deb -x "$deb" "$work/kernel"; done
    # In releases where /lib is a link to usr/lib, packages contain only the latter.
    [[ -e $work/kernel/lib ]] || ln -s usr/lib "$work/kernel/lib"
    depmod -b "$work/kernel" "$version"

    mkdir -p "$tree"/{bin,dev,proc,sys,etc,rig,host,mem,root}
    cp /bin/busybox "$tree/bin/busybox"
    install -m 755 "$here/guest/init" "$tree/init"
    image_copy_modules "$version" "$tree"

    # Uncompressed: under emulation reading it is faster than unpacking it. Moved into place
    # atomically, so that concurrent runs do not interfere.
    kernel=$work/kernel/boot/vmlinuz-$version
    [[ -e $kernel ]] || kernel=$work/kernel/lib/modules/$version/vmlinuz
    image_kernel "$kernel" >"$image_making/kernel"
    (cd "$tree" && find . -print0 | cpio --null --create --format=newc --quiet) >"$image_making/initramfs"
    mv -T "$image_making" "$image" 2>/dev/null || [[ -e $image/initramfs ]]
    rm -rf "$work/kernel" "$tree"
    # Removes images of older kernels and scripts.
    find "$image_cache" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
}

# Prints the uncompressed kernel in a vmlinuz: QEMU boots that directly (PVH), and unpacking it
# under emulation would take longer than the rest of the boot.
image_kernel() {
    local magic unpack offset
    while read -r magic unpack; do
        while IFS=: read -r offset _; do
            # The unpacker complains about what follows the compressed data.
            tail -c +$((offset + 1)) "$1" | $unpack >"$work/vmlinux" 2>/dev/null || true
            if [[ $(head -c 4 "$work/vmlinux" | tail -c 3) == ELF ]]; then
                cat "$work/vmlinux"
                return
            fi
        done < <(LC_ALL=C grep -aboP "$magic" "$1" | tr -d '\0')
    done <<'FORMATS'
\xFD7zXZ\x00 xz -dc --single-stream
\x28\xB5\x2F\xFD zstd -dcq
FORMATS
    cat "$1"
}

image_download() { # sets image_debs; the packages are kept, as a changed script needs them again
    local folder=$image_cache/$1
    if [[ ! -e $folder ]]; then
        local -a parts
        mapfile -t parts < <(image_kernel_parts "$1")
        mkdir "$image_making/debs"
        (cd "$image_making/debs" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "${parts[@]}") \
            >"$work/apt.log" 2>&1 ||
            { cat "$work/apt.log" >&2; die "could not download $1; if apt does not find it, run as root: apt-get update"; }
        mv -T "$image_making/debs" "$folder" 2>/dev/null || rm -rf "$image_making/debs"
    fi
    touch "$folder"
    image_debs=("$folder"/*.deb)
}

image_copy_modules() { # version tree
    local module from=$work/kernel/lib/modules/$1 to=$2/lib/modules/$1
    local -a files boot=()
    mkdir -p "$to"
    for module in "${image_boot_modules[@]}"; do
        if [[ " ${image_optional_modules[*]} " != *" $module "* ]] ||
            modprobe -d "$work/kernel" -S "$1" --show-depends "$module" >/dev/null 2>&1; then
            boot+=("$module")
        fi
    done
    printf '%s\n' "${boot[@]}" >"$2/etc/modules"
    # --show-depends prints "insmod FILE" for a module and each of its dependencies.
    mapfile -t files < <(
        for module in "${boot[@]}" "${image_more_modules[@]}"; do
            modprobe -d "$work/kernel" -S "$1" --show-depends "$module" || echo "missing $module"
        done 2>/dev/null | awk '$1 == "insmod" { print $2 } $1 == "missing" { print }' | sort -u)
    for module in "${files[@]}"; do
        [[ $module == missing* ]] && die "the kernel has no module ${module#missing }"
        install -D -m 644 "$module" "$to/${module#*"$from"/}"
    done
    cp "$from"/modules.{order,builtin,builtin.modinfo} "$to/"
    depmod -b "$2" "$1"
}
