# `make demo` and `make test` set up everything they need; `make setup` does only that.
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SOURCES := sweagent sandboxes tools tests benchmarks

.PHONY: help setup engine image demo test test-all lint format bench lock clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: $(READY) engine image ## Virtual environment, Docker engine, toolbox and base image

$(READY): requirements.lock pyproject.toml
	@.ci/venv $(VENV)
	@touch $@

engine:
	@.ci/engine

image: $(READY) engine
	@if [ -z "$$SWEAGENT_NO_DOCKER" ]; then $(BIN)/sweagent sandbox build-toolbox && $(BIN)/sweagent sandbox build-image; fi

demo: setup ## Solve a real bug in a sample repository, with no key and no model
	@$(BIN)/python -m benchmarks.demo

test: setup ## All tests but the slowest; Docker ones included
	$(BIN)/python -m pytest -m "not slow and not live and not gpu"

test-all: setup ## Every test that needs no key and no GPU
	$(BIN)/python -m pytest -m "not live and not gpu"

lint: $(READY) ## ruff and mypy over everything
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: setup ## The walls beside mini-swe-agent and SWE-ReX from the package index, interleaved (minutes)
	$(BIN)/python -m benchmarks.walls

lock: $(READY) ## Renew requirements.lock from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --all-extras --group dev --quiet --upgrade -o requirements.lock

clean: ## Remove the virtual environment and caches of this checkout
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
