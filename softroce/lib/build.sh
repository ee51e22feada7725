# shellcheck shell=bash source-path=SCRIPTDIR/.. disable=SC2034,SC2154 # shares its names with the scripts that source it
# Shared by all commands that build: packages, a JDK and Maven on the host, where building is much
# faster than in an emulated VM.

say() { printf 'softroce: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

here=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
project=$(dirname "$here")
. "$here/lib/packages.sh"
. "$here/lib/jdk.sh"

work=$(mktemp -d -t verbena-build.XXXXXXXX)
trap 'rm -rf "$work"' EXIT

packages_install "${packages_commands[@]}"
jdk_choose
(($(jdk_version "${JAVA_HOME-}" || echo 0) >= jdk_wanted)) || exit 1
cd "$project" || exit

# Debian's Maven contains libraries that newer JDKs warn about at every start, and one that writes
# colour codes to pipes.
export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED -Djansi.noreset=true ${MAVEN_OPTS-}"
