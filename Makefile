# Everything that is done with Quoth from its repository. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test browser check bench serve lock

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Make .venv with everything in it, from the lock file

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
		"Quoth needs Python 3.11 or newer, and this is %d.%d: make PYTHON=python3.12" \
		% sys.version_info[:2])'
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || \
		{ echo "This Python has no venv module: install the package python3-venv."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

run: setup ## Index seeds/ and answer three questions with quotes
	$(BIN)/quoth ingest seeds
	@for question in \
		"By how much has trade grown since the Xi'an summit?" \
		"Which tunnels are being built along the Kyrgyz section of the railway?" \
		"Which two countries became full members of the SCO?"; do \
		printf '\n$$ quoth ask "%s"\n\n' "$$question"; \
		$(BIN)/quoth ask "$$question" || [ $$? -eq 3 ] || exit 1; \
	done
	@printf '\nEnter the environment with\n\n    source $(BIN)/activate\n\nand ask on: quoth ask "…"\n'

# What a browser shows is waited for by the clock, and xdist runs one of tests that share an id, as
# schemathesis's do: these have the machine to themselves.
ALONE := tests/browser tests/api/test_http_schemathesis.py

test: setup ## Run the test suite, on up to four cores where that is safe
	$(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile \
		$(ALONE:%=--ignore=%)
	$(BIN)/python -m pytest $(ALONE)

browser: setup ## Run the tests of the web page, in the system's Chromium
	$(BIN)/python -m pytest tests/browser

check: setup ## Check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: setup ## Measure against the bars; EVAL=folder names the question sets
	$(BIN)/python -m tests.benchmarks $(if $(EVAL),--eval "$(EVAL)")

serve: setup ## Answer over HTTP on this machine
	$(BIN)/quoth serve

lock: setup ## Write requirements.lock anew from pyproject.toml
	$(BIN)/pip-compile --quiet --all-extras --strip-extras --build-deps-for editable \
		--allow-unsafe --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --upgrade-package torch==2.13.0 \
		--output-file requirements.lock pyproject.toml
	@# Which build of torch is taken is up to the registry.
	@sed 's/^\(torch==[0-9.]*\)+.*/\1/' requirements.lock > $(VENV)/lock
	@mv $(VENV)/lock requirements.lock
