#!/bin/sh
# Write the lock files of requirements*.txt with the interpreter $1; with CPU_INDEX=address those for torch's CPU wheels.
set -eu
kind=${CPU_INDEX:+.cpu}
for name in requirements requirements-dev; do
  set -- "$1" --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --custom-compile-command "make lock${CPU_INDEX:+ CPU_INDEX=}" -o "$name$kind.lock"
  [ -z "${CPU_INDEX:-}" ] || set -- "$@" --index "$CPU_INDEX" --index-strategy unsafe-best-match
  [ "$name" = requirements ] || set -- "$@" --constraints "requirements$kind.lock"
  python=$1
  shift
  "$python" -m uv pip compile "$@" "$name.txt"
  set -- "$python"
done
