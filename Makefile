# Two commands are enough: `make demo` shows the whole of it, `make test` proves it. Both install what is missing.

PREFIX ?= /usr/local
BIN = .build/release

.PHONY: help setup build demo test lint format bench install uninstall clean

help:
	@echo "make demo       install what is missing, build, sync a simulated firm in all three phases"
	@echo "make test       install what is missing, build, run every test"
	@echo "make build      release build: $(BIN)/cliosync and $(BIN)/clio-simulator"
	@echo "make lint       format and import checks"
	@echo "make bench      transform and load against other tools, on the same records (some minutes)"
	@echo "make install    into $(PREFIX) (PREFIX=… for another place); make uninstall takes it away"

setup:
	@scripts/setup

build: setup
	swift build -c release --product cliosync
	swift build -c release --product clio-simulator

demo: build
	$(BIN)/cliosync demo

test:
	@scripts/setup test
	swift build -c release --product cliosync
	swift build -c release --product clio-simulator
	swift build --build-tests
	swift test --skip-build --disable-xctest --skip EndToEndTests
	swift test --skip-build --disable-xctest --filter EndToEndTests

lint:
	swift format lint --strict -r -p Sources Tests Package.swift

format:
	swift format format -i -r -p Sources Tests Package.swift

bench: build
	Benchmarks/run

install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/cliosync
	install -m 755 $(BIN)/cliosync $(BIN)/clio-simulator $(DESTDIR)$(PREFIX)/bin
	cp -r pipelines $(DESTDIR)$(PREFIX)/share/cliosync/

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/cliosync $(DESTDIR)$(PREFIX)/bin/clio-simulator
	rm -rf $(DESTDIR)$(PREFIX)/share/cliosync

clean:
	rm -rf .build .build-*
