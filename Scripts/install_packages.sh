#!/bin/sh
# Installs the Debian packages named as arguments that are not there yet. Safe to repeat.
set -eu
missing=
for package in "$@"; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed'; then
        missing="$missing $package"
    fi
done
[ -n "$missing" ] || exit 0
echo "installing Debian packages:$missing"
run=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "not root and no sudo: run as root: apt-get install$missing" >&2
        exit 1
    fi
    run=sudo
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# shellcheck disable=SC2086
if ! { $run apt-get update -q && $run apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get failed; are you online? By hand: apt-get install$missing" >&2
    rm -f "$log"
    exit 1
fi
rm -f "$log"
