.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

TOOLS := $(CURDIR)/target/tools

.PHONY: help demo test check bench

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: ## Release an example with the real tools: EXAMPLE=shop or marketplace; BREAK=lint-fault breaks it first
	@scripts/demo.sh $(or $(EXAMPLE),shop) $(BREAK)

test: ## Run all tests, both examples with their real tools among them
	@scripts/setup.sh
	cargo build --locked
	@scripts/static-binary.sh >/dev/null
	cargo test --locked
	python3 tests/example_shop.py
	python3 tests/example_marketplace.py

check: ## Formatting, lints, the layers, the licences of all dependencies, workflows and scripts
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked --test tidy
	@scripts/check-tools.sh $(TOOLS)
	PATH=$(TOOLS)/bin:$$PATH cargo deny --locked check licenses bans sources
	@scripts/check-files.sh $(TOOLS)

bench: ## Compare 10,000 histories in SQL and Rust; measure Tollgate against today's tools
	@scripts/static-binary.sh >/dev/null
	TOLLGATE_TEST_HISTORIES=10000 cargo test --locked --lib sql_and_rust_say_the_same
	cargo bench --locked
