# serve, test, check, format, bench: each sets up what it needs in .venv and says what it does.
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := check
.PHONY: serve test check format bench clean

.venv/runtime: pyproject.toml constraints.txt
	@echo "setting up .venv (publisher)"
	@$(PYTHON) -m venv .venv
	@$(PIP) install -c constraints.txt --upgrade pip
	@$(PIP) install -c constraints.txt --editable .
	@touch $@

.venv/development: .venv/runtime
	@echo "setting up .venv (tests and tools)"
	@$(PIP) install -c constraints.txt --group dev
	@touch $@

serve: .venv/runtime
	@$(BIN)/almaty-graph serve --port $(PORT)

test: .venv/development
	@$(BIN)/pytest -q -m "not slow"

check: .venv/development
	@echo "format, lint, types"
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/almaty-graph format --check
	@$(BIN)/almaty-graph check
	@echo "tests, conformance, browser"
	@$(BIN)/pytest -q

format: .venv/development
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/almaty-graph format
	@$(BIN)/python tests/module_table.py

bench: .venv/runtime
	@$(BIN)/python -W ignore::DeprecationWarning benchmarks/run.py

clean:
	@rm -rf .venv build dist artifacts
