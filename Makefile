# Two commands matter: `make serve` and `make test`. `make help` lists the rest.
# Needs make, sh and Python >= 3.11 with its venv module. Everything lands in .venv; nothing needs root.

.POSIX:
.SUFFIXES:

HOST ?= 127.0.0.1
PORT ?= 8000
# More arguments for pytest, for example: make test ARGS="-k L16"
ARGS ?=
# make lock UPGRADE=--upgrade moves every pin to its newest release.
UPGRADE ?=

VENV_PYTHON = .venv/bin/python
STAMP = .venv/.installed
PIP_INSTALL = $(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check
UV_COMPILE = .venv-lock/bin/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

.PHONY: help serve venv test test-fast test-deep lint docs sbom audit dist lock bench screenshots accuracy clean

help:
	@echo 'make serve      start the service on http://$(HOST):$(PORT) (HOST=... PORT=... change that)'
	@echo 'make test       run every test that this machine can run (ARGS=... goes to pytest)'
	@echo 'make test-fast  the part of the tests that takes less than two minutes'
	@echo 'make test-deep  all tests, with ten times the generated cases'
	@echo 'make lint       ruff, mypy and the import rules'
	@echo 'make docs       write the documentation site to build/site'
	@echo 'make sbom       write build/sbom.json (CycloneDX): what a deployment consists of'
	@echo 'make audit      check the locks for known weaknesses'
	@echo 'make dist       write wheel and source distribution to dist/'
	@echo 'make venv       only make .venv, with what tests, docs and benchmarks need'
	@echo 'make accuracy   measure the service on 2,000 synthetic patients and write docs/accuracy.md, docs/rules/comparator.md'
	@echo 'make lock       rewrite requirements/*.lock (UPGRADE=--upgrade takes newer releases)'
	@echo 'make bench      measure a hook call beside the floor, some minutes (ARGS=--quick: about a minute)'
	@echo 'make screenshots  draw the pictures of the documentation (needs Chromium)'
	@echo 'make clean      remove .venv and everything else that these commands made'

serve: $(STAMP)
	@exec .venv/bin/myeloma-cds serve --host '$(HOST)' --port '$(PORT)'

venv: $(STAMP)

test: $(STAMP)
	@$(VENV_PYTHON) -m pytest $(ARGS)

test-fast: $(STAMP)
	@$(VENV_PYTHON) -m pytest -m 'not slow' $(ARGS)

test-deep: $(STAMP)
	@MYELOMA_CDS_TEST_DEEP=10 $(VENV_PYTHON) -m pytest $(ARGS)

lint: $(STAMP)
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy
	.venv/bin/lint-imports

# Nothing is fetched: fonts are the reader's own, and reference pages are made from the code.
docs: $(STAMP)
	@NO_MKDOCS_2_WARNING=1 $(VENV_PYTHON) -m mkdocs build --quiet --strict
	@echo 'build/site/index.html'

sbom: $(STAMP)
	@mkdir -p build
	@PYTHONWARNINGS=ignore .venv/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-format JSON \
		--output-file build/sbom.json requirements/runtime.lock
	@echo 'build/sbom.json'

audit: $(STAMP)
	@$(VENV_PYTHON) -m scripts.audit --online

dist: $(STAMP)
	@rm -rf dist
	@$(VENV_PYTHON) -m hatchling build

# The stamp is written last, so that an installation that was cut short is done again.
# The locks name every file by its hash; the project itself comes last, from this folder, without dependencies.
$(STAMP): requirements/dev.lock pyproject.toml
	@rm -f $(STAMP)
	@$(VENV_PYTHON) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || { \
		found=; old=; bare=; \
		for name in python3.13 python3.12 python3.11 python3; do \
			"$$name" -c '' >/dev/null 2>&1 || continue; \
			"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || { old=$$name; continue; }; \
			"$$name" -c 'import venv, ensurepip' >/dev/null 2>&1 || { bare=$$name; continue; }; \
			found=$$name; break; \
		done; \
		if [ -z "$$found" ]; then \
			if [ -n "$$bare" ]; then \
				echo "$$bare lacks its venv module (Debian and Ubuntu keep it in a package of its own, such as python3-venv): please install it and run make again." >&2; \
			elif [ -n "$$old" ]; then \
				echo "$$old is `$$old -c 'import platform; print(platform.python_version())'`, and this project needs Python 3.11 or newer: please install one and run make again." >&2; \
			else \
				echo "No python3 was found, and this project needs Python 3.11 or newer: please install one and run make again." >&2; \
			fi; \
			exit 1; \
		fi; \
		echo "Making .venv with $$found; the first time takes about a minute."; \
		"$$found" -m venv --clear .venv; \
	}
	@$(PIP_INSTALL) --require-hashes --requirement requirements/dev.lock || { \
		echo "The packages of requirements/dev.lock could not be installed: please check the network or the package index that pip uses, and run make again." >&2; exit 1; }
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

bench: $(STAMP)
	@$(VENV_PYTHON) benchmarks/service.py $(ARGS)

screenshots: $(STAMP)
	@$(VENV_PYTHON) scripts/screenshots.py

# ARGS="--patients 500 --processes 2" makes it quicker.
accuracy: $(STAMP)
	@$(VENV_PYTHON) -m scripts.accuracy $(ARGS)

# uv only resolves; it lives in an environment of its own that is thrown away afterwards.
lock:
	@set -e; trap 'rm -rf .venv-lock' EXIT; \
	for name in python3.13 python3.12 python3.11 python3; do \
		"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; \
	done; \
	"$$name" -m venv --clear .venv-lock; \
	.venv-lock/bin/python -m pip install --quiet --disable-pip-version-check uv; \
	$(UV_COMPILE) --group dev --output-file requirements/dev.lock pyproject.toml; \
	$(UV_COMPILE) --extra postgres --constraint requirements/dev.lock --output-file requirements/runtime.lock pyproject.toml; \
	$(UV_COMPILE) --extra postgres --extra tracing --constraint requirements/dev.lock --output-file requirements/tracing.lock pyproject.toml; \
	$(UV_COMPILE) --group pyproject.toml:build --constraint requirements/dev.lock --output-file requirements/build.lock; \
	echo 'requirements/*.lock are up to date.'

clean:
	rm -rf .venv .venv-lock build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
