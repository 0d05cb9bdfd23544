# Two commands are enough: `make demo` shows the whole of it, `make test` proves it. Both install what is missing.

PREFIX ?= /usr/local
BIN = .build/release

.PHONY: help setup build demo test test-deep fleet lint format docs pictures bench dist install uninstall clean docs-api

help:
	@echo "make demo       install what is missing, build, sync a simulated firm in all three phases"
	@echo "make test       install what is missing, build, run the gate: what must hold before a change lands (minutes)"
	@echo "make test-deep  everything else: kills, large firms, faults, the second double, sanitizers (75 min);"
	@echo "                PART=kills for one part, scripts/test parts lists them"
	@echo "make fleet      Apache Airflow with two worker machines and 30 simulated firms: F1 to F14 (about 15 min)"
	@echo "make build      release build: $(BIN)/cliosync and $(BIN)/clio-simulator"
	@echo "make lint       format and import checks"
	@echo "make docs       docs/commands.md, the manual pages and the table of settings, from the programs"
	@echo "make pictures   the pictures of the README, from a run against the simulator (needs tmux and Chromium)"
	@echo "make docs-api   the documentation of the library to embed, as pages in .build/docs"
	@echo "make dist       packages for servers without Swift: a .deb, a .tar.gz, an SBOM, checksums, a Containerfile"
	@echo "make install    what make build made into $(PREFIX) (PREFIX=… for another place), with manual pages and"
	@echo "                completions for bash, zsh and fish; make uninstall removes it"
	@echo "make bench      transform and load against other tools, on the same records (some minutes)"

setup:
	@scripts/setup

build: setup
	swift build -c release --product cliosync
	swift build -c release --product clio-simulator

demo: build
	$(BIN)/cliosync demo

test:
	@scripts/test gate

test-deep:
	@scripts/test deep $(PART)

fleet: build
	@scripts/setup remote
	@scripts/fleet

lint:
	swift format lint --strict -r -p Sources Tests Package.swift

format:
	swift format format -i -r -p Sources Tests Package.swift

docs: build
	scripts/generate-docs $(BIN)

pictures: build
	scripts/pictures $(BIN)

docs-api: setup
	scripts/docs-api

PLACE = $(DESTDIR)$(PREFIX)
BASH_COMPLETIONS = $(PLACE)/share/bash-completion/completions
ZSH_COMPLETIONS = $(PLACE)/share/zsh/site-functions
FISH_COMPLETIONS = $(PLACE)/share/fish/vendor_completions.d
PROGRAMS = cliosync clio-simulator

bench: build
	Benchmarks/run

dist:
	@scripts/setup dist
	@scripts/dist/all

# Builds nothing: this is often root's, and files that root built are in the way of every later build.
install:
	@for program in $(PROGRAMS); do \
	    test -x $(BIN)/$$program || { echo "install: $(BIN)/$$program is missing; run make build first, as yourself" >&2; exit 1; }; \
	done
	@install -d $(PLACE)/bin $(PLACE)/share/man/man1 $(PLACE)/share/cliosync $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS)
	@for program in $(PROGRAMS); do \
	    install -m 755 $(BIN)/$$program $(PLACE)/bin/ && \
	    install -m 644 docs/man/$$program.1 $(PLACE)/share/man/man1/ && \
	    $(BIN)/$$program --generate-completion-script bash >$(BASH_COMPLETIONS)/$$program && \
	    $(BIN)/$$program --generate-completion-script zsh >$(ZSH_COMPLETIONS)/_$$program && \
	    $(BIN)/$$program --generate-completion-script fish >$(FISH_COMPLETIONS)/$$program.fish || exit 1; \
	done
	@cp -r pipelines $(PLACE)/share/cliosync/
	@echo "installed into $(PLACE): cliosync, clio-simulator, manual pages, completions; next: cliosync init in an empty folder"

uninstall:
	@for program in $(PROGRAMS); do \
	    rm -f $(PLACE)/bin/$$program $(PLACE)/share/man/man1/$$program.1 $(BASH_COMPLETIONS)/$$program \
	        $(ZSH_COMPLETIONS)/_$$program $(FISH_COMPLETIONS)/$$program.fish; \
	done
	@rm -rf $(PLACE)/share/cliosync

clean:
	rm -rf .build .build-*
