# Every target works from a fresh clone: it makes the environment it needs, from the lock, with
# hashes. `make help` lists them. VENV, PYTHON and WORKERS may be given on the command line.

VENV ?= .venv
WORKERS ?= 2
PYTHON ?= python3.14 python3.13 python3.12 python3.11 python3 python

BIN := $(VENV)/bin
STAMP := $(VENV)/.hkperp-lock
CASCADE := 2025-10-10-cascade

# Recorded market data is not part of the repository; tests that need it skip without it.
SHARED_DATA := $(abspath ../shared/data)
ifeq ($(origin HKPERP_DATA),undefined)
ifneq ($(wildcard $(SHARED_DATA)/.),)
export HKPERP_DATA := $(SHARED_DATA)
endif
endif

.DEFAULT_GOAL := help
.PHONY: help env replay test coverage plants lint soak bench bench-c bench-peers lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

env: $(STAMP) ## make the environment (VENV=.venv) from the lock, with hashes

replay: $(STAMP) ## replay the 10 October 2025 cascade into out/, replacing the last run's
	$(BIN)/hkperp replay scenarios/$(CASCADE).yaml --out out/$(CASCADE) --force

test: $(STAMP) ## run the tests, two at a time (WORKERS=2)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

coverage: $(STAMP) ## write docs/coverage.md: what serves each rule
	PYTHONPATH=tests $(BIN)/python tests/rules/coverage_page.py

plants: $(STAMP) ## break rules on purpose; a test must notice each (minutes)
	PYTHONPATH=tests $(BIN)/python tests/rules/run_plants.py --workers $(WORKERS)

lint: $(STAMP) ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

soak: $(STAMP) ## run the long tests: many seeds, hours
	$(BIN)/python -m pytest -n $(WORKERS) -m soak --timeout 0

bench: $(STAMP) ## measure the production build: tapes, workloads, doors, worst commands
	$(BIN)/hkperp bench --tape all
	$(BIN)/hkperp bench --workload all
	$(BIN)/hkperp bench --doors
	$(BIN)/hkperp bench --adversarial
	$(BIN)/hkperp bench --house

bench-c: $(STAMP) ## compare with the same algorithm in C (needs a C compiler)
	$(BIN)/python -m benchmarks.c_reference.compare --workload all

bench-peers: $(STAMP) ## compare with the books that pip installs (needs the network)
	$(BIN)/python -m benchmarks.peers.compare

# The pins that are there stay as they are unless UPGRADE=1 asks for newer ones. One version of
# each package for all Pythons (fork-strategy), so that two Pythons can be compared hash by hash.
LOCK := pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-annotate --no-header \
	--no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

lock: ## rewrite requirements/ from pyproject.toml (needs uv; UPGRADE=1 for newer versions)
	@uv=$$(PATH="$$PATH:$(abspath $(BIN))" command -v uv) \
	|| { echo "make lock: uv is missing: pip install uv"; exit 1; }; \
	$$uv $(LOCK) --output-file requirements/run.txt && \
	$$uv $(LOCK) --extra test --extra lint --output-file requirements/test.txt

clean: ## remove the environment, out/, dist/ and the tools' caches
	@if [ -e $(VENV)/pyvenv.cfg ]; then echo "removing $(VENV)"; rm -rf $(VENV); fi
	@for each in out dist .pytest_cache .ruff_cache .mypy_cache .hypothesis .benchmarks; do \
		if [ -e "$$each" ]; then echo "removing $$each"; rm -rf "$$each"; fi; done
	@find engine funding clearing venue tests benchmarks -name __pycache__ -type d -prune \
		-exec rm -rf {} + 2>/dev/null || true

# Each candidate is run, not only looked up: a name on PATH may be a stub that cannot start.
# Wheels only, so no compiler is needed and no package's own set-up code runs.
$(STAMP): requirements/test.txt pyproject.toml
	@fits='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))'; \
	if ! $(BIN)/python -c "$$fits" >/dev/null 2>&1; then \
		for each in $(PYTHON) ""; do \
			if [ -n "$$each" ] && "$$each" -c "$$fits" >/dev/null 2>&1; then break; fi; done; \
		if [ -z "$$each" ]; then \
			echo "hkperp needs Python 3.11 to 3.14 with its venv module (tried: $(PYTHON))"; \
			exit 1; fi; \
		echo "making $(VENV) with $$("$$each" -V)"; \
		if [ -e $(VENV)/pyvenv.cfg ]; then clear=--clear; else clear=; fi; \
		"$$each" -m venv $$clear $(VENV) || exit 1; \
	fi
	@$(BIN)/python -c 'import pip' 2>/dev/null || $(BIN)/python -m ensurepip >/dev/null
	$(BIN)/python -m pip install -qq --disable-pip-version-check \
		--require-hashes --only-binary=:all: -r requirements/test.txt
	$(BIN)/python -m pip install -qq --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q engine funding clearing venue # a start reads no source
	@touch $@
