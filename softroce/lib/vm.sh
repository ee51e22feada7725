# shellcheck shell=bash disable=SC2034,SC2154 # shares its names with the scripts that source it
# Starts the VM, runs the command in it and brings back its output and exit code.

vm_boot_limit=120 # seconds; a boot takes about 4
vm_pid=
vm_timers=()

vm_comma() { printf '%s' "${1//,/,,}"; } # QEMU's options escape a comma by doubling it

vm_child() { exec setpriv --pdeathsig KILL "$@"; } # dies with us, even if we are killed

# loglevel=3: newer kernels log each failed Soft-RoCE request, which on an emulated console takes
# longer than the request. An oops is printed at any level.
vm_qemu() { # accelerator, kernel arguments, more options...
    local accelerator=$1 arguments=$2 cpu=host processors memory
    shift 2
    [[ $accelerator == kvm ]] || { cpu=max,la57=off; accelerator=tcg,thread=multi; }
    processors=$(nproc)
    processors=$((processors < 2 ? 2 : processors > 4 ? 4 : processors))
    memory=$(awk '/^MemTotal/ { m = int($2 / 2048); print (m > 6144 ? 6144 : m) }' /proc/meminfo)
    vm_child qemu-system-x86_64 -nodefaults -no-user-config -display none \
        -machine q35 -accel "$accelerator" -cpu "$cpu" -smp "$processors" -m "$memory" -no-reboot \
        -kernel "$image/kernel" -initrd "$image/initramfs" \
        -append "console=ttyS0 loglevel=3 panic=-1 oops=panic clocksource=tsc tsc=reliable mitigations=off $arguments" \
        -device virtio-rng-pci "$@" </dev/null >"$work/qemu.log" 2>&1
}

# KVM may be present and still hang a stock kernel: it is used only once it has booted this one.
vm_choose_accelerator() {
    vm_accelerator=tcg
    [[ -r /dev/kvm && -w /dev/kvm ]] || return 0
    local answer
    answer=$image/kvm-$(uname -r)
    [[ -e $answer ]] || vm_probe_kvm "$answer"
    if [[ $(<"$answer") == yes ]]; then
        vm_accelerator=kvm
    else
        say "KVM cannot boot a kernel here: using software emulation"
    fi
}

vm_probe_kvm() {
    local boots=no
    exec 3>&2 2>/dev/null # else the shell would report a QEMU that aborts
    vm_qemu kvm rig.hello -serial "file:$(vm_comma "$work/hello")" & vm_pid=$!
    local tick
    for ((tick = 0; tick < 100; tick++)); do
        sleep 0.1
        kill -0 "$vm_pid" 2>/dev/null || break
    done
    vm_end
    exec 2>&3 3>&-
    if grep -qs rig.hello-reached "$work/hello"; then boots=yes; fi
    echo "$boots" >"$1.$$"
    mv "$1.$$" "$1"
}

vm_end() {
    kill -KILL "$vm_pid" 2>/dev/null || true
    wait "$vm_pid" 2>/dev/null || true
    vm_pid=
}

vm_cleanup() {
    [[ ! $vm_pid ]] || vm_end
    ((!${#vm_timers[@]})) || kill "${vm_timers[@]}" 2>/dev/null || true
}

vm_share() { # tag path [readonly]
    vm_shares+=(-fsdev "local,id=$1,path=$(vm_comma "$2"),security_model=$vm_security,multidevs=remap${3:+,readonly=on}"
        -device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

# Shares the host's JDK with a release that has none. Not Debian's own: part of that is in /etc.
vm_share_jdk() {
    [[ ${JAVA_HOME-} ]] || return 0
    if [[ $(readlink -f "$JAVA_HOME/conf/security/java.security") == "$(readlink -f "$JAVA_HOME")"/* ]]; then
        vm_share jdk "$JAVA_HOME" readonly
    fi
}

# Prints the command's environment: an allowlist, so that no secret leaks.
vm_environment() {
    local name
    local -a names=(HOME USER LOGNAME TERM TZ CI JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS MAVEN_OPTS MAVEN_ARGS
        "${!VERBENA_@}")
    # These depend on what is installed; a release has its own.
    [[ $release ]] || names+=(PATH JAVA_HOME LANG "${!LC_@}")
    for name in "${names[@]}"; do
        [[ ! -v $name ]] || printf '%s=%s\0' "$name" "${!name}"
    done
}

vm_java_options() {
    local options=${JAVA_TOOL_OPTIONS-}
    # Multi-threaded emulation breaks calls between JVM code of different tiers: use one tier.
    if [[ $vm_accelerator == tcg ]]; then
        if [[ ${VERBENA_JIT-} == c2 ]]; then
            options+=' -XX:-TieredCompilation'
        else
            options+=' -XX:TieredStopAtLevel=1'
        fi
    fi
    # The command runs as root in the VM, whoever the caller is.
    ((!EUID)) || options+=" '-Duser.home=$HOME'"
    options+=" '-XX:ErrorFile=$project/target/hs_err_run$$_pid%p.log'"
    export JAVA_TOOL_OPTIONS=${options# }
}

vm_run() {
    vm_choose_accelerator
    export VERBENA_RIG=$vm_accelerator
    vm_java_options

    local m2=$HOME/.m2 rig=$work/rig
    mkdir -p "$m2" "$project/target" "$rig"
    vm_environment >"$rig/environment"
    printf '%s\0' "$@" >"$rig/command"
    : >"$rig/stdout"
    : >"$rig/stderr"
    [[ $PWD/ == "$project"/* ]] || say "$PWD is outside the project: what the command writes there is lost"

    # Under root, files keep their owners; other users can only create their own.
    vm_security=none
    ((EUID)) || vm_security=passthrough
    local -a vm_shares=()
    vm_share rig "$rig"
    if [[ $release ]]; then
        # shellcheck disable=SC2054 # commas of one option
        vm_shares+=(-drive "file=$(vm_comma "$release_root"),if=none,id=root,format=raw,readonly=on"
            -device virtio-blk-pci,drive=root)
        vm_share_jdk
    else
        vm_share host / readonly
    fi
    vm_share project "$project"
    vm_share m2 "$m2"
    # One per line, as init reads them with a plain shell.
    printf '%s\n' "$project" "$m2" "$here" "$PWD" >"$rig/folders"

    vm_qemu "$vm_accelerator" '' "${vm_shares[@]}" -serial "file:$(vm_comma "$work/console")" & vm_pid=$!
    # Both exit on their own once QEMU has exited and everything is printed.
    vm_child tail -q -c +1 -f -s 0.1 --pid="$vm_pid" "$rig/stdout" & vm_out=$!
    vm_child tail -q -c +1 -f -s 0.1 --pid="$vm_pid" "$rig/stderr" >&2 & vm_err=$!
    vm_wait
    vm_report_crashes
    exit "$vm_code"
}

vm_wait() { # sets vm_code
    local qemu=$vm_pid boot deadline='' first
    vm_child sleep "$vm_boot_limit" & boot=$!
    vm_timers=("$boot")
    if [[ $limit ]]; then
        vm_child sleep "$limit" & deadline=$!
        vm_timers+=("$deadline")
    fi

    while true; do
        wait -n -p first "$qemu" "$vm_out" ${boot:+"$boot"} ${deadline:+"$deadline"} || true
        case $first in
            "$qemu") break ;;
            "$boot") [[ -e $rig/started ]] || vm_failed "the VM did not start in $vm_boot_limit s"
                     boot= ;;
            "$deadline") vm_end
                         wait "$vm_out" "$vm_err" || true
                         say "timed out after $limit s"
                         vm_code=124
                         return ;;
            # Our output is no longer read (as in `run ... | head`).
            *) kill -0 "$qemu" 2>/dev/null || continue
               exit 141 ;;
        esac
    done
    vm_pid=
    wait "$vm_out" "$vm_err" || true
    [[ -e $rig/started ]] || vm_failed "the VM did not boot"
    [[ -s $rig/result ]] || vm_failed "the VM stopped before the command ended"
    vm_code=$(<"$rig/result")
}

vm_failed() {
    say "$1; the end of its console:"
    tail -n 60 "$work/console" 2>/dev/null | tr -d '\r' | sed 's/^/  /' >&2
    sed 's/^/  qemu: /' "$work/qemu.log" >&2
    vm_report_crashes
    exit 125
}

vm_report_crashes() {
    local log
    for log in "$project/target/hs_err_run$$"_pid*.log; do
        [[ ! -e $log ]] || say "a JVM crashed: $log"
    done
}
