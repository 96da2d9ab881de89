# SPDX-License-Identifier: MIT
# Packages (others' sources) and images. Included by scripts/build.mk.

# The keys of all packages are computed once a run; scripts/image/package.sh builds what the cache has not. A key's
# file is only written when the key is a new one, so asking every time costs no rebuild.
# Not among them: NVIDIA's driver, which only images have that load it (gpu.sh), and the kernel with AMD's, likewise.
PACKAGES := $(filter-out linux-amd nvidia-open,$(patsubst initramfs/packages/%/pin,%,$(sort $(wildcard initramfs/packages/*/pin))))
.PHONY: packages
packages: $(PACKAGES:%=$(O)/pkg/%.key)
$(O)/pkg/keys: FORCE
	@mkdir -p $(@D)
	@python3 -I -B -X utf8 scripts/image/packagekeys.py $(patsubst %/pin,%,$(sort $(wildcard initramfs/packages/*/pin images/*/*/pin))) >$@.tmp
	$(settle)
# Each is asked for when any of the keys is new, or any is missing in the cache.
$(O)/provided/%: $(O)/pkg/keys
	@scripts/image/package.sh $*
	@mkdir -p $(@D) && touch $@
$(PACKAGES:%=$(O)/pkg/%.key): $(O)/pkg/%.key: $(O)/provided/initramfs/packages/%
	@[ -f $@ ] || scripts/image/package.sh initramfs/packages/$*
$(O)/pkg/busybox.key $(O)/pkg/openssl.key $(O)/pkg/tpm2-tss.key: $(O)/pkg/musl.key

SECURE_BOOT ?=
UPDATES ?=
PLATFORM ?=
# Whatever the image's own folder has to build first (an engine).
NAME := $(IMAGE)$(MACHINE:%=-%)$(if $(DEBUG),-debug)$(if $(VOLUME),-volume)$(if $(SECURE_BOOT),-secureboot)$(if $(UPDATES),-updates)
D := $(O)/$(NAME)
IMAGE_DIR := images/$(IMAGE)
IMAGE_PACKAGES := $(patsubst %/pin,%,$(sort $(wildcard $(IMAGE_DIR)/*/pin)))
# What tells that files have changed, whose names make could not take.
tell = find -L $(1) -type f -printf '%P %s %T@\n' 2>&1 | LC_ALL=C sort

# What was asked for on the command line, a line each: when it changes, the plan is made again. scripts/lock/moves.sh reads it.
$(D)/asked: FORCE
	@[ -f $(IMAGE_DIR)/image.conf ] || { echo "IMAGE=$(IMAGE): there is no $(IMAGE_DIR)/image.conf" >&2; exit 1; }
	@mkdir -p $(@D)
	@printf '%s\n' $(foreach v,IMAGE DEBUG VOLUME MACHINE UPDATES MODEL_NAME,$(call shell_word,$($(v)))) >$@.tmp
	$(settle)

$(D)/packages: $(O)/pkg/keys $(IMAGE_PACKAGES:%=$(O)/provided/%)
	@mkdir -p $(@D)
	@awk -v dir=$(IMAGE_DIR)/ 'index($$1, dir) == 1 { print $$3 }' $< >$@.tmp
	$(settle)

# Where the container comes from: "recipe PATH" or "layout PATH", with what tells that it has changed. LAYOUT is where
# enter.sh shows one that lies outside of the tree, LAYOUT_NAME.
$(D)/source: FORCE $(D)/asked $(O)/bin/rampart
	@source=$$($(O)/bin/rampart plan $(IMAGE_DIR)/image.conf --source $(MACHINE:%=--machine %) \
		$(if $(LAYOUT),--layout $(call shell_word,$(LAYOUT))) $(if $(MODEL),--model $(call shell_word,$(MODEL)))) || exit 1; \
	printf '%s\n' "$$source" $(if $(LAYOUT),$(call shell_word,$(LAYOUT_NAME))) >$@.tmp; \
	case $$source in layout*) $(call tell,"$${source#layout }") >>$@.tmp ;; esac
	$(settle)

# What is in the image's folder for the container: not image.conf, of which the plan is made, nor models.
$(D)/folder: FORCE $(D)/asked
	@$(call tell,$(IMAGE_DIR) -path $(IMAGE_DIR)/model -prune -o ! -path $(IMAGE_DIR)/image.conf) >$@.tmp
	$(settle)
$(D)/models: FORCE $(D)/asked
	@[ ! -d $(IMAGE_DIR)/model ] || $(call tell,$(IMAGE_DIR)/model) >$@.tmp
	@touch $@.tmp
	$(settle)

# What can be wrong with an image.conf is told before anything is made for it: the Makefile asks for this before it
# downloads, and here it comes before what is compiled for an image, but for what the command itself is made of.
.PHONY: checked
checked: $(D)/source
ifneq ($(filter image golden release,$(MAKECMDGOALS)),)
$(patsubst %,$(O)/provided/initramfs/packages/%,$(filter-out $(HOST_ONLY),$(PACKAGES))) $(IMAGE_PACKAGES:%=$(O)/provided/%): | checked
endif

# What of image.conf the container's file system depends on: its name, its folders.
$(D)/wants: FORCE $(D)/asked $(D)/archive $(O)/bin/rampart | $(D)/source
	@$(O)/bin/rampart plan $(IMAGE_DIR)/image.conf --wants >$@.tmp
	@[ ! -f $(D)/vendor/wants ] || cat $(D)/vendor/wants >>$@.tmp
	$(settle)

# NVIDIA's archive, GPU_ARCHIVE, if there is one; its libraries are the container's, its firmware the machine's.
$(D)/archive: FORCE $(D)/asked
	@scripts/image/gpuarchive.sh "$(GPU_ARCHIVE)" $(D)/vendor >$@.tmp
	$(settle)

# Where the plan finds modules and firmware, as its options.
$(D)/gpu: FORCE $(D)/kernel $(D)/archive $(IMAGE_DIR)/image.conf
	@GPU_SOURCE=$(GPU_SOURCE) scripts/image/gpu.sh $(IMAGE_DIR)/image.conf $(D) /cache/pkg/$$(cat $(D)/kernel) >$@.tmp
	$(settle)

# The kernel's package, as NAME-KEY: one with modules if the image reads a volume, passes devices, may be configured, or
# is for other machines than QEMU's.
$(D)/kernel: FORCE $(D)/asked $(D)/container.erofs $(O)/bin/rampart $(O)/pkg/keys
	@kernel=initramfs/packages/$$($(O)/bin/rampart plan $(IMAGE_DIR)/image.conf --kernel --container $(D)/container.erofs \
		$(MACHINE:%=--machine %) $(if $(VOLUME),--volume)) || exit 1; \
	scripts/image/package.sh $$kernel >&2 || exit 1; \
	awk -v dir=$$kernel '$$1 == dir { print $$3 }' $(O)/pkg/keys >$@.tmp
	$(settle)

# Container: the recipe's OCI layout, or an image that is given, then one EROFS file.
$(D)/container.erofs: $(D)/folder $(D)/source $(D)/wants $(D)/packages $(O)/pkg/musl.key \
		scripts/image/import.sh $(sort $(wildcard scripts/image/oci/*.py)) scripts/image/layout.sh
	$(Q)set -eu; source=$$(head -n 1 $(D)/source); \
	case $$source in \
	recipe\ *) "$${source#recipe }" $(D)/oci >$(D)/recipe.log 2>&1 || { cat $(D)/recipe.log >&2; exit 1; }; \
		layout=$(D)/oci ;; \
	layout\ *) layout=$${source#layout } ;; \
	esac; \
	WANTS=$(D)/wants scripts/image/import.sh "$$layout" $@ $(D)/container.config.json $(D)/container.manifest.json \
		$(D)/container.files.txt $(D)/container.user $(D)/container.notes $(D)/container.account
$(addprefix $(D)/container.,config.json manifest.json files.txt user notes account): $(D)/container.erofs ;

PLAN_COMMAND = $(O)/bin/rampart plan $(IMAGE_DIR)/image.conf --oci-config $(D)/container.config.json \
	--oci-manifest $(D)/container.manifest.json --oci-user $(D)/container.user \
	--oci-account $(D)/container.account --oci-files $(D)/container.files.txt \
	--container $(D)/container.erofs $$(grep '^--' $(D)/gpu) \
	$(MACHINE:%=--machine %) $(if $(VOLUME),--volume) $(if $(MODEL),--model $(call shell_word,$(MODEL))) $(if $(DEBUG),--debug)
$(D)/plan: $(IMAGE_DIR)/image.conf $(D)/container.erofs $(D)/container.config.json $(D)/container.user $(D)/container.account \
		$(D)/container.files.txt $(D)/asked $(D)/kernel $(D)/gpu \
		$(O)/bin/rampart $(MODEL) $(D)/models \
		$(sort $(wildcard initramfs/seccomp/*.list))
	$(call say,PLAN,$@)
	@mkdir -p $(D)/seccomp
	$(Q)$(PLAN_COMMAND) --payload $(D)/payload --os-release $(D)/os-release --memory $(D)/volume-memory \
		--filters $(D)/seccomp >$@.tmp
	$(Q)mv $@.tmp $@
$(addprefix $(D)/,payload os-release volume-memory): $(D)/plan ;

on_volume = grep -Eq '^(container|model).* volume$$'
# The payload volume, if the plan reads one: volume.made is there in either case.
$(D)/volume.made: $(D)/plan
	$(Q)rm -f $(D)/volume.img
	$(Q)! $(on_volume) $(D)/plan || { printf '  %-9s%s\n' VOLUME $(D)/volume.img; \
		$(O)/bin/rampart volume $(IMAGE_DIR)/image.conf --output $(D)/volume.img \
		--container $(D)/container.erofs \
		$(if $(VOLUME),--all) $(if $(MODEL),--model $(call shell_word,$(MODEL))); }
	@touch $@

$(D)/initramfs.cpio.zst: initramfs/manifest initramfs/manifest.debug scripts/image/initramfs.sh $(D)/plan \
		$(D)/payload $(D)/container.erofs $(GUEST_PROGRAMS) $(O)/pkg/busybox.key $(O)/pkg/linux.key
	$(call say,CPIO,$@)
	$(Q)GUEST=$(O)/guest PKG=$(O)/pkg OUT=$(D) \
		DEBUG=$(if $(DEBUG),initramfs/manifest.debug,/dev/null) \
		scripts/image/initramfs.sh initramfs/manifest $@ $(D)/initramfs.files.txt
$(D)/initramfs.files.txt: $(D)/initramfs.cpio.zst ;

$(D)/cmdline: initramfs/cmdline initramfs/cmdline.debug
	$(Q)cat initramfs/cmdline $(if $(DEBUG),initramfs/cmdline.debug) >$@

# For machines with Secure Boot SECURE_BOOT is the folder of their keys (scripts/secureboot/keys.sh), or what may be known of
# them (public.sh). Another folder may have older files, so it is told by what is in it.
$(D)/keys: FORCE
	@mkdir -p $(@D)
	@$(call tell,$(SECURE_BOOT)) >$@.tmp
	$(settle)
SIGNED := $(if $(SECURE_BOOT),$(D)/keys $(wildcard scripts/secureboot/*))
sign = scripts/secureboot/sign.sh $(SECURE_BOOT) $(1) $(2)
$(D)/rampart.efi: $(D)/initramfs.cpio.zst $(D)/os-release $(D)/cmdline scripts/image/uki.sh $(D)/kernel $(SIGNED)
	$(call say,UKI,$@)
	$(Q)kernel=/cache/pkg/$$(cat $(D)/kernel); \
	scripts/image/uki.sh $$kernel/bzImage $(D)/initramfs.cpio.zst $(D)/cmdline $(D)/os-release \
		"$$(cat $$kernel/uname)" $(if $(SECURE_BOOT),$(D)/unsigned.efi,$@)
	$(if $(SECURE_BOOT),$(Q)$(call sign,$(D)/unsigned.efi,$@))

# A disk for updates starts the newer one of its UKIs, whatever its name; a machine that has no keys takes those on it.
$(D)/loader.conf: images/loader.conf $(D)/asked
	$(Q)sed -e '' $(if $(UPDATES),-e '/^default /d') $(if $(SECURE_BOOT),-e 's/^secure-boot-enroll .*/secure-boot-enroll force/') $< >$@

$(D)/secure-boot.fd: $(SIGNED)
	@mkdir -p $(@D)
	$(call say,KEYS,$@)
	$(Q)scripts/secureboot/varstore.sh $(SECURE_BOOT) $@ $(D)/secure-boot.aws

$(D)/boot.efi: $(SIGNED)
	@mkdir -p $(@D)
	$(Q)$(call sign,/usr/lib/systemd/boot/efi/systemd-bootx64.efi,$@)

# What may be known of the keys; the target is one of its files. Of them a machine without keys is given each .auth by
# systemd-boot, which reads db, dbx, KEK and PK (src/boot/secure-boot.c in 257).
$(D)/secure-boot/db.auth: $(D)/boot.efi $(D)/rampart.efi
	$(Q)scripts/secureboot/public.sh $(SECURE_BOOT) $(@D) $^
ENROLLED = $(if $(SECURE_BOOT),$$(cd $(D)/secure-boot && for auth in *.auth; do echo loader/keys/auto/$$auth=$(D)/secure-boot/$$auth; done))
$(D)/disk.img: $(D)/rampart.efi $(D)/loader.conf scripts/image/disk.sh $(if $(SECURE_BOOT),$(D)/secure-boot.fd $(D)/secure-boot/db.auth)
	$(call say,DISK,$@)
	$(Q)SLOT_MIB=$(UPDATES) BOOT_LOADER=$(if $(SECURE_BOOT),$(D)/boot.efi) scripts/image/disk.sh $@ $(D)/rampart.efi $(D)/loader.conf $(ENROLLED)

# The disk and the volume as others want them. FORMAT=raw is disk.img itself, netboot is rampart.efi.
FORMATS := containerdisk.tar gce.tar.gz iso qcow2 vhd
FORMAT_FILES := $(FORMATS:%=$(D)/disk.%)
format_of = $(filter $(FORMAT),$(firstword $(subst ., ,$(1))))
ASKED_FORMATS := $(foreach f,$(FORMATS),$(if $(call format_of,$(f)),$(f)))
FORMAT_NAMES := $(foreach f,$(FORMATS),$(firstword $(subst ., ,$(f)))) netboot raw
ifneq ($(filter-out $(FORMAT_NAMES),$(FORMAT)),)
$(error FORMAT=$(FORMAT): not of $(FORMAT_NAMES))
endif
FORMAT_SCRIPTS := $(sort $(wildcard scripts/image/formats/*.py))
write_format = python3 -I -B -X utf8 scripts/image/formats $(firstword $(subst ., ,$*)) $(1) $(2)
$(FORMAT_FILES): $(D)/disk.%: $(D)/disk.img $(FORMAT_SCRIPTS)
	$(call say,FORMAT,$@)
	$(Q)$(call write_format,$<,$@)
# A containerdisk has one disk; KubeVirt takes a volume as another one of it. A machine that boots a CD has it as a disk.
$(FORMATS:%=$(D)/formatted/%): $(D)/formatted/%: $(D)/disk.% $(D)/volume.made
	$(Q)[ ! -f $(D)/volume.img ] || [ $* = iso ] || { printf '  %-9s%s\n' FORMAT $(D)/volume.$*; \
		$(call write_format,$(D)/volume.img,$(D)/volume.$*); }
	@mkdir -p $(@D) && touch $@

# MiB of RAM that a machine needs for it; scripts/vm/boot.sh refuses to start one with less.
$(D)/memory: $(D)/rampart.efi $(D)/initramfs.files.txt $(D)/volume-memory scripts/image/memory.sh
	$(Q)scripts/image/memory.sh $(D)/rampart.efi $(D)/initramfs.files.txt $$(cat $(D)/volume-memory) >$@.tmp
	$(Q)mv $@.tmp $@

# Every file in the image: on the disk, in the initramfs, in the container.
$(D)/files.txt: $(D)/disk.img $(D)/initramfs.files.txt $(D)/container.files.txt
	$(Q)sort $(D)/disk.img.files.txt $(D)/initramfs.files.txt $(D)/container.files.txt >$@

# The reference of the machine that boots it: the one that is named, or that of its kind; of QEMU's by its memory, its
# processors, whether it has a volume, from which medium.
MEDIA := cd network
$(D)/platform $(MEDIA:%=$(D)/platform-%): FORCE $(D)/plan $(D)/memory $(O)/bin/rampart $(O)/pkg/musl.key $(O)/pkg/linux.key
	@kind=$$($(O)/bin/rampart plan $(IMAGE_DIR)/image.conf --kind $(MACHINE:%=--machine %)) || exit 1; \
	PLATFORM=$(call shell_word,$(PLATFORM)) KIND=$$kind NEED=$$(cat $(D)/memory) MEMORY=$(MEMORY) CPUS=$(CPUS) VOLUME=$$($(on_volume) $(D)/plan && echo 1) \
		SECURE_BOOT=$(if $(SECURE_BOOT),1) VM_MEDIUM=$(patsubst platform-%,%,$(filter platform-%,$(@F))) scripts/vm/reference.sh >$@.tmp
	$(settle)
predict = $(O)/bin/rampart predict --plan $(D)/plan $(if $(SECURE_BOOT),--secure-boot $(SECURE_BOOT))
$(D)/golden.json: $(D)/disk.img $(D)/plan $(O)/bin/rampart $(D)/platform $(wildcard measure/platforms/*.json)
	$(call say,GOLDEN,$@)
	$(Q)$(predict) --disk $(D)/disk.img --platform "$$(cat $(D)/platform)" >$@.tmp
	$(Q)mv $@.tmp $@
# Those of a CD, and of the UKI that a firmware gets from the network: of FORMAT=iso and netboot.
ASKED_MEDIA := $(strip $(if $(filter iso,$(FORMAT)),cd) $(if $(filter netboot,$(FORMAT)),network))
$(D)/golden-cd.json: $(D)/disk.iso
$(D)/golden-network.json: $(D)/disk.img
$(MEDIA:%=$(D)/golden-%.json): $(D)/golden-%.json: $(D)/plan $(O)/bin/rampart $(D)/platform-% $(wildcard measure/platforms/*.json)
	$(call say,GOLDEN,$@)
	$(Q)$(predict) --medium $* --disk $(filter %.iso %.img,$^) --platform "$$(cat $(D)/platform-$*)" >$@.tmp
	$(Q)mv $@.tmp $@

.PHONY: image golden platform
image: $(D)/disk.img $(D)/files.txt $(D)/volume.made $(D)/memory $(ASKED_FORMATS:%=$(D)/formatted/%)
golden: image $(D)/golden.json $(ASKED_MEDIA:%=$(D)/golden-%.json)
# What scripts/vm/platform.sh puts together.
platform: $(O)/bin/rampart $(O)/pkg/musl.key $(O)/pkg/linux.key
