# What people type. Every target sets up what it needs; nothing is typed before.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup demo test check bench format lock

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.complete tests/node_client/node_modules/.complete ## set up everything (demo and test call it; does nothing when all is there)

$(VENV)/.complete: requirements.lock pyproject.toml
	@echo "Setting up the virtual environment in $(VENV) (once, about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "adnode needs Python 3.11 or newer; found " + sys.version.split()[0] + ". Run make with PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

tests/node_client/node_modules/.complete: $(VENV)/.complete tests/node_client/package-lock.json
	@echo "Installing the official Node client for the contract tests"
	@$(BIN)/python scripts/node_tool.py npm ci --no-audit --no-fund --silent --prefix tests/node_client
	@touch $@

demo: $(VENV)/.complete ## two emulated Azure DevOps, two nodes, work items in sync; stays up until Ctrl-C
	@$(BIN)/adnode demo

test: setup ## all tests
	@echo "Running the tests (several minutes; acceptance tests start real processes)"
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/.complete ## format, lint, types, import contracts, dead code, lock files
	@echo "format" && $(BIN)/ruff format --check .
	@echo "lint" && $(BIN)/ruff check .
	@echo "types" && $(BIN)/mypy
	@echo "import contracts" && $(BIN)/lint-imports
	@echo "dead code" && $(BIN)/vulture
	@echo "lock files carry no URLs" && ! grep -nE 'https?://' requirements.lock tests/node_client/package-lock.json

bench: $(VENV)/.complete ## call floors, latency, backfill and memory, as ratios
	@$(BIN)/python -m benchmarks

format: $(VENV)/.complete ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: $(VENV)/.complete ## make requirements.lock anew from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv==0.13.9
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
