# Everything a developer does with the project. "make help" lists it.

.PHONY: help build man test unit live vm parity corpus lint vet bench demo clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build the tools into bin/ and the examples into bin/examples/
	@scripts/build

man: build ## write the tools' manual pages into bin/man
	@go run ./scripts/manpages docs/tools/[a-z]*.md

test: ## run every check and test, on this machine and in the VM
	@scripts/test

unit: ## run the tests that need no privilege
	@scripts/test unit

live: ## run the tests on this machine's kernel (root)
	@scripts/test live

vm: ## run the tests on Debian's kernel in a virtual machine
	@scripts/test vm

parity: ## compare the tools with BCC's own in the virtual machine, tool by tool
	@scripts/test parity $(TOOLS)

corpus: ## compare headers made from types with installed ones (root)
	@BCCGO_TEST_CORPUS=all BCCGO_TEST_STAGE=live unshare --mount sh -c \
		'mount -t tracefs t /sys/kernel/tracing && go test -count 1 -timeout 60m -run "TestCorpus|TestValues|TestForeign" ./bccgo/internal/headers/btftree'

lint: ## gofmt, go vet, staticcheck and shellcheck
	@scripts/lint

vet: ## check the C texts of the programs here with bccgo vet
	@scripts/test vet

bench: ## measure, and compare with BCC
	@scripts/install-deps --bench
	@scripts/bench

demo: ## show what a few tools print
	@scripts/install-deps --demo
	@scripts/demo

clean: ## remove what the other targets made
	rm -rf bin .build
