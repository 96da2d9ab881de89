# SPDX-License-Identifier: MIT
# The front door. Everything is built inside the toolbox, by scripts/build.mk; see `make help`.
.SUFFIXES:
.DEFAULT_GOAL := help
.PHONY: help demo test check long image golden release feed keys boot up down fetch lock relock vendor toolbox platform bench probe fuzz repro install uninstall clean

# One word of a shell, whatever is in it.
shell_word = '$(subst ','\'',$(1))'
LAYOUT ?=
ifndef IMAGE
IMAGE := $(if $(LAYOUT),$(shell scripts/image/propose.sh --name $(call shell_word,$(LAYOUT))),llm)
endif
DEBUG ?=
VOLUME ?=
MACHINE ?=
PLATFORM ?=
# The kind of machine that an image is for: asked for, or its own.
KIND = $(or $(MACHINE),$(shell sed -n '/^\[machine\]/,/^\[/s/^kind[[:space:]]*=[[:space:]]*\([a-z]*\).*/\1/p' images/$(IMAGE)/image.conf 2>/dev/null))
FORMAT ?= $(patsubst azure,vhd,$(filter azure gce,$(KIND)))
MODEL ?=
ACCEL ?= tcg
MEMORY ?= 1024
CPUS ?= 2
PORT ?= 8443
TARGET ?=
DO ?= --help
KEYS ?=
SECURE_BOOT ?=
UPDATES ?=
LOG ?=
LOG_KEY ?=
LOG_ORIGIN ?=
QUICK ?=
SECONDS ?= 60
RUNS ?= 0
PREFIX ?= /usr/local
DESTDIR ?=
LOCK ?= toolbox sources
DRY ?=
AGAIN ?=
JOBS ?= $(shell nproc)
V ?=
override DEBUG := $(filter-out 0,$(DEBUG))
override VOLUME := $(filter-out 0,$(VOLUME))
override DRY := $(filter-out 0,$(DRY))
export MIRROR KEYRING EXPIRED NPM_REGISTRY RAMPART_CACHE MODEL LAYOUT SECURE_BOOT

NAME := $(IMAGE)$(MACHINE:%=-%)$(if $(DEBUG),-debug)$(if $(VOLUME),-volume)$(if $(SECURE_BOOT),-secureboot)$(if $(UPDATES),-updates)
OUT := build/$(NAME)
VM := ACCEL=$(ACCEL) MEMORY=$(MEMORY) CPUS=$(CPUS) PORT=$(PORT)
# NVIDIA's driver is fetched for an image that loads it and is not given another.
LOADS_NVIDIA = $(if $(GPU_SOURCE),,$(shell grep -ls '^modules[[:space:]]*=.*nvidia' images/$(IMAGE)/image.conf))
PACKAGE_PINS = $(filter-out $(if $(LOADS_NVIDIA),,initramfs/packages/nvidia-open/pin),$(sort $(wildcard initramfs/packages/*/pin)))
PINS = $(PACKAGE_PINS) $(wildcard images/$(IMAGE)/*/pin)

# MODEL is on this machine; enter.sh shows it as /mnt/model.gguf. So may be the container, shown as /mnt/layout, and keys, as
# /mnt/secure-boot.
ENTER := scripts/toolbox/enter.sh
BUILD = LAYOUT="$$(scripts/image/given.sh $(IMAGE))" $(ENTER) make --no-print-directory -j$(JOBS) -f scripts/build.mk IMAGE=$(IMAGE) DEBUG=$(DEBUG) VOLUME=$(VOLUME) MACHINE=$(MACHINE) \
	FORMAT=$(call shell_word,$(FORMAT)) MODEL=$(if $(MODEL),/mnt/model.gguf) MODEL_NAME=$(call shell_word,$(MODEL)) MEMORY=$(MEMORY) CPUS=$(CPUS) \
	$(if $(GPU_SOURCE),GPU_SOURCE=$(GPU_SOURCE_SHA256)) $(if $(GPU_ARCHIVE),GPU_ARCHIVE=$(GPU_ARCHIVE_SHA256)) \
	$(if $(SECURE_BOOT),SECURE_BOOT=/mnt/secure-boot) UPDATES=$(UPDATES) PLATFORM=$(call shell_word,$(PLATFORM)) JOBS=$(JOBS) AGAIN=$(AGAIN) V=$(V)
# What is missing is said before the first download, and what is wrong in an image.conf as soon as the command
# that reads it is there: before all other downloads, and (scripts/image.mk) before a package is compiled.
READY = @scripts/toolbox/ready.sh
HAVE = @scripts/toolbox/fetch.sh --have scripts/sources.lock $(PINS)
define CHECKED
	@scripts/image/gpugiven.sh GPU_SOURCE $(call shell_word,$(GPU_SOURCE)) $(call shell_word,$(GPU_SOURCE_SHA256))
	@scripts/image/gpugiven.sh GPU_ARCHIVE $(call shell_word,$(GPU_ARCHIVE)) $(call shell_word,$(GPU_ARCHIVE_SHA256))
	$(if $(LAYOUT),$(READY))
	$(if $(LAYOUT),@scripts/image/propose.sh $(call shell_word,$(IMAGE)) $(if $(filter file,$(origin IMAGE)),,asked))
	@scripts/toolbox/ready.sh $(IMAGE)
	@scripts/toolbox/fetch.sh --have scripts/sources.lock $(patsubst %,initramfs/packages/%/pin,libseccomp tinycbor yyjson)
	$(if $(SECURE_BOOT),@scripts/toolbox/toolbox.sh firmware)
	@scripts/toolbox/fetch.sh --here scripts/sources.lock $(PINS) || $(BUILD) checked
	$(HAVE)
endef

help:
	@sed -n 's/^#: \{0,1\}//p' Makefile

#: Rampart. Everything is built from pinned sources, inside its own Debian root (the toolbox).
#:
#:   make demo       build the llm image, boot it under QEMU + swtpm, check every PCR, ask it one thing
#:   make test       all tests; make check: the fast ones, no VM, without those that passed and would see the same files (AGAIN=1: with them)
#:   make long       what takes hours: make repro, every fuzz target for SECONDS, machines of another size, servers,
#:                   clients, engines of others
#:   make image      build/IMAGE/disk.img and its parts, and the disk in other forms (FORMAT)
#:   make golden     build/IMAGE/golden.json: the PCR values, before anything boots
#:   make release    build/IMAGE/release/: all that is published, and signatures by KEYS
#:   make feed       a TUF repository of golden values, by python-tuf: DO="add FOLDER RELEASE ..."; DO=--help says more
#:   make keys       keys of machines with Secure Boot, in the folder SECURE_BOOT (~/.config/rampart/secure-boot)
#:   make boot       boot the image until it serves, and show its console
#:   make up, down   leave it running with its port at 127.0.0.1:PORT, and end it
#:   make platform   boot the firmware with an empty payload; writes measure/platforms/, to be committed
#:   make bench      figures beside peers, as ratios; COLD=1 also builds from an empty cache
#:   make probe      the probe under Rampart, crun and podman; writes images/probe/RESULTS.md
#:   make repro      build everything twice, as differently as can be, and compare every byte; QUICK=1: but the packages
#:   make fuzz       let every fuzz target, or TARGET, look for inputs that fail, SECONDS or RUNS each
#:   make install    the command, its manual, librampart and completions, below PREFIX
#:   make uninstall  remove just these
#:   make fetch      download everything that is pinned; after that only lock and relock use the network
#:   make toolbox    make the toolbox; every command does it when it is missing
#:   make lock       resolve the lists of packages (scripts/*.list) anew
#:   make relock     move LOCK to what the mirror has, say what moves and which CVEs that fixes, rebuild the images
#:                   that have golden values (or IMAGE), and say which values moved and why; DRY=1: only say
#:   make vendor     all inputs as one tar in build/vendor, for a build without network; its README tells how
#:   make clean      remove build/; the cache stays
#:
#: Variables (default): IMAGE (llm; or test) DEBUG (1 = with a shell, measured as such)
#:   VOLUME (1 = models on a payload volume, build/IMAGE-volume/volume.img, instead of in the image)
#:   MACHINE (that of image.conf; or qemu, azure, gce, aws, metal: its drivers, in build/IMAGE-MACHINE)
#:   PLATFORM (of azure, gce, aws: azure, gce-plain, aws-nitro; else qemu, of MEMORY and CPUS; or another of measure/platforms,
#:   without .json: which machine's golden values)
#:   FORMAT (raw, of azure vhd, of gce gce; also qcow2, vhd for Azure, gce, containerdisk for KubeVirt, iso for a server's BMC and
#:   USB, netboot for HTTP and PXE: one or more, of the same measured bytes; make golden and make release add golden-cd.json and golden-network.json)
#:   MODEL (/path/any.gguf instead of the image's own) LAYOUT (/path/image.tar: an OCI layout or a docker-archive
#:   instead of IMAGE's own container; without IMAGE, an image of its own, whose image.conf is proposed) ACCEL (tcg; or kvm) MEMORY (1024 MiB) CPUS (2)
#:   SECURE_BOOT (none; the folder of such keys: the image is signed, for machines that have them) UPDATES (none; MiB: the
#:   disk has room for two UKIs of this size, for rampart update)
#:   DO (--help; the command of make feed and what belongs to it)
#:   KEYS (none; "FILE...", private keys of ssh-keygen or minisign, that sign a release)
#:   LOG (none; the folder of a transparency log that a release is added to) LOG_KEY (its private key) LOG_ORIGIN (its name, if it is new)
#:   TARGET (all; of tests/fuzz) SECONDS (60; 0 = without a limit) RUNS (0 = without a limit)
#:   QUICK (1 = make repro with toolbox and packages from the cache)
#:   PORT (8443) JOBS (all processors) V (1 = show commands) LOCK (toolbox sources) DRY (1)
#:   MIRROR (the one your apt uses; or an archive's address, or a folder with pool/ and dists/)
#:   EXPIRED (1 = also lists that are no longer valid, for an archive) KEYRING (Debian's; who signs the lists)
#:   GPU_SOURCE GPU_ARCHIVE (none; sources of NVIDIA's driver, and the driver's archive, images/README.md)
#:   GPU_SOURCE_SHA256 GPU_ARCHIVE_SHA256 (their digests)
#:   PREFIX (/usr/local) DESTDIR (none; stands for / in front of PREFIX) NPM_REGISTRY (npm's own)
#:   RAMPART_CACHE (~/.cache/rampart)

demo: golden
	@$(ENTER) env $(VM) scripts/vm/demo.sh $(OUT)

check test: PINS = $(PACKAGE_PINS) $(wildcard images/*/*/pin)
check test:
	$(READY)
	$(HAVE)
	@scripts/toolbox/toolbox.sh repro
	@scripts/toolbox/toolbox.sh feed
	@scripts/toolbox/toolbox.sh firmware
	@scripts/toolbox/toolbox.sh servers
	$(if $(filter test,$@),@scripts/repro/repro.sh --quick)
	@$(BUILD) $@

long: PINS = $(PACKAGE_PINS) $(wildcard images/*/*/pin)
long:
	$(READY)
	$(HAVE)
	@scripts/toolbox/toolbox.sh repro
	@scripts/toolbox/toolbox.sh servers
	@scripts/toolbox/toolbox.sh clients
	@scripts/toolbox/toolbox.sh engines
	@scripts/toolbox/toolbox.sh venus
	-@scripts/toolbox/toolbox.sh llama
	@scripts/toolbox/fetch.sh scripts/modules.lock
	@scripts/toolbox/fetch.sh scripts/ovmf.lock
	-@scripts/toolbox/fetch.sh scripts/nvidia.lock
	-@scripts/toolbox/fetch.sh --have scripts/sources.lock initramfs/packages/nvidia-open/pin
	@scripts/repro/repro.sh
	@$(BUILD) long SECONDS=$(SECONDS)

image golden:
	$(CHECKED)
	@$(BUILD) $@

release:
	$(CHECKED)
	@scripts/release/source.sh $(OUT)/source.tar
	@$(BUILD) release
	@[ -z '$(KEYS)' ] || scripts/release/sign.sh $(OUT)/release $(KEYS)
	@[ -z '$(LOG)' ] || scripts/release/log.sh $(OUT)/release $(call shell_word,$(LOG)) $(call shell_word,$(LOG_KEY)) $(call shell_word,$(LOG_ORIGIN))

keys:
	$(READY)
	@scripts/secureboot/keys.sh $(call shell_word,$(or $(SECURE_BOOT),$(HOME)/.config/rampart/secure-boot))

feed:
	$(READY)
	@scripts/feed/feed.sh $(DO)

boot: image
	@$(ENTER) env $(VM) WAIT_FOR='^rampart: (SERVING|FAILED)' scripts/vm/boot.sh $(OUT)/disk.img $(OUT)/vm
	@cat $(OUT)/vm/console.log

# It is a machine of QEMU's, whatever the image is for.
up: PLATFORM := $(or $(PLATFORM),qemu)
up: golden
	@$(VM) scripts/vm/up.sh $(OUT)/disk.img $(OUT)/up
down:
	@scripts/vm/down.sh $(OUT)/up asked

platform:
	$(READY)
	$(HAVE)
	@$(BUILD) platform
	@$(ENTER) env $(VM) VOLUME=$(VOLUME) scripts/vm/platform.sh \
		measure/platforms/$$(sed -n 's/^VM_PLATFORM=//p' scripts/vm/vm.sh)-$(MEMORY)m-$(CPUS)c$(if $(VOLUME),-volume).json 2

bench:
	$(READY)
	$(HAVE)
	@$(BUILD) golden IMAGE=test
	@$(VM) tests/bench/run.sh

probe: IMAGE = probe
probe:
	$(CHECKED)
	@$(BUILD) golden
	@scripts/toolbox/toolbox.sh probe
	@$(ENTER) tests/bench/probe/run.sh

repro: PINS = $(PACKAGE_PINS) $(wildcard images/*/*/pin)
repro:
	$(READY)
	$(HAVE)
	@scripts/repro/repro.sh $(if $(filter-out 0,$(QUICK)),--quick)

fuzz: PINS = $(PACKAGE_PINS)
fuzz:
	$(READY)
	$(HAVE)
	@$(BUILD) fuzz
	@$(ENTER) sh tests/fuzz/run.sh $(SECONDS) $(RUNS) $(TARGET)

install: PINS = $(PACKAGE_PINS)
install:
	$(READY)
	$(HAVE)
	@$(BUILD) installable
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' scripts/release/install.sh
uninstall:
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' scripts/release/install.sh --uninstall

fetch:
	$(READY)
	@scripts/toolbox/fetch.sh scripts/toolbox.lock
	@scripts/toolbox/fetch.sh scripts/sources.lock
	@scripts/toolbox/fetch.sh scripts/bench.lock
	@scripts/toolbox/fetch.sh scripts/probe.lock
	@scripts/toolbox/fetch.sh scripts/servers.lock
	@scripts/toolbox/fetch.sh scripts/clients.lock
	@scripts/toolbox/fetch.sh scripts/engines.lock
	@scripts/toolbox/fetch.sh scripts/venus.lock
	-@scripts/toolbox/fetch.sh scripts/llama.lock
	@scripts/toolbox/fetch.sh scripts/modules.lock
	@scripts/toolbox/fetch.sh scripts/feed.lock
	@scripts/toolbox/fetch.sh scripts/firmware.lock
	@scripts/toolbox/fetch.sh scripts/ovmf.lock
	-@scripts/toolbox/fetch.sh scripts/nvidia.lock
	@scripts/toolbox/fetch.sh scripts/host.lock
	@scripts/toolbox/fetch.sh scripts/repro.lock
toolbox:
	$(READY)
	@$(ENTER) true
lock:
	@scripts/lock/lock.sh scripts/toolbox.list scripts/toolbox.lock
	@scripts/lock/lock.sh scripts/npm.list scripts/npm.lock
	@scripts/lock/lock.sh scripts/bench.list scripts/bench.lock
	@scripts/lock/lock.sh scripts/probe.list scripts/probe.lock
	@scripts/lock/lock.sh scripts/servers.list scripts/servers.lock
	@scripts/lock/lock.sh scripts/clients.list scripts/clients.lock
	@scripts/lock/lock.sh scripts/engines.list scripts/engines.lock
	@scripts/lock/lock.sh scripts/venus.list scripts/venus.lock
	@SUITE=sid scripts/lock/lock.sh scripts/llama.list scripts/llama.lock
	@scripts/lock/lock.sh scripts/feed.list scripts/feed.lock
	@scripts/lock/lock.sh scripts/firmware.list scripts/firmware.lock
	@scripts/lock/lock.sh scripts/host.list scripts/host.lock
	@scripts/lock/lock.sh scripts/repro.list scripts/repro.lock
relock:
	@DRY=$(DRY) IMAGES=$(if $(findstring command,$(origin IMAGE)),$(NAME)) scripts/lock/relock.sh $(LOCK)
	@$(if $(DRY),:,JOBS=$(JOBS) V=$(V) scripts/lock/moves.sh)
vendor:
	@scripts/toolbox/vendor.sh

clean:
	rm -rf build
