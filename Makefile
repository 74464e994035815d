# Every target does its own set-up: a virtual environment with pinned dependencies. Nothing by hand before it.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test reliability mutation check bench scenarios docs format clean

help: ## Show the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "awsvpc-audit needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..." >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(STAMP) ## Audit the embedded sample account: no AWS needed
	@$(BIN)/awsvpc-audit demo

test: $(STAMP) ## Run the tests
	@$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

reliability: $(STAMP) ## Faults, partial permissions, throttling, hostile input: the whole of it
	@$(BIN)/python -m pytest -n auto -m reliability $(PYTEST_ARGS)

mutation: $(STAMP) ## Mutation testing of the analyzers: many hours; MUTANTS=... for a part
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,mutation]'
	@$(BIN)/mutmut run $(MUTANTS)
	@$(BIN)/mutmut results

check: $(STAMP) ## Formatting, lint, types, import direction, docs in step with the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m awsvpc_audit.docgen --check

bench: $(STAMP) ## Run the benchmarks
	@set -e; for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file; done

scenarios: $(STAMP) ## Accuracy of the diagnosis on incidents in an emulator
	@$(BIN)/python -m tests.scenarios

docs: $(STAMP) ## Write the generated documentation
	@$(BIN)/python -m awsvpc_audit.docgen

format: $(STAMP) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove the virtual environment and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
