# The demo, the tests and the rest, each in the virtual environment .venv, which is made on the way.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python

DEMO_READY := $(VENV)/.ready-for-demo
TEST_READY := $(VENV)/.ready-for-test

# What an install depends on: when one of these changes, it is done again, so that no stale engine is ever run.
SOURCES := pyproject.toml setup.py $(shell grep -rlw --include='*.py' 'import cython' src)

# Succeeds where extension modules can be built: there is a C compiler, and Python's headers.
CAN_COMPILE = $${CC:-$$($(PY) -c 'import sysconfig; print(sysconfig.get_config_var("CC"))')} \
	-I"$$($(PY) -c 'import sysconfig; print(sysconfig.get_path("include"))')" \
	-include Python.h -fsyntax-only -x c /dev/null 2>/dev/null

INSTALL = $(PY) -m pip install --quiet --disable-pip-version-check --editable

.PHONY: help demo test lint pictures bench bench-compile bench-looking clean

help:
	@echo "make demo    train a network on a toy problem and show what happens"
	@echo "make test    check style and types, then test the compiled engine and the pure one"
	@echo "make lint    check style and types"
	@echo "make pictures"
	@echo "             draw graphs, plots, the page and the notebook into pictures/"
	@echo "make bench   time the engine"
	@echo "make bench-compile"
	@echo "             time the compiler beside other libraries (a few hundred MB are installed)"
	@echo "make bench-looking"
	@echo "             time pictures of large graphs, and training that is watched"
	@echo "make clean   remove everything that make made"
	@echo "PYTHON=...   the Python to use, 3.11 or newer (now: $(PYTHON))"

demo: $(DEMO_READY)
	@echo "running the demo ..."
	@$(VENV)/bin/micrograd demo

test: lint
	@if $(CAN_COMPILE); then \
		echo "testing the compiled engine ..." && MICROGRAD_PURE=0 $(PY) -m pytest; \
	else \
		echo "no C compiler with Python's headers here: testing the pure engine alone"; \
	fi
	@echo "testing the pure engine ..."
	@MICROGRAD_PURE=1 $(PY) -m pytest

lint: $(TEST_READY)
	@echo "checking style and types ..."
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy

pictures: $(TEST_READY)
	@echo "drawing ..."
	@$(PY) tests/pictures.py pictures

bench: $(DEMO_READY)
	@echo "timing the engine ..."
	@$(PY) benchmarks/engine.py

bench-compile: $(DEMO_READY)
	@echo "timing the compiler ..."
	@$(PY) benchmarks/compile.py

bench-looking: $(DEMO_READY)
	@echo "timing what looks at programs ..."
	@$(PY) benchmarks/looking.py

clean:
	rm -rf $(VENV) build demo dist pictures src/*.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
	find src -name '*.so' -delete

# pip comes last when a virtual environment is made: one without it is half made.
$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(sys.version_info < (3, 11) and \
		f"micrograd needs Python 3.11 or newer, and $(PYTHON) is {v}: choose one with make PYTHON=python3.11")'
	@echo "creating $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(DEMO_READY): $(SOURCES) | $(VENV)/bin/pip
	@echo "installing micrograd and what its demo needs ..."
	@find src -name '*.so' -delete
	@$(INSTALL) ".[all]"
	@touch $@

$(TEST_READY): $(SOURCES) | $(VENV)/bin/pip
	@echo "installing micrograd and what its tests need (PyTorch is large) ..."
	@find src -name '*.so' -delete
	@if $(CAN_COMPILE); then export MICROGRAD_PURE=0; else export MICROGRAD_PURE=1; fi; $(INSTALL) ".[dev]"
	@touch $(DEMO_READY) $@
