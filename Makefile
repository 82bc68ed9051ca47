# GNU make and Python >= 3.11 with venv are all a fresh machine needs.
PYTHON ?= python3
BIN := .venv/bin
PY := $(BIN)/python

.PHONY: env demo run test check lint types contracts docs goldens requirements clean

env: .venv/.ready

# uv lives inside the venv; everything is installed by hash.
.venv/.ready: requirements/uv.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit("webnet-bot needs Python 3.11 or newer; run: make PYTHON=python3.11 env" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip install --quiet --python $(PY) --require-hashes -r requirements/dev.txt
	@touch $@

demo: env
	$(PY) main.py demo

run: env
	$(PY) main.py run

test: env
	$(PY) -m pytest

check: env lint types contracts docs

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports

docs:
	$(PY) -m tests.docs --check

goldens: env
	UPDATE_GOLDENS=1 $(PY) -m pytest -q tests -k golden

# Rewrites the pins from pyproject.toml. No file names an index: uv takes the machine's own.
requirements:
	$(BIN)/uv pip compile -q requirements/uv.in --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -o requirements/uv.txt
	$(BIN)/uv pip compile -q pyproject.toml --group dev --all-extras --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -o requirements/dev.txt
	$(BIN)/uv pip compile -q pyproject.toml --extra http --extra postgres --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -c requirements/dev.txt -o requirements/run.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
