# Two commands matter: `make demo` and `make test`. Both do their own set-up.
PYTHON ?= /usr/bin/python3
SWIFT ?= swift
PACKAGES := libopenblas-dev libpng-dev libjpeg62-turbo-dev libwebp-dev libheif-dev liblcms2-dev \
    libsystemd-dev libedit-dev python3 python3-numpy python3-pip
TEST_PACKAGES := curl jq tshark chromium chromium-driver python3-venv systemd iproute2 util-linux dpkg-dev lintian prometheus \
    slurmctld slurmd slurm-client munge qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross
# Carries the official SigMF schema, 1.2.6.
TEST_WHEELS := sigmf==1.14.0
TEST_VENV := .build/test-venv
RELEASE := -c release -Xswiftc -enable-testing

.PHONY: all setup packages test-packages models build test fuzz torture soak sanitize sanitize-address sanitize-thread bench demo console deb format lint clean

all: build

setup: packages models

packages:
	@Scripts/install_packages.sh $(PACKAGES)

test-packages:
	@Scripts/install_packages.sh $(TEST_PACKAGES)
	@test -x $(TEST_VENV)/bin/python || $(PYTHON) -m venv $(TEST_VENV)
	@$(TEST_VENV)/bin/python -m pip install --quiet --disable-pip-version-check $(TEST_WHEELS)

models: packages
	@$(PYTHON) Scripts/fetch_models.py

build: packages
	$(SWIFT) build $(RELEASE)

test: setup test-packages
	$(SWIFT) build $(RELEASE) --build-tests
	@SWIFT="$(SWIFT)" Scripts/make_debs.sh .build/deb
	@SWIFT="$(SWIFT)" PYTHON="$(PYTHON)" Scripts/run_tests.sh

# Ten million hostile inputs; a few minutes on two cores.
fuzz: packages
	$(SWIFT) build $(RELEASE) --build-tests
	DEEPSC_FUZZ_INPUTS=$(or $(INPUTS),10500000) $(SWIFT) test $(RELEASE) --skip-build --no-parallel --filter FuzzTests

# 200 transfers over a bad link while 100 daemons are killed.
torture: setup build
	$(PYTHON) Scripts/torture.py

# Half an hour of steady load; memory and descriptors must stay flat.
soak: setup build
	$(PYTHON) Scripts/soak.py

# The unit tests under the address and the thread sanitizer, each with a build folder of its own. Leaks are not looked for:
# XCTest and TOMLKit have some of their own, a few bytes at start and at each reading of a configuration.
sanitize: sanitize-address sanitize-thread

sanitize-address: setup test-packages
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test $(RELEASE) --sanitize address --scratch-path .build-address --no-parallel \
	    --skip EndToEndTests

sanitize-thread: setup test-packages
	$(SWIFT) build $(RELEASE) --build-tests --sanitize thread --scratch-path .build-thread
	clang -shared -fPIC -O1 -o .build-thread/mutex.so Scripts/thread_sanitizer_mutex.c
	TSAN_OPTIONS=suppressions=$(CURDIR)/Scripts/thread_sanitizer.supp LD_PRELOAD=$(CURDIR)/.build-thread/mutex.so \
	    $(SWIFT) test $(RELEASE) --sanitize thread --scratch-path .build-thread --skip-build \
	    --no-parallel --skip EndToEndTests

# Where a job's time goes, and PyTorch's on the same machine; ten minutes, and PyTorch is fetched.
bench: setup build
	@SWIFT="$(SWIFT)" PYTHON="$(PYTHON)" Scripts/bench.sh

demo: setup build
	@Scripts/demo.sh

# The three daemons and the page for them, until Ctrl-C.
console: setup build
	@Scripts/console.sh

# The Debian packages, in .build/deb.
deb: build
	@Scripts/install_packages.sh dpkg-dev
	@SWIFT="$(SWIFT)" Scripts/make_debs.sh .build/deb

format:
	$(SWIFT) format --in-place --recursive Sources Tests Benchmarks/Sources Benchmarks/Package.swift Package.swift

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks/Sources Benchmarks/Package.swift Package.swift

clean:
	rm -rf .build demo
