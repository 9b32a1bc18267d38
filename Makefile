# SPDX-License-Identifier: Apache-2.0
#
# `make demo` and `make test` need Go and make, nothing else. What more a target wants, its line says.

GO     ?= go
BIN    := bin
FUZZTIME ?= 10s
FAULTTIME ?= 2m
PREFIX    ?= /usr/local
DESTDIR   ?=
BENCH     ?= .
BENCHED   ?= ./monitor/... ./cmd/bpfmon
BENCHTIME ?= 50ms
BENCH_OUT ?= $(BIN)/bench.txt
COUNT     ?= 5

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## build the commands into bin/
	$(GO) build -o $(BIN)/ ./cmd/lockstep ./cmd/bpfmon ./cmd/bpfmon/internal/livedemo

.PHONY: install
install: ## install the commands, their manual pages and completions below PREFIX (default /usr/local), within DESTDIR
	$(GO) run ./internal/dist -stage $(BIN)/stage
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=auto -o $(BIN)/stage/bin/ ./cmd/lockstep ./cmd/bpfmon
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d $(DESTDIR)$(PREFIX)/lib/systemd/system
	install -m 755 $(BIN)/stage/bin/* $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(BIN)/stage/man/man1/* $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 $(BIN)/stage/completions/bash/* $(DESTDIR)$(PREFIX)/share/bash-completion/completions/
	install -m 644 $(BIN)/stage/completions/zsh/* $(DESTDIR)$(PREFIX)/share/zsh/site-functions/
	install -m 644 $(BIN)/stage/completions/fish/* $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' deploy/bpfmon.service > $(BIN)/stage/bpfmon.service
	install -m 644 $(BIN)/stage/bpfmon.service $(DESTDIR)$(PREFIX)/lib/systemd/system/

.PHONY: dist
dist: $(BIN)/nfpm ## build the archives, .deb and .rpm of a release, SBOMs and checksums into bin/dist
	$(GO) run ./internal/dist -out $(BIN)/dist -nfpm $(BIN)/nfpm

.PHONY: demo
demo: build ## check the generated code, print a recording, and real packets where BPF may be loaded
	@BIN=$(BIN) sh scripts/demo.sh

# vet is with the linters. Without debug information the test programs are linked in 60 % of the time.
.PHONY: test
test: ## run every test that this machine can run, the long comparisons in part (LONG=1: in full, as CI does)
	$(GO) test $(if $(LONG),,-short) -vet=off -ldflags=-w -timeout 1h ./...

.PHONY: race
race: ## run the tests under the race detector, but for the long comparisons and the generator, which has one goroutine (needs a C compiler)
	$(GO) test -race -short -ldflags=-w -timeout 1h $$($(GO) list ./... | grep -v '/lockstep/gen')

.PHONY: generate
generate: ## write the Go code that the headers call for
	$(GO) generate ./...

.PHONY: check-generated
check-generated: ## fail, with a diff, if the generated code is not what the headers call for
	$(GO) run ./cmd/lockstep check

# bpf2go strips debug information but for BTF, and names no directory, so the objects are the same from every checkout.
.PHONY: bpf
bpf: ## compile the BPF programs (needs clang-19 and llvm-19)
	cd bpf && $(GO) tool bpf2go -go-package bpf -cc clang-19 -strip llvm-strip-19 -tags linux -target bpfel,bpfeb \
		datapath datapath.c -- -mcpu=v3 -nostdinc -I../headers -Wall -Wextra -Werror
	cd bpf && $(GO) tool bpf2go -output-dir kdrop -go-package kdrop -cc clang-19 -strip llvm-strip-19 -tags linux \
		-target bpfel,bpfeb kdrop kdrop.c -- -mcpu=v3 -nostdinc -I../headers -Wall -Wextra -Werror

.PHONY: drops-lab
drops-lab: ## drop packets in every usual way and hold bpfmon's counts against the kernel's (needs root, iproute2, nftables)
	$(GO) build -o $(BIN)/ ./cmd/bpfmon ./cmd/bpfmon/internal/dropslab
	@BIN=$(BIN) sh scripts/drops-lab.sh

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (default 10s)
	@GO='$(GO)' sh scripts/fuzz.sh $(FUZZTIME)

.PHONY: differential
differential: ## write headers for WRITE of processor time (default 2m) from SEED on and compare what is read with gcc and clang
	$(GO) test ./gen/internal/cparse -run TestDifferential -timeout 0 -v -write $(or $(WRITE),2m) -writeseed $(or $(SEED),1)

.PHONY: faults
faults: ## kill programs, fill disks, have agents lie and clients stall, for FAULTTIME (default 2m) from SEED on
	$(GO) test -run TestFaults ./cmd/bpfmon -faults $(FAULTTIME) -faultseed $(or $(SEED),1) -v

.PHONY: bench
bench: ## run the benchmarks and print them beside their yardsticks (BENCH=regexp, BENCHTIME, COUNT; BENCH_OUT, for benchstat)
	@mkdir -p $(dir $(BENCH_OUT))
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -benchtime $(BENCHTIME) -count $(COUNT) $(BENCHED) >$(BENCH_OUT)
ifeq ($(BENCH),.)
	$(GO) test -run '^$$' -bench Vmlinux -benchtime 10x ./gen >>$(BENCH_OUT)
endif
	@$(GO) run ./internal/benchtable <$(BENCH_OUT)

.PHONY: bench-before
bench-before: ## run them in turns with those of revision BEFORE and print both (COUNT, BENCHTIME, BENCH)
	@GO='$(GO)' sh scripts/bench-before.sh $(BEFORE) $(COUNT) $(BENCHTIME) '$(BENCH)'

.PHONY: kernels
kernels: ## run the tests that use BPF in Linux 5.10, 6.1 and 6.12, emulated (needs Debian, qemu, busybox; KERNELS="6.1")
	GO='$(GO)' bash scripts/kernels.sh $(KERNELS)

.PHONY: cross
cross: ## build for the other systems, and vet the tests of some of them
	GOOS=darwin GOARCH=arm64 $(GO) build ./...
	GOOS=windows GOARCH=amd64 $(GO) build ./...
	GOOS=linux GOARCH=s390x $(GO) build ./...
	GOOS=linux GOARCH=s390x $(GO) vet ./...
	GOOS=darwin GOARCH=arm64 $(GO) vet ./...
	GOOS=linux GOARCH=386 $(GO) build ./...

# The cache is the checkout's own: a shared one reports what it has found in another, which may be gone.
.PHONY: lint
lint: $(BIN)/golangci-lint $(BIN)/staticcheck ## gofmt, vet, staticcheck, import rules, licence lines
	@test -z "$$(gofmt -l .)" || { gofmt -d .; exit 1; }
	$(BIN)/staticcheck ./...
	GOLANGCI_LINT_CACHE=$(CURDIR)/$(BIN)/lint-cache $(BIN)/golangci-lint run ./...
	@sh scripts/licence-lines.sh

# The linters have a module of their own, so that their dependencies are not the library's.
$(BIN)/golangci-lint: tools/go.mod
	cd tools && $(GO) build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(BIN)/staticcheck: tools/go.mod
	cd tools && $(GO) build -o ../$@ honnef.co/go/tools/cmd/staticcheck
$(BIN)/nfpm: tools/go.mod
	cd tools && $(GO) build -o ../$@ github.com/goreleaser/nfpm/v2/cmd/nfpm
$(BIN)/benchstat: tools/go.mod
	cd tools && $(GO) build -o ../$@ golang.org/x/perf/cmd/benchstat

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BIN)

.PHONY: licences
licences: ## check that every module that the build uses has a licence that was allowed
	$(GO) run ./internal/licences

.PHONY: vuln
vuln: $(BIN)/govulncheck ## look for known vulnerabilities, where their database can be reached
	@VULNCHECK=$(BIN)/govulncheck sh scripts/vuln.sh || test $$? -eq 3

$(BIN)/govulncheck: tools/go.mod
	cd tools && $(GO) build -o ../$@ golang.org/x/vuln/cmd/govulncheck
