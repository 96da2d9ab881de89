/* SPDX-License-Identifier: MIT */
/*
 * The config stage: what whoever runs the machine tells it, as far as the plan allows, measured
 * before a value of it is used. That there is none is measured, too.
 */
#include <errno.h>
#include <string.h>

#include "initramfs/common/file.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"

#define FW_CFG_NAME "opt/rampart/config"
#define FW_CFG_PATH "/sys/firmware/qemu_fw_cfg/by_name/" FW_CFG_NAME "/raw"

/* What is wrong with it was written by the host, but for a key's name and our own words. */
static int refuse(int r, const struct instance_fault *fault)
{
	const char *colon = fault->key[0] ? ": " : "";

	if (fault->line)
		return because(r, FW_CFG_NAME ":%zu: %s%s%s", fault->line, fault->key, colon,
			       fault->what);
	return because(r, FW_CFG_NAME ": %s%s%s", fault->key, colon, fault->what);
}

/* A machine without the file, or without fw_cfg, has no configuration. */
static int read_fw_cfg(unsigned allowed, struct instance *ret)
{
	static char text[INSTANCE_SIZE_MAX];
	struct instance_fault fault = { 0 };
	size_t len;
	int r = file_read(FW_CFG_PATH, text, sizeof(text), &len);

	if (r == -ENOENT)
		return 0;
	if (r == -EFBIG)
		return because(r, FW_CFG_NAME ": larger than %d bytes", INSTANCE_SIZE_MAX);
	if (r < 0)
		return because(r, FW_CFG_NAME ": cannot be read: %s", strerror(-r));
	r = instance_parse(text, len, allowed, ret, &fault);
	return r < 0 ? refuse(r, &fault) : 0;
}

int stage_config(struct boot *b)
{
	struct event event;
	int r = 0;

	if (b->plan.config_source == PLAN_FW_CFG) {
		r = read_fw_cfg(b->plan.config_allow, &b->instance);
		if (r == 0)
			r = module_remove(PLAN_FW_CFG_MODULE);
	}
	if (r == 0)
		r = event_config(&b->instance, &event);
	return r < 0 ? r : measure(b, &event);
}
