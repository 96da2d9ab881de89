# SPDX-License-Identifier: MIT
# Builds everything. Runs in the toolbox, from /src, started by the Makefile:
#   scripts/toolbox/enter.sh make -f scripts/build.mk TARGET
# Here: flags, programs and libraries. scripts/image.mk: packages and images. scripts/release.mk: what is
# published. scripts/install.mk: what is installed. scripts/check.mk: checks.
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := programs
MAKEFLAGS += --no-builtin-rules --no-builtin-variables

O := build
IMAGE ?= llm
DEBUG ?=
VOLUME ?=
MODEL ?=
LAYOUT ?=
LAYOUT_NAME ?=
JOBS ?= 1
MEMORY ?= 1024
CPUS ?= 2
V ?=
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-9s%s\n' '$(1)' '$(2)')
# One word of a shell, whatever is in it.
shell_word = '$(subst ','\'',$(1))'
# What a recipe wrote to $@.tmp becomes $@ if it differs, so that nothing is made again for the same bytes.
settle = @cmp -s $@.tmp $@ && rm $@.tmp || mv $@.tmp $@

# The same warnings for every compiler and flavour.
WARN := -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wformat=2 -Wundef -Wcast-qual -Werror
INCLUDE := -I.
SAME := -ffile-prefix-map=$(CURDIR)=. -fno-ident
DEPEND = -MMD -MP -MF $(@:.o=.d)
TPM := $(O)/pkg/tpm2-tss
SECCOMP := $(O)/pkg/libseccomp
# Packages that only the host has.
HOST_ONLY := libseccomp tinycbor yyjson
HOST_ONLY_KEYS := $(HOST_ONLY:%=$(O)/pkg/%.key)
HOST_ONLY_INCLUDE := $(HOST_ONLY:%=-isystem $(O)/pkg/%/include)
MUSL_CC := $(O)/pkg/musl/bin/musl-gcc

HOST_CFLAGS := $(WARN) $(INCLUDE) -isystem $(TPM)/include $(HOST_ONLY_INCLUDE) -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
RELEASE_CFLAGS := $(WARN) $(INCLUDE) $(HOST_ONLY_INCLUDE) $(SAME) -O2 -g0 -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	-ffunction-sections -fdata-sections
GUEST_CFLAGS := $(WARN) $(INCLUDE) -isystem $(TPM)/include -isystem $(O)/pkg/openssl/include $(SAME) \
	-Os -g0 -ffunction-sections -fdata-sections -fstack-protector-strong
GUEST_LDFLAGS := -static -s -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,noexecstack
GUEST_LIBS := -L$(TPM)/lib -ltss2-sys -ltss2-mu -ltss2-tcti-device -L$(O)/pkg/openssl/lib -lssl -lcrypto
# zlib and zstd are what Debian's libssl.a and libcrypto.a want.
HOST_LIBS := -ljansson -lssl -lcrypto -lz -lzstd -L$(SECCOMP)/lib -lseccomp

LIB := $(sort $(wildcard measure/lib/*.c))
RECORD := $(sort $(wildcard measure/predict/*.c measure/record/*.c))
VERIFY := $(sort $(wildcard measure/verify/*.c measure/verify/*/*.c))
CMD := $(sort $(wildcard measure/cmd/*.c measure/cmd/*/*.c))
COMMON := $(sort $(wildcard initramfs/common/*.c))
GUEST_DIRS := init container gateway quoter network cloud debug
GUEST := $(sort $(wildcard $(GUEST_DIRS:%=initramfs/%/*.c)))
UNIT := $(sort $(wildcard tests/unit/test-*.c))
SOCKET_QUOTER := tests/guest/socket-quoter.c
GROUPLESS := tests/guest/groupless.c
TESTS_LIB := $(sort $(wildcard tests/lib/*.c))
HOSTED := tests/guest/hosted.c
GUEST_TESTS := $(filter-out $(SOCKET_QUOTER) $(GROUPLESS) $(HOSTED),$(sort $(wildcard tests/guest/*.c)))

host = $(patsubst %.c,$(O)/host/%.o,$(1))
release = $(patsubst %.c,$(O)/release/%.o,$(1))
guest = $(patsubst %.c,$(O)/guest/obj/%.o,$(1))

.PHONY: programs FORCE
programs: $(O)/bin/rampart guest-programs

# Objects. Headers of packages come with their key, which changes when the package does.
$(O)/host/%.o: %.c scripts/build.mk $(O)/pkg/tpm2-tss.key $(HOST_ONLY_KEYS)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)gcc $(HOST_CFLAGS) $(DEPEND) -c -o $@ $<

$(O)/release/%.o: %.c scripts/build.mk $(HOST_ONLY_KEYS)
	@mkdir -p $(@D)
	$(call say,CC,$< (release))
	$(Q)gcc $(RELEASE_CFLAGS) $(DEPEND) -c -o $@ $<

$(O)/guest/obj/%.o: %.c scripts/build.mk $(O)/pkg/musl.key $(O)/pkg/tpm2-tss.key $(O)/pkg/openssl.key
	@mkdir -p $(@D)
	$(call say,CC,$< (guest))
	$(Q)$(MUSL_CC) $(GUEST_CFLAGS) $(DEPEND) -c -o $@ $<

# Which sources there are: when one goes, what it was a part of is put together again without it.
$(O)/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(LIB) $(RECORD) $(VERIFY) $(CMD) $(COMMON) $(GUEST) $(TESTS_LIB) >$@.tmp
	$(settle)

# What the page is made of, which report_html.c takes in.
$(foreach f,host release clang analyze,$(O)/$f/measure/cmd/page/report_html.o): $(wildcard measure/cmd/page/page.*)

# The static library decides by itself what a program needs of measure/lib.
define archive
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcsD $@ $(filter %.o,$^)
endef
$(addprefix $(O)/,$(addprefix host/,librampart.a libcmd.a libguest.a libcommon.a libtests.a) release/librampart.a guest/libmeasure.a \
	bin/rampart host/rampart guest/init guest/container guest/gateway guest/quoter guest/cloud guest/udhcpc-hook guest/refusals): $(O)/sources
$(O)/host/librampart.a: $(call host,$(LIB) $(RECORD) $(VERIFY))
	$(archive)
$(O)/host/libcmd.a: $(call host,$(filter-out %/main.c,$(CMD)))
	$(archive)
# What of the guest's programs is pure.
$(O)/host/libguest.a: $(call host,$(patsubst %,initramfs/gateway/%.c,answer evidence flow keys memory metrics pace rate refusal rules \
		source target))
	$(archive)
$(O)/host/libcommon.a: $(call host,$(COMMON))
	$(archive)
# What tests share.
$(O)/host/libtests.a: $(call host,$(TESTS_LIB))
	$(archive)
$(O)/release/librampart.a: $(call release,$(LIB) $(RECORD) $(VERIFY))
	$(archive)
$(O)/guest/libmeasure.a: $(call guest,$(LIB) $(COMMON))
	$(archive)

# The host command: one static file, for any x86-64 machine. Its linker warns that names could
# need glibc's shared libraries, which channel.c sees to; so its words are shown when it fails.
$(O)/bin/rampart: $(call release,$(CMD)) $(O)/release/librampart.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)gcc -static -s -Wl,--gc-sections -Wl,--build-id=none -o $@.tmp $(filter %.o %.a,$^) $(HOST_LIBS) >$@.log 2>&1 || { cat $@.log >&2; exit 1; }
	$(Q)rm $@.log && mv $@.tmp $@

# The same, but for the C library, which a test can then give another clock (libfaketime).
$(O)/host/rampart: $(call release,$(CMD)) $(O)/release/librampart.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)gcc -o $@ $(filter %.o %.a,$^) $(HOST_LIBS)

# Two steps, so that a missing readelf fails too.
define link_guest
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(MUSL_CC) $(GUEST_LDFLAGS) -o $@.tmp $(filter %.o %.a,$^) $(GUEST_LIBS)
	$(Q)readelf -lW $@.tmp >$@.phdr
	$(Q)! grep -q INTERP $@.phdr || { echo "$@: needs a loader, and the guest has none" >&2; exit 1; }
	$(Q)rm $@.phdr && mv $@.tmp $@
endef
programs_of = $(call guest,$(filter initramfs/$(1)/%,$(GUEST)))

.PHONY: guest-programs
GUEST_PROGRAMS := $(addprefix $(O)/guest/,init container gateway quoter cloud udhcpc-hook refusals)
guest-programs: $(GUEST_PROGRAMS)
$(O)/guest/init: $(call programs_of,init) $(O)/guest/libmeasure.a
	$(link_guest)
$(O)/guest/container: $(call programs_of,container) $(O)/guest/libmeasure.a
	$(link_guest)
$(O)/guest/gateway: $(call programs_of,gateway) $(O)/guest/libmeasure.a
	$(link_guest)
$(O)/guest/quoter: $(call programs_of,quoter) $(O)/guest/libmeasure.a
	$(link_guest)
$(O)/guest/cloud: $(call programs_of,cloud) $(O)/guest/libmeasure.a
	$(link_guest)
$(O)/guest/udhcpc-hook: $(call programs_of,network) $(O)/guest/libmeasure.a
	$(link_guest)

# Of debug images alone.
$(O)/guest/refusals: $(call programs_of,debug) $(O)/guest/libmeasure.a
	$(link_guest)

# Unit tests: under the sanitizers on the host.
UNIT_TESTS := $(patsubst tests/unit/%.c,$(O)/host/%,$(UNIT))
$(UNIT_TESTS): $(O)/host/%: $(O)/host/tests/unit/%.o $(O)/host/libtests.a $(O)/host/libcmd.a \
		$(O)/host/libguest.a $(O)/host/librampart.a
	$(call say,LD,$@)
	$(Q)gcc -fsanitize=address,undefined -o $@ $^ $(HOST_LIBS)

# Guest tests: what of the guest runs without a machine, against its own sources and programs.
GUEST_TEST_PROGRAMS := $(patsubst tests/guest/%.c,$(O)/host/guest/%,$(GUEST_TESTS))
$(GUEST_TEST_PROGRAMS): $(O)/host/guest/%: $(O)/host/tests/guest/%.o $(O)/host/libtests.a \
		$(O)/host/libcommon.a $(O)/host/libcmd.a $(O)/host/librampart.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)gcc -fsanitize=address,undefined -o $@ $(filter %.o,$^) $(filter %.a,$^) $(HOST_LIBS)

# The launcher's parts, and a program for its container.
$(O)/host/guest/container: $(patsubst %,$(O)/host/initramfs/container/%.o,devices files policy root start) \
	$(O)/host/initramfs/init/sysfs.o | $(O)/guest/httpd
$(O)/guest/httpd: $(wildcard images/test/*.[ch]) scripts/build.mk $(O)/pkg/musl.key
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(MUSL_CC) $(GUEST_CFLAGS) -static -s -o $@ $(filter %.c,$^)

# The whole launcher as it is in the guest, but for its control groups' limits.
$(O)/guest/groupless: $(call guest,$(filter-out %/cgroup.c,$(filter initramfs/container/%,$(GUEST))) $(GROUPLESS)) \
		$(O)/guest/libmeasure.a
	$(link_guest)
$(O)/host/guest/isolate: | $(O)/guest/groupless $(O)/guest/httpd

$(O)/host/guest/refusals: | $(O)/guest/refusals

# What of init they are about.
$(O)/host/guest/console: $(patsubst %,$(O)/host/initramfs/init/%.o,console loghost)
$(O)/host/guest/loading: $(patsubst %,$(O)/host/initramfs/init/%.o,child console loading loghost planfile progress services volume)
NETWORK := $(patsubst %,$(O)/host/initramfs/init/%.o,address child console dhcp loghost network nic rtnl stage_network)
$(O)/host/guest/sysfs: $(O)/host/initramfs/init/sysfs.o
$(O)/host/guest/nic: $(filter %/nic.o %/rtnl.o,$(NETWORK))
$(addprefix $(O)/host/guest/,dhcp renewal): $(NETWORK) | $(O)/guest/udhcpc-hook $(O)/pkg/busybox.key

# The quoter over a socket, for them: under the sanitizers, and as it is in the guest. Both have the guest's
# own tpm2-tss, which calls little of a C library, and nothing that differs.
QUOTER := $(filter-out %/main.c,$(filter initramfs/quoter/%,$(GUEST))) $(SOCKET_QUOTER)
$(O)/host/socket-quoter: $(call host,$(QUOTER)) $(O)/host/libcommon.a $(O)/host/librampart.a
	$(call say,LD,$@)
	$(Q)gcc -fsanitize=address,undefined -o $@ $^ -L$(TPM)/lib -ltss2-sys -ltss2-mu -ltss2-tcti-device $(HOST_LIBS)
$(O)/guest/socket-quoter: $(call guest,$(QUOTER)) $(O)/guest/libmeasure.a
	$(link_guest)
# What the host of a cloud is asked: the parsers, and the program.
$(addprefix $(O)/host/guest/,imds report): $(patsubst %,$(O)/host/initramfs/cloud/%.o,answer imds wire) | $(O)/guest/cloud
# A machine of processes, for real clients.
$(O)/host/hosted: $(call host,$(HOSTED)) $(O)/host/libtests.a $(O)/host/libcommon.a $(O)/host/libcmd.a $(O)/host/librampart.a | \
		$(O)/guest/gateway $(O)/guest/socket-quoter
	$(call say,LD,$@)
	$(Q)gcc -fsanitize=address,undefined -o $@ $^ $(HOST_LIBS)
$(filter $(O)/host/guest/quoter%,$(GUEST_TEST_PROGRAMS)): $(O)/host/socket-quoter $(O)/guest/socket-quoter

include scripts/image.mk
include scripts/release.mk
include scripts/install.mk
include scripts/fuzz.mk
include scripts/check.mk

-include $(shell find $(O)/host $(O)/release $(O)/guest $(O)/clang $(O)/analyze -name '*.d' 2>/dev/null)
