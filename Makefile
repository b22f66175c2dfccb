# `make demo` and `make test` are all that a newcomer needs: each makes what it needs first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint format bench clean

demo: $(INSTALLED)
	$(BIN)/python -m selcolor_backend.demo demo

# The pictures of docs/hints.md.
.PHONY: demo-hints
demo-hints: $(INSTALLED)
	$(BIN)/python -m selcolor_backend.demo_hints docs/images

# The page that both editors show, of docs/guide.
.PHONY: manual
manual: $(INSTALLED)
	$(BIN)/python release/manual_page.py

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

# By hand, for it takes an hour: an archive of 2000 photos, with three SIGKILLs. `COUNT=200` for fewer.
.PHONY: archive
archive: $(INSTALLED)
	PYTHONPATH=tests/backend $(BIN)/python tests/archive/prove.py $(COUNT)

# By hand: the pace of `selcolor batch` over that of `selcolor colorize`, by turns.
.PHONY: archive-pace
archive-pace: $(INSTALLED)
	PYTHONPATH=tests/backend $(BIN)/python tests/archive/pace.py $(PAIRS)

# By hand, for it needs Ray: a cluster of two nodes on this machine, one of which is killed.
.PHONY: archive-ray
archive-ray: $(INSTALLED)
	$(BIN)/pip install --quiet --editable '.[ray]'
	PYTHONPATH=tests/backend $(BIN)/python tests/archive/ray_nodes.py $(COUNT)

# The page of `selcolor batch --report` in a headless browser, which is installed (Debian, as root).
.PHONY: report-browser
report-browser: $(INSTALLED)
	@command -v chromium > /dev/null || { \
	  apt-get update && apt-get install -y --no-install-recommends chromium; }
	$(BIN)/pytest tests/backend/test_archive_report.py

# By hand, for it takes 15 minutes and more: what the daemon bears. Its table stands in SECURITY.md.
.PHONY: reliability
reliability: $(INSTALLED)
	PYTHONPATH=tests/backend $(BIN)/python tests/reliability/reliability.py $(if $(SHARE),--share $(SHARE)) $(CHECKS)

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

# What translators begin with: every text of the plugins, and what a language still lacks of them.
.PHONY: texts
LOCALE := plugin/selcolor_plugin/locale
texts: $(INSTALLED)
	$(BIN)/pybabel --quiet extract --keyword=marked --sort-by-file --add-location=file \
	  --project=selective-colorize --copyright-holder="the authors of Selective Colorize" \
	  --output=$(LOCALE)/selcolor.pot plugin
	@for catalog in $(LOCALE)/*.po; do \
	  $(BIN)/pybabel --quiet update --locale=$$(basename $$catalog .po) --output-file=$$catalog \
	    --input-file=$(LOCALE)/selcolor.pot --no-fuzzy-matching --ignore-obsolete --width=100; done

# `make bench SIZES="1 12"` measures these megapixels only, and leaves the picture as it is.
bench: $(INSTALLED)
	$(BIN)/python tests/benchmarks/bench.py $(SIZES)

# What the published networks take, on random weights: minutes, and up to 6 GB of memory.
.PHONY: bench-networks
bench-networks: $(INSTALLED)
	PYTHONPATH=tests/backend $(BIN)/python tests/benchmarks/networks.py $(NAMES)

# By hand, for it takes minutes a network and up to 6 GB of memory: each published network, on random
# weights, through command line, daemon, batch, Krita and GIMP (`make editors` installs these). A
# busy machine wants `SELCOLOR_SLOWNESS=6`; `NAMES="ddcolor-tiny or siggraph17"` limits it.
.PHONY: test-networks
test-networks: $(INSTALLED)
	$(BIN)/pytest -rA -m networks $(if $(NAMES),-k "$(NAMES)") tests/backend/test_whole_networks.py \
	  tests/editors/krita/test_krita_networks.py tests/editors/gimp/test_gimp_networks.py

# Our networks beside their authors' code, which docs/decisions/110 says how to get.
.PHONY: parity
parity: $(INSTALLED)
	$(BIN)/python tests/parity/parity.py $(NAME) $(FOLDER)

clean:
	rm -rf $(VENV) demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(INSTALLED): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv $(VENV) || { echo 'No venv module: on Debian and Ubuntu, apt install python3-venv'; exit 1; }
	$(BIN)/pip install --retries 10 --editable '.[dev,train]'
	touch $@

# The real editors: installed if they are missing (Debian, as root), then driven under Xvfb.
.PHONY: editors editors-krita editors-krita-20

KRITA_PACKAGES := krita python3-pyqt5 xvfb

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
  $(GIMP_TESTS)/test_gimp_results.py $(GIMP_TESTS)/test_gimp_refining.py

gimp-root: $(INSTALLED)
	$(BIN)/python tests/editors/roots.py gimp

gimp-screen:
	dpkg -s $(GIMP_SCREEN_PACKAGES) > /dev/null 2>&1 || \
	  { apt-get update && apt-get install -y --no-install-recommends $(GIMP_SCREEN_PACKAGES); }

editors-gimp: gimp-root gimp-screen sandbox
	$(BIN)/pytest -m editors $(GIMP_TESTS)

editors-gimp-batch: gimp-root
	$(BIN)/pytest -m editors $(GIMP_BATCH)

# By hand, for it changes pictures in git: what the manual shows, seen in the real editors.
.PHONY: manual-pictures
manual-pictures: gimp-root gimp-screen
	@dpkg -s $(KRITA_PACKAGES) > /dev/null 2>&1 || \
	  { apt-get update && apt-get install -y --no-install-recommends $(KRITA_PACKAGES); }
	$(BIN)/pytest -m manual tests/editors/krita/test_krita_manual_pictures.py
	$(BIN)/pytest -m manual $(GIMP_TESTS)/test_gimp_manual_pictures.py
	$(MAKE) manual

editors-gimp-20: gimp-root
	PYTHONPATH=tests/editors $(BIN)/python $(GIMP_TESTS)/repeat_gimp.py 20

# Both in sandboxes with the mounts of their Flatpaks, with a systemd of the user outside (as root).
.PHONY: editors-flatpak sandbox
SANDBOX_PACKAGES := bubblewrap systemd

sandbox:
	@dpkg -s $(SANDBOX_PACKAGES) > /dev/null 2>&1 || \
	  { apt-get update && apt-get install -y --no-install-recommends $(SANDBOX_PACKAGES); }

editors-flatpak: gimp-root sandbox
	@dpkg -s $(KRITA_PACKAGES) > /dev/null 2>&1 || \
	  { apt-get update && apt-get install -y --no-install-recommends $(KRITA_PACKAGES); }
	$(BIN)/pytest -m editors tests/editors/test_editors_in_flatpaks.py

# By hand, for it takes half an hour and 6 GB of disk: the user's whole way and the manual in every
# version of both editors that Debian has (12, 13 and unstable, each in a folder), and what is new in
# GIMP 3.2.
.PHONY: editors-all editor-roots
IN_EVERY_KRITA := tests/editors/krita/test_krita_way.py tests/editors/krita/test_krita_manual.py
IN_EVERY_GIMP := $(GIMP_TESTS)/test_gimp_way.py $(GIMP_TESTS)/test_gimp_manual.py

editor-roots: $(INSTALLED)
	$(BIN)/python tests/editors/roots.py gimp krita unstable

# Krita 6 is in no Debian yet: the plugin is driven under its Qt, with doubles of Krita and daemon.
.PHONY: krita-qt6
QT6_PACKAGES := libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1

krita-qt6: $(INSTALLED)
	@dpkg -s $(QT6_PACKAGES) > /dev/null 2>&1 || { \
	  apt-get update && apt-get install -y --no-install-recommends $(QT6_PACKAGES); }
	$(BIN)/pip install --quiet 'PyQt6>=6.6,<7'
	$(BIN)/pytest -m editors tests/plugin/test_krita_qt6.py tests/plugin/test_krita_words.py

editors-all: editor-roots gimp-screen krita-qt6
	@dpkg -s $(KRITA_PACKAGES) > /dev/null 2>&1 || \
	  { apt-get update && apt-get install -y --no-install-recommends $(KRITA_PACKAGES); }
	$(BIN)/pytest -s -m editors $(IN_EVERY_KRITA)
	SELCOLOR_ROOT=krita $(BIN)/pytest -s -m editors $(IN_EVERY_KRITA)
	SELCOLOR_ROOT=unstable $(BIN)/pytest -s -m editors $(IN_EVERY_KRITA)
	$(BIN)/pytest -s -m editors $(IN_EVERY_GIMP)
	SELCOLOR_ROOT=unstable $(BIN)/pytest -s -m editors $(IN_EVERY_GIMP) \
	  $(GIMP_TESTS)/test_gimp_layers_of_32.py

# By hand, for it takes half an hour: every window of both plugins in each language, as pictures in
# build/screenshots to be looked at.
.PHONY: editors-languages
LANGUAGE_PACKAGES := $(KRITA_PACKAGES) krita-l10n fonts-noto-cjk locales
LOCALES := de_DE es_ES fr_FR ja_JP pt_BR zh_CN

editors-languages: $(INSTALLED) gimp-screen
	@dpkg -s $(LANGUAGE_PACKAGES) > /dev/null 2>&1 || { \
	  apt-get update && apt-get install -y --no-install-recommends $(LANGUAGE_PACKAGES); }
	for name in $(LOCALES); do localedef -i $$name -f UTF-8 $$name.UTF-8; done
	$(BIN)/python tests/editors/roots.py languages
	$(BIN)/pytest -s -m editors tests/editors/languages/test_krita_languages.py
	SELCOLOR_ROOT=languages $(BIN)/pytest -s -m editors tests/editors/languages/test_gimp_languages.py

# The real installer in fresh homes, then real Krita (here) and real GIMP 3 (in Debian 13): from nothing
# and back. It downloads PyTorch three times (8 GB), needs 20 GB of disk and half an hour.
.PHONY: editors-installed

editors-installed: gimp-root
	@dpkg -s $(KRITA_PACKAGES) > /dev/null 2>&1 || \
	  { apt-get update && apt-get install -y --no-install-recommends $(KRITA_PACKAGES); }
	$(BIN)/pytest -s -m editors tests/editors/installed

# The tests of the installer, which reach every line of it; those of Flatpaks need bubblewrap and root.
.PHONY: installer constraints

installer: $(INSTALLED)
	$(BIN)/pytest tests/installer --cov installer --cov-fail-under 100

# What is published, in dist/release, each file started in a fresh home. `BUNDLE=--bundle` adds the
# wheels for machines without network, which takes gigabytes.
.PHONY: release
release: $(INSTALLED)
	$(BIN)/python release/release.py $(BUNDLE)

# The versions that `install.py` installs, for every Python and system: run the tests with them then.
PINS := installer/selcolor_installer/standalone/constraints.txt
constraints: $(INSTALLED)
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --no-annotate \
	  --no-header --no-emit-index-url --no-emit-find-links \
	  | grep -vE '^(nvidia-|cuda-|triton)' > $(PINS).new
	mv $(PINS).new $(PINS)
