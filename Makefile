# Two commands set everything up: `make demo` and `make test`. The environment is made once, and again when the
# pinned requirements change. PYTHON=python3.13 takes another interpreter (after `make clean`), VENV=... another place.

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV ?= uv
ARGS ?=
# Checked here, so that an interpreter which is too old or lacks venv is passed over instead of failing half-way.
SUITS := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(SUITS)' 2>/dev/null && echo $$python && break; done)

.PHONY: demo test bench chaos sabotage check lint format requirements settings-docs screenshots clean

# The demo needs a small part of what the tests need, and the checkout itself need not be installed for it.
demo: $(VENV)/.demo-installed
	$(BIN)/python -m bot demo $(ARGS)

# In several processes; ARGS="-n 0" takes one, as pdb needs.
test: $(VENV)/.installed
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder --cov --cov-report=term $(ARGS)

# Takes a quarter of an hour and writes docs/benchmarks.md. ARGS="--quick", ARGS="--only slots" for a look.
bench: $(VENV)/.bench-installed
	$(BIN)/python -m tests.bench $(ARGS)

check: lint test

# Hundreds of faults in a row, in a quarter of an hour: one line and one closing sentence each. The suite has a short form.
chaos: $(VENV)/.installed
	$(BIN)/python -m tests.chaos.kills --kills 500 --seed 1
	$(BIN)/python -m tests.chaos.kills --kills 50 --seed 1 --signal TERM
	$(BIN)/python -m tests.chaos.kill_generations --api v2 --kills 50 --seed 1
	$(BIN)/python -m tests.chaos.kill_generations --api v1-async --kills 50 --seed 1
	$(BIN)/python -m tests.chaos.any_input --examples 5000 --seed 1
	$(BIN)/python -m tests.chaos.ledger_histories --count 10000 --seed 1

# The handling of each fault is broken in a copy, a hundred times, and its test has to fail. A quarter of an hour.
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
	@test -n "$(PYTHON)" || { echo "Needed: Python 3.11, 3.12 or 3.13 with venv (Debian: apt-get install python3-venv)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo-installed: requirements/demo.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/demo.txt
	touch $@

$(VENV)/.installed: pyproject.toml requirements/dev.txt | $(BIN)/python
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	touch $@ $(VENV)/.demo-installed

# What the bot is compared with: nothing else needs it.
$(VENV)/.bench-installed: requirements/bench.txt $(VENV)/.installed
	$(PIP) install --require-hashes -r requirements/bench.txt
	touch $@

# Needs uv. The smaller files are bound to the versions of dev.txt: what is tested is what runs.
requirements:
	$(COMPILE) --extra dev --output-file requirements/dev.txt $(UPGRADE)
	$(COMPILE) --extra dev --extra bench --constraints requirements/dev.txt --output-file requirements/bench.txt
	$(COMPILE) --extra demo --constraints requirements/dev.txt --output-file requirements/demo.txt
	$(COMPILE) --constraints requirements/dev.txt --output-file requirements/run.txt

COMPILE := $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header
# `make requirements UPGRADE=--upgrade` takes newer versions; without it only what pyproject.toml asks for changes.
UPGRADE ?=

# Needs chromium. Look at them afterwards.
screenshots: $(VENV)/.installed
	$(BIN)/python -m tests.browser.screenshots

settings-docs: $(VENV)/.installed
	$(BIN)/python -m tests.meta.settings_docs

clean:
	rm -rf $(VENV) build dist .coverage coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
