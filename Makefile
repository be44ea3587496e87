# Counterfoil. `make run` is all that is needed to see it.

VENV := .venv/bin/python
FIND_PYTHON = for python in $(VENV) python3.12 python3.13 python3.14 python3 $$HOME/.pyenv/versions/3.1[2-9]*/bin/python; do \
	if $$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then echo $$python; exit; fi; done
BOOTSTRAP = exec $(or $(shell $(FIND_PYTHON)),$(error Counterfoil needs Python 3.12 or newer: install python3.12 \
	(with python3.12-venv) and try again)) dev/bootstrap.py

.PHONY: run test bench bench-full chaos fuzz lint messages lock clean

run: ## The demo on http://localhost:8000 (PORT=8001 for another port, LIVE=0 without live events)
	@$(BOOTSTRAP) -m dev.run

test: ## The whole suite (ARGS="-k invoices" for a part)
	@$(BOOTSTRAP) --dev -m pytest -n auto --dist loadfile $(ARGS)

bench: ## What is promised about speed, measured side by side (a few minutes)
	@$(BOOTSTRAP) --dev -m benchmarks

bench-full: ## The same with the sizes that are promised: 10,000 subscriptions, 20,000 outcomes each (half an hour)
	@$(BOOTSTRAP) --dev -m benchmarks --full

chaos: ## The whole system under load while its processes are killed at random (ROUNDS=50, SEED=1; about 8 minutes)
	@$(BOOTSTRAP) --dev -m chaos

fuzz: ## Hostile input for the API and the pages, at random (MINUTES=10)
	@$(BOOTSTRAP) --dev -m dev.fuzz

lint: ## Style, types, import contracts, templates, missing migrations
	@$(BOOTSTRAP) --dev -m dev.lint

messages: ## Collect the texts of documents and mails, and compile their translations (docs/documents.md)
	@$(BOOTSTRAP) --dev -m dev.messages

lock: ## Pin requirements*.in anew
	@$(BOOTSTRAP) --dev -m dev.lock $(ARGS)

clean: ## Remove the environment, the data and all caches
	@sh dev/clean.sh
