# Two commands do everything on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
READY := .venv/.ready
CITY := demo/city
RUN := demo/run
# The settings of the demonstration: its store, and what the board shows beside it, all of it made up.
DEMO := MAT_DATA_DIR=demo/store
SHOWN := MAT_WARD_POPULATIONS=$(CITY)/wards/populations.csv MAT_WARD_BOUNDARIES=$(CITY)/wards/boundaries.geojson \
  MAT_MODEL_REPORT=demo/backtest
export MAT_SHARED ?= $(abspath ../shared)

.DEFAULT_GOAL := help
.PHONY: help setup demo board screenshots pictures test test-slow check bench lock clean

help: ## say what each target does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(READY) ## make .venv with the locked dependencies

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: install it, or say make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# These start the embedded PostgreSQL, which as root asks to be told that root is meant.
demo board screenshots pictures test test-slow bench: export MAT_ALLOW_ROOT := 1

demo: $(READY) ## make a city to practise on, run the main job and a short backtest on it, and play a month of a panel
	rm -rf demo
	$(BIN)/mat synth --profile city --out $(CITY)
	$(BIN)/mat run $(CITY) --as-of 2024-04-01 --out $(RUN)
	$(BIN)/mat ingest $(CITY) --out demo/snapshot
	$(BIN)/mat backtest demo/snapshot --config mat/config/backtest_short.toml --no-log --out demo/backtest > demo/backtest.txt
	$(DEMO) $(BIN)/mat db init --demo
	$(DEMO) $(BIN)/mat runs import $(RUN) --identities demo/snapshot
	$(DEMO) $(BIN)/mat demo-panel
	@echo
	@echo "The list above is $(RUN)/summary.txt; open $(RUN)/ranked.xlsx for the workbook."
	@echo "The panel's case store has it too, with a month of a panel's work: docs/demonstration.md says who is who."
	@echo "Look around: make board, or MAT_DATA_DIR=demo/store $(BIN)/mat due"

board: $(READY) ## open the board on the demonstration store, as anybody in it (make demo first)
	@test -d demo/store || { echo "There is no demonstration store yet: run make demo first."; exit 2; }
	$(DEMO) $(SHOWN) $(BIN)/mat board --demo

screenshots: $(READY) ## draw every page and part for each role into demo/screenshots; SHOTS="--as kim --dark" for some (make demo first)
	@test -d demo/store || { echo "There is no demonstration store yet: run make demo first."; exit 2; }
	$(DEMO) $(SHOWN) $(BIN)/python -m tests.screenshots demo/screenshots $(SHOTS)

pictures: $(READY) ## make the pictures of the documentation again, of the demonstration (make demo first)
	@test -d demo/store || { echo "There is no demonstration store yet: run make demo first."; exit 2; }
	$(DEMO) $(SHOWN) $(BIN)/python -m tests.pictures docs/pictures

test: $(READY) ## fast tests, under 8 minutes on 2 cores
	$(BIN)/pytest -n 2 -m "not slow"

test-slow: $(READY) ## the tests that take longer
	$(BIN)/pytest -n 2 -m slow

check: $(READY) ## format, lint, types (mypy and pyright, strict) and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(READY) ## measure the speed figures, beside named alternatives in the same run
	$(BIN)/python -m experiments.benchmarks

lock: ## resolve the dependencies again (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-header --all-extras --quiet pyproject.toml -o requirements.lock

clean: ## remove what the other targets made
	rm -rf .venv demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
