# All that a fresh machine needs is GNU make, and Python 3.11 or newer with venv. Everything else goes into .venv, by hash,
# installed by a pinned uv that lives there, too. No file names a package index: pip and uv take the machine's own.
PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python
SYNC := $(BIN)/uv pip sync --quiet --compile-bytecode --python $(PY) --require-hashes
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url

# Tests and benchmarks start hundreds of processes, which are not to compile the same modules again each.
unexport PYTHONDONTWRITEBYTECODE

# What running needs is a small part of the whole, so a first demo comes up sooner. Once the whole is there, it serves all.
RUNNABLE := $(if $(wildcard .venv/.ready),.venv/.ready,.venv/.runnable)

.PHONY: help env demo run test test-databases check lint types contracts docs goldens types-slack pictures test-browser faults soak bench bench-quick wheel requirements upgrade clean FORCE

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-13s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

env: .venv/.ready ## set .venv up, nothing else
	@:

demo: $(RUNNABLE) ## a simulated WebNet, an emulated Slack and Teams, and the bot between them; REPORT=1: with a report after a minute
	@$(PY) main.py demo $(if $(REPORT),--report)

run: $(RUNNABLE) ## the bot, with config.toml and the environment
	@$(PY) main.py run

test: env ## the whole suite, PostgreSQL included
	@$(PY) -m pytest

test-databases: env ## the tests of which `make test` runs a part on PostgreSQL, every one of them on both databases
	@EVERY_DATABASE=1 $(PY) -m pytest tests/configs tests/e2e tests/feeds tests/http tests/jobs

test-browser: env ## the emulated Slack's page in Debian's chromium
	@command -v chromium chromium-browser google-chrome >/dev/null || { echo "There is no chromium here: install it (the package chromium on Debian and Ubuntu)" >&2; exit 1; }
	@EVERY_LOOK=1 $(PY) -m pytest tests/browser

types-slack: env ## the golden messages against Slack's own types; needs node and npm, which fetches two packages
	@$(PY) -m tools.types_slack

pictures: env ## take the pictures of docs/ again, to be looked at in the diff
	@UPDATE_GOLDENS=1 $(PY) -m pytest tests/browser -k picture

check: lint types contracts docs ## everything but the tests

lint: env
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@if [ -x $(BIN)/hadolint ]; then $(BIN)/hadolint Dockerfile; fi

types: env
	@$(BIN)/mypy --no-error-summary

contracts: env
	@$(BIN)/lint-imports --no-logo

docs: env
	@$(PY) -m tools.docs --check

goldens: env ## write the golden files and the generated docs again, to be read in the diff
	@UPDATE_GOLDENS=1 $(PY) -m pytest tests -k golden
	@$(PY) -m tools.docs

faults: env ## what happens when things break, with times and counts
	@$(PY) -m tests.faults

soak: env ## everything at once for MINUTES=30, with kills and outages: what was delivered, answered, and how it grew
	@EXPRESSIONS=10000 $(PY) -m pytest --timeout=0 tests/devices/test_generated.py
	@SHOW_LINES=10000 $(PY) -m pytest --timeout=0 tests/e2e/test_show.py -k generated
	@SUGGESTIONS=20000 $(PY) -m pytest --timeout=0 tests/slack/test_suggestions.py -k whatever
	@FORMS=10000 $(PY) -m pytest --timeout=0 tests/e2e/test_forms.py -k whatever
	@SNIPPETS=10000 $(PY) -m pytest --timeout=0 tests/e2e/test_deploys_generated.py -k "reaches and sqlite"
	@DEPLOYS=10000 $(PY) -m pytest --timeout=0 tests/deploys/test_steps.py -k whatever
	@HISTORIES=20000 $(PY) -m pytest --timeout=0 tests/delivery/test_histories.py
	@STORED_HISTORIES=300 $(PY) -m pytest --timeout=0 tests/delivery/test_stored_histories.py
	@QUERIES=10000 $(PY) -m pytest --timeout=0 tests/store/test_search_generated.py
	@$(PY) -m tests.soak --minutes $(or $(MINUTES),30) $(if $(SEED),--seed $(SEED))

bench: env ## times and memory, beside yardsticks
	@$(PY) -m benchmarks

bench-quick: env
	@$(PY) -m benchmarks --quick

wheel: env ## dist/webnet_bot-….whl, built without an index
	@$(PY) -m hatchling build -t wheel

upgrade: COMPILE += --upgrade
upgrade: requirements ## pin the newest of everything that pyproject.toml allows

requirements: env ## pin what pyproject.toml asks for, and keep the pins that still fit
	@$(COMPILE) requirements/uv.in -o requirements/uv.txt
	@$(COMPILE) pyproject.toml --group dev --all-extras -o requirements/dev.txt
	@$(COMPILE) pyproject.toml --extra http --extra postgres --extra teams -c requirements/dev.txt -o requirements/run.txt
	@$(COMPILE) requirements/build.in -c requirements/dev.txt -o requirements/build.txt

clean: ## remove .venv and every cache
	@rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# --- the environment; the stamp .venv/.uv holds the name of the Python that made it

.venv/.ready: .venv/.uv requirements/dev.txt
	@$(SYNC) requirements/dev.txt
	@touch $@

.venv/.runnable: .venv/.uv requirements/run.txt
	@$(SYNC) requirements/run.txt
	@touch $@

.venv/.uv: requirements/uv.txt
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here: install Python 3.11 or newer, or name yours: make PYTHON=/path/to/python env" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11: name a newer one, such as: make PYTHON=python3.11 env" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments: install its venv package (python3-venv on Debian and Ubuntu)" >&2; exit 1; }
	@echo "Setting .venv up"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@echo "$(PYTHON)" >$@

# A Python that is asked for by name, and is not the one that made .venv, makes it again.
ifneq ($(origin PYTHON),file)
ifneq ($(shell cat .venv/.uv 2>/dev/null),$(PYTHON))
.venv/.uv: FORCE
endif
endif
