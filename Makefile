# Everything here needs only Python 3.11 to 3.13 and make; the environment it makes is in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint bench mutants interop keycloak faxline clean full
demo: $(VENV)/app.stamp
	$(BIN)/loopclose demo

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: $(VENV)/lint.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

interop: $(VENV)/test.stamp $(VENV)/browser.stamp
	$(BIN)/python -m pytest tests/interop -p no:randomly -n 3 --dist loadfile --no-loadscope-reorder -rP

keycloak: $(VENV)/test.stamp
	@command -v mvn >/dev/null && command -v java >/dev/null || \
	  { apt-get update -q >/dev/null && apt-get install -y -q maven openjdk-17-jre-headless >/dev/null; }
	$(BIN)/python -m pytest tests/keycloak -p no:randomly -rP

faxline: $(VENV)/test.stamp
	@command -v iaxmodem >/dev/null && command -v efax >/dev/null && command -v ip >/dev/null && \
	  command -v gs >/dev/null && command -v tesseract >/dev/null || { apt-get update -q >/dev/null && \
	  apt-get install -y -q efax ghostscript iaxmodem iproute2 tesseract-ocr >/dev/null; }
	$(BIN)/python -m pytest tests/faxline -p no:randomly -rP

full: $(VENV)/test.stamp
	EXAMPLES=200 $(BIN)/python -m pytest tests/generative/test_papers.py tests/generative/test_dosage.py -n auto
	MUTATED=2000 $(BIN)/python -m pytest tests/store/test_mutated.py -p no:randomly -n auto
	FLOOD=10000 $(BIN)/python -m pytest tests/web/test_flood.py -p no:randomly -n 0 -rP
	KILLS=50 FAULTS_EACH=1 NIGHTS=200 FAULT_SYNCS=50 $(BIN)/python -m pytest tests/chaos -p no:randomly -n auto --dist worksteal -rP
	EVERY_STYLE=1 $(BIN)/python -m pytest tests/interop/test_real_servers.py -p no:randomly -n 2 --dist loadfile --no-loadscope-reorder -rP
	EVERY_CHART=1 REAL_DRAFTS=9999 $(BIN)/python -m pytest tests/interop/test_real_drafts.py -p no:randomly -n auto -rP
	$(BIN)/python -m bench.linking --size 5000 --seeds 1 2
	$(BIN)/python -m bench.day

mutants: $(VENV)/test.stamp
	$(BIN)/python -m bench.mutants --floor 85

bench: $(VENV)/bench.stamp
	$(BIN)/python -m bench.linking
	$(BIN)/python -m bench.agreement
	$(BIN)/python -m bench.sync --memory
	$(BIN)/python -m bench.bulk
	$(BIN)/python -m bench.letters
	$(BIN)/python -m bench.chase
	$(BIN)/python -m bench.confirmation

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	  { echo "Loopclose needs Python 3.11, 3.12 or 3.13; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python cannot make a virtual environment here: install python3-venv, then try again."; exit 2; }

$(VENV)/app.stamp: requirements/app.lock pyproject.toml | $(BIN)/python
	@if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python --require-hashes -r requirements/app.lock; \
	else $(BIN)/python -m pip install -q --require-hashes -r requirements/app.lock; fi
	@$(BIN)/python -m pip install -q --no-deps -e .
	@touch $@

$(VENV)/%.stamp: requirements/%.lock $(VENV)/app.stamp
	@if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python -r $<; \
	else $(BIN)/python -m pip install -q -r $<; fi
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
