# serve, export, test, check, messages, format, notebooks, bench, bench-quick, bench-growth: each sets up what it needs in .venv and says what it does.
PORT ?= 8000
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := src/almaty_graph/web/static/packages
SIDE_BY_SIDE := $(BIN)/pytest -q -n 2 --dist loadfile
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := check
.PHONY: serve export test check messages format notebooks bench bench-quick bench-growth clean

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

.venv/packages: .venv/runtime frontend/package.json frontend/package-lock.json $(wildcard frontend/src/*.js)
	@echo "setting up frontend (what runs in the reader's browser)"
	@npm ci --prefix frontend --silent --ignore-scripts --no-audit --no-fund
	@npm run --prefix frontend --silent build
	@mkdir -p $(PACKAGES)/oxigraph
	@cp frontend/node_modules/oxigraph/web.js frontend/node_modules/oxigraph/web_bg.wasm $(PACKAGES)/oxigraph/
	@touch $@

serve: .venv/packages
	@$(BIN)/almaty-graph serve --port $(PORT)

export: .venv/packages
	@$(BIN)/almaty-graph export build/export

test: .venv/development .venv/packages
	@$(SIDE_BY_SIDE) -m "not slow and not alone"
	@$(BIN)/pytest -q -m "alone and not slow"

check: .venv/development .venv/packages
	@echo "format, lint, types"
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/almaty-graph format --check
	@$(BIN)/almaty-graph check
	@echo "tests, conformance, browser"
	@$(SIDE_BY_SIDE) -m "not alone"
	@$(BIN)/pytest -q -m alone

messages: .venv/development
	@$(BIN)/python tests/messages.py

format: .venv/development
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/almaty-graph format
	@$(BIN)/python tests/module_table.py
	@$(BIN)/python tests/settings_table.py
	@$(BIN)/python tests/citation_file.py

notebooks: .venv/development
	@echo "building a release, executing docs/notebooks"
	@$(BIN)/python tests/notebooks.py

.venv/benchmark: .venv/runtime
	@echo "setting up .venv (the peers of the benchmark)"
	@$(PIP) install -c constraints.txt --group bench
	@touch $@

bench: .venv/benchmark
	@$(BIN)/python -m benchmarks layers
	@$(BIN)/python -m benchmarks run

bench-quick: .venv/benchmark
	@$(BIN)/python -m benchmarks run --size 10k --rounds 2 --seconds 1 --times 2 --connections 1 --connections 64

bench-growth: .venv/benchmark
	@$(BIN)/python -m benchmarks growth

clean:
	@rm -rf .venv build dist artifacts frontend/node_modules $(PACKAGES)
