# Everything runs in .venv, which is made once from requirements.lock, and again when the lock or pyproject.toml changes.
# Needed beforehand: Python 3.11 or newer. uv is used where it is installed, pip otherwise.

.DEFAULT_GOAL := help
.PHONY: help demo test unit browser check format lab bench lock clean

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)

help: ## Say what can be made.
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: $(READY) ## Run the demo, two synthetic symbols over three days, and write its report.
	$(BIN)/sessionlab run session_configs/demo_session.json
	$(BIN)/sessionlab report session_configs/demo_session.json -o demo_report.html

test: check unit ## Run everything that must pass: the checks, then the tests.

unit: $(READY) browser ## Run the tests, the doctests and the notebooks.
	HYPOTHESIS_PROFILE=ci $(BIN)/python -m pytest

# The names are those of tests/browser/needed.py. A fault here stops nothing: tests without a browser are skipped, and say so.
browser: ## Install Debian's Chromium, for the tests in a browser, where there is none and this may.
	@for name in chromium chromium-browser google-chrome google-chrome-stable; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium, for the tests in a browser"; \
		{ apt-get update --quiet && DEBIAN_FRONTEND=noninteractive \
			apt-get install --yes --quiet --no-install-recommends chromium fonts-dejavu-core; } >/dev/null && exit 0; \
	fi; \
	echo "No Chromium on the PATH, and it cannot be installed from here: the tests in a browser are skipped"

check: $(READY) ## Run the linter, the format check, the type check and the layer contracts.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(READY) ## Format the code, and mend what the linter can mend.
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lab: $(READY) ## Open JupyterLab on the first notebook.
	$(BIN)/jupyter lab notebooks/01_open_a_session.ipynb

bench: $(READY) ## Run the benchmarks, peers and limits of the machine beside them.
	$(BIN)/python -m pytest benchmarks --benchmark-enable --timeout=0 -s -o python_files='bench_*.py'

# Pins stay as they are where they can; UPGRADE=1 moves them all.
lock: $(if $(UV),,$(READY)) ## Pin what pyproject.toml asks for, for every platform and Python from 3.11 on.
ifeq ($(UV),)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
endif
	$(or $(UV),$(BIN)/uv) pip compile pyproject.toml --quiet --extra test --extra lab --universal --python-version 3.11 \
		--fork-strategy fewest --custom-compile-command "make lock" --output-file requirements.lock $(if $(UPGRADE),--upgrade)

clean: ## Remove the environment and everything made by tools.
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .import_linter_cache

$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and not on the PATH; say where it is: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Making $(VENV) with $(PYTHON) ($$($(PYTHON) --version)): about 160 packages, 1 GB, two or three minutes"
ifeq ($(UV),)
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
else
	@$(BIN)/python -c '' 2>/dev/null || $(UV) venv --quiet --clear --python "$(PYTHON)" $(VENV)
	@$(UV) pip install --quiet --python $(BIN)/python --requirement requirements.lock
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
endif
	@touch $@
