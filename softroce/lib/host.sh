# shellcheck shell=bash disable=SC2034,SC2154 # shares its names with the scripts that source it
# Runs the command on this machine, if it has an RDMA device.

host_pid=

# Prints the network interface of a device's first port: for RoCE the one listed with the GID, for
# InfiniBand the device's IPoIB interface.
host_interface() {
    cat "/sys/class/infiniband/$1/ports/1/gid_attrs/ndevs/0" 2>/dev/null && return
    find "/sys/class/infiniband/$1/device/net/" -mindepth 1 -printf '%f\n' -quit 2>/dev/null
}

host_address() { # device 4|6
    local interface
    interface=$(host_interface "$1") || return 0
    ip -o "-$2" address show dev "$interface" scope global 2>/dev/null |
        awk '{ sub("/.*", "", $4); print $4; exit }'
}

# Prints the devices whose first port is active and whose interface has an IP address, which
# rdma_cm needs.
host_usable() {
    local path device
    for path in /sys/class/infiniband/*; do
        device=${path##*/}
        grep -qs ACTIVE "$path/ports/1/state" || continue
        [[ $(host_address "$device" 4)$(host_address "$device" 6) ]] || continue
        echo "$device"
    done
}

host_has_device() {
    compgen -G '/sys/class/infiniband/*' >/dev/null || return 1
    mapfile -t host_devices < <(host_usable)
    if ((!${#host_devices[@]})); then
        say "no RDMA device here has an active port with an IP address: using a VM"
        return 1
    fi
    local node
    for node in /dev/infiniband/rdma_cm /dev/infiniband/uverbs*; do
        if [[ ! -r $node || ! -w $node ]]; then
            say "$(id -un) may not open $node: using a VM"
            return 1
        fi
    done
}

host_run() {
    # Keeps what the user has set. A single device is both ends.
    export VERBENA_RIG=${VERBENA_RIG-host}
    export VERBENA_DEVICE_A=${VERBENA_DEVICE_A-${host_devices[0]}}
    export VERBENA_DEVICE_B=${VERBENA_DEVICE_B-${host_devices[1]-${host_devices[0]}}}
    local end device
    for end in A B; do
        device=VERBENA_DEVICE_$end
        [[ -v VERBENA_ADDR_$end ]] || export "VERBENA_ADDR_$end=$(host_address "${!device}" 4)"
        [[ -v VERBENA_ADDR6_$end ]] || export "VERBENA_ADDR6_$end=$(host_address "${!device}" 6)"
    done
    ulimit -l unlimited 2>/dev/null || true

    # timeout(1) runs the command in its own process group and forwards our signals; 0 means no limit.
    timeout --kill-after=5 "${limit:-0}" "$@" </dev/null & host_pid=$!
    local code=0
    wait "$host_pid" || code=$?
    host_pid=
    if [[ $limit ]] && ((SECONDS >= limit && (code == 124 || code == 137))); then
        say "timed out after $limit s"
        code=124
    fi
    exit "$code"
}

host_cleanup() {
    [[ $host_pid ]] || return 0
    kill "$host_pid" 2>/dev/null || true
    wait "$host_pid" || true
}
