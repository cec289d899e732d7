# Everything that a run needs, at the versions of the lock file, for a run without a network:
#   docker build -t paper-repro . && docker run --rm -v "$PWD/out:/out" paper-repro make all
# Stages: `runtime` (the last, so the default) has what `make all` needs; `test` has the tests and what they need.

# DIGEST=@sha256:... pins the base image's bytes as well as its name.
ARG DEBIAN=bookworm-slim
ARG DIGEST=""
FROM debian:${DEBIAN}${DIGEST} AS system
# SNAPSHOT=20261101T000000Z takes Debian's packages as they were at that time, from Debian's own archive of its past.
ARG SNAPSHOT=""
# Debian's packages keep their major versions within a release; SNAPSHOT pins them all.
# hadolint ignore=DL3008
RUN if [ -n "$SNAPSHOT" ]; then \
      printf 'deb [check-valid-until=no] http://snapshot.debian.org/archive/%s %s main\n' \
        "debian/$SNAPSHOT" bookworm "debian/$SNAPSHOT" bookworm-updates \
        "debian-security/$SNAPSHOT" bookworm-security > /etc/apt/sources.list \
      && rm -f /etc/apt/sources.list.d/debian.sources; \
    fi \
    && apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates make python3 tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/cache/ldconfig/aux-cache \
         /var/log/apt/* /var/log/dpkg.log /var/log/alternatives.log \
    && mkdir -m 1777 /out
# All that is written goes below /out, the one folder that must be writable; PAPER_REPRO_PYTHON keeps make from making a .venv.
# DejaVu, the font of the figures, comes with matplotlib. A user id without a name in passwd is no mistake.
ENV PATH=/opt/venv/bin:$PATH \
    PAPER_REPRO_PYTHON=/opt/venv/bin/python \
    OUT=/out PAPER_REPRO_OUT=/out \
    USER=paper-repro \
    HOME=/out/.cache \
    TMPDIR=/out/.cache/tmp \
    XDG_CACHE_HOME=/out/.cache \
    MPLCONFIGDIR=/out/.cache/matplotlib \
    NUMBA_CACHE_DIR=/out/.cache/numba \
    TORCH_HOME=/out/.cache/torch \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# The packages, before the code: a change of code installs nothing again. pip comes from Debian for the length of a step.
FROM system AS packages
# CPU_INDEX=address of an index that has torch's CPU wheels takes the packages of requirements.cpu.lock instead.
ARG CPU_INDEX=""
COPY requirements.*lock container/install.sh /opt/lock/
RUN sh /opt/lock/install.sh requirements

FROM packages AS test-packages
ARG CPU_INDEX=""
COPY requirements-dev.*lock /opt/lock/
RUN sh /opt/lock/install.sh requirements-dev

FROM test-packages AS test
COPY . /paper-repro
WORKDIR /paper-repro
RUN chmod -R a+rX,go-w . && python -m compileall -q paper_repro tests
# pytest and hypothesis keep notes of past runs beside the code, which can't be written here.
ENV PYTHONPATH=/paper-repro \
    PYTEST_ADDOPTS="-p no:cacheprovider" \
    HYPOTHESIS_STORAGE_DIRECTORY=/out/.cache/hypothesis
USER 1000:1000
ENTRYPOINT ["tini", "--", "/paper-repro/container/start.sh"]
CMD ["make", "test"]

FROM packages AS runtime
COPY Makefile pyproject.toml LICENSE README.md REPRODUCING.md CITATION.cff /paper-repro/
COPY container/start.sh /paper-repro/container/
COPY paper_repro /paper-repro/paper_repro
WORKDIR /paper-repro
RUN chmod -R a+rX,go-w . && python -m compileall -q paper_repro
# `import paper_repro` works in every folder, not in this one alone.
ENV PYTHONPATH=/paper-repro
USER 1000:1000
ENTRYPOINT ["tini", "--", "/paper-repro/container/start.sh"]
CMD ["make", "help"]
