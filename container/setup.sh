#!/bin/sh
# sh container/setup.sh PYTHON NAME: install what NAME.lock lists, hashes checked, for the interpreter PYTHON.
# Where the lock has nothing that fits this platform or index, the versions of NAME.txt without hashes, and says so;
# never where a package's bytes aren't those of the lock. A lock lists all that is needed, so pip must not look further
# (--no-deps): for an extra of a listed package it would take the newest release, which no lock can know.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
pip() { python=$1; shift; "$python" -m pip install --quiet --disable-pip-version-check "$@"; }
pip "$1" --no-deps --require-hashes -r "$2.lock" 2>"$log" && exit 0
grep -v '^WARNING: Location' "$log" >&2
grep -q 'No matching distribution found' "$log" && ! grep -q 'DO NOT MATCH THE HASHES' "$log" || exit 1
echo "$2.lock has nothing that fits this platform: installing the versions of $2.txt, without hashes." >&2
pip "$1" -r "$2.txt"
