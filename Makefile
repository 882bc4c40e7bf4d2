# cloneproof: see README.md. Every target sets up what it needs, in .venv.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
OUT    := out
PROFILE ?= quick
CALLS   ?= 1000000000
SEED    ?= 1

.PHONY: verify verify-independent nightly certify test cluster lint bench report neighbours mutate kernels conform conform-vm pack-vm built histories histories-vm races claim source seeded reviewed upstream vouch page page-test page-pictures clean help

help:
	@echo "make verify      decide the whole catalogue on every kernel (seconds)"
	@echo "make test        run the tests; PROFILE=long for 20,000 random calls each"
	@echo "make conform     compare the model with the running kernel (root, under a minute)"
	@echo "make kernels     fetch Debian's 6.1 and 6.12 kernels into .kernels (60 MB)"
	@echo "make conform-vm  compare the model with both, under qemu (a quarter of an hour); others: LINES=7.3 for"
	@echo "                 make kernels, then ON=7.3 here and for make histories-vm"
	@echo "make pack-vm     run v6.12's conformance pack on both, and explain each difference (two minutes)"
	@echo "make built       build small kernels without options, and compare the model with each, under qemu"
	@echo "                 (fetches 150 MB; half an hour on two idle cores)"
	@echo "make histories   drive random histories on the running kernel (root, two minutes)"
	@echo "make races       try what only overlapping calls show, here (root, half a minute)"
	@echo "make claim       measure the pull request's claim on both (half a minute)"
	@echo "make seeded      400 seeded faults in each of those trees (FAULTS=400): none is called the same"
	@echo "make reviewed    as many faults, and edits that change nothing, under review (EDITS=400)"
	@echo "make upstream    57 commits of Linux under review, of a clone: LINUX=FOLDER (half an hour)"
	@echo "make source      prove 29 functions equal to Debian's 6.1 and 6.12 C (fetches 290 MB, then 2 minutes);"
	@echo "                 of 6.1 one ladder is broken indeed (finding 25), and so this ends with 1"
	@echo "make bench       times, memory and rates beside the last release, and what must hold (BENCH=--full: all)"
	@echo "make mutate      change the model in small ways and tell what no verdict notices (minutes)"
	@echo "make verify-independent   decide calls and inductions again, by other solvers (minutes)"
	@echo "make nightly     judge 1,000,000,000 random calls; goes on where it was left (an hour or two; CALLS=, SEED=)"
	@echo "make certify     write proofs of what solvers proved, and check them without one (minutes)"
	@echo "make page        write out/cloneproof.html, to explore in a browser (a minute)"
	@echo "make page-test   try that page in a headless Chromium, and check the types of its script (five to ten minutes)"
	@echo "make report      renew the kept tables in reports/: verdicts, what breaks what, sizes; and the page"
	@echo "make neighbours  compare each kernel with the next: what every commit changes (half a minute)"
	@echo "make cluster     try campaigns on Dask workers, one of which is killed (20 MB, half a minute)"
	@echo "make lint        ruff, mypy --strict, and which room may import which"

$(VENV)/made: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "cloneproof needs Python 3.11 or later: make PYTHON=python3.11 …"; exit 3; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "cannot make $(VENV): install python3-venv"; exit 3; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/tested: $(VENV)/made
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat --editable '.[test,source]'
	@touch $@

$(VENV)/benched: $(VENV)/tested
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat --editable '.[bench]'
	@touch $@

$(VENV)/proved: $(VENV)/made
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat --editable '.[proof]'
	@touch $@

verify: $(VENV)/made
	@$(BIN)/cloneproof verify --save $(OUT)/counterexamples --record $(OUT)/result.json

verify-independent: $(VENV)/proved
	@$(BIN)/cloneproof second-opinion --record $(OUT)/second-opinion.json --output $(OUT)/second-opinion.txt
	@$(BIN)/cloneproof second-opinion --flags

nightly: $(VENV)/made
	@$(BIN)/cloneproof flood --calls $(CALLS) --seed $(SEED) --keep $(OUT)/flood.json --record $(OUT)/flood-result.json

certify: $(VENV)/proved
	@$(BIN)/cloneproof certify --output $(OUT)/certificate
	@$(BIN)/cloneproof check-certificate $(OUT)/certificate --second --statements

test: $(VENV)/tested
	@HYPOTHESIS_PROFILE=$(PROFILE) $(BIN)/python -m pytest -q -n 2 --dist loadscope

cluster: $(VENV)/tested
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[cluster]'
	@CLONEPROOF_CLUSTER=1 timeout 300 $(BIN)/python -m pytest -q tests/checker/test_scheduler.py

lint: $(VENV)/tested
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

report: $(VENV)/made
	@$(BIN)/cloneproof verify --renew --record $(OUT)/result.json --output /dev/null
	@$(BIN)/cloneproof diff --neighbours --renew
	@$(BIN)/cloneproof rules --renew
	@$(BIN)/cloneproof page --results $(OUT)/result.json -o $(OUT)/cloneproof.html

page: $(VENV)/made
	@$(BIN)/cloneproof page -o $(OUT)/cloneproof.html

$(VENV)/paged: $(VENV)/tested
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat --editable '.[page-test]'
	@touch $@

page-test: $(VENV)/paged
	@echo "page-test: five minutes, twice that on a busy machine"
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -qq -y chromium >/dev/null; } || true
	@command -v chromium >/dev/null || { echo "page-test: skipped, there is no chromium"; exit 0; }; \
	  CLONEPROOF_BROWSER=1 $(BIN)/python -m pytest -q -s tests/page
	@command -v npm >/dev/null || { echo "types of the page's script: not checked, npm is not there"; exit 0; }; \
	  npm install --silent --no-save --prefix $(VENV)/typescript typescript@5.9.3 && \
	  $(VENV)/typescript/node_modules/.bin/tsc --project page/web/jsconfig.json && echo "types of the page's script: checked"

page-pictures: $(VENV)/paged
	@$(BIN)/python -m tests.page.pictures docs/page

neighbours: $(VENV)/made
	@$(BIN)/cloneproof diff --neighbours --output $(OUT)/differences.md

mutate: $(VENV)/made
	@$(BIN)/cloneproof mutate --record $(OUT)/mutation.json --renew docs/mutation.md

bench: $(VENV)/benched
	@$(BIN)/python -m bench $(BENCH)

TOOLS := qemu-system-x86 seabios kmod xz-utils zstd lz4 cpio gcc libc6-dev

kernels: $(VENV)/made
	@test "$$(id -u)" != 0 || apt-get update -qq || true
	@command -v qemu-system-x86_64 >/dev/null && command -v depmod >/dev/null \
	  && command -v gcc >/dev/null || { test "$$(id -u)" = 0 && apt-get install -qq -y $(TOOLS); } \
	  || echo "to run the kernels, install $(TOOLS)"
	@$(BIN)/cloneproof fetch $(LINES)

conform: $(VENV)/made
	@$(BIN)/cloneproof conform

ON ?= 6.1,6.12

conform-vm: $(VENV)/made
	@$(BIN)/cloneproof conform --on $(ON)

pack-vm: $(VENV)/made
	@$(BIN)/cloneproof export pack -k v6.12 -o $(OUT)/pack --on $(ON)

BUILT ?= 6.12 \
  6.12-CONFIG_CGROUP_PIDS \
  6.12-CONFIG_PID_NS-CONFIG_TIME_NS \
  6.12-CONFIG_UTS_NS-CONFIG_IPC_NS-CONFIG_NET_NS-CONFIG_POSIX_MQUEUE \
  6.12-CONFIG_USER_NS-CONFIG_CGROUPS-CONFIG_SYSVIPC-CONFIG_KEYS-CONFIG_SECCOMP-CONFIG_SECURITY-CONFIG_IO_URING \
  6.12-CONFIG_NAMESPACES-CONFIG_NET-CONFIG_CGROUPS-CONFIG_SYSVIPC-CONFIG_POSIX_MQUEUE-CONFIG_KEYS-CONFIG_BPF_SYSCALL-CONFIG_SECCOMP-CONFIG_SECURITY-CONFIG_IO_URING
CASES ?= 2000
BUILDERS := make gcc flex bison bc libelf-dev libc6-dev xz-utils qemu-system-x86 seabios

built: $(VENV)/made
	@test "$$(id -u)" != 0 || { command -v flex && command -v qemu-system-x86_64; } >/dev/null \
	  || { apt-get update -qq && apt-get install -qq -y $(BUILDERS) >/dev/null; } || true
	@$(BIN)/cloneproof fetch --build $(BUILT)
	@$(BIN)/cloneproof conform --cases $(CASES) $(addprefix --on built-,$(BUILT))

histories-vm: $(VENV)/made
	@$(BIN)/cloneproof histories --walks 40 --on $(ON)
	@$(BIN)/cloneproof histories --calls 1000 --on $(ON)

histories: $(VENV)/made
	@$(BIN)/cloneproof histories --walks 40
	@$(BIN)/cloneproof histories --calls 1000

races: $(VENV)/made
	@$(BIN)/cloneproof races || test $$? = 2

$(VENV)/sourced: $(VENV)/made
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=compat --editable '.[source]'
	@touch $@

source: $(VENV)/sourced
	@test "$$(id -u)" != 0 || apt-get update -qq || true
	@$(BIN)/cloneproof fetch --source $(LINES)
	@$(BIN)/cloneproof source

seeded: $(VENV)/sourced
	@CLONEPROOF_SEEDED=$(or $(FAULTS),400) $(BIN)/python -m pytest -q -s tests/source/test_seeded.py

reviewed: $(VENV)/sourced
	@CLONEPROOF_REVIEWED=$(or $(EDITS),400) $(BIN)/python -m pytest -q -s tests/source/review/test_trials.py

upstream: $(VENV)/sourced
	@CLONEPROOF_LINUX=$(LINUX) $(BIN)/python -m pytest -q -rs tests/source/review/test_upstream.py

vouch: $(VENV)/sourced
	@$(BIN)/python -m source.vouch

claim: $(VENV)/made
	@$(BIN)/cloneproof claim

clean:
	@rm -rf $(OUT) $(VENV) build *.egg-info
