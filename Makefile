# `make demo` and `make test` are all that a newcomer needs: each makes what it needs first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint format bench clean

demo: $(INSTALLED)
	$(BIN)/python -m selcolor_backend.demo demo

test: $(INSTALLED)
	$(BIN)/pytest

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(INSTALLED)
	$(BIN)/python tests/benchmarks/bench.py

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(INSTALLED): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed.")'
	$(PYTHON) -m venv $(VENV) || { echo 'No venv module: on Debian and Ubuntu, apt install python3-venv'; exit 1; }
	$(BIN)/pip install --retries 10 --editable '.[dev,train]'
	touch $@

# The real editors: installed if they are missing (Debian, as root), then driven under Xvfb.
.PHONY: editors editors-krita editors-krita-20

KRITA_PACKAGES := krita python3-pyqt5 xvfb xauth

editors: editors-krita

editors-krita: $(INSTALLED)
	dpkg -s $(KRITA_PACKAGES) > /dev/null 2>&1 || \
	  { apt-get update && apt-get install -y --no-install-recommends $(KRITA_PACKAGES); }
	$(BIN)/pytest -m editors tests/editors/krita

editors-krita-20: $(INSTALLED)
	$(BIN)/python tests/editors/krita/repeat.py 20
