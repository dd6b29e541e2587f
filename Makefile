# `make help` lists the goals. Everything is made from `.venv`, which `make setup` builds.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
UV := .cache/uv/bin/uv
AIRFLOW_VENV := .venv-airflow
CODE := jobs mlflow/model_registry charts dags images scripts tests
PLATFORM_TESTS := tests/charts tests/house tests/images tests/scripts tests/sources

# The first of these that is a Python from 3.11 to 3.13; `make setup PYTHON=…` names another one.
PYTHONS := python3 python3.13 python3.12 python3.11
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for python in $(PYTHONS); do \
	"$$python" -c '$(FITS)' 2>/dev/null && { echo "$$python"; break; }; done)

.PHONY: help
help: ## Show this help.
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use

.PHONY: demo
demo: setup ## Run all pipelines on this machine, from packaged data to recommendations.
	@$(BIN)/medley demo

.PHONY: ui
ui: setup ## Open the model registry in a browser.
	@$(BIN)/medley ui

##@ Develop

.PHONY: setup
setup: $(VENV)/installed ## Build .venv from requirements.lock; nothing to do when it is current.
	@:

# Two at a time: the first, which takes longest and says how far it is, and the others in turn.
# Each core has a local Spark then: that of the first, and those that test-embedded kills.
.PHONY: test
test: setup $(AIRFLOW_VENV)/installed ## Lint, then run all tests that need no cluster.
	@$(MAKE) PARALLEL=yes --jobs=2 --output-sync=target \
	  test-jobs test-embedded lint test-dags test-platform

# `+` lets make print what it prints at once.
.PHONY: test-jobs
test-jobs: setup
	+@$(BIN)/pytest $(patsubst %,--ignore=%,tests/embedded $(PLATFORM_TESTS))

.PHONY: test-embedded
test-embedded: setup
	@$(BIN)/pytest tests/embedded

.PHONY: soak
soak: setup ## Kill fifty runs at random moments, or SOAK_KILLS=…; random weeks of edits and files.
	@$(BIN)/pytest -m soak tests/soak tests/second_week

.PHONY: test-platform
test-platform: setup
	@$(BIN)/pytest $(PLATFORM_TESTS)

# Airflow's requirements clash with Spark's and MLflow's.
.PHONY: test-dags
test-dags: $(AIRFLOW_VENV)/installed ## Test the DAGs, in an environment of their own.
	@$(AIRFLOW_VENV)/bin/pytest --config-file=tests/dags/pytest.ini tests/dags

.PHONY: lint
lint: setup ## Check style and types.
	@$(BIN)/ruff format --check --quiet $(CODE)
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/mypy --no-error-summary

.PHONY: format
format: setup ## Format the code and mend what ruff can mend.
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

.PHONY: charts
charts: ## Copy what the charts share from charts/common/shared.json into each.
	@python3 scripts/charts.py

.PHONY: bench
bench: setup ## Measure the pipelines, or some: make bench PIPELINE=movies.
	@$(BIN)/python -m tests.bench $(PIPELINE)

.PHONY: lock
lock: $(VENV)/locked ## Pin all dependencies anew in requirements.lock.
	@$(PIN) --extra spark --extra cluster --extra dev pyproject.toml --output-file requirements.lock
	@$(PIN) dags/requirements.in --output-file dags/requirements.lock
	@$(PIN) make/uv.in --output-file make/uv.lock
PIN := $(UV) pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url \
  --no-header --python-version 3.11

include make/cluster.mk

##@ Clean

.PHONY: clean
clean: ## Delete the lake, checkpoints and model registry in .medley.
	@rm -rf .medley

.PHONY: distclean
distclean: clean ## As clean, and delete .venv and all caches of the tools.
	@rm -rf $(VENV) $(AIRFLOW_VENV) .cache build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# A stamp is touched last, so an interrupted set-up is taken up again.
$(VENV)/locked: requirements.lock make/uv.lock
	@python="$(PYTHON)"; if ! "$${python:-false}" -c '$(FITS)' 2>/dev/null; then \
	  echo "setup: a Python from 3.11 to 3.13 is needed; tried $${python:-$(PYTHONS)}." \
	    "Install one, or name it: make setup PYTHON=/path/to/python3" >&2; exit 1; fi; \
	echo "setup: building $(VENV) with $$("$$python" --version) and the" \
	  "$$(grep -c == $<) packages of $<"; \
	scripts/environment "$$python" $(VENV) $<
	@touch $@

$(VENV)/installed: $(VENV)/locked pyproject.toml
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "setup: done"

$(AIRFLOW_VENV)/installed: dags/requirements.lock $(VENV)/locked
	@echo "setup: building $(AIRFLOW_VENV) for the tests of the DAGs"
	@scripts/environment $(BIN)/python $(AIRFLOW_VENV) $<
	@touch $@
