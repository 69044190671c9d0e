# MNIST Studio: `make run` starts it, `make test` checks it. Both install the packages they need into .venv first,
# and again only when a requirements file has changed.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Options of `streamlit run`, for example: make run OPTIONS="--server.port 8600"
OPTIONS ?=
# Tests to run and options of pytest, for example: make test TESTS="tests/data -x"
TESTS   ?=
# Any value installs the exact versions of requirements.lock, for example: make test LOCK=1
LOCK    ?=

# Any value puts what `make bench` or `make bench-scale` found into docs/performance.md, for example: make bench DOCS=1
DOCS    ?=

# A file or folder of digits, and a name for them: make import PATH=digits.zip NAME=mine
PATH    ?=
NAME    ?=

# PATH is also where the shell finds its programs: what is given on the command line is set aside.
IMPORTED :=
ifeq ($(origin PATH),command line)
  IMPORTED := $(PATH)
  FOUND    := $(shell /usr/bin/printenv PATH)
  override export PATH := $(if $(filter-out $(IMPORTED),$(FOUND)),$(FOUND),/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin)
endif
QUOTED = '$(subst ','\'',$(1))'

# Where TESTS names files or folders, only they run: no checks, and Chromium only for browser tests.
NAMED  := $(filter-out tests tests/,$(filter tests/%,$(TESTS)))
NEEDED := $(if $(NAMED),$(if $(findstring browser,$(NAMED)),browser),browser check)
TWO    := -n 2 --dist loadfile --no-loadscope-reorder
SPREAD := $(if $(NAMED),,$(TWO) --ignore tests/test_reachability.py -m "not thorough")

.DEFAULT_GOAL := help
.PHONY: help run data import install test thorough check javascript format browser bench bench-scale faults lock clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1@/p' $(MAKEFILE_LIST) | awk -F@ '{ printf "  make %-12s %s\n", $$1, $$2 }'

run: $(VENV)/.run-installed  ## start the dashboard at http://localhost:8501
	@exec $(BIN)/python -m dashboard $(OPTIONS)

data: $(VENV)/.run-installed  ## download the full MNIST (11 MB) and verify it
	@exec $(BIN)/python -m mnist_core data fetch mnist

import: $(VENV)/.run-installed  ## your own digits as a data set: make import PATH=digits.zip
	@[ -n $(call QUOTED,$(IMPORTED)) ] || { echo "Name a file or a folder: make import PATH=digits.zip NAME=mine" >&2; exit 2; }
	@exec $(BIN)/python -m mnist_core data import $(if $(NAME),--name $(call QUOTED,$(NAME))) -- $(call QUOTED,$(IMPORTED))

install: $(VENV)/.dev-installed  ## .venv with everything needed to work on the project

test: $(VENV)/.dev-installed $(NEEDED)  ## checks and tests, or some: make test TESTS=tests/data
	$(BIN)/pytest $(SPREAD) $(TESTS)

thorough: $(VENV)/.dev-installed browser  ## the tests that `make test` has no time for
	$(BIN)/pytest $(TWO) -m thorough $(TESTS)

check: $(VENV)/.dev-installed javascript  ## format, lint, spelling, types and unused code only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_reachability.py

format: $(VENV)/.dev-installed  ## reformat the code and apply safe fixes
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	@if $(HAS_NODE) && $(NODE_PACKAGES); then npm run --silent format; fi

# The dashboard needs no Node; whoever has it checks the browser components too. npm writes no lock file: package.json
# names exact versions.
HAS_NODE      = { command -v npm && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; } >/dev/null 2>&1
NODE_PACKAGES = { [ node_modules/.installed -nt package.json ] || { \
  npm install --no-package-lock --no-audit --no-fund --silent >/dev/null 2>&1 && touch node_modules/.installed; }; }

javascript:
	@if ! $(HAS_NODE); then echo "The JavaScript is not checked: Node 20 or newer is not on this machine."; \
	elif ! $(NODE_PACKAGES); then echo "The JavaScript is not checked: npm could not install what package.json names."; \
	else npm run --silent check; fi

browser: $(VENV)/.dev-installed
	@$(BIN)/python -m tests.browser.chromium --install

bench: $(VENV)/.dev-installed browser  ## speed: all benchmarks in their short form, in one table
	@$(BIN)/python -m benchmarks $(if $(DOCS),--docs)

bench-scale: $(VENV)/.dev-installed  ## how time and memory grow with images, runs and epochs (five minutes or more)
	@$(BIN)/python benchmarks/bench_scale.py $(if $(DOCS),--charts)

faults: $(VENV)/.dev-installed  ## kill processes, fill disks, damage files; check what is left
	@for script in benchmarks/faults_*.py; do [ ! -e "$$script" ] || $(BIN)/python "$$script" || exit 1; done

lock: $(VENV)/.dev-installed  ## upgrade within the ranges and write the versions to requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --upgrade --upgrade-strategy eager -r requirements-dev.txt
	@{ echo "# Exact versions that were tested, a constraint for pip: see CONTRIBUTING.md. Written by \`make lock\`."; \
	  $(BIN)/python -m pip list --disable-pip-version-check --format=freeze \
	    --exclude pip --exclude setuptools --exclude wheel; } > requirements.lock.new
	@mv requirements.lock.new requirements.lock

clean:  ## remove .venv and caches; runs and data stay
	rm -rf $(VENV) node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found=$$(command -v "$(PYTHON)" >/dev/null && "$(PYTHON)" --version 2>&1 || echo "not installed"); \
	  echo "MNIST Studio needs Python 3.11 or newer, but $(PYTHON) is $$found. Name another one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null || { rm -rf $(VENV); \
	  echo "Python could not create the folder $(VENV). On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }

$(VENV)/.run-installed: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements.txt
	@touch $@

# `.locked` notes that the last installation used the lock. Without that note, LOCK=1 installs again.
$(VENV)/.dev-installed: $(wildcard requirements*.txt) $(if $(LOCK),$(VENV)/.locked) | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -r requirements-dev.txt $(if $(LOCK),-c requirements.lock)
	@$(if $(LOCK),,rm -f $(VENV)/.locked)
	@touch $@ $(VENV)/.run-installed

$(VENV)/.locked: requirements.lock | $(BIN)/python
	@touch $@
