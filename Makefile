# One verb per job, the same for a person and for CI. `make help` lists them.

SHELL := /bin/bash
VENV := .venv
BENCH := .venv-bench
BIN := $(VENV)/bin
INPUTS := pyproject.toml requirements.lock .ci/environment
NOTEBOOK := notebooks/01-quickstart.ipynb
WORKERS ?= 2
TESTS ?= tests notebooks
SOAKED := tests/install tests/market/test_multi_timeframe.py

# Where the environment forbids kept bytecode, each process of the tests would compile btlab anew: 0.4 s of 3.2.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo lab test soak check format widgets pictures bench lock clean

help:  ## list what can be made
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1|\2/p' Makefile | column -t -s '|'

demo: $(VENV)/.ready-run  ## ticks -> store -> six timeframes -> session -> replay and dashboard files   [DATA=path]
	@$(BIN)/btlab demo $(if $(DATA),"$(DATA)")

lab: $(VENV)/.ready-lab  ## open JupyterLab on the quickstart
	@$(BIN)/jupyter lab $(NOTEBOOK)

test: $(VENV)/.ready-test  ## run every test, browser and notebook included   [TESTS=path WORKERS=n]
	@BTLAB_CHROMIUM="$$(.ci/chromium $(BIN)/python)" && export BTLAB_CHROMIUM && \
	    $(BIN)/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --nbval-lax --nbval-current-env $(TESTS)

soak: $(VENV)/.ready-test  ## run the long counts of reliability, and write tests/soak/REPORT.md   [SOAK=name SEED=n WORKERS=n]
	@BTLAB_SOAK=1 BTLAB_SOAK_SEED=$(or $(SEED),0) BTLAB_SOAK_REPORT=$(if $(SOAK),,tests/soak/REPORT.md) \
	    $(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal $(if $(SOAK),-k "$(SOAK)") tests/soak $(SOAKED)

check: $(VENV)/.ready-test  ## style, types, layers, lock; the widgets are what their sources make
	@.ci/check $(BIN)

format: $(VENV)/.ready-test  ## let ruff put the Python sources in order
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

widgets:  ## build the widgets from their sources (needs Node)
	@.ci/widgets build

pictures: $(VENV)/.ready-test  ## take the pictures of the README and the notebooks anew
	@BTLAB_CHROMIUM="$$(.ci/chromium $(BIN)/python)" && export BTLAB_CHROMIUM && $(BIN)/python notebooks/pictures/draw.py

bench: $(BENCH)/.ready-bench  ## print the tables of benchmarks/   [BENCH_ONLY=name]
	@.ci/bench $(BENCH)/bin $(BENCH_ONLY)

lock: $(VENV)/.ready-test  ## write requirements.lock anew, everything as new as pyproject.toml allows
	@.ci/lock $(BIN) --upgrade

clean:  ## remove what these verbs made
	rm -rf $(VENV) $(BENCH) demo dist build .pytest_cache .ruff_cache .mypy_cache .hypothesis widgets/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready-run: $(INPUTS)
	@.ci/environment $(VENV) .
	@touch $@
$(VENV)/.ready-lab: $(INPUTS)
	@.ci/environment $(VENV) ".[lab]"
	@touch $@ $(VENV)/.ready-run
$(VENV)/.ready-test: $(INPUTS)
	@.ci/environment $(VENV) ".[all]" test check
	@touch $@ $(VENV)/.ready-run $(VENV)/.ready-lab
$(BENCH)/.ready-bench: $(INPUTS)
	@.ci/environment $(BENCH) . bench
	@touch $@
