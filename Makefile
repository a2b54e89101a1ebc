# Everything a newcomer types. Needs python3 (3.11 or newer), make and the C library; the rest is installed into .venv.

PYTHON ?= python3
ARGS ?=
COVERAGE_AT_LEAST ?= 95

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
MONEY := core/*,orders/*,payments/*

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lint types schema check-production suites test-sqlite test-postgres compare coverage \
        promises kill crash matrix mutants bench lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/run.stamp ## the whole thing running, the main job aloud first (ARGS=--check, ARGS=--fresh)
	@$(PY) -m payments.demo $(ARGS)

test: lint types schema check-production suites compare coverage ## everything that must hold, on SQLite and PostgreSQL
	@echo "== all of it holds"

lint: .venv/tools.stamp ## ruff: rules and format
	@echo "== lint"
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types: .venv/tools.stamp ## mypy, strict where money is
	@echo "== types"
	@.venv/bin/mypy

schema: .venv/tools.stamp ## no model without its migration
	@echo "== schema"
	@DJANGO_SETTINGS_MODULE=config.settings.test $(PY) manage.py makemigrations --check --dry-run

check-production: .venv/tools.stamp ## the production settings with a complete, throw-away environment
	@echo "== production settings"
	@$(PY) -m tests.production_environment manage.py check --deploy --fail-level WARNING

suites: .venv/tools.stamp ## both suites side by side: they mostly wait, so two cores are enough
	@mkdir -p build
	@$(MAKE) --no-print-directory test-postgres >build/postgres.log 2>&1 & other=$$!; \
		$(MAKE) --no-print-directory test-sqlite; mine=$$?; \
		wait $$other; theirs=$$?; cat build/postgres.log; exit $$((mine + theirs))

test-sqlite: .venv/tools.stamp ## the suite on SQLite, with branch coverage
	@echo "== tests on SQLite"
	@mkdir -p build && rm -f build/sqlite.xml build/.coverage*
	@env -u DATABASE_URL -u TEST_FOLDER COVERAGE_FILE=build/.coverage \
		.venv/bin/pytest -q --cov --cov-report= --junitxml=build/sqlite.xml $(ARGS)

test-postgres: .venv/tools.stamp ## the suite on PostgreSQL (DATABASE_URL, or a server from a wheel)
	@echo "== tests on PostgreSQL"
	@mkdir -p build && rm -f build/postgres.xml
	@env -u TEST_FOLDER $(PY) -m tests.postgres .venv/bin/pytest -q --junitxml=build/postgres.xml $(ARGS)

compare: .venv/tools.stamp ## both runs passed the same tests, none skipped
	@echo "== the same tests on both"
	@$(PY) -m tests.compare_runs build/sqlite.xml build/postgres.xml

coverage: .venv/tools.stamp ## branch coverage of what handles money
	@echo "== coverage"
	@COVERAGE_FILE=build/.coverage .venv/bin/coverage report --include='$(MONEY)' --fail-under=$(COVERAGE_AT_LEAST)

promises: .venv/tools.stamp ## each promise: its tests, and the patch that turns them red
	@$(PY) -m tests.promises $(ARGS)

kill: .venv/tools.stamp ## kill -9 at every moment of pay, capture and refund; then compare the books
	@$(PY) -m tests.kill $(ARGS)

bench: .venv/tools.stamp ## how fast, beside a bare DRF program, on PostgreSQL (ARGS=--quick, --only, --json, --profile pay)
	@$(PY) -m tests.bench $(ARGS)

crash: .venv/tools.stamp ## a process dies at every point of every flow, on both databases; then compare the books
	@$(PY) -m tests.crash $(ARGS)

matrix: .venv/tools.stamp ## every operation against every fault, on both databases; then compare the books
	@$(PY) -m tests.matrix $(ARGS)

mutants: .venv/tools.stamp ## known mistakes, one at a time, and the test that notices each
	@$(PY) -m tests.mutants $(ARGS)

lock: .venv/tools.stamp ## requirements/*.txt anew from pyproject.toml
	@.venv/bin/uv $(LOCK) pyproject.toml -o requirements/run.txt
	@.venv/bin/uv $(LOCK) pyproject.toml --group tools -c requirements/run.txt -o requirements/tools.txt
	@touch .venv/run.stamp .venv/tools.stamp

LOCK := pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url

clean: ## forget the environment, the demo and every report
	rm -rf .venv .demo build .pytest_cache .mypy_cache .ruff_cache .hypothesis staticfiles

# --- the environment: made once, renewed when a lock changes ---

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@echo "== making .venv"
	@$(PYTHON) -m venv .venv

.venv/run.stamp: requirements/run.txt | .venv/pyvenv.cfg
	@echo "== installing what the application needs"
	@$(PIP) install --require-hashes -r requirements/run.txt
	@touch $@

.venv/tools.stamp: requirements/tools.txt requirements/run.txt | .venv/pyvenv.cfg
	@echo "== installing the application and its tools"
	@$(PIP) install --require-hashes -r requirements/tools.txt
	@touch $@ .venv/run.stamp
