/* SPDX-License-Identifier: MIT */
/*
 * The stages firmware and devices, before and after the modules are loaded: what drivers may ask
 * for; then the nodes that NVIDIA's driver leaves to programs to make. A GPU is started by whoever
 * opens its node first, with firmware that the driver asks for then, and stopped when nobody has it
 * open: so it is opened here and never closed. AMD's driver starts its GPUs as it is loaded, and keeps
 * to itself which of them it could not start: so it is asked. Last, what containers see of /sys.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "initramfs/common/file.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/planfile.h"
#include "initramfs/init/sysfs.h"

#define NUMBERS	      "/proc/devices"
#define FIRMWARE_PATH "/sys/module/firmware_class/parameters/path"
#define SYS_FLAGS     (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define CONTROL_MINOR 255 /* of nvidiactl: kernel-open/common/inc/nv-linux.h of the driver */

static void firmware_path(const struct plan_file *file, char ret_path[static 192])
{
	(void)snprintf(ret_path, 192, PLAN_FIRMWARE_DIR "/%s", file->name);
}

/*
 * The kernel reads them by name, later: nobody but init runs until then, and they are root's. Where
 * it looks besides, below /lib/firmware, the initramfs has nothing.
 */
int stage_firmware(struct boot *b)
{
	char path[192];
	int r = 0;

	for (size_t i = 0; i < b->plan.n_firmware && r == 0; i++) {
		int fd = -1;

		firmware_path(&b->plan.firmware[i], path);
		r = planfile_open_verified(path, &b->plan.firmware[i], &fd);
		if (r == 0)
			(void)close(fd);
	}
	if (r < 0 || b->plan.n_firmware == 0)
		return r;
	r = file_write_text(FIRMWARE_PATH, PLAN_FIRMWARE_DIR);
	return r < 0 ? because(r, "cannot tell the kernel where firmware is: " FIRMWARE_PATH ": %s",
			       strerror(-r))
		     : 0;
}

/* The number of the character devices of that name; -ENODEV: no driver has taken one. */
static int find_major(const char *name, unsigned *ret)
{
	FILE *file = fopen(NUMBERS, "re");
	char *line = NULL;
	size_t size = 0;
	int r = -ENODEV;

	if (!file)
		return -errno;
	/* "Character devices:", then "<number> <name>" a line, up to an empty one. */
	while (r == -ENODEV && getline(&line, &size, file) > 1) {
		char *end;
		unsigned long number = strtoul(line, &end, 10);

		if (end == line || *end != ' ')
			continue;
		end[strcspn(end, "\n")] = '\0';
		if (!strcmp(end + 1, name)) {
			*ret = (unsigned)number;
			r = 0;
		}
	}
	free(line);
	(void)fclose(file);
	return r;
}

/* What a node of NVIDIA's is called leads to its numbers. */
static int find_numbers(const char *device, dev_t *ret)
{
	int gpu = plan_nvidia_number(device), r;
	unsigned major, minor;

	if (!strncmp(device, "nvidia-uvm", 10)) {
		r = find_major("nvidia-uvm", &major);
		minor = !strcmp(device, "nvidia-uvm-tools");
	} else {
		r = find_major("nvidia-frontend", &major); /* up to 545 */
		if (r == -ENODEV)
			r = find_major("nvidia", &major);
		minor = gpu < 0 ? CONTROL_MINOR : (unsigned)gpu;
	}
	if (r == -ENODEV)
		return because(r, "the plan passes %s, and no module that was loaded drives it",
			       device);
	if (r < 0)
		return because(r, "cannot read " NUMBERS ": %s", strerror(-r));
	*ret = makedev(major, minor);
	return 0;
}

static int start_gpu(const char *path)
{
	static const struct {
		int error;
		const char *what;
	} known[] = {
		{ ENODEV, "there is no such GPU in this machine" },
		{ ENXIO, "there is no such GPU in this machine" },
		{ EIO, "the GPU does not start; its driver has not the firmware that it asks for, "
		       "or that does not run" },
	};
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY), error = errno;

	if (fd >= 0)
		return 0;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].error == error)
			return because(-error, "%s: %s (%s)", path, known[i].what, strerror(error));
	return because(-error, "%s: cannot open: %s", path, strerror(error));
}

/* The node is there as soon as the driver is, whether it has a GPU or not. */
static int find_kfd(void)
{
	if (access("/dev/kfd", F_OK) < 0)
		return because(-ENODEV,
			       "the plan passes kfd, and no module that was loaded drives it");
	if (!sysfs_has_kfd_gpu("/sys"))
		return because(-ENODEV,
			       "/dev/kfd: there is no such GPU in this machine, or it does not "
			       "start; its driver has not the firmware that it asks for, or that "
			       "does not run");
	return 0;
}

/* Other nodes are the kernel's own, and the launcher looks whether they are there. */
static int make_node(const char *device)
{
	char path[64];
	dev_t numbers = 0;
	int r;

	if (!strcmp(device, "kfd"))
		return find_kfd();
	if (strncmp(device, "nvidia", 6) != 0)
		return 0;
	r = find_numbers(device, &numbers);
	if (r < 0)
		return r;
	(void)snprintf(path, sizeof(path), "/dev/%s", device);
	if (mknod(path, S_IFCHR | 0600, numbers) < 0)
		return because(-errno, "cannot make %s: %s", path, strerror(errno));
	return plan_nvidia_number(device) >= 0 ? start_gpu(path) : 0;
}

/*
 * Of what the host says of its devices there cannot be more than this. A machine with eight GPUs of
 * AMD's, each with some 700 caches, has 6000 texts, and each takes a page.
 */
static int make_sys(const struct plan *plan)
{
	const char *size = plan_passes(plan, "kfd") ? "mode=0755,size=64m,nr_inodes=32k"
						    : "mode=0755,size=1m,nr_inodes=1k";
	int r;

	if (plan->sys == PLAN_SYS_NONE)
		return 0;
	if (mkdir(PLAN_SYS_DIR, 0755) < 0 ||
	    mount("sys", PLAN_SYS_DIR, "tmpfs", SYS_FLAGS, size) < 0)
		r = -errno;
	else
		r = sysfs_copy(plan, "/sys", "/dev", PLAN_SYS_DIR);
	if (r == 0 && mount(NULL, PLAN_SYS_DIR, NULL, MS_REMOUNT | MS_RDONLY | SYS_FLAGS, NULL) < 0)
		r = -errno;
	return because_of(r, "cannot make the container's /sys");
}

int stage_devices(struct boot *b)
{
	char path[192];
	int r = 0;

	for (size_t i = 0; i < b->plan.n_device && r == 0; i++)
		r = make_node(b->plan.device[i]);
	for (size_t i = 0; i < b->plan.n_firmware && r == 0; i++) {
		firmware_path(&b->plan.firmware[i], path);
		if (unlink(path) < 0)
			r = because(-errno, "cannot remove %s: %s", path, strerror(errno));
	}
	return r < 0 ? r : make_sys(&b->plan);
}
