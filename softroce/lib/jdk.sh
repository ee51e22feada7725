# shellcheck shell=bash disable=SC2034,SC2154,SC2119,SC2120 # shares its names with the scripts that source it
# Finds a JDK that is new enough.

jdk_wanted=25
jdk_package=openjdk-$jdk_wanted-jdk-headless

jdk_version() { # JDK folder -> feature number, from its release file (no JVM start needed)
    [[ -x $1/bin/javac && -r $1/release ]] || return 1
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# Sets JAVA_HOME and PATH to the first JDK that is new enough: JAVA_HOME's own, one of the system's,
# or one of these folders.
jdk_find() { # [folder...]
    local candidate version
    for candidate in "${JAVA_HOME-}" /usr/lib/jvm/* "$@"; do
        version=$(jdk_version "$candidate") || continue
        if ((version >= jdk_wanted)); then
            export JAVA_HOME=$candidate PATH=$candidate/bin:$PATH
            return
        fi
    done
    return 1
}

jdk_known() { apt-cache show "$jdk_package" >/dev/null 2>&1; }

jdk_choose() {
    jdk_find && return
    if ((!EUID)) && { jdk_known || { packages_apt update && jdk_known; }; }; then
        packages_install "$jdk_package"
        jdk_find && return
    fi
    # Not fatal: many commands need no Java.
    say "no JDK $jdk_wanted or newer: install $jdk_package (Debian 13 or newer), put another build into /usr/lib/jvm, or set JAVA_HOME"
}
