# Thin aliases for `python -m paper_repro`, which decides what is up to date and makes the rest. `make` alone is help.
# What the user names (IMAGES= ...) reaches Python through the environment as it was typed; no shell ever sees it.
# Tried with GNU make 4.3; nothing here is newer than 3.81, which macOS has.
CAMERAS := $(basename $(notdir $(shell grep -lE '^INSTRUMENTS? = ' $(dir $(lastword $(MAKEFILE_LIST)))paper_repro/observations/*.py | tr a-z A-Z)))
NAMES := PROFILE OUT IMAGES SPLITS $(CAMERAS) INSTRUMENT WEIGHTS ENCODERS DEVICE MIRROR CHECKPOINTS
$(foreach name,$(NAMES),$(eval export PAPER_REPRO_$(name) = $$(value $(name))))
OUT    ?= .
FUZZ   ?= 100000
FAULTS ?= 1000

# PAPER_REPRO_PYTHON, or PYTHON= on make's command line, names an interpreter that has everything installed (an image's):
# then no .venv is made. A PYTHON in the environment is somebody else's and means nothing here.
ifeq ($(origin PYTHON),command line)
PAPER_REPRO_PYTHON := $(PYTHON)
endif
ifeq ($(strip $(PAPER_REPRO_PYTHON)),)
PYTHON3  := $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
PY       := .venv/bin/python
SETUP    := .venv/.run-installed
SETUPDEV := .venv/.dev-installed
SETUPREL := .venv/.release-installed
else
PY       := $(PAPER_REPRO_PYTHON)
endif
RUN := exec "$(PY)" -m paper_repro
PIP := .venv/bin/python -m pip install --quiet --disable-pip-version-check

# An interpreter without pip, which a failed set-up leaves, would be taken for a finished one the next time.
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

.DEFAULT:
	@echo "make: there is no such target. Those there are:" >&2; $(MAKE) --no-print-directory help >&2; exit 2

.PHONY: help
help: ## this list
	@echo "Variables: PROFILE=sample|swimcat|truth|paper|FILE.toml  IMAGES=folder  SPLITS=join  INSTRUMENT=ir2-226"
	@echo "           UVI=folder  VMC=folder  IR1=folder  IR2=folder  LIR=folder  OUT=folder  MIRROR=\"darts=place psa=...\""
	@echo "           WEIGHTS=file  ENCODERS=simple,simclr,autoencoder  CHECKPOINTS=own|authors  DEVICE=cpu|cuda|mps"
	@awk -F':.*## ' '/^[a-z0-9 -]+:.*## /{printf "  %-22s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

# ---- set-up -------------------------------------------------------------------------------------------------------
.venv/bin/python:
	@test -n "$(PYTHON3)" || { echo "Python 3.11 or newer is needed and none was found; install python3."; exit 1; }
	@"$(PYTHON3)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON3) is older. Install it, or name one with PYTHON3=."; exit 1; }
	@"$(PYTHON3)" -m venv .venv || { test ! -f .venv/pyvenv.cfg || $@ -m ensurepip 2>&1 | awk '/^ERROR/{print; exit}' >&2; exit 1; }

.venv/.run-installed: requirements.txt requirements.lock pyproject.toml | .venv/bin/python
	@sh container/setup.sh .venv/bin/python requirements
	$(PIP) --no-deps -e . && touch $@
.venv/.dev-installed: requirements-dev.txt requirements-dev.lock requirements.txt pyproject.toml | .venv/bin/python
	@sh container/setup.sh .venv/bin/python requirements-dev
	$(PIP) --no-deps -e . && touch .venv/.run-installed $@
.venv/.release-installed: requirements-release.txt | .venv/bin/python
	$(PIP) -r requirements-release.txt && touch $@

# ---- what a run makes ---------------------------------------------------------------------------------------------
FIGURES := fig01 fig02 fig03 fig04 fig05 fig06 fig07 fig08 fig09 fig10 fig11 fig12 fig13 fig14 fig15 fig16
TARGETS := all patches train table1 table2 table3 table4 tables figures $(FIGURES) losses accuracies benchmark venus \
           stability time shares lives trends latitudes hovmoeller transitions seeds effects duplicates scan truth \
           truth_recovered verify report
.PHONY: $(TARGETS)
all: ## everything: tables, figures, verdict and report of the profile; paper fetches what it needs
patches: ## patch sets: the benchmark's photographs, and nadir patches of Venus (UVI=, VMC=)
train: ## train the encoders (SimCLR, autoencoder)
table1: ## Table 1: accuracies of the 30-cell, 8-repeat grid
table2: ## Table 2: parameters of the training
table3: ## Table 3: confusion matrices, colour and gray
table4: ## Table 4: parameters of the Venus patches
tables: ## all tables
figures: ## all figures; one alone: fig01 ... fig16, losses, accuracies (Table 1)
benchmark: ## the benchmark of Sect. 4.1: Tables 1 and 3, Figs 12 and 13
venus: ## the classes of Venus' clouds of Sect. 4.2: training, classes, catalogue, Figs 14-16
stability: ## how stable the classes of Venus' clouds are
time: ## the classes of Venus' clouds in time: shares, life times, transitions, wind; tables and figures
seeds: ## Table 1 over several trainings: the spread between them beside that of the repeats
effects: ## what each switch between the recipes does to the accuracy (trains 13 times; not in all)
duplicates: ## groups of near-identical photographs, and what of Table 1 rests on them (not in all)
scan: ## SCAN in place of the clustering, Sect. 5 (not in all)
truth: ## how far classes can be trusted: simulated patches, one property turned (not in all)
verify: ## the verdict: each claim of the paper, its value, ours, and whether it was reproduced
report: ## one web page: the verdict, tables and figures beside the paper's, maps of the patches
$(TARGETS): | $(SETUP)
	@$(RUN) run $@

.PHONY: index fetch fetch-plan check-data crate clean distclean
index: | $(SETUP) ## list the observations of Venus in the archives' folders (UVI=, VMC=)
	@$(RUN) index
fetch: | $(SETUP) ## fetch the paper's files that are needed (MIRROR=); none of what IMAGES=, UVI=, VMC=, WEIGHTS= name
	@$(RUN) fetch
fetch-plan: | $(SETUP) ## say what make fetch would fetch: files, gigabytes, what is left out and why
	@$(RUN) fetch --plan
check-data: | $(SETUP) ## check what was fetched: pairs, versions, headers, hashes
	@$(RUN) fetch --check
crate: | $(SETUP) ## describe what a run left (inputs, code, outputs) as RO-Crate metadata: ro-crate-metadata.json
	@$(RUN) crate
clean: ## remove tables, figures, results and the report; keeps patches, trained encoders, features and downloads
	@test ! -x "$(PY)" || $(RUN) clean
distclean: ## remove everything that runs wrote, trained encoders and downloads included, and .venv
	@test ! -x "$(PY)" || $(RUN) distclean
	rm -rf .venv

# ---- the code -----------------------------------------------------------------------------------------------------
.PHONY: test coverage mutation lint bench fuzz faults
test: | $(SETUPDEV) ## run the tests (on as many cores as there are)
	"$(PY)" -m pytest -q -n auto --dist loadfile --no-loadscope-reorder

# Machine code can't be traced: the tests of what numba compiles run a second time, with it left uncompiled.
COMPILED := $(addprefix tests/,patches/test_kernels.py patches/test_windows.py patches/test_nearest.py \
              encoders/test_resample.py simulated/test_venus_fields.py)
coverage: | $(SETUPDEV) ## coverage of the package; fails below 95 %, or below 95 % of the branches alone
	"$(PY)" -m pytest -q -n auto --dist loadfile --no-loadscope-reorder --cov --cov-report=
	NUMBA_DISABLE_JIT=1 "$(PY)" -m pytest -q -n auto --cov --cov-append --cov-report= $(COMPILED)
	"$(PY)" -m coverage report --fail-under=95
	@"$(PY)" -m tests.branches 95

mutation: | $(SETUPDEV) ## put small mistakes into the formulas: do their tests find 80 %? (resumable; not in CI)
	"$(PY)" -m tests.mutation
lint: | $(SETUPDEV) ## ruff and mypy, both strict; hadolint for the Dockerfile, reuse for the licences
	"$(PY)" -m ruff check .
	"$(PY)" -m mypy paper_repro tests
	"$$("$(PY)" -c 'import sysconfig; print(sysconfig.get_path("scripts"))')/hadolint" Dockerfile
	"$(PY)" -m reuse lint --quiet || "$(PY)" -m reuse lint
bench: | $(SETUPDEV) ## measure speed: each figure a ratio taken in one run
	"$(PY)" -m tests.bench
fuzz: | $(SETUPDEV) ## feed FUZZ=100000 mutated files to each reader of Venus' archives (1000000: nightly)
	"$(PY)" -m tests.observations.fuzz $(FUZZ)
faults: | $(SETUPDEV) ## fetch FAULTS=1000 files while servers, disks and processes fail at random
	"$(PY)" -m tests.download.faults $(FAULTS)

# ---- a container, and what goes with a publication ------------------------------------------------------------------
# IMAGE= names the image; BUILD= has more arguments of its build: BUILD='--build-arg DIGEST=@sha256:...'.
IMAGE ?= paper-repro
BUILD ?=
ENGINE = $(or $(shell for one in docker podman buildah; do $$one info >/dev/null 2>&1 && echo $$one && break; done), \
           $(error No container engine works here: install and start docker, podman or buildah, or use no container: make all))
# Without root's rights podman gives its user's id to the container only if asked to.
WITHIN = -v "$(CURDIR)/out:/out" --network none --user "$$(id -u):$$(id -g)"
KEEP   = $$(test "$$(id -u)" = 0 || echo --userns=keep-id)
# $(call inside,image,command,more flags): runs a command in a container that is removed afterwards.
inside = $(if $(filter buildah,$(ENGINE)), \
  at=$$(buildah from $(1)) && { buildah run $(3) $(WITHIN) $$at -- tini -- container/start.sh $(2); \
  status=$$?; buildah rm $$at >/dev/null; exit $$status; }, \
  $(ENGINE) run --rm $(3) $(WITHIN) $(if $(filter podman,$(ENGINE)),$(KEEP)) $(1) $(2))
.PHONY: image image-test image-shell
image: ## build the container image with docker, podman or buildah, whichever works (IMAGE=, BUILD=)
	$(ENGINE) build $(BUILD) -t $(IMAGE) .
image-test: ## build the image of the tests and run them in it, without a network
	$(ENGINE) build $(BUILD) --target test -t $(IMAGE)-test .
	@mkdir -p out
	$(call inside,$(IMAGE)-test,make test)
image-shell: image ## a shell in the image; what is written in its /out is in out/
	@mkdir -p out
	$(call inside,$(IMAGE),bash,-t $(if $(filter-out buildah,$(ENGINE)),-i))

.PHONY: lock sbom vulnerabilities
# Holds for every Python from 3.11 on and every platform. What is locked stays as it is where it still fits; delete a
# lock file to take the newest. CPU_INDEX= is the address of an index that has torch's CPU wheels.
CPU_INDEX ?=
lock: | $(SETUPREL) ## write the lock files of requirements*.txt; with CPU_INDEX=address those for torch's CPU wheels
	@CPU_INDEX='$(CPU_INDEX)' sh container/lock.sh "$(PY)"

sbom: | $(SETUPDEV) ## list the packages of a run, with versions and hashes, as CycloneDX (sbom.cdx.json)
	"$(PY)" -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --output-format JSON --output-file "$$PAPER_REPRO_OUT/sbom.cdx.json"

vulnerabilities: | $(SETUPREL) ## look the locked packages up in public lists of vulnerabilities (needs the network)
	"$(PY)" -m pip_audit --requirement requirements.lock --require-hashes --disable-pip
