# make demo: everything from nothing to a trained, tested, drawn model.
# make demo-timeline: on to a timeline of a session, beside the truth.
# make test: all tests but those marked slow. make test-all: every test, with
# line coverage. make fuzz: damaged files by chance for readers and tools, then
# coverage-guided ones for readers (atheris); SEED=1 COUNT=20 EACH=60 make
# fuzz. Each makes its own environment first.
# make sbom, licenses, audit: build/sbom.json, build/licenses.md, and known
# weaknesses (needs the network). make lock: requirements/lock.txt anew.
# make docs: the documentation site, docs/_build/html; a warning fails.
# make demo-movement VIDEO=interview.mp4: movement and touch, without a model.
# make pose-env: mediapipe for tools/data/extract_pose.py, in .pose-env.
PYTHON ?= python3
VENV ?= .venv
TORCH ?= torch==2.13.0
DEMO_FLAGS ?=
PYTEST_FLAGS ?= -n 2
SEED ?= 0
COUNT ?= 300
EACH ?= 120
COVERAGE := --cov=mmaction_microaction --cov-report=term:skip-covered
BIN := $(VENV)/bin
POSE_ENV := $(or $(MICROACTION_POSE_ENV),.pose-env)
SOURCES := mmaction_microaction mmaction_microaction_cli benchmarks configs \
           tools tests docs/conf.py setup.py
READY := $(VENV)/.ready
SUPPLY := .venv-supply

.PHONY: demo demo-timeline demo-movement test test-all fuzz lint docs install \
        pose-env sbom licenses audit lock clean

install: $(READY)

$(READY): setup.py $(wildcard requirements/*.txt)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade "setuptools<81" wheel
	$(BIN)/pip install -q -c requirements/constraints.txt "$(TORCH)"
	$(BIN)/pip install -q -c requirements/constraints.txt \
	    --no-build-isolation -e ".[test]"
	# yapf, which MMEngine imports, writes its grammar at the first import;
	# of several at once, one reads an empty file.
	$(BIN)/python -c 'import yapf.yapflib.yapf_api'
	touch $@

demo: $(READY)
	$(BIN)/python tools/demo.py --out demo_out $(DEMO_FLAGS)

demo-timeline: $(READY)
	$(BIN)/python tools/demo.py --timeline --out demo_out $(DEMO_FLAGS)

demo-movement: pose-env
	$(BIN)/python tools/movement.py $(VIDEO) --out movement_out

test: $(READY)
	$(BIN)/python -m pytest $(PYTEST_FLAGS) -m "not slow"

test-all: $(READY)
	$(BIN)/python -m pytest $(PYTEST_FLAGS) $(COVERAGE)

fuzz: $(READY)
	$(BIN)/pip install -q -r requirements/fuzz.txt
	$(BIN)/python tests/fuzz.py --seed $(SEED) --count $(COUNT)
	$(BIN)/python tests/fuzz_coverage.py --seconds $(EACH)

pose-env: $(POSE_ENV)/.ready

$(POSE_ENV)/.ready: requirements/pose-env.txt | $(READY)
	$(BIN)/python tools/data/extract_pose.py --make-env
	touch $@

lint: $(READY)
	$(BIN)/flake8 $(SOURCES)
	$(BIN)/isort --check-only $(SOURCES)
	$(BIN)/yapf -dr -p $(SOURCES)
	$(BIN)/lint-imports --no-logo --no-cache

$(SUPPLY)/.ready: requirements/supply.txt
	$(PYTHON) -m venv $(SUPPLY)
	$(SUPPLY)/bin/pip install -q -r requirements/supply.txt
	touch $@

sbom: $(READY) $(SUPPLY)/.ready
	mkdir -p build
	$(SUPPLY)/bin/cyclonedx-py environment --output-reproducible \
	    -o build/sbom.json $(BIN)/python

licenses: $(READY) $(SUPPLY)/.ready
	mkdir -p build
	$(SUPPLY)/bin/pip-licenses --python $(BIN)/python --from mixed \
	    --format markdown --with-urls --output-file build/licenses.md

audit: $(SUPPLY)/.ready
	$(SUPPLY)/bin/pip-audit --disable-pip --require-hashes --strict \
	    -r requirements/lock.txt

# Not torch, nor what its builds for CUDA bring along.
lock: docs
	mkdir -p build
	$(BIN)/pip freeze --all --exclude-editable --exclude pip --exclude wheel \
	    | grep -Ev '^(torch|triton|nvidia|cuda)' > build/frozen.txt
	$(BIN)/pip install -q --dry-run --no-deps --ignore-installed \
	    --report build/report.json -r build/frozen.txt
	$(BIN)/python tests/supply.py build/report.json > build/lock.txt
	mv build/lock.txt requirements/lock.txt

docs: $(READY)
	$(BIN)/pip install -q -c requirements/constraints.txt \
	    -r requirements/docs.txt
	$(BIN)/python -m sphinx -q -W --keep-going docs docs/_build/html

clean:
	rm -rf $(VENV) $(SUPPLY) demo_out docs/_build build dist *.egg-info \
	    mmaction_microaction/.mim
