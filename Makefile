# From a bare Python 3.11 with pip: `make demo` sets up and opens the page, `make test` checks all.
#
#   PYTHON=python3.12 make demo     with another Python
#   make setup CONSTRAINTS=         torch as pip chooses it, for example with a GPU

PYTHON ?= python3
CONSTRAINTS ?= constraints.txt
VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
PIP_INSTALL := $(VENV_PYTHON) -m pip install --disable-pip-version-check $(if $(CONSTRAINTS),-c $(CONSTRAINTS))

# Tests in the browser mostly wait, so two processes take two thirds of the time of one. Each has one thread: on two
# cores two times two threads of torch wait for each other most of the time.
PYTEST := OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE $(VENV_PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

# What stands for a step that is done. It is done again when one of its files changes.
SETUP_DONE := $(VENV)/.setup-done
DEV_DONE := $(VENV)/.dev-done

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo check lint test art tools

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

setup: $(SETUP_DONE) ## everything the page and the command line need, into .venv

demo: setup ## the page, at http://127.0.0.1:7860
	$(VENV_PYTHON) -m demo

check: lint ## before a commit: linters, types, fast tests
	$(PYTEST) -m "not slow and not browser"

test: lint tools ## linters, types and all tests
	$(PYTEST)

lint: setup $(DEV_DONE)
	$(VENV_PYTHON) -m ruff check
	$(VENV_PYTHON) -m ruff format --check
	$(VENV_PYTHON) -m mypy

art: $(DEV_DONE) ## the pictures that training draws its clips with
	@$(call apt_install,fonts-noto-color-emoji tuxpaint-stamps-default,\
		[ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] && [ -d /usr/share/tuxpaint/stamps ])
	$(VENV_PYTHON) -m core.lab.art.fetch data/art

$(VENV_PYTHON):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'ReelTalk needs Python 3.11 or newer: make setup PYTHON=/path/to/python3.11'; exit 1; }
	$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo 'No virtual environment: on Debian, apt-get install python3-venv'; exit 1; }

$(SETUP_DONE): requirements.txt pyproject.toml $(CONSTRAINTS) | $(VENV_PYTHON)
	@echo '==> The libraries (this takes a few minutes, once)'
	$(PIP_INSTALL) -e .
	@echo '==> The base weights of the embedded model that fits into memory, and of hearing (once)'
	$(VENV_PYTHON) -m core weights --fetch
	@touch $@

$(DEV_DONE): pyproject.toml $(SETUP_DONE)
	$(PIP_INSTALL) -e '.[dev]'
	@touch $@

# The browser that the tests of the page drive (a Chromium without windows), a font that has Chinese, and a voice
# that says what hearing is tested with.
tools:
	@$(call apt_install,chromium-headless-shell fonts-noto-cjk espeak-ng,\
		command -v espeak-ng && { command -v chromium-headless-shell || command -v chromium || \
			command -v chromium-browser || command -v google-chrome; })

# $(call apt_install,PACKAGES,CHECK): installs Debian packages unless the shell command CHECK succeeds.
define apt_install
if { $(2); } >/dev/null 2>&1; then exit 0; fi; \
if ! command -v apt-get >/dev/null; then \
	echo 'There is no apt-get here. Please install by hand what Debian calls: $(1)'; exit 1; fi; \
if [ "$$(id -u)" = 0 ]; then become=; \
elif command -v sudo >/dev/null; then become=sudo; \
else echo 'Neither root nor sudo. Please have this done: apt-get install $(1)'; exit 1; fi; \
echo '==> Debian packages: $(1)'; \
$$become apt-get update && \
$$become env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(1) || \
{ echo 'Could not install: $(1)'; exit 1; }
endef
