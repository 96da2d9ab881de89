# SPDX-License-Identifier: MIT
# The publishable folder. Included by scripts/build.mk; the Makefile makes source.tar first, outside.

# The plan in words: the same reading of the same inputs that made the plan.
$(D)/plan.txt: $(D)/plan $(O)/bin/rampart
	$(call say,WORDS,$@)
	$(Q)$(PLAN_COMMAND) --explain >$@.tmp
	$(Q)mv $@.tmp $@

.PHONY: release
release: golden $(D)/plan.txt $(FORMAT_FILES)
	$(call say,RELEASE,$(D)/release)
	$(Q)IMAGE='$(IMAGE)' DEBUG='$(DEBUG)' VOLUME='$(VOLUME)' MACHINE='$(MACHINE)' SECURE_BOOT='$(SECURE_BOOT)' UPDATES='$(UPDATES)' MODEL=$(call shell_word,$(MODEL)) MEDIA='$(ASKED_MEDIA)' PLATFORM='$(PLATFORM)' GPU_SOURCE='$(GPU_SOURCE)' GPU_ARCHIVE='$(GPU_ARCHIVE)' MEMORY='$(MEMORY)' CPUS='$(CPUS)' \
		scripts/release/release.sh $(D)
