# SPDX-License-Identifier: MIT
# The fast ring: style, static analysis, both compilers, unit and command-line tests. Included by
# scripts/build.mk. Every check leaves a stamp, so only what changed is looked at again.

C_FILES := $(sort $(wildcard measure/*.h measure/*/*.[ch] measure/*/*/*.[ch] initramfs/*/*.[ch] images/*/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch]))
C_SOURCES := $(filter %.c,$(C_FILES))
SH_FILES := $(sort $(wildcard scripts/*.sh scripts/*/*.sh images/*/*.sh images/*/*/*.sh initramfs/packages/*/build.sh \
	measure/completion/rampart.bash tests/run tests/passed.sh tests/*/*.sh tests/*/*.t tests/*/*/*.sh tests/*/*/*.t .ci/run))

# The files that tests of commands read are made by this.
TEST_FILES := tests/cli/files.c

.PHONY: lint clang analyze unit cli check
lint: $(O)/lint/includes $(C_FILES:%=$(O)/lint/%.format) $(SH_FILES:%=$(O)/lint/%.shell) $(C_SOURCES:%=$(O)/lint/%.cppcheck)

# Which floor knows which, and no circles.
$(O)/lint/includes: scripts/includes.py $(C_FILES) $(O)/sources
	@mkdir -p $(@D)
	$(call say,INCLUDES,$(words $(C_FILES)) files)
	$(Q)python3 -I -B -X utf8 scripts/includes.py
	@touch $@

$(O)/lint/%.format: % .clang-format
	@mkdir -p $(@D)
	$(call say,FORMAT,$<)
	$(Q)clang-format --dry-run -Werror $<
	@touch $@

# SC2015: `a && b || die` means just that. SC2016: inner scripts expand for themselves.
$(O)/lint/%.shell: % scripts/lib.sh
	@mkdir -p $(@D)
	$(call say,SHELL,$<)
	$(Q)shellcheck --shell=$(if $(filter %.bash,$<),bash,sh) --external-sources --source-path=SCRIPTDIR:. --exclude=SC2015,SC2016 $<
	@touch $@

# Without uninitvar, which does not see that a function that failed has filled nothing and one that did not
# has: the compilers and the analyzer look for that.
$(O)/lint/%.cppcheck: % scripts/check.mk
	@mkdir -p $(@D)
	$(call say,CPPCHECK,$<)
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --enable=warning,portability \
		--suppress=normalCheckLevelMaxBranches --suppress=unknownMacro --suppress=uninitvar \
		-I. $<
	@touch $@

# The other compiler sees every source with the same warnings, and gcc's analyzer the code that runs.
OURS := $(LIB) $(RECORD) $(VERIFY) $(CMD) $(COMMON) $(GUEST)
clang: $(patsubst %.c,$(O)/clang/%.o,$(OURS) $(UNIT) $(GUEST_TESTS) $(SOCKET_QUOTER) $(GROUPLESS) $(HOSTED) $(TEST_FILES) $(TESTS_LIB))
$(O)/clang/%.o: %.c scripts/build.mk $(O)/pkg/tpm2-tss.key $(HOST_ONLY_KEYS)
	@mkdir -p $(@D)
	$(call say,CLANG,$<)
	$(Q)clang $(WARN) $(INCLUDE) -isystem $(TPM)/include $(HOST_ONLY_INCLUDE) -O1 $(DEPEND) -c -o $@ $<

# Off are those that gcc 14 gets wrong here: it calls a failed socket() or a pointer kept in a struct
# a leak, does not follow `r < 0` across functions, nor a format of our own (measure/cmd/page/html.c). The sanitizers watch for these at run time.
# Nor jsonparse.c, which is others' code: gcc thinks that a loop of it has no end.
analyze: $(patsubst %.c,$(O)/analyze/%.o,$(filter-out measure/record/jsonparse.c,$(OURS)))
$(O)/analyze/%.o: %.c scripts/build.mk $(O)/pkg/tpm2-tss.key $(HOST_ONLY_KEYS)
	@mkdir -p $(@D)
	$(call say,ANALYZE,$<)
	$(Q)gcc $(WARN) $(INCLUDE) -isystem $(TPM)/include $(HOST_ONLY_INCLUDE) -O1 -fanalyzer -Wno-analyzer-fd-leak \
		-Wno-analyzer-malloc-leak -Wno-analyzer-use-of-uninitialized-value \
		-Wno-analyzer-va-list-exhausted -Wno-analyzer-va-arg-type-mismatch \
		-fdiagnostics-path-format=none $(DEPEND) -c -o $@ $<

$(O)/host/files: $(call host,$(TEST_FILES)) $(O)/host/libtests.a $(O)/host/librampart.a
	$(call say,LD,$@)
	$(Q)gcc -fsanitize=address,undefined -o $@ $^ $(HOST_LIBS)

unit: $(UNIT_TESTS)
	@tests/run $(UNIT_TESTS)

# tests/fuzz: the corpora again. tests/guest: the guest's programs on this machine's kernel, in namespaces of their own.
FAST := lint clang analyze programs installable $(O)/host/files $(O)/host/hosted $(O)/host/rampart $(UNIT_TESTS) $(GUEST_TEST_PROGRAMS) $(FUZZ_TARGETS)
# The long ones first, and two for each processor: they wait as much as they compute.
RUN_FAST := PASSED=$(O)/passed JOBS=$$((2 * $(JOBS))) tests/run tests/attack tests/cli tests/guest tests/fuzz $(UNIT_TESTS) $(GUEST_TEST_PROGRAMS)
check: $(FAST)
	@AGAIN=$(AGAIN) $(RUN_FAST)

# Machines at once: one for each processor, and no more than four, for their memory.
BOOTS := $(shell echo $$(($(JOBS) < 4 ? $(JOBS) : 4)))
# Everything, whatever passed before: the fast ring, machines of processes, then what boots, on every image that the tests boot. The images come first, since
# some of the fast tests look into them.
.PHONY: test
test: $(FAST)
	@for image in IMAGE=test "IMAGE=test DEBUG=1" "IMAGE=test VOLUME=1" IMAGE=llm IMAGE=probe; do \
		$(MAKE) --no-print-directory -f scripts/build.mk golden DEBUG= VOLUME= MODEL= MODEL_NAME= $$image || exit 1; \
	done
	@AGAIN=1 $(RUN_FAST)
	@tests/run tests/clients
	@JOBS=$(BOOTS) tests/run tests/boot

# What takes hours: every fuzz target for SECONDS, a machine of another size, other people's servers and clients. The
# Makefile puts the whole `make repro` before it.
SECONDS ?= 60
SHAPE := DEBUG= VOLUME= MODEL= MODEL_NAME= IMAGE=test
.PHONY: long
long: fuzz programs $(O)/host/hosted
	@sh tests/fuzz/run.sh $(SECONDS) 0
	@$(MAKE) --no-print-directory -f scripts/build.mk golden $(SHAPE) MEMORY=1536 CPUS=3
	@MEMORY=1536 CPUS=3 tests/run tests/boot/10-golden.t tests/boot/80-attest.t
	@$(MAKE) --no-print-directory -f scripts/build.mk golden $(SHAPE) MEMORY=1024 CPUS=2
	@tests/run tests/long
