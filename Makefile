# What people type. Every target sets up what it needs; nothing is typed before.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE_TOOL := $(BIN)/python scripts/node_tool.py
NPM_CI := $(NODE_TOOL) npm ci --no-audit --no-fund --loglevel=error --prefix
PAGES := .setup/pages
PAGE_SOURCES := $(shell find extension/src -type f) extension/entries.json extension/vite.config.ts extension/scripts/build.mjs
NPM_LOCK_FILES := tests/node_client/package-lock.json extension/package-lock.json extension/packaging/package-lock.json
LOCK_FILES := requirements.lock $(NPM_LOCK_FILES)
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help setup demo test check bench mutants examples package format lock

help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.complete tests/node_client/node_modules/.complete extension/packaging/node_modules/.complete $(PAGES) .setup/browser .setup/releases/complete ## set up everything (the other targets call what they need of it)

$(VENV)/.complete: requirements.lock pyproject.toml
	@echo "Setting up the virtual environment in $(VENV) (once, about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "adnode needs Python 3.11 or newer; found " + sys.version.split()[0] + ". Run make with PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

tests/node_client/node_modules/.complete: $(VENV)/.complete tests/node_client/package-lock.json
	@echo "Installing the official Node client for the contract tests"
	@$(NPM_CI) tests/node_client > /dev/null
	@touch $@

extension/node_modules/.complete: $(VENV)/.complete extension/package-lock.json
	@echo "Installing what the hub page is built with (once, about half a minute)"
	@$(NPM_CI) extension > /dev/null
	@touch $@

extension/packaging/node_modules/.complete: $(VENV)/.complete extension/packaging/package-lock.json
	@echo "Installing what packs the extension"
	@$(NPM_CI) extension/packaging > /dev/null
	@touch $@

$(PAGES): extension/node_modules/.complete $(PAGE_SOURCES)
	@echo "Building the hub page and the work item panel"
	@$(NODE_TOOL) npm run --silent build --prefix extension
	@mkdir -p .setup && touch $@

.setup/browser: $(VENV)/.complete scripts/browser.py
	@echo "Looking for a browser for the tests"
	@mkdir -p .setup
	@$(BIN)/python scripts/browser.py > $@.found && mv $@.found $@

.setup/releases/complete: $(VENV)/.complete scripts/releases.py tests/acceptance/releases.txt
	@echo "Building the releases in the field from the history (once, about a minute for each)"
	@$(BIN)/python scripts/releases.py && touch $@

demo: $(VENV)/.complete $(PAGES) ## two emulated Azure DevOps, two nodes, work items in sync; stays up until Ctrl-C
	@$(BIN)/adnode demo

test: setup ## all tests
	@echo "Running the tests of the hub page"
	@$(NODE_TOOL) npm run --silent test --prefix extension
	@echo "Running the tests of the node (several minutes: they start real processes and a real browser)"
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.complete $(PAGES) ## format, lint, types, import contracts, dead code, lock files, the hub page's lint and size
	@echo "format" && $(BIN)/ruff format --check .
	@echo "lint" && $(BIN)/ruff check .
	@echo "types" && $(BIN)/mypy
	@echo "import contracts" && $(BIN)/lint-imports
	@echo "dead code" && $(BIN)/vulture
	@echo "lock files carry no URLs" && ! grep -nE 'https?://' $(LOCK_FILES)
	@echo "hub page: types and lint" && $(NODE_TOOL) npm run --silent check --prefix extension
	@echo "hub page: size" && $(NODE_TOOL) npm run --silent size --prefix extension

bench: $(VENV)/.complete ## call floors, latency, backfill, memory, and what strangers cost
	@$(BIN)/python -m benchmarks

mutants: $(VENV)/.complete ## one-line changes of the engine, each of which must turn a test red (half an hour)
	@$(BIN)/python scripts/mutants.py

EXAMPLES ?= 100000
examples: $(VENV)/.complete ## the property tests with EXAMPLES=… examples, others each time (hours)
	@$(BIN)/python scripts/examples.py $(EXAMPLES)

package: $(PAGES) extension/packaging/node_modules/.complete ## the .vsix for Azure DevOps Services and Server; NODE_URL=https://… names the node
	@$(NODE_TOOL) npm run --silent package --prefix extension -- $(if $(NODE_URL),--node-url $(NODE_URL))

format: $(VENV)/.complete ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: $(VENV)/.complete ## make requirements.lock anew from pyproject.toml, and take the URLs out of npm's lock files
	@$(BIN)/python -m pip install --quiet uv==0.13.9
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
	@$(BIN)/python scripts/npm_lock.py $(NPM_LOCK_FILES)
