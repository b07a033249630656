# Needs Python 3.11 or newer and make; everything else is fetched on the first call: uv, the SDKs into .venv/ (1.9 GB)
# and the Pulumi engine into the user's cache. ARGS="…" is passed on to the command of `demo` and `test`.

# Settings of the caller's shell that belong to other Python projects, or that would leave 1.9 GB of code uncompiled.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PYTHONWARNINGS UV_PROJECT UV_NO_DEV UV_PYTHON
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never

BIN := .venv/bin
SYNCED := .venv/.synced
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c '$(NEW_ENOUGH)' 2>/dev/null && command -v $$python && break; done)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-long test-moves test-matrix test-kills test-scenarios test-judges test-kubernetes test-copying test-workflows bench check lint format types imports fix setup engine kubernetes copying clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: engine ## a cluster on the sandbox's clouds, from blueprint to failover
	$(BIN)/python -m wayfare.stacks.demo $(ARGS)

test: engine ## all tests: unit, contract, golden and those with the real engine
	@started=$$(date +%s); $(BIN)/pytest -n 2 --dist worksteal $(ARGS); code=$$?; \
	echo "tests took $$(($$(date +%s) - started)) s"; exit $$code

test-long: engine ## a living cluster and its secrets, with the real engine: a minute or two each
	$(BIN)/pytest -n 2 --dist worksteal tests/long $(ARGS)

MOVES ?= tests/moves
test-moves: engine ## whole moves to another cloud, in every direction and with all that may go wrong: minutes each; MOVES=FILE for some
	@started=$$(date +%s); $(BIN)/pytest -n 2 --dist worksteal $(MOVES) $(ARGS); code=$$?; \
	echo "moves took $$(($$(date +%s) - started)) s"; exit $$code

test-matrix: engine ## every machine type previews; one for each fabric, purchase and chip comes up and goes
	@started=$$(date +%s); $(BIN)/pytest -n 2 --dist worksteal tests/matrix $(ARGS); code=$$?; \
	echo "matrix took $$(($$(date +%s) - started)) s"; exit $$code

KILLS ?= 60
test-kills: engine ## SIGKILL at KILLS (60) seeded moments of up, failover and destroy, and in each step of a move; 0 for a sample
	@started=$$(date +%s); WAYFARE_KILLS=$(KILLS) $(BIN)/pytest -n 2 --dist worksteal tests/kills $(ARGS); code=$$?; \
	echo "kill tests took $$(($$(date +%s) - started)) s"; exit $$code

SCENARIOS ?= 25
test-scenarios: engine ## SCENARIOS (25) random lives of a cluster, with whatever may go wrong; 0 for a sample
	@started=$$(date +%s); WAYFARE_SCENARIOS=$(SCENARIOS) $(BIN)/pytest -n 2 --dist worksteal tests/scenarios $(ARGS); \
	code=$$?; echo "scenarios took $$(($$(date +%s) - started)) s"; exit $$code

test-kubernetes: engine ## training and replicas on a real Kubernetes for each cloud; builds it on the first call
	@started=$$(date +%s); $(BIN)/wayfare kubernetes info >/dev/null && from='from the cache' || from='built first'; \
	$(MAKE) --no-print-directory kubernetes && built=$$(date +%s) && $(BIN)/pytest tests/kubernetes $(ARGS); code=$$?; \
	echo "kubernetes tests took $$(($$(date +%s) - $${built:-$$started})) s; the programs: $$from," \
	"$$(($${built:-$$started} - started)) s"; exit $$code

test-copying: $(SYNCED) ## buckets and images copied and proven between real stores; fetches and builds them once
	@started=$$(date +%s); $(BIN)/python -m tests.copying.programs info && $(BIN)/python -m tests.mirroring.programs info && from='from the cache' || from='built first'; \
	$(MAKE) --no-print-directory copying && built=$$(date +%s) && \
	$(BIN)/pytest -n 2 --dist worksteal tests/copying tests/mirroring $(ARGS); code=$$?; \
	echo "copying tests took $$(($$(date +%s) - $${built:-$$started})) s; the programs: $$from," \
	"$$(($${built:-$$started} - started)) s"; exit $$code

# The judges' environment: checkov wants older packages than Pulumi, and no other test needs it.
JUDGES := .tools/judges
test-judges: $(SYNCED) $(JUDGES)/.synced ## checkov and kubernetes-validate on the library's clusters; ARGS=--update-figures
	@started=$$(date +%s); $(BIN)/pytest tests/judges $(ARGS); code=$$?; \
	echo "judges took $$(($$(date +%s) - started)) s"; exit $$code

test-workflows: $(SYNCED) ## actionlint on the workflows of generated repositories; builds it on the first call
	@UV=$$(sh tools/uv.sh '$(PYTHON)') $(BIN)/python -m tests.workflows.actionlint install
	$(BIN)/pytest tests/workflows $(ARGS)

$(JUDGES)/.synced: tests/judges/environment/pyproject.toml tests/judges/environment/uv.lock
	@test -n '$(PYTHON)' || { echo 'Wayfare needs Python 3.11 or newer; there is none on PATH. Elsewhere: make PYTHON=…' >&2; exit 1; }
	@echo 'installing checkov into $(JUDGES) (600 MB)' >&2
	@uv=$$(sh tools/uv.sh '$(PYTHON)') && UV_PROJECT_ENVIRONMENT='$(CURDIR)/$(JUDGES)' \
	"$$uv" sync --quiet --locked --project tests/judges/environment --python '$(PYTHON)'
	@touch $@

bench: engine ## what Wayfare takes, as ratios of one run, beside the last recorded one; ARGS=--record adds a line
	$(BIN)/python -m tests.bench $(ARGS)

check: lint format types imports ## linter, formatter, types, direction of imports

lint: $(SYNCED)
	$(BIN)/ruff check

format: $(SYNCED)
	$(BIN)/ruff format --check

types: $(SYNCED)
	$(BIN)/pyright

imports: $(SYNCED)
	$(BIN)/lint-imports --no-logo --no-cache

fix: $(SYNCED) ## let the linter and the formatter change files
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

setup: engine ## all that the other targets need

# Not a file: the engine may come from PATH or the cache and go away with them. Looking takes less than a second.
# UV: without Go the engine's installation fetches one, and uv is not on PATH on every machine.
engine: $(SYNCED)
	@UV=$$(sh tools/uv.sh '$(PYTHON)') $(BIN)/wayfare engine install

kubernetes: $(SYNCED) ## a real Kubernetes for the sandbox, built once into the cache: 20 minutes, then none
	@UV=$$(sh tools/uv.sh '$(PYTHON)') $(BIN)/wayfare kubernetes install

copying: $(SYNCED) ## the stores and the registry for the tests of copying, once into the cache: four minutes, then none
	@UV=$$(sh tools/uv.sh '$(PYTHON)') $(BIN)/python -m tests.copying.programs install
	@$(BIN)/python -m tests.mirroring.programs install

$(SYNCED): pyproject.toml uv.lock
	@test -n '$(PYTHON)' || { echo 'Wayfare needs Python 3.11 or newer; there is none on PATH. Elsewhere: make PYTHON=…' >&2; exit 1; }
	@echo 'installing the SDKs and tools into .venv; the first time takes a minute or two' >&2
	@uv=$$(sh tools/uv.sh '$(PYTHON)') && \
	if ! $(BIN)/python -c '$(NEW_ENOUGH)' 2>/dev/null; then rm -rf .venv; "$$uv" venv --quiet --python '$(PYTHON)'; fi && \
	"$$uv" sync --locked --all-extras
	@touch $@

clean: ## remove what the other targets made here; the engine stays in the user's cache
	rm -rf .venv .tools dist .pytest_cache .ruff_cache .hypothesis
	find blueprints components stacks sandbox tests -name __pycache__ -type d -prune -exec rm -rf {} +
