# shellcheck shell=bash disable=SC2034,SC2154 # run sets and uses the names shared here
# Finds a JDK that is new enough and puts it first in the command's environment.

jdk_wanted=25

jdk_version() { # JDK folder -> feature number, from its release file (no JVM start needed)
    [[ -x $1/bin/javac && -r $1/release ]] || return 1
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

jdk_choose() { # more folders to look at, after the usual ones
    local candidate version
    for candidate in "${JAVA_HOME-}" /usr/lib/jvm/* "$@"; do
        version=$(jdk_version "$candidate") || continue
        if ((version >= jdk_wanted)); then
            export JAVA_HOME=$candidate PATH=$candidate/bin:$PATH
            return
        fi
    done
    # Not fatal: many commands need no Java.
    say "no JDK $jdk_wanted or later: install one (any build, e.g. Eclipse Temurin) in /usr/lib/jvm or set JAVA_HOME"
}
