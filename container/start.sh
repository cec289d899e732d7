#!/bin/sh
# Start of a container: folders for caches and temporary files on the volume, then the command, which gets every signal.
set -eu
if ! mkdir -p "$TMPDIR" 2>/dev/null || [ ! -w "$OUT" ]; then
  echo "$OUT: user $(id -u) can't write there; make the folder first (mkdir -p out) and give its owner: docker run" \
       "--user \"\$(id -u):\$(id -g)\" -v \"\$PWD/out:$OUT\" ..." >&2
  exit 2
fi
exec "$@"
