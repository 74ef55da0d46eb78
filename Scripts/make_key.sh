#!/bin/sh
# Makes a 32-byte pre-shared key, as 64 hexadecimal digits readable by its owner only. Keeps one that is there.
set -eu
path=${1:?usage: make_key.sh FILE}
[ ! -e "$path" ] || exit 0
umask 077
mkdir -p "$(dirname "$path")"
od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n' >"$path.new"
mv "$path.new" "$path"
