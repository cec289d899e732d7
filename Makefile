# The map of the reproduction: raw files -> patches -> encoders -> features -> classes -> tables and figures.
# `make` alone prints the targets. Every file is written under a temporary name and renamed, beside a JSON that says
# what made it; a step whose inputs and settings are unchanged is not run again.

PROFILE  ?= sample
OUT      ?= .
IMAGES   ?=
UVI      ?=
VMC      ?=
WEIGHTS  ?=
ENCODERS ?=
DEVICE   ?=
MIRROR   ?=
CHECKPOINTS ?= own
FUZZ     ?= 100000
FAULTS   ?= 1000

# PYTHON= names an interpreter that has everything installed (a container image): then no .venv is made.
PYTHON   ?=
PYTHON3  := $(shell command -v python3.11 || command -v python3.12 || command -v python3)
ifeq ($(strip $(PYTHON)),)
PY       := .venv/bin/python
SETUP    := .venv/.run-installed
SETUPDEV := .venv/.dev-installed
SETUPREL := .venv/.release-installed
else
PY       := $(PYTHON)
SETUP    :=
SETUPDEV :=
SETUPREL :=
endif

D := $(OUT)/data/$(PROFILE)
# What is made with the authors' trained encoders has folders and lists of its own.
AUTHORS := $(filter authors,$(CHECKPOINTS))
APART   := $(AUTHORS:%=/%)
R := $(D)/results$(APART)
F := $(OUT)/figures/$(PROFILE)$(APART)
T := $(OUT)/tables/$(PROFILE)$(APART)
PAGE := $(OUT)/report/$(PROFILE)$(APART)/index.html
INDEX := $(or $(AUTHORS),index).csv
CHOICES := --out $(OUT) $(if $(IMAGES),--images '$(IMAGES)') \
           $(if $(WEIGHTS),--weights '$(WEIGHTS)') $(if $(UVI),--uvi '$(UVI)') \
           $(if $(VMC),--vmc '$(VMC)') $(if $(ENCODERS),--encoders $(ENCODERS)) $(if $(DEVICE),--device $(DEVICE)) \
           $(if $(filter-out own,$(CHECKPOINTS)),--checkpoints $(CHECKPOINTS))
OPTIONS := --profile $(PROFILE) $(CHOICES)
RUN := $(PY) -m paper_repro
# Whether the profile has images of Venus.
VENUS := $(shell grep -s '^\[venus\]' paper_repro/profiles/$(PROFILE).toml)
VENUS_FLAT := $(shell sed -n 's/^\([a-z]*-[0-9.]*km\) *=.*/\1-flat/p' paper_repro/profiles/$(PROFILE).toml 2>/dev/null)
# Whether Table 1 is made over several trainings: the profile has more than one seed, and the encoders are trained here.
SEEDS := $(if $(AUTHORS),,$(shell sed -n '/^\[encoders\]/,/^\[grid\]/s/^seeds = .*,.*/seeds/p' \
           paper_repro/profiles/$(PROFILE).toml 2>/dev/null))
code = $(wildcard $(foreach room,$(1) profiles,paper_repro/$(room)/*.py)) paper_repro/paper.py

.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@echo "Variables: PROFILE=sample|swimcat|paper  IMAGES=folder  UVI=folder  VMC=folder  WEIGHTS=file"
	@echo "           ENCODERS=simple,simclr,autoencoder  CHECKPOINTS=own|authors  OUT=folder"
	@echo "           MIRROR=\"darts=address-or-folder psa=...\""
	@awk -F':.*## ' '/^[a-z0-9 -]+:.*## /{printf "  %-22s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: all
all: $(if $(filter paper,$(PROFILE)),fetch) patches tables figures $(R)/verdict.csv report ## everything: tables, figures, verdict and report of the profile; paper fetches what it needs

# ---- set-up -------------------------------------------------------------------------------------------------------
.venv/bin/python:
	@test -n "$(PYTHON3)" || { echo "Python 3.11 or newer is needed and none was found; install python3."; exit 1; }
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON3) is older. Install it, or name one with PYTHON3=."; exit 1; }
	@$(PYTHON3) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }

.venv/.run-installed: requirements.txt | .venv/bin/python
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.dev-installed: requirements-dev.txt requirements.txt | .venv/bin/python
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch .venv/.run-installed $@

.venv/.release-installed: requirements-release.txt | .venv/bin/python
	.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-release.txt
	@touch $@

# ---- what the user asked for: rewritten only when it changes, so that a change runs what depends on it --------------
.PHONY: FORCE
$(D)/request.txt: FORCE
	@mkdir -p $(D)
	@printf '%s\n' 'images=$(IMAGES)' 'uvi=$(UVI)' 'vmc=$(VMC)' 'weights=$(WEIGHTS)' 'encoders=$(ENCODERS)' > $@.new
	@if cmp -s $@.new $@; then rm -f $@.new; else mv $@.new $@; fi

# ---- the archives: only the profile paper fetches, so these three need no PROFILE= ---------------------------------
FETCH = $(RUN) fetch --profile $(if $(filter file,$(origin PROFILE)),paper,$(PROFILE)) $(CHOICES)
.PHONY: fetch fetch-plan check-data
fetch: | $(SETUP) ## fetch the paper's files that are needed (MIRROR=); none of what IMAGES=, UVI=, VMC=, WEIGHTS= name
	$(FETCH) $(foreach one,$(MIRROR),--mirror '$(one)')

fetch-plan: | $(SETUP) ## say what that would be: files, gigabytes, what is left out and why
	$(FETCH) --plan $(foreach one,$(MIRROR),--mirror '$(one)')

check-data: | $(SETUP) ## check what was fetched: pairs, versions, headers, hashes
	$(FETCH) --check

# What was fetched, rewritten only when it changes; absent where the user names all folders.
FETCHED := $(wildcard $(D)/raw/plan/fetched.csv)

# ---- the chain ----------------------------------------------------------------------------------------------------
$(D)/patches/index.csv: $(D)/request.txt $(FETCHED) paper_repro/profiles/$(PROFILE).toml $(call code,archives patches) \
                        | $(SETUP)
	$(RUN) patches --only photographs $(OPTIONS)

$(D)/patches/statistics.csv: $(D)/request.txt $(FETCHED) paper_repro/profiles/$(PROFILE).toml \
                             $(call code,archives observations patches) | $(SETUP)
	$(RUN) patches --only venus $(OPTIONS)

$(D)/encoders/%/$(INDEX): $(D)/patches/index.csv $(call code,encoders) $(if $(AUTHORS),$(FETCHED))
	$(RUN) train --set $* $(OPTIONS)

$(D)/features/%/$(INDEX): $(D)/encoders/%/$(INDEX)
	$(RUN) encode --set $* $(OPTIONS)

$(VENUS_FLAT:%=$(D)/encoders/%/$(INDEX)): $(D)/encoders/%/$(INDEX): $(D)/patches/statistics.csv \
                                                                        $(call code,encoders)
	$(RUN) train --set $* $(OPTIONS)

$(VENUS_FLAT:%=$(D)/features/%/$(INDEX)): $(D)/features/%/$(INDEX): $(D)/encoders/%/$(INDEX)
	$(RUN) encode --set $* $(OPTIONS)

.PRECIOUS: $(D)/encoders/%/$(INDEX) $(D)/features/%/$(INDEX)

$(R)/table1_runs.csv: $(D)/features/photos-colour/$(INDEX) $(call code,clustering experiments)
	$(RUN) cluster $(OPTIONS)

$(R)/table1_seeds.csv: $(R)/table1_runs.csv
	$(RUN) seeds $(OPTIONS)

$(R)/index.csv: $(D)/features/photos-colour/$(INDEX) $(D)/features/photos-gray/$(INDEX) \
                        $(call code,clustering experiments)
	$(RUN) benchmark $(OPTIONS)

$(R)/venus.csv: $(VENUS_FLAT:%=$(D)/features/%/$(INDEX)) $(call code,clustering experiments)
	$(RUN) venus $(OPTIONS)

$(T)/table1.csv: $(R)/table1_runs.csv $(call code,tables)
$(T)/table2.csv: $(D)/patches/index.csv $(call code,tables)
$(T)/table3.csv: $(R)/index.csv $(call code,tables)
$(T)/table4.csv: $(call code,tables) | $(SETUP)
$(T)/table%.csv:
	$(RUN) table $* $(OPTIONS)

$(T)/stability.csv: $(R)/venus.csv $(call code,tables)
	$(RUN) table stability $(OPTIONS)

$(T)/seeds.csv: $(R)/table1_seeds.csv $(call code,tables)
	$(RUN) table seeds $(OPTIONS)

$(R)/effects.csv: $(D)/patches/index.csv $(call code,encoders clustering experiments)
	$(RUN) effects $(OPTIONS)

$(T)/effects.csv: $(R)/effects.csv $(call code,tables)
	$(RUN) table effects $(OPTIONS)

JUDGED := $(T)/table1.csv $(T)/table2.csv $(T)/table3.csv $(T)/table4.csv \
          $(if $(VENUS),$(D)/patches/statistics.csv $(R)/venus.csv) \
          $(call code,verify verify/claims verify/measure)
$(R)/verdict.csv: $(JUDGED)
	$(RUN) verify $(OPTIONS)

# A figure's .txt is its caption with the list of its files.
CLASS_FIGURES := fig14 fig15 fig16
VENUS_FIGURES := fig01 fig03 fig04 fig05 fig06 fig07 fig08 fig09 fig10
BENCHMARK_FIGURES := fig02 fig11 fig12 fig13 losses accuracies

PAGE_FIGURES := $(if $(VENUS),$(VENUS_FIGURES) $(CLASS_FIGURES)) $(BENCHMARK_FIGURES)
# The effects count where they were made; by their .md, which has no rule, so that a page never trains.
$(PAGE): $(R)/verdict.csv $(PAGE_FIGURES:%=$(F)/%.txt) $(if $(SEEDS),$(T)/seeds.csv) $(R)/index.csv \
         $(if $(VENUS),$(T)/stability.csv $(R)/venus.csv) $(wildcard $(T)/effects.md) \
         $(call code,report) $(wildcard paper_repro/report/assets/* paper_repro/report/templates/*)
	$(RUN) report $(OPTIONS)

$(VENUS_FIGURES:%=$(F)/%.txt): $(D)/patches/statistics.csv $(call code,figures)
$(F)/fig02.txt: $(D)/patches/index.csv $(call code,figures)
$(F)/fig11.txt: $(D)/patches/index.csv $(call code,figures encoders)
$(F)/fig12.txt $(F)/fig13.txt: $(R)/index.csv $(call code,figures)
$(CLASS_FIGURES:%=$(F)/%.txt): $(R)/venus.csv $(call code,figures)
$(F)/losses.txt: $(D)/encoders/photos-colour/$(INDEX) $(D)/encoders/photos-gray/$(INDEX) $(call code,figures)
$(F)/accuracies.txt: $(T)/table1.csv $(call code,figures)
$(F)/%.txt:
	$(RUN) figure $* $(OPTIONS)

.PHONY: index patches train
index: | $(SETUP) ## list the observations of Venus in the archives' folders (UVI=, VMC=)
	$(RUN) index $(OPTIONS)

patches: $(D)/patches/index.csv $(if $(VENUS),$(D)/patches/statistics.csv) ## patch sets: the benchmark's photographs, and nadir patches of Venus (UVI=, VMC=)
train: $(D)/encoders/photos-colour/$(INDEX) $(D)/encoders/photos-gray/$(INDEX) ## train the encoders (SimCLR, autoencoder)

.PHONY: table1 table2 table3 table4 stability seeds effects tables benchmark venus
table1: $(T)/table1.csv ## Table 1: accuracies of the 30-cell, 8-repeat grid
table2: $(T)/table2.csv ## Table 2: parameters of the training
table3: $(T)/table3.csv ## Table 3: confusion matrices, colour and gray
table4: $(T)/table4.csv ## Table 4: parameters of the Venus patches
stability: $(T)/stability.csv ## how sure the classes of Venus' clouds are
seeds: $(T)/seeds.csv ## Table 1 over several trainings: the spread between them beside that of the repeats
effects: $(T)/effects.csv ## what each switch between the recipes does to the accuracy (trains 10 times; not in all)
tables: table1 table2 table3 table4 $(SEEDS) $(if $(VENUS),stability) ## all tables

.PHONY: figures $(VENUS_FIGURES) $(CLASS_FIGURES) $(BENCHMARK_FIGURES)
figures: $(if $(VENUS),$(VENUS_FIGURES) $(CLASS_FIGURES)) $(BENCHMARK_FIGURES) ## all; one alone: fig01 ... fig16, losses, accuracies (Table 1)
$(VENUS_FIGURES) $(CLASS_FIGURES) $(BENCHMARK_FIGURES): %: $(F)/%.txt
benchmark: table1 table3 fig12 fig13 ## the benchmark of Sect. 4.1
venus: $(CLASS_FIGURES) stability ## the classes of Venus' clouds of Sect. 4.2: training, classes, catalogue, Figs 14-16

.PHONY: verify report
verify: $(JUDGED) ## the verdict: each claim of the paper, its value, ours, and whether it was reproduced
	$(RUN) verify $(OPTIONS)

report: $(PAGE) ## one web page: the verdict, tables and figures beside the paper's, maps of the patches

.PHONY: clean distclean
clean: ## remove tables, figures, results and the report; keeps patches, trained encoders, features and downloads
	rm -rf $(T) $(F) $(R) $(PAGE)

distclean: ## remove everything that runs wrote, trained encoders and downloads included, and .venv
	rm -rf .venv $(OUT)/report $(OUT)/ro-crate-metadata.json $(OUT)/sbom.cdx.json \
	  $(foreach d,data figures tables,$(filter-out $(OUT)/$(d)/README.md,$(wildcard $(OUT)/$(d)/*)))

# ---- the code -----------------------------------------------------------------------------------------------------
.PHONY: test coverage mutation lint bench fuzz faults
test: | $(SETUPDEV) ## run the tests (on as many cores as there are)
	$(PY) -m pytest -q -n auto

# Machine code can't be traced: the tests of what numba compiles run a second time, with it left uncompiled.
COMPILED := $(addprefix tests/,patches/test_kernels.py patches/test_windows.py patches/test_nearest.py \
              encoders/test_resample.py simulated/test_venus_fields.py)
coverage: | $(SETUPDEV) ## branch coverage of the package; fails below 95 %, of the branches alone too
	$(PY) -m pytest -q -n auto --cov --cov-report=
	NUMBA_DISABLE_JIT=1 $(PY) -m pytest -q -n auto --cov --cov-append --cov-report= $(COMPILED)
	$(PY) -m coverage report --fail-under=95
	@$(PY) -m coverage json -q -o - | $(PY) -c 'import json, sys; \
	  found = json.load(sys.stdin)["totals"]["percent_branches_covered"]; \
	  print(f"Branches alone: {found:.1f} %"); sys.exit(found < 95)'

mutation: | $(SETUPDEV) ## put small mistakes into the formulas: do their tests find 80 %? (resumable; not in CI)
	$(PY) -m tests.mutation

lint: | $(SETUPDEV) ## ruff and mypy, both strict; hadolint for the Dockerfile, reuse for the licences
	$(PY) -m ruff check .
	$(PY) -m mypy paper_repro tests
	"$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("scripts"))')/hadolint" Dockerfile
	$(PY) -m reuse lint --quiet || $(PY) -m reuse lint

bench: | $(SETUPDEV) ## measure speed: each figure a ratio taken in one run
	$(PY) -m tests.bench

fuzz: | $(SETUPDEV) ## feed FUZZ=100000 mutated files to each reader of Venus' archives (1000000: nightly)
	$(PY) -m tests.observations.fuzz $(FUZZ)

faults: | $(SETUPDEV) ## fetch FAULTS=1000 files while servers, disks and processes fail at random
	$(PY) -m tests.download.faults $(FAULTS)

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

.PHONY: crate lock sbom vulnerabilities
crate: | $(SETUP) ## describe what a run left (inputs, code, outputs) as RO-Crate metadata: ro-crate-metadata.json
	$(RUN) crate $(OPTIONS)

# Holds for every Python from 3.11 on and every platform. What is locked stays as it is where it still fits; delete a
# lock file to take the newest. CPU_INDEX= is the address of an index that has torch's CPU wheels.
CPU_INDEX ?=
lock: | $(SETUPREL) ## write the lock files of requirements*.txt; with CPU_INDEX=address those for torch's CPU wheels
	for name in requirements requirements-dev; do \
	  $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock$(if $(CPU_INDEX), CPU_INDEX=)' -o $$name$(if $(CPU_INDEX),.cpu).lock \
	    $(if $(CPU_INDEX),--index '$(CPU_INDEX)' --index-strategy unsafe-best-match) \
	    $$(test $$name = requirements || echo --constraints requirements$(if $(CPU_INDEX),.cpu).lock) $$name.txt || exit; \
	done

sbom: $(OUT)/sbom.cdx.json ## list the packages of a run, with versions and hashes, as CycloneDX (sbom.cdx.json)
$(OUT)/sbom.cdx.json: requirements.lock pyproject.toml | $(SETUPDEV)
	$(PY) -m cyclonedx_py requirements requirements.lock --pyproject pyproject.toml --mc-type application \
	  --output-reproducible --output-format JSON --output-file $@.new
	@mv $@.new $@

vulnerabilities: | $(SETUPREL) ## ask the public lists for known weaknesses of the locked packages (needs the network)
	$(PY) -m pip_audit --requirement requirements.lock --require-hashes --disable-pip
