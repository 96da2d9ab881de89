/* SPDX-License-Identifier: MIT */
/*
 * The stages modules and seal: loads the plan's kernel modules, each compared with the plan; once
 * the volume was read, unloads its drivers, and then disables module loading and unloading.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "initramfs/common/file.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/planfile.h"

#define BLOCK_DEVICES "/sys/class/block"
#define CLOSED	      "/proc/sys/kernel/modules_disabled"

/* Through the descriptor, so that what is loaded is what was hashed. The plan's event covers it. */
static int load_module(const struct plan_file *module, const char *parameters)
{
	char path[128];
	int fd, r;

	(void)snprintf(path, sizeof(path), PLAN_MODULE_DIR "/%s.ko", module->name);
	r = planfile_open_verified(path, module, &fd);
	if (r < 0)
		return r;
	if (syscall(SYS_finit_module, fd, parameters ? parameters : "", 0) < 0)
		r = because(-errno, "%s: the kernel does not take it: %s%s", path, strerror(errno),
			    errno == ENODEV ? ": the machine has no such GPU or other device" : "");
	(void)close(fd);
	return r;
}

int stage_modules(struct boot *b)
{
	int r = 0;

	for (size_t i = 0; i < b->plan.n_module && r == 0; i++)
		r = load_module(&b->plan.module[i], b->plan.parameters[i]);
	return r;
}

/* The kernel knows a module by its file's name with each dash an underscore. */
int module_remove(const char *name)
{
	char known[64];

	(void)snprintf(known, sizeof(known), "%s", name);
	for (char *c = known; *c; c++)
		if (*c == '-')
			*c = '_';
	if (syscall(SYS_delete_module, known, O_NONBLOCK) < 0)
		return because(-errno, "cannot remove the module %s: %s", known, strerror(errno));
	return 0;
}

/* A disk that remained could be read or written. */
static int check_no_disk(void)
{
	DIR *dir = opendir(BLOCK_DEVICES);
	struct dirent *entry;
	int r = 0;

	if (!dir && errno == ENOENT)
		return 0;
	if (!dir)
		return because(-errno, "cannot list %s: %s", BLOCK_DEVICES, strerror(errno));
	while (r == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			r = because(-EBUSY, "a disk is left: %s", entry->d_name);
	(void)closedir(dir);
	return r;
}

static int close_modules(void)
{
	int r = file_write_text(CLOSED, "1");
	char state[8];

	if (r == -ENOENT) /* a kernel without modules */
		return 0;
	if (r == 0)
		r = file_read_text(CLOSED, state, sizeof(state));
	if (r == 0 && strcmp(state, "1"))
		r = -EPROTO;
	return r < 0 ? because(r, "cannot close modules: %s: %s", CLOSED, strerror(-r)) : 0;
}

int stage_seal(struct boot *b)
{
	int r = 0;

	progress_stage(&b->progress, STATUS_START);
	for (size_t i = b->plan.n_module; i > 0 && r == 0; i--)
		if (b->plan.module[i - 1].volume)
			r = module_remove(b->plan.module[i - 1].name);
	if (r == 0)
		r = check_no_disk();
	return r < 0 ? r : close_modules();
}
