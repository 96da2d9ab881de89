# SPDX-License-Identifier: MIT
# Fuzz targets: one program of libFuzzer for each parser of what strangers send. Included by
# scripts/build.mk. Their objects are apart from the others, since clang instruments them.

FUZZ := $(filter-out seeds,$(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c))))
FUZZ_TARGETS := $(FUZZ:%=$(O)/fuzz/%)
FUZZ_CFLAGS := $(WARN) $(INCLUDE) -isystem $(TPM)/include $(HOST_ONLY_INCLUDE) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_LIBS := -ljansson -lcrypto
# Parsers of programs, which need nothing else of theirs.
FUZZ_ALONE := $(patsubst %,initramfs/cloud/%.c,answer imds wire) initramfs/gateway/target.c initramfs/quoter/credential.c \
	measure/cmd/client/cors.c measure/cmd/client/gate.c measure/cmd/release/sums.c
# What targets and seeds.c share with other tests.
FUZZ_TESTS := $(patsubst %,tests/lib/%.c,bytes documentmake machine tap tpmbytes tpmsign ukimake x509make)

$(O)/fuzzobj/%.o: %.c scripts/build.mk scripts/fuzz.mk $(O)/pkg/tpm2-tss.key $(HOST_ONLY_KEYS)
	@mkdir -p $(@D)
	$(call say,CC,$< (fuzz))
	$(Q)clang $(FUZZ_CFLAGS) $(DEPEND) -c -o $@ $<

$(O)/fuzzobj/libfuzzed.a: $(patsubst %.c,$(O)/fuzzobj/%.o,$(LIB) $(RECORD) $(VERIFY) $(FUZZ_ALONE) $(FUZZ_TESTS)) $(O)/sources
	$(archive)

$(FUZZ_TARGETS): $(O)/fuzz/%: $(O)/fuzzobj/tests/fuzz/%.o $(O)/fuzzobj/libfuzzed.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)clang -fsanitize=fuzzer,address,undefined -o $@ $^ $(FUZZ_LIBS)

$(O)/fuzz/seeds: $(O)/fuzzobj/tests/fuzz/seeds.o $(O)/fuzzobj/libfuzzed.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)clang -fsanitize=address,undefined -o $@ $^ $(FUZZ_LIBS)

.PHONY: fuzz seeds
fuzz: $(FUZZ_TARGETS)
seeds: $(O)/fuzz/seeds
	$(Q)$< tests/fuzz

-include $(shell find $(O)/fuzzobj -name '*.d' 2>/dev/null)
