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
BASE    := -std=c17 -D_GNU_SOURCE -I. -ffp-contract=off -pthread
WARN    := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wswitch-enum -Wvla
FLAGS_release := -O3 -g
FLAGS_debug   := -O0 -g3
FLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
FLAGS_cov     := -O0 -g --coverage
OPT     ?= $(FLAGS_$(MODE))
ALL_CFLAGS = $(BASE) $(WARN) $(OPT) $(CFLAGS)
DEFINES := -DHEADROOM_VERSION='"$(VERSION)"' -DHEADROOM_DATA='"$(PREFIX)/share/headroom"'

PKGS_model := gsl yaml-0.1
LIBS    = $(shell pkg-config --libs $(PKGS_model)) -lm
CPPDEPS = -MMD -MP

MODEL := $(wildcard model/*.c)
SIM   := $(wildcard sim/*.c)
POOL  := $(wildcard pool/*.c)
CLI   := $(filter-out cli/main.c,$(wildcard cli/*.c))
TESTS := $(wildcard tests/test_*.c)
# What users of the pool link: libc alone, MIT.
POOL_LIBRARY := pool/pool.c model/station.c

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
$(LIB_POOL): $(call obj,$(POOL_LIBRARY))
$(LIB_CLI): $(call obj,$(CLI))
$(B)/%.a:
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(DEFINES) $(CPPDEPS) -c -o $@ $<

$(B)/tests/test_%: $(B)/tests/test_%.o $(ALL_LIBS)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS) -lcmocka

-include $(shell find build/$(MODE) -name '*.d' 2>/dev/null)
.SECONDARY:
