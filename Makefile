# Five doors, the same by hand and in CI. Every other command is `ops`'s.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
STACK ?= dev

.PHONY: up test check bench drills venv
up: venv
	@$(BIN)/ops setup --yes
	@$(BIN)/ops up $(STACK)

test: venv
	@$(BIN)/python -m tests.everything

check: venv
	@$(BIN)/python -m tests.style

bench: venv
	@$(BIN)/ops setup --yes
	@$(BIN)/python -m tests.bench

# Longer than in CI: SECONDS_EACH for each of five fills.
SECONDS_EACH ?= 120
drills: venv
	@$(BIN)/ops setup --yes
	@$(BIN)/python -m tests.drills exhaustion --seconds $(SECONDS_EACH)

venv: $(VENV)/.installed-with-requirements.lock

$(VENV)/.installed-with-requirements.lock: requirements.lock pyproject.toml
	@PYTHON=$(PYTHON) ops/bootstrap.sh $(VENV)
	@touch $@
