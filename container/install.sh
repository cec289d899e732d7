#!/bin/sh
# sh install.sh NAME: what NAME.lock beside this file lists, hashes checked, into /opt/venv; nothing else stays behind.
# With CPU_INDEX, the address of an index that has torch's CPU wheels, the list is NAME.cpu.lock.
set -eu
# The image's own are folders of a volume that isn't there yet
unset TMPDIR
export HOME=/root
lock=$(dirname "$0")/$1${CPU_INDEX:+.cpu}.lock
if [ ! -e "$lock" ]; then
  echo "$(basename "$lock"): expected beside the Dockerfile, found none; make it with: make lock CPU_INDEX=$CPU_INDEX" >&2
  exit 1
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends python3-pip-whl
[ -d /opt/venv ] || python3 -m venv --without-pip /opt/venv
# The lock has everything, so pip resolves nothing and is asked at the end whether anything is missing.
for pip in /usr/share/python-wheels/pip-*.whl; do
  /opt/venv/bin/python "$pip/pip" install --no-cache-dir --disable-pip-version-check --root-user-action ignore \
    --only-binary :all: --no-deps --require-hashes ${CPU_INDEX:+--extra-index-url "$CPU_INDEX"} -r "$lock"
  /opt/venv/bin/python "$pip/pip" check
done
apt-get purge -y -qq --auto-remove python3-pip-whl
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt/* /var/log/dpkg.log
