# The commands of this project. "make help" lists them.
# Everything is made inside the checkout: .venv/ (Python), node_modules/ and static/vendor/ (styles, script, fonts).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Settings of another environment must not reach ours.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
ARGS ?=

# A checkout that was moved or copied needs its environment again: the stamp holds the folder it was made for.
PYTHON_STAMP := .venv/.made-for
ifneq ($(shell $(BIN)/python -c '' 2>/dev/null && cat $(PYTHON_STAMP) 2>/dev/null),$(CURDIR))
.PHONY: $(PYTHON_STAMP)
NEW_VENV := yes
endif

CATALOGUES := $(wildcard clinic/translations/*/LC_MESSAGES/*.po)
STATIC_SOURCES := $(wildcard static/src/*) static/site.js static/trends.js static/icon.svg package-lock.json
FAST_TESTS := $(wildcard tests/core tests/instruments tests/services tests/rules)

.PHONY: help setup demo check test test-faults bench pictures lock clean
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(PYTHON_STAMP) static/vendor/manifest.json $(CATALOGUES:.po=.mo) ## Make the environment and build the static files (the others do it first)

demo: setup ## Start the demo clinic on http://127.0.0.1:8000 (ARGS="--fresh" starts over)
	@$(BIN)/clinic demo $(ARGS)

check: setup ## Check style, types, layers and the fast tests (under half a minute)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q -n auto -m "not slow and not browser and not postgres" $(FAST_TESTS) $(ARGS)

test: setup ## Run everything: checks, all tests on SQLite and PostgreSQL, a real browser, coverage
	@browser="$$(.ci/browser.sh)"; \
	$(BIN)/ruff check .; \
	$(BIN)/ruff format --check .; \
	$(BIN)/mypy; \
	$(BIN)/lint-imports; \
	CLINIC_TEST_BROWSER="$$browser" $(BIN)/python -m pytest -n auto --dist loadfile --cov --cov-report=term $(ARGS)

test-faults: setup ## Look for rare faults for longer than `make test` does (some ten minutes)
	@CLINIC_TEST_LONG=1 $(BIN)/python -m pytest -n auto --dist loadfile $$(grep -l 'tests.long' -r tests --include='test_*.py') $(ARGS)

bench: setup ## Measure the figures of docs/performance.md beside their floors
	@$(BIN)/python -m tests.benchmarks $(ARGS)

pictures: setup ## Take the pictures of the guides anew from the program as it is
	@CLINIC_TEST_BROWSER="$$(.ci/browser.sh)" $(BIN)/python -m tests.browser.pictures $(ARGS)

lock: $(PYTHON_STAMP) ## Write the lock files again from pyproject.toml and package.json
	@.ci/lock.sh $(ARGS)

clean: ## Remove everything that set-up made (the demo's data in instance/ stays)
	rm -rf .venv node_modules static/vendor .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage
	find clinic -name '*.mo' -delete

$(PYTHON_STAMP): requirements-dev.lock pyproject.toml hatch_build.py
	@if [ -z "$(PYTHON)" ]; then echo "Barrier Check needs Python 3.11 or newer: install it, or name it with make PYTHON=..." >&2; exit 1; fi
	@$(if $(NEW_VENV),$(PYTHON) -m venv --clear .venv || { echo "Python cannot make an environment here: on Debian or Ubuntu install python3-venv." >&2; exit 1; })
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" > $@

static/vendor/manifest.json: $(STATIC_SOURCES) | $(PYTHON_STAMP)
	@.ci/static.sh

%.mo: %.po | $(PYTHON_STAMP)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(notdir $(patsubst %/LC_MESSAGES/,%,$(dir $<)))
