# `make run` and `make test` need Python 3.11 or newer and nothing else set up. The rest is for developers.
# A Python of your choice for the virtual environment: make PYTHON=python3.12 …

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: run test lint lock bench faults clean

# The practice desk on http://127.0.0.1:8080: sample company, SQLite, no account anywhere.
run: $(READY)
	@exec $(BIN)/backline run

# Everything, as CI runs it. What cannot run here is skipped by name with the reason.
test: lint $(VENV)/.browser $(VENV)/.node
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Figures, not verdicts: each program prints its own.
bench: $(READY)
	@set -e; for program in tests/bench/bench_*.py; do echo "== $$program"; $(BIN)/python "$$program"; done

# The fault runs at full length; `make test` runs them short.
faults: $(READY)
	BACKLINE_FAULTS=full $(BIN)/python -m pytest -s tests/faults

# Writes requirements.lock for every platform. Keeps what still fits; `make lock UPGRADE=1` takes the newest.
lock: $(READY)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --output-file requirements.lock --quiet $(if $(UPGRADE),--upgrade) \
		--all-extras --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-python-downloads

clean:
	rm -rf $(VENV) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

# Stamps, so that the second time is quick.
$(READY): requirements.lock pyproject.toml tools/venv.sh
	@PYTHON="$(PYTHON)" tools/venv.sh $(VENV)
	@touch $@

$(VENV)/.browser: $(READY) tools/browser.sh
	@tools/browser.sh
	@touch $@

$(VENV)/.node: $(READY) tools/node.sh tools/node/package.json tools/node/package-lock.json
	@tools/node.sh $(VENV)
	@touch $@
