# Two commands set everything up on a new machine: `make demo` and `make test`.
# Each first makes a virtual environment in .venv and installs the tested set of constraints.txt.

PYTHON  ?= python3
VENV    ?= .venv
WORKERS ?= 2
ARGS    ?=
CODE    := $(wildcard nmt tests data benchmarks)
BENCHMARKS ?= $(wildcard benchmarks/*.py)

BIN     := $(VENV)/bin
STAMP   := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow check format bench clean
.DELETE_ON_ERROR:

help: ## Show this list
	@echo "usage: make TARGET [ARGS=\"...\"]"
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) \
		| while IFS='|' read -r target text; do printf '%-14s%s\n' "$$target" "$$text"; done

install: $(STAMP) ## Make .venv and install nmt, editable, with the tested set of libraries

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "nmt needs Python 3.11 or newer, and '$(PYTHON)' is not:" \
			"$$($(PYTHON) --version 2>&1 || true)." \
			"Name a newer one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Installing into $(VENV); the first time takes some minutes."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable ".[dev]"
	@touch $@

demo: install ## Train on the embedded phrasebook for about three minutes, score and translate
	$(BIN)/python data/phrasebook/generate.py data/prepared/phrasebook
	$(BIN)/python data/demo.py

test: install ## Run the tests but for the slow ones; ARGS goes to pytest
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow" $(ARGS)

test-slow: install ## Run the slow tests, at most an hour each; ARGS goes to pytest
	$(BIN)/python -m pytest -m slow --timeout 3600 $(ARGS)

check: install ## Lint, formatting and types: ruff check, ruff format --check, mypy --strict
	$(BIN)/python -m ruff check $(CODE)
	$(BIN)/python -m ruff format --check $(CODE)
	$(BIN)/python -m mypy --strict nmt

format: install ## Rewrite the code as `make check` wants it
	$(BIN)/python -m ruff check --fix $(CODE)
	$(BIN)/python -m ruff format $(CODE)

bench: install ## Run the benchmarks one after the other; BENCHMARKS=benchmarks/NAME.py for one
	@test -n "$(BENCHMARKS)" || { echo "there is no script in benchmarks/" >&2; exit 1; }
	@set -e; for script in $(BENCHMARKS); do \
		echo "== $$script"; $(BIN)/python $$script $(ARGS); done

clean: ## Delete .venv, caches, build leftovers and data/prepared; keep data/models
	rm -rf $(VENV) build dist nmt.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		data/prepared
	find $(CODE) -type d -name __pycache__ -prune -exec rm -rf {} +
