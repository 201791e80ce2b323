# headroom: how big should this worker pool be, and what happens if I am wrong?
#
#   make demo     install what is missing, build, run the main job on a shipped scenario
#   make test     install what is missing, build, run every test; ends with a count
#   make help     the rest
#
# One makefile, not recursive; a new .c file in a folder needs no registration.
# MODE=release|debug|asan|tsan|cov chooses the build; it lies in build/$(MODE)/.

MODE    ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
B       := build/$(MODE)

CC      ?= cc
OBJCOPY ?= $(if $(filter %-gcc,$(CC)),$(CC:gcc=objcopy),objcopy)
BASE    := -std=c17 -D_GNU_SOURCE -I. -ffp-contract=off -pthread
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wswitch-enum -Wvla
FLAGS_release := -O3 -g
FLAGS_debug   := -O0 -g3
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
FLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_cov     := -O0 -g --coverage
OPT     ?= $(FLAGS_$(MODE))
# Invariants of the innermost loops, looked at after every step (model/station.h).
CHECKS  := $(if $(filter release,$(MODE)),,-DHEADROOM_CHECKS)
ALL_CFLAGS = $(BASE) $(WARN) $(OPT) $(CHECKS) $(CFLAGS)
DEFINES = $(shell pkg-config --cflags $(PKGS_model) 2>/dev/null) -DHEADROOM_VERSION='"$(VERSION)"' -DHEADROOM_DATA='"$(PREFIX)/share/headroom"'

PKGS_model := gsl yaml-0.1
LIBS    = $(shell pkg-config --libs $(PKGS_model)) -lm
CPPDEPS = -MMD -MP

MODEL := $(wildcard model/*.c)
SIM   := $(wildcard sim/*.c)
POOL  := $(wildcard pool/*.c)
CLI   := $(filter-out cli/main.c,$(wildcard cli/*.c))
TESTS := $(wildcard tests/test_*.c)
# What users of the pool link: libc alone, MIT.
POOL_PUBLIC  := $(filter pool/pool.h pool/context.h pool/semaphore.h pool/group.h,$(wildcard pool/*.h))
POOL_LIBRARY := $(filter-out pool/bench.c pool/calibrate.c pool/gauge.c pool/gauge_pool.c pool/host.c pool/per_job.c pool/replay.c pool/resizer.c pool/serial.c pool/submit.c pool/tell.c pool/work.c,$(wildcard pool/*.c)) model/timers.c

obj = $(patsubst %.c,$(B)/%.o,$(1))
LIB_MODEL := $(B)/libheadroom-model.a
LIB_SIM   := $(B)/libheadroom-sim.a
LIB_BENCH := $(B)/libheadroom-bench.a
LIB_POOL  := $(B)/libheadroom.a
LIB_CLI   := $(B)/libheadroom-cli.a
# Dependencies point one way: cli -> sim, bench -> model.
ALL_LIBS  := $(LIB_CLI) $(LIB_SIM) $(LIB_BENCH) $(LIB_MODEL)
PROGRAM   := $(B)/headroom

.PHONY: all
all: $(PROGRAM) $(LIB_POOL)

$(PROGRAM): $(call obj,cli/main.c) $(ALL_LIBS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(LIB_MODEL): $(call obj,$(MODEL))
$(LIB_SIM): $(call obj,$(SIM))
$(LIB_BENCH): $(call obj,$(POOL))
$(LIB_CLI): $(call obj,$(CLI))
$(B)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

# One object, of which nothing is seen but headroom_*.
$(LIB_POOL): $(call obj,$(POOL_LIBRARY))
	@rm -f $@
	$(CC) -r -nostdlib -o $(B)/headroom-pool.o $^
	$(OBJCOPY) --wildcard --keep-global-symbol='headroom_*' $(B)/headroom-pool.o
	$(AR) rcs $@ $(B)/headroom-pool.o

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(DEFINES) $(CPPDEPS) -c -o $@ $<

$(B)/tests/test_%: $(B)/tests/test_%.o $(B)/tests/drive.o $(B)/tests/oracle.o $(B)/tests/coverage.o $(ALL_LIBS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

# Memory and threads that fail when told to.
$(B)/tests/test_pool_faults: LDFLAGS += $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc aligned_alloc \
  pthread_create pthread_attr_init pthread_attr_setstacksize pthread_sigmask)
$(B)/tests/test_per_job: LDFLAGS += $(addprefix -Wl$(comma)--wrap=,malloc calloc realloc \
  pthread_create pthread_attr_init pthread_attr_setstacksize)
comma := ,

-include $(shell find build/$(MODE) -name '*.d' 2>/dev/null)
.SECONDARY:

# ---- installing what is missing ------------------------------------------------------------------

APT_BUILD := libgsl-dev libyaml-dev pkg-config gnuplot-nox
APT_TEST  := libcmocka-dev python3 python3-yaml python3-jsonschema
APT_BENCH := pkg-config python3 g++ libglib2.0-dev libuv1-dev libapr1-dev libaprutil1-dev libtbb-dev
APT_LINT  := clang clang-format clang-tidy cppcheck shellcheck libclang-rt-14-dev gcovr
APT_SPIN  := spin gcc
# What starts a sweep's shards, for tests/cli/sweep_engines.sh alone.
APT_ENGINES := parallel openmpi-bin slurmctld slurmd slurm-client munge

.PHONY: deps deps-test deps-lint deps-bench deps-engines
deps:
	@sh tests/tools/deps.sh $(APT_BUILD)
deps-test:
	@sh tests/tools/deps.sh $(APT_BUILD) $(APT_TEST)
deps-bench:
	@sh tests/tools/deps.sh $(APT_BENCH)
deps-lint:
	@sh tests/tools/deps.sh $(APT_BUILD) $(APT_TEST) $(APT_LINT)
deps-engines:
	@sh tests/tools/deps.sh $(APT_BUILD) $(APT_TEST) $(APT_ENGINES)

# ---- the newcomer's two commands -----------------------------------------------------------------

.PHONY: demo test check-tests
demo: deps
	@$(MAKE) --no-print-directory -s MODE=release all
	build/release/headroom run scenarios/io-sizing.yaml

test: deps-test
	@$(MAKE) --no-print-directory -s all tests
	@sh tests/run.sh $(B)

# Every shipped scenario in both engines, held to what it says is expected; in real time.
.PHONY: scenarios
scenarios: all
	@python3 tests/tools/expect.py $(PROGRAM) run scenarios/*.yaml

# How fast the simulator is, case by case (tests/bench/sim.py; minutes): a table, and build/bench-sim.json.
# A C file in tests/bench is a program of its own; `limit` there has the least loops to compare with.
BENCH_C := $(wildcard tests/bench/*.c)
.PHONY: bench
bench: all $(patsubst %.c,$(B)/%,$(BENCH_C))
	@python3 tests/bench/sim.py --bin $(PROGRAM) --limit $(B)/tests/bench/limit
$(B)/tests/bench/%: $(B)/tests/bench/%.o $(LIB_SIM) $(LIB_MODEL)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Our pool against others, a process a measurement, in alternation (tests/bench/pool.py; half an hour): a table,
# and build/bench-pool.json. tests/bench/pool has a driver and an adapter a pool, each linked to a program here. The
# table says which were left out (CONTENDERS="headroom glib" takes those alone) and which are not installed (make
# deps-bench).
ROUNDS ?= 10
ALL_CONTENDERS := headroom ring list glib libuv apr tbb
CONTENDERS := $(ALL_CONTENDERS)
PKG_glib := glib-2.0
PKG_libuv := libuv
PKG_apr := apr-util-1 apr-1
PKG_tbb := tbb
P := $(B)/tests/bench/pool
pool_package = $(if $(PKG_$(1)),$(shell pkg-config $(2) $(PKG_$(1)) 2>/dev/null))
pool_here = $(foreach c,$(CONTENDERS),$(if $(PKG_$c),$(if $(call pool_package,$c,--modversion),$c),$c))
.PHONY: bench-pool
bench-pool:
	@$(MAKE) --no-print-directory -s $(patsubst %,$(P)/%,$(pool_here))
	@python3 tests/bench/pool.py --bin $(P) --rounds $(ROUNDS) --left-out "$(filter-out $(CONTENDERS),$(ALL_CONTENDERS))" \
	  --not-installed "$(filter-out $(pool_here),$(CONTENDERS))" $(pool_here)
$(P)/%: $(P)/%.o $(P)/driver.o $(LIB_POOL)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(call pool_package,$*,--libs) $(if $(wildcard tests/bench/pool/$*.cpp),-lstdc++)
$(P)/%.o: tests/bench/pool/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(subst -I,-isystem ,$(call pool_package,$*,--cflags)) $(CPPDEPS) -c -o $@ $<
$(P)/%.o: tests/bench/pool/%.cpp Makefile
	@mkdir -p $(@D)
	$(CXX) -std=c++17 -I. -pthread -Wall -Wextra -Wpedantic -Wshadow $(OPT) $(CXXFLAGS) $(CPPDEPS) -c -o $@ $<

# The same bytes on 64-bit ARM, emulated; installs what it needs (Debian, Ubuntu).
.PHONY: aarch64
aarch64:
	@sh tests/tools/aarch64.sh

# The pool under everything at once: an hour or so for the billion.
JOBS ?= 1e9
.PHONY: stress
stress: $(B)/tests/test_stress
	$< $(JOBS)

# No error and no leak under valgrind: the pool's tests and a small stress (tests/tools/valgrind.sh; minutes).
.PHONY: valgrind
valgrind: $(patsubst %,$(B)/tests/%,test_pool test_pool_calls test_pool_races test_pool_faults test_per_job \
  test_semaphore test_stress)
	@sh tests/tools/deps.sh valgrind
	@sh tests/tools/valgrind.sh $(B)

# Each target for its share of SECONDS; ends with the count line (see tests/fuzz/run.sh).
SECONDS ?= 60
FUZZ := $(filter-out $(if $(wildcard model/result_read.h),,tests/fuzz/fuzz_result.c),$(wildcard tests/fuzz/fuzz_*.c))
.PHONY: fuzz fuzz-targets
fuzz: deps-lint all
	@$(MAKE) --no-print-directory -s MODE=fuzz CC=clang fuzz-targets
	@sh tests/fuzz/run.sh $(PROGRAM) $(SECONDS) $(patsubst tests/fuzz/%.c,build/fuzz/tests/fuzz/%,$(FUZZ))
fuzz-targets: $(patsubst %.c,$(B)/%,$(FUZZ))
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(LIB_MODEL)
	$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(LIBS)

# The pool's wake-ups, every interleaving of small pools (tests/spin/run.sh).
.PHONY: model-check
model-check:
	@sh tests/tools/deps.sh $(APT_SPIN)
	@sh tests/spin/run.sh

# Do 95 % intervals hold the exact value 95 times of 100? Writes docs/coverage.md; ten minutes and more.
.PHONY: coverage-study
coverage-study: $(B)/tests/study/coverage
	$< > $(B)/coverage.md; status=$$?; cp $(B)/coverage.md docs/coverage.md; exit $$status
$(B)/tests/study/%: $(B)/tests/study/%.o $(B)/tests/coverage.o $(ALL_LIBS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Every controller against fixed pools, three workloads, both engines. Writes docs/controllers.md; a quarter of an hour.
.PHONY: controllers
controllers: all
	python3 tests/study/controllers.py $(PROGRAM) build/controllers > $(B)/controllers.md
	cp $(B)/controllers.md docs/controllers.md
	cp build/controllers/flash-sale/frontier.svg docs/frontier.svg

.PHONY: tests
tests: $(patsubst tests/%.c,$(B)/tests/%,$(TESTS)) $(patsubst %.c,$(B)/%,$(BENCH_C)) $(P)/headroom

# ---- install, format, lint -----------------------------------------------------------------------

.PHONY: install clean format lint help docs
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/share/man/man1 \
	  $(DESTDIR)$(PREFIX)/include/headroom \
	  $(DESTDIR)$(PREFIX)/share/headroom/plots $(DESTDIR)$(PREFIX)/share/headroom/scenarios \
	  $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/headroom
	install -m 644 $(LIB_POOL) $(DESTDIR)$(PREFIX)/lib/libheadroom.a
	install -m 644 $(POOL_PUBLIC) $(DESTDIR)$(PREFIX)/include/headroom/
	install -m 644 plots/*.gp $(DESTDIR)$(PREFIX)/share/headroom/plots/
	install -m 644 scenarios/*.yaml scenarios/*.csv scenarios/README.md $(DESTDIR)$(PREFIX)/share/headroom/scenarios/
	$(PROGRAM) help schema > $(B)/scenario.schema.json
	install -m 644 $(B)/scenario.schema.json $(DESTDIR)$(PREFIX)/share/headroom/
	install -m 644 cli/headroom.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 cli/completion.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/headroom
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' pool/headroom.pc.in > $(B)/headroom.pc
	install -m 644 $(B)/headroom.pc $(DESTDIR)$(PREFIX)/lib/pkgconfig/

clean:
	rm -rf build

SOURCES := $(wildcard model/*.[ch] sim/*.[ch] pool/*.[ch] cli/*.[ch] tests/*.[ch] tests/fuzz/*.c tests/study/*.c $(BENCH_C) tests/bench/pool/*.[ch]*)
format:
	clang-format -i $(SOURCES)

lint: deps-lint
	@sh tests/tools/lint.sh

# The manual's tables of keys, from the one table in model/format.c.
docs: all
	@sh tests/tools/docs.sh $(PROGRAM)
	@sh tests/tools/readme.sh $(PROGRAM)

help:
	@echo "make            build build/$(MODE)/headroom            MODE=release|debug|asan|tsan|cov"
	@echo "make demo       install what is missing, build, run the main job on a shipped scenario"
	@echo "make test       install what is missing, build, run every test; ends with a count"
	@echo "make scenarios  runs every shipped scenario in both engines (minutes), each within its expectation"
	@echo "make deps       the installing step alone (deps-test, deps-lint, deps-engines: for those)"
	@echo "make install    PREFIX=/usr/local, DESTDIR="
	@echo "make bench      how fast the simulator is, case by case (minutes)"
	@echo "make bench-pool our pool against others (half an hour; make deps-bench installs those); ROUNDS=10"
	@echo "make aarch64    the same bytes on 64-bit ARM: cross compiler and qemu-user (minutes)"
	@echo "make coverage-study  whether the intervals hold what they promise, into docs/coverage.md (minutes)"
	@echo "make stress     JOBS=1e9: the pool under everything at once, with all counts held (see tests/test_stress.c)"
	@echo "make valgrind   the pool's tests and a small stress under memcheck: no error, no leak (minutes)"
	@echo "make fuzz       SECONDS=60: hostile input for the readers, with libFuzzer and sanitizers"
	@echo "make model-check  the pool's wake-up protocol in every interleaving, with spin (some minutes)"
	@echo "make lint       formatting, clang-tidy, cppcheck, library borders, documents"
	@echo "make format     clang-format over the sources"
	@echo "make docs       writes the manual's key tables and README's figures anew"
	@echo "make clean      removes build/"
