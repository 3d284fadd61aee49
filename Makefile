# Everything runs in .venv and with .tools/opa, which the targets make when they are missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OPA := .tools/opa
export SEGREGO_OPA := $(CURDIR)/$(OPA)

.DEFAULT_GOAL := help
.PHONY: help demo demo-runtime test check fmt generate bundle golden bench bench-revocation bench-rules bench-decision mutants clean lock

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  make %-16s %s\n", $$1, $$2}'

demo: $(VENV)/installed ## Judge the example organization (needs Python and the network alone)
	@echo '$$ segrego check examples/organization'
	@$(BIN)/segrego check examples/organization || test $$? -eq 1

demo-runtime: $(VENV)/runtime $(OPA) ## Decide tool calls of the example organization by a real OPA sidecar
	@$(BIN)/python examples/runtime/demo.py

test: check ## Everything that CI runs
	$(BIN)/python -m pytest

check: $(VENV)/dev $(OPA) ## Formatting, types, policy checks, policy tests with full coverage, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	MYPYPATH=examples/runtime:tools $(BIN)/mypy examples/runtime tools/bench_revocation.py tools/bench_idle.py tools/bench_decision.py
	$(OPA) fmt --fail --list rego tools/meta
	$(OPA) check --strict --schema schemas rego
	$(OPA) check --strict tools/meta
	$(BIN)/python tools/negations.py
	$(BIN)/python tools/rego_tests.py
	$(BIN)/python tools/generate.py --check
	$(BIN)/python tools/managed_policies.py --check
	$(BIN)/python tools/build_policy.py --check
	$(BIN)/python tools/golden.py --check
	@if command -v regal >/dev/null; then regal lint rego; else echo 'regal is not installed: its lint was left out'; fi

fmt: $(VENV)/dev $(OPA) ## Format Python and Rego
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(OPA) fmt --write rego tools/meta

generate: $(VENV)/dev $(OPA) ## Write schemas, catalog and docs/rules.md from models and annotations
	$(BIN)/python tools/generate.py
	$(BIN)/python tools/managed_policies.py

bundle: generate ## Compile the policy into bundles/
	$(BIN)/python tools/build_policy.py

golden: bundle ## Write what segrego makes of the golden cases, to be read in the diff
	$(BIN)/python tools/golden.py --write

bench: $(VENV)/dev $(OPA) ## Measure each engine and each source at growing sizes
	$(BIN)/python tools/bench.py
	$(BIN)/python tools/bench_sources.py

bench-revocation: $(VENV)/dev $(OPA) ## Measure publish to denied, look for an allow after it, and count idle sidecars
	$(BIN)/python tools/bench_revocation.py
	$(BIN)/python tools/bench_idle.py

bench-rules: $(VENV)/dev $(OPA) ## Measure what each rule takes of the time and the memory
	$(BIN)/python tools/bench_rules.py

bench-decision: $(VENV)/dev $(OPA) ## Measure the decision before a tool call against a constant policy
	$(BIN)/python tools/bench_decision.py

mutants: $(VENV)/dev $(OPA) ## Change the policies one place at a time, and see whether a test notices
	$(BIN)/python tools/mutants.py

lock: $(VENV)/dev ## Resolve the pinned dependencies anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --no-strip-extras --no-header --no-emit-index-url --generate-hashes pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --no-strip-extras --no-header --no-emit-index-url --generate-hashes --extra serve --extra enforce pyproject.toml -o requirements-runtime.lock
	$(BIN)/uv pip compile --quiet --universal --no-strip-extras --no-header --no-emit-index-url --generate-hashes --extra dev pyproject.toml -o requirements-dev.lock

clean: ## Remove what the targets made
	rm -rf $(VENV) .tools .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "segrego needs Python 3.11 or later: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/runtime: requirements-runtime.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-runtime.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(VENV)/dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(OPA): tools/get_opa.sh
	sh tools/get_opa.sh
