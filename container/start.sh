#!/bin/sh
# Start of a container: folders for caches and temporary files on the volume, then the command, which gets every signal.
set -eu
if ! (umask 077 && mkdir -p "$TMPDIR" "$NUMBA_CACHE_DIR") 2>/dev/null || [ ! -w "$OUT" ]; then
  echo "$OUT: user $(id -u) can't write there; make the folder first (mkdir -p out) and give its owner: docker run" \
       "--user \"\$(id -u):\$(id -g)\" -v \"\$PWD/out:$OUT\" ..." >&2
  exit 2
fi
# What numba keeps there is run: where somebody else could have written it, nothing is kept, which only takes longer.
others=$(find "$HOME" \( ! -user "$(id -u)" -o ! -type l -perm /022 \) -print -quit)
if [ -n "$others" ]; then
  echo "$others: others than user $(id -u) own this or can write there: compiled code isn't kept (remove $HOME to" \
       "have it kept)" >&2
  export NUMBA_CACHE_DIR=/proc/none
fi
exec "$@"
