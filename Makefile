# Two commands set everything up: `make demo` and `make test`. The environment is created once, and again when the
# pinned requirements change. PYTHON=python3.13 selects another interpreter (after `make clean`), VENV=... another folder.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV ?= uv
ARGS ?=
# Skips interpreters that are too old or lack venv, instead of failing halfway.
SUITS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(SUITS)' 2>/dev/null && echo $$python && break; done)

.PHONY: install demo test test-databases coverage bench chaos sabotage check lint format requirements release image-check settings-docs screenshots clean

# What operators need, and no more. The next `make test` makes the environment one for development again.
install: $(BIN)/python
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps .
	@rm -f $(VENV)/.installed

# The demo needs fewer packages than the tests, and runs without installing the checkout.
demo: $(VENV)/.demo-installed
	$(BIN)/python -m bot demo $(ARGS)

# In several processes; ARGS="-n 0" uses one, which pdb needs.
test: $(VENV)/.installed
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

# All tests of storage, use cases and the worker on both databases; `test` runs some of them on PostgreSQL.
# Needs Debian's postgresql.
test-databases: $(VENV)/.installed
	BOTH_DATABASES=1 $(MAKE) test ARGS="tests/integration $(ARGS)"

# Not part of `test`: measuring takes several minutes more, and the whole suite should stay under ten.
coverage:
	$(MAKE) test ARGS="--cov --cov-report=term $(ARGS)"

# Takes 30 minutes, needs PostgreSQL and writes docs/benchmarks.md. ARGS="--quick" or ARGS="--only slots" for a quick look.
bench: $(VENV)/.bench-installed
	$(BIN)/python -m tests.bench $(ARGS)

check: lint test

# Takes three quarters of an hour and needs PostgreSQL; each run ends with one line. The suite runs shorter versions.
chaos: $(VENV)/.installed
	$(BIN)/python -m tests.chaos.kills --kills 500 --seed 1
	$(BIN)/python -m tests.chaos.kills --kills 50 --seed 1 --signal TERM
	$(BIN)/python -m tests.chaos.kill_generations --api v2 --kills 50 --seed 1
	$(BIN)/python -m tests.chaos.kill_generations --api v1-async --kills 50 --seed 1
	$(BIN)/python -m tests.chaos.slow_channels --rounds 4 --seed 1
	$(BIN)/python -m tests.chaos.any_input --examples 5000 --seed 1
	$(BIN)/python -m tests.chaos.strangers --stories 60 --steps 80 --seed 1
	$(BIN)/python -m tests.chaos.ledger_histories --count 10000 --seed 1
	$(BIN)/python -m tests.chaos.unsure_database --lives 300 --seed 1
	$(BIN)/python -m tests.chaos.fleets.fleet_kills --kills 500 --seed 1
	$(BIN)/python -m tests.chaos.fleets.one_limit --kills 20 --seed 1
	$(BIN)/python -m tests.chaos.fleets.split_brain --freezes 40 --seed 1
	$(BIN)/python -m tests.chaos.fleets.server_crashes --crashes 12 --away-s 30 --hung-s 15 --seed 1
	$(BIN)/python -m tests.chaos.fleets.blob_faults --away-s 20 --seed 1

# Breaks the handling of each fault in a copy and expects its test to fail. Takes 20 minutes.
sabotage: $(VENV)/.installed
	$(BIN)/python -m tests.chaos.sabotage $(ARGS)

lint: $(VENV)/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Needed: Python 3.11, 3.12, 3.13 or 3.14 with venv (Debian: apt-get install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo-installed: requirements/demo.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/demo.txt
	touch $@

$(VENV)/.installed: pyproject.toml requirements/dev.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.demo-installed

# The rivals that the bot is measured against; nothing else needs them.
$(VENV)/.bench-installed: requirements/bench.txt $(VENV)/.installed
	$(PIP) install --require-hashes -r requirements/bench.txt
	touch $@

$(VENV)/.release-installed: requirements/release.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/release.txt
	touch $@

# Needs uv. The other files use the versions in dev.txt, so the tested versions are the ones that run.
requirements:
	$(COMPILE) --extra dev --output-file requirements/dev.txt $(UPGRADE)
	$(COMPILE) --extra dev --extra bench --constraints requirements/dev.txt --output-file requirements/bench.txt
	$(COMPILE) --extra release --constraints requirements/dev.txt --output-file requirements/release.txt
	$(COMPILE) --extra demo --constraints requirements/dev.txt --output-file requirements/demo.txt
	$(COMPILE) --extra metrics --constraints requirements/dev.txt --output-file requirements/metrics.txt
	$(COMPILE) --extra metrics --extra postgresql --constraints requirements/dev.txt --output-file requirements/postgresql.txt
	$(COMPILE) --extra metrics --extra s3 --constraints requirements/dev.txt --output-file requirements/s3.txt
	$(COMPILE) --constraints requirements/dev.txt --output-file requirements/run.txt
	printf 'hatchling>=1.27\n' | $(LOCK) - --constraints requirements/dev.txt --output-file requirements/build.txt

COMPILE = $(LOCK) pyproject.toml
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header
# UPGRADE=--upgrade takes newer versions; without it only packages that changed in pyproject.toml do.
UPGRADE ?=

# Needs chromium. Look at them afterwards.
screenshots: $(VENV)/.installed
	$(BIN)/python -m tests.browser.screenshots

# Builds what a release has into dist/, from a tagged commit. ARGS="--rehearse" does so from any commit.
release: $(VENV)/.release-installed
	$(BIN)/python -m tests.deploy.release $(ARGS)

# Builds and runs deploy/Dockerfile without a container engine, in two minutes. Needs root, for mount namespaces.
image-check: $(VENV)/.installed
	$(BIN)/python -m tests.deploy.image_check $(ARGS)

settings-docs: $(VENV)/.installed
	$(BIN)/python -m tests.meta.settings_docs

clean:
	rm -rf $(VENV) build dist .coverage coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
