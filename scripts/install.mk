# SPDX-License-Identifier: MIT
# What `make install` copies. Included by scripts/build.mk.

# Of the pages' last change; it stands at the foot of each.
MAN_DATE := 2026-11-30
PAGES := $(patsubst measure/%.scd,$(O)/%,$(sort $(wildcard measure/man/*.scd)))

.PHONY: installable
installable: $(O)/bin/rampart $(O)/lib/librampart.a $(PAGES)

# The library for others: what rampart.h declares, and what that needs of measure/lib, as one object that
# keeps every other name to itself.
$(O)/lib/librampart.a: $(call release,$(VERIFY)) $(O)/release/librampart.a $(O)/sources
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(Q)ld -r -o $(@:.a=.o) $(filter %.o %.a,$^)
	$(Q)objcopy --wildcard --keep-global-symbol='rampart_*' $(@:.a=.o)
	$(Q)rm -f $@ && ar rcsD $@ $(@:.a=.o)

$(PAGES): $(O)/%: measure/%.scd scripts/install.mk
	@mkdir -p $(@D)
	$(call say,MAN,$<)
	$(Q)SOURCE_DATE_EPOCH=$$(date -u -d $(MAN_DATE) +%s) scdoc <$< >$@
