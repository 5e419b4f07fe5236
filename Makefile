# Every verb makes what it needs first: see deploy/environment.py. A bare Python is enough.

PYTHON ?= python3
WORKERS ?= 2
ARGS ?=
SHOP_ARGS = $(if $(SHOP_FILE),--file "$$SHOP_FILE")
PACKAGES := api voice graph nodes tools shop evals
IN_VENV := .venv/bin
# A test that hangs ends the worker that runs it, with its name and where it hangs.
TIME_LIMIT := -o faulthandler_timeout=120 -o faulthandler_exit_on_timeout=true
LOCK := $(IN_VENV)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links
OFFLINE := LANGGRAPH_CLI_NO_ANALYTICS=1 LANGGRAPH_NO_VERSION_CHECK=1 \
	LANGSMITH_TRACING=false LANGGRAPH_STRICT_MSGPACK=true

# $(call prepare,run) or $(call prepare,dev). The first line must be readable by any old Python.
define prepare
@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3" >&2; exit 1; }
@"$(PYTHON)" -S -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is too old: Python 3.11 or newer is needed. Name one: make PYTHON=/path/to/python3" >&2; exit 1; }
@"$(PYTHON)" -I -S deploy/environment.py $(1)
endef

.DEFAULT_GOAL := help
.PHONY: help run chat call test soak check evals mutants bench studio seed close-day open-day db-url telemetry tokens lock format clean

help: ## list the verbs
	@echo "make <verb>, and everything it needs is set up first:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1	\2/p' Makefile | expand -t 12

run: ## answer calls on http://127.0.0.1:8000 (HOST, PORT)
	$(call prepare,run)
	@exec $(IN_VENV)/python -m api $(ARGS)

chat: ## talk to Sophie in this terminal, typed
	$(call prepare,run)
	@exec $(IN_VENV)/python -m api.terminal $(ARGS)

call: ## play a recorded caller into the service, as the telephone would
	$(call prepare,run)
	@exec $(IN_VENV)/python -m evals.standins.call $(ARGS)

test: ## run every test; ARGS="-k hours" runs some, WORKERS=0 in one process
	$(call prepare,dev)
	@exec $(IN_VENV)/python -m pytest -n $(WORKERS) $(TIME_LIMIT) $(ARGS)

soak: ## run the long tests whole: every offset, every order of events, a thousand calls
	$(call prepare,dev)
	@exec env SOAK=1 $(IN_VENV)/python -m pytest -n $(WORKERS) -o faulthandler_timeout=1800 $(ARGS)

check: ## format, lint, types and import contracts, without changing anything
	$(call prepare,dev)
	@$(IN_VENV)/ruff format --check --quiet .
	@$(IN_VENV)/ruff check --quiet .
	@$(IN_VENV)/python -m mypy $(PACKAGES) tests deploy
	@$(IN_VENV)/lint-imports

evals: ## hold every call, with noise and by voice too; pages in .data/evals; ARGS="--id H03" holds some
	$(call prepare,dev)
ifdef ARGS
	@exec $(IN_VENV)/python -m evals $(ARGS)
else
	@$(IN_VENV)/python -m evals --noise 5,10,20; typed=$$?; \
	$(IN_VENV)/python -m evals voice; voiced=$$?; exit $$((typed > voiced ? typed : voiced))
endif

mutants: ## break Sophie on purpose, one way after another, and see who notices
	$(call prepare,dev)
	@exec $(IN_VENV)/python -m evals.mutants $(ARGS)

bench: ## measure the time the service adds to a turn
	$(call prepare,dev)
	@exec $(IN_VENV)/python -m evals.bench $(ARGS)

studio: ## open the graph in LangGraph's development server
	$(call prepare,dev)
	@exec env $(OFFLINE) $(IN_VENV)/python -m langgraph_cli dev --no-browser $(ARGS)

seed: ## load the large data set into the database in use
	$(call prepare,run)
	@$(IN_VENV)/python -m api.db_url | $(IN_VENV)/python -m shop.seed $(ARGS)

close-day: ## close a day: DAY=2026-12-01 NAME="the ice storm" KIND=weather
	$(call prepare,run)
	@$(IN_VENV)/python -m api.db_url | $(IN_VENV)/python -m shop close $(SHOP_ARGS) --kind "$${KIND:-other}" -- "$$DAY" "$$NAME"

open-day: ## open a closed day again: DAY=2026-12-01
	$(call prepare,run)
	@$(IN_VENV)/python -m api.db_url | $(IN_VENV)/python -m shop open $(SHOP_ARGS) -- "$$DAY"

db-url: ## print the connection string in use, for psql "$(make -s db-url)"
	$(call prepare,run)
	@exec $(IN_VENV)/python -m api.db_url $(ARGS)

telemetry: ## install what sends spans and metrics to a collector
	$(call prepare,run)
	@$(IN_VENV)/python -m pip install --quiet --disable-pip-version-check --no-compile \
		--require-hashes -r requirements/telemetry.txt

tokens: ## fetch the file by which tokens are counted exactly, once
	$(call prepare,run)
	@exec $(IN_VENV)/python -m api.tokens

lock: ## choose the newest allowed versions and write requirements/*.txt
	$(call prepare,dev)
	$(LOCK) --upgrade --output-file requirements/run.txt
	$(LOCK) --upgrade --extra telemetry --group dev --output-file requirements/dev.txt
	$(LOCK) --extra telemetry --constraint requirements/dev.txt --output-file requirements/telemetry.txt

format: ## put the code in form and mend what the linter can mend
	$(call prepare,dev)
	@$(IN_VENV)/ruff check --quiet --fix . || true
	@$(IN_VENV)/ruff format .

clean: ## remove the environment and the caches; the data in .data stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
