# `make demo` and `make test` are all that a newcomer needs: each makes what it needs first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint format bench clean

demo: $(INSTALLED)
	$(BIN)/python -m selcolor_backend.demo demo

# The pictures of docs/guide/hints.md.
.PHONY: demo-hints
demo-hints: $(INSTALLED)
	$(BIN)/python -m selcolor_backend.demo_hints docs/guide

test: $(INSTALLED)
	$(BIN)/pytest

# By hand, for it takes three times as long: random order, another language, a home with spaces, …
.PHONY: test-hostile
test-hostile: $(INSTALLED)
	$(BIN)/python tests/hostile.py

# By hand, for it takes minutes and up to 4 GB of memory: photos of up to 120 megapixels.
.PHONY: test-large
test-large: $(INSTALLED)
	$(BIN)/pytest -m large

# By hand, for it takes 20 minutes: mutated files of every kind that is read, with little memory.
.PHONY: fuzz
fuzz: $(INSTALLED)
	$(BIN)/python tests/fuzz/fuzz_reading.py $(or $(SECONDS),1200) $(FIRST)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What translators begin with: every text of the plugins.
.PHONY: texts
texts: $(INSTALLED)
	$(BIN)/pybabel --quiet extract --keyword=marked --sort-by-file --add-location=file \
	  --project=selective-colorize --copyright-holder="the authors of Selective Colorize" \
	  --output=plugin/selcolor_plugin/locale/selcolor.pot plugin

# `make bench SIZES="1 12"` measures these megapixels only, and leaves the picture as it is.
bench: $(INSTALLED)
	$(BIN)/python tests/benchmarks/bench.py $(SIZES)

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(INSTALLED): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv $(VENV) || { echo 'No venv module: on Debian and Ubuntu, apt install python3-venv'; exit 1; }
	$(BIN)/pip install --retries 10 --editable '.[dev,train]'
	touch $@

# The real editors: installed if they are missing (Debian, as root), then driven under Xvfb.
.PHONY: editors editors-krita editors-krita-20

KRITA_PACKAGES := krita python3-pyqt5 xvfb xauth

editors: editors-krita editors-gimp

editors-krita: $(INSTALLED)
	@dpkg -s $(KRITA_PACKAGES) > /dev/null 2>&1 || { \
	  [ "$$(id -u)" = 0 ] || { \
	    echo 'Krita or what drives it is not installed, and only root may install it. Run once:'; \
	    echo '  sudo apt-get install --no-install-recommends $(KRITA_PACKAGES)'; \
	    exit 1; }; \
	  apt-get update && apt-get install -y --no-install-recommends $(KRITA_PACKAGES); }
	$(BIN)/pytest -m editors tests/editors/krita

editors-krita-20: $(INSTALLED)
	PYTHONPATH=tests/editors $(BIN)/python tests/editors/krita/repeat.py 20

# GIMP 3 is not in Debian 12: Debian 13 is made in a folder once (as root), and GIMP runs in there.
.PHONY: editors-gimp editors-gimp-batch editors-gimp-20 gimp-root gimp-screen

GIMP_SCREEN_PACKAGES := xvfb openbox xdotool imagemagick
GIMP_TESTS := tests/editors/gimp
GIMP_BATCH := $(GIMP_TESTS)/test_gimp_story.py $(GIMP_TESTS)/test_gimp_images.py \
  $(GIMP_TESTS)/test_gimp_daemon.py $(GIMP_TESTS)/test_gimp_open_raster.py \
  $(GIMP_TESTS)/test_gimp_results.py

gimp-root: $(INSTALLED)
	$(BIN)/python $(GIMP_TESTS)/trixie.py

gimp-screen:
	dpkg -s $(GIMP_SCREEN_PACKAGES) > /dev/null 2>&1 || \
	  { apt-get update && apt-get install -y --no-install-recommends $(GIMP_SCREEN_PACKAGES); }

editors-gimp: gimp-root gimp-screen
	$(BIN)/pytest -m editors $(GIMP_TESTS)

editors-gimp-batch: gimp-root
	$(BIN)/pytest -m editors $(GIMP_BATCH)

editors-gimp-20: gimp-root
	PYTHONPATH=tests/editors $(BIN)/python $(GIMP_TESTS)/repeat_gimp.py 20

# The real installer in fresh homes, then real Krita (here) and real GIMP 3 (in Debian 13): from nothing
# and back. It downloads PyTorch three times (8 GB), needs 20 GB of disk and half an hour.
.PHONY: editors-installed

editors-installed: gimp-root
	@dpkg -s $(KRITA_PACKAGES) > /dev/null 2>&1 || \
	  { apt-get update && apt-get install -y --no-install-recommends $(KRITA_PACKAGES); }
	$(BIN)/pytest -s -m editors tests/editors/installed

# The installer as one file, after its tests have reached every line of it.
.PHONY: installer

installer: $(INSTALLED)
	$(BIN)/pytest tests/installer --cov installer --cov-fail-under 100
	$(BIN)/python installer/pack.py
