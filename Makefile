# For GNU make 3.81 and bash 3.2 as well: that is what macOS has.
SHELL := /bin/bash
.DEFAULT_GOAL := help

bin := $(CURDIR)/.venv/bin
# what runs below calls other tools of the venv by their names
venv := PATH="$(bin):$$PATH"
# a test reads its own configuration, not that of the person's shell
clean_env := env -u ANSIBLE_INVENTORY -u ANSIBLE_LIBRARY -u ANSIBLE_ROLES_PATH ANSIBLE_CONFIG="$(CURDIR)/ansible.cfg"
playbook := $(venv) ansible-playbook
pytest := $(venv) $(clean_env) pytest
molecule := $(venv) $(clean_env) MOLECULE_COMMAND_BORDERS=false molecule

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---- Macs

.PHONY: mac
mac: prepare-run ## on a Mac: make this very Mac the server; asks for its sudo password
	@[ "$$(uname -s)" = Darwin ] || { echo 'make mac: this is no Mac; "make site" converges Macs from here, "make demo" simulated ones' >&2; exit 1; }
	$(playbook) -i inventory/localhost.yml site.yml -K $(ARGS)

.PHONY: site
site: prepare-run ## converge the Macs of inventory/fleet.yml; ARGS="-K --limit studio-1" goes to ansible-playbook
	$(playbook) site.yml $(ARGS)

# ---- the lab

.PHONY: demo
demo: lab ## Linux, root: two simulated Macs, converged, and a chat answer through all three layers
	$(venv) $(clean_env) ansible-playbook -i inventory/lab.yml site.yml
	.venv/bin/python tests/demo/demo.py

.PHONY: lab
lab: prepare-lab ## Linux, root: bring the simulated fleet up, or see that it is
	.venv/bin/lab up

.PHONY: lab-down
lab-down: on-linux ## take the simulated fleet down, with all that it made
	@[ ! -x .venv/bin/lab ] || .venv/bin/lab down

# ---- tests

.PHONY: test
test: lint unit sanity lab-test molecule ## Linux, root: everything below

.PHONY: lint
lint: prepare-dev ## YAML, playbooks, Python, shell, changelog, and the rules of the house
	$(venv) tools/lint

.PHONY: unit
unit: prepare-dev ## modules and plugins as scripts of commands and answers
	$(pytest) -n auto tests/unit

.PHONY: sanity
sanity: prepare-dev ## ansible-test sanity on a copy of what git has
	$(venv) tools/sanity

.PHONY: lab-test
lab-test: lab ## the lab's own tests
	$(pytest) tests/lab/tests

.PHONY: molecule
molecule: prepare-lab ## new Macs: check mode, converge, idempotence, verify, reboot, verify, destroy
	$(molecule) test --scenario-name default

.PHONY: test-role
test-role: lab ## one role alone on a running lab: make test-role ROLE=haproxy
	@[ -d "roles/$(ROLE)" ] && [ -n "$(ROLE)" ] || { echo "make test-role: ROLE must be one of:" $$(ls roles) >&2; exit 1; }
	ROLE=$(ROLE) $(molecule) test --scenario-name role

.PHONY: clean
clean: lab-down ## also take away .venv, build and caches of this checkout; the shared cache of programs stays
	rm -rf .venv build .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis tests/output

# ---- what the others need

.PHONY: prepare-run prepare-dev prepare-lab on-linux
prepare-run:
	@tools/prepare run

prepare-dev:
	@tools/prepare dev

prepare-lab: on-linux
	@[ "$$(id -u)" = 0 ] || { echo 'the lab makes network namespaces and mounts: run this as root' >&2; exit 1; }
	@tools/prepare dev

on-linux:
	@[ "$$(uname -s)" = Linux ] || { echo 'the simulated Macs are made of Linux namespaces: this needs a Linux machine (here: make mac, make site, make lint, make unit)' >&2; exit 1; }
