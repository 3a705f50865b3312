# Every target explains itself: make help
.DEFAULT_GOAL := help
.PHONY: help bench train report test test-all test-faults test-slurm lint types reproduce reproduce-quick clean lock

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
export PYTHONUNBUFFERED := 1
CONTESTS := energy_drift poisson dissipative port_hamiltonian structured constrained many_bodies symplectic_maps noise positions_only data_efficiency penalties
PAPERS := hnn_paper lnn_paper chnn_paper symoden_paper delan_paper dhnn_paper srnn_paper ghnn_paper deepmechanics_paper

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

$(VENV)/.installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; got " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@touch $@

bench: $(VENV)/.installed ## measure our speed against others, side by side
	$(RUN) -m benchmarks $(ARGS)

train: $(VENV)/.installed ## train and judge one model; others by ARGS="model=lnn system=double_pendulum"
	$(RUN) -m src.train $(or $(ARGS),model=hnn system=mass_spring)

report: $(VENV)/.installed ## put all sweeps into one page; others by ARGS="runs=<folder>"
	$(RUN) -m src.report $(or $(ARGS),runs=sweeps)

test: $(VENV)/.installed ## run the default tests
	$(RUN) -m pytest -n 2 -m "not slow" -q

test-all: $(VENV)/.installed ## run every test, the slow ones too
	$(RUN) -m pytest -n 2 -q

test-faults: $(VENV)/.installed ## kill runs, fill disks, break files: what survives (half an hour; FAULTS_SEED=<number> repeats)
	FAULTS_SEED=$${FAULTS_SEED:-$$(date +%s)} $(RUN) -m pytest -n 2 -q -rP tests/faults/*.py

test-slurm: $(VENV)/.sweeps ## run sweeps through a real Slurm, installed by apt (as root; Debian)
	tests/cluster/install.sh
	$(RUN) -m pytest -q -rP tests/cluster/sweeps.py

$(VENV)/.sweeps: $(VENV)/.installed
	$(RUN) -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev,sweeps]'
	@touch $@

lint: $(VENV)/.installed ## check style, and which room imports which
	$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/lint-imports

types: $(VENV)/.installed ## check types
	$(VENV)/bin/basedpyright

reproduce: $(VENV)/.installed ## make the committed tables and figures again (hours)
	@for name in $(CONTESTS) $(PAPERS); do $(RUN) -m experiments.$$name.reproduce || exit 1; done
	$(RUN) -m experiments.papers

reproduce-quick: $(VENV)/.installed ## make seed 0 of the papers' tasks that train in minutes (half an hour)
	@for name in $(PAPERS); do OMP_NUM_THREADS=1 $(RUN) -m experiments.$$name.reproduce --quick --jobs 2 || exit 1; done
	$(RUN) -m experiments.papers

lock: ## renew requirements.lock from the ranges in pyproject.toml
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet -e '.[dev]'
	(sed -n '/^#/p' requirements.lock; .venv-lock/bin/python -m pip freeze --exclude-editable | sed 's/+cpu//') > requirements.lock.new
	mv requirements.lock.new requirements.lock
	rm -rf .venv-lock

clean: ## remove the environment and caches; runs and sweeps stay
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
