# Chorus: every command prints what it does; `make` alone prints this list.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PORT ?= 8000
DATA ?= var
SCENARIO ?= scenarios/duplicate-charge.yaml
CSV ?= tests/data/complaints-excerpt.csv
KEEP ?=
OUT ?=
TARGET ?= embedded
GATEWAYS ?= 2
CAMPAIGNS ?= 2
NOTIFIERS ?= 2
TESTS ?= tests

BIN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: help run run-distributed demo demo-real test drill check bench format generate clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 17

.venv/.run: pyproject.toml uv.lock tools/environment
	@tools/environment run

.venv/.distributed: pyproject.toml uv.lock tools/environment
	@tools/environment distributed

.venv/.dev: pyproject.toml uv.lock tools/environment
	@tools/environment dev

run: .venv/.run ## start Chorus on http://127.0.0.1:8000   [PORT=8000] [DATA=var]
	@exec $(BIN)/chorus run --port $(PORT) --data $(DATA)

run-distributed: .venv/.distributed ## the same as many processes, on PostgreSQL, Kafka and S3   [PORT=8000] [GATEWAYS=2] …
	@tools/local-parts
	@exec $(BIN)/python -m services.distributed.run --port $(PORT) \
	  --data $(if $(filter file,$(origin DATA)),var/distributed,$(DATA)) \
	  --gateways $(GATEWAYS) --campaigns $(CAMPAIGNS) --notifiers $(NOTIFIERS)

demo: $(if $(filter distributed,$(TARGET)),.venv/.distributed,.venv/.run) ## play a whole campaign   [SCENARIO=FILE] [KEEP=DIR] [TARGET=distributed]
	@$(if $(filter distributed,$(TARGET)),tools/local-parts)
	@exec $(BIN)/chorus demo $(SCENARIO) --target $(TARGET) $(if $(KEEP),--keep $(KEEP))

demo-real: .venv/.run ## play real people's complaints   [CSV=FILE] [KEEP=DIR]
	@exec $(BIN)/chorus demo-real $(CSV) $(if $(KEEP),--keep $(KEEP))

test: .venv/.dev ## install what the tests need and run them all   [TESTS=tests/domain]
	@tools/test-parts
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(TESTS)

check: .venv/.dev ## format, lint, types, import contracts, generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/chorus generate --check

format: .venv/.dev ## put code into the house's format
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

generate: .venv/.dev ## write schemas, AsyncAPI, OpenAPI and docs/events.md anew
	@$(BIN)/chorus generate

bench: .venv/.dev ## measure speed, side by side in one run   [OUT=FILE]
	@tools/bench-parts
	@exec $(BIN)/python -m tests.load.bench $(if $(OUT),--out $(OUT))

drill: .venv/.dev ## kill, starve and confuse every part under load; nothing answered may be lost   [OUT=FILE]
	@tools/local-parts
	@exec $(BIN)/python -m tests.drills $(if $(OUT),--out $(OUT))

clean: ## remove the environment and caches (never your data in var/)
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .tools
