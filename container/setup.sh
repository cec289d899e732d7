#!/bin/sh
# sh container/setup.sh PYTHON NAME: install what NAME.lock lists, hashes checked, for the interpreter PYTHON.
# Where the lock has nothing that fits this platform or index, the versions of NAME.txt without hashes, and says so;
# never where a package's bytes aren't those of the lock.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
pip() { "$1" -m pip install --quiet --disable-pip-version-check "$2" "$3" ${4:+"$4"}; }
pip "$1" --require-hashes -r "$2.lock" 2>"$log" && exit 0
grep -v '^WARNING: Location' "$log" >&2
grep -q 'No matching distribution found' "$log" && ! grep -q 'DO NOT MATCH THE HASHES' "$log" || exit 1
echo "$2.lock has nothing that fits this platform: installing the versions of $2.txt, without hashes." >&2
pip "$1" -r "$2.txt"
