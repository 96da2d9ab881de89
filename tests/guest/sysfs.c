/* SPDX-License-Identifier: MIT */
/*
 * What containers see of /sys, out of one that is made up: a machine with a GPU of AMD's, as Linux 6.12
 * shows it (drivers/gpu/drm/amd/amdkfd/kfd_topology.c), and, beside all that is to be seen, what is not.
 */
#define _GNU_SOURCE
#include "initramfs/init/sysfs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/lib/array.h"
#include "tests/lib/tap.h"

#define KFD	 "sys/devices/virtual/kfd/kfd/"
#define TOPOLOGY KFD "topology/"
#define FUNCTION "sys/devices/pci0000:00/0000:00:07.0/"
#define NODE	 FUNCTION "drm/renderD128/"
#define LONG	 5000

static char text[LONG + 1]; /* what a file has */

static void make_parents(const char *path)
{
	char folder[PATH_MAX];

	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		(void)snprintf(folder, sizeof(folder), "%.*s", (int)(s - path), path);
		if (mkdir(folder, 0755) < 0 && errno != EEXIST)
			die(folder);
	}
}

/* Its own path is what is in it. */
static void make_text(const char *path)
{
	FILE *file;

	make_parents(path);
	file = fopen(path, "we");
	if (!file || fputs(path, file) < 0 || fclose(file) != 0)
		die(path);
}

static void make_link(const char *target, const char *path)
{
	make_parents(path);
	if (symlink(target, path) < 0)
		die(path);
}

static void make_sys(void)
{
	static const char *const texts[] = {
		"sys/devices/system/cpu/online",
		"sys/devices/system/cpu/possible",
		"sys/devices/system/cpu/present",
		"sys/devices/system/cpu/vulnerabilities/meltdown",
		/* The node, and the function that it is on; what libdrm looks at, and what it does not. */
		NODE "dev",
		NODE "uevent",
		NODE "power/control",
		FUNCTION "drm/version",
		FUNCTION "vendor",
		FUNCTION "device",
		FUNCTION "class",
		FUNCTION "revision",
		FUNCTION "uevent",
		FUNCTION "config",
		FUNCTION "resource0",
		FUNCTION "serial_number",
		FUNCTION "mem_info_vram_total",
		"sys/devices/pci0000:00/uevent",
		KFD "dev",
		KFD "uevent",
		TOPOLOGY "generation_id",
		TOPOLOGY "system_properties",
		TOPOLOGY "nodes/0/gpu_id",
		TOPOLOGY "nodes/0/name",
		TOPOLOGY "nodes/0/properties",
		TOPOLOGY "nodes/0/mem_banks/0/properties",
		TOPOLOGY "nodes/0/io_links/0/properties",
		TOPOLOGY "nodes/1/gpu_id",
		TOPOLOGY "nodes/1/name",
		TOPOLOGY "nodes/1/properties",
		TOPOLOGY "nodes/1/mem_banks/0/properties",
		TOPOLOGY "nodes/1/io_links/10/properties",
		TOPOLOGY "nodes/1/caches/0/properties",
		TOPOLOGY "nodes/1/p2p_links/0/properties",
		/* A state and no property; counters; deeper, and of other names, than the kernel's. */
		TOPOLOGY "nodes/1/mem_banks/0/used_memory",
		TOPOLOGY "nodes/1/perf/iommu/properties",
		TOPOLOGY "nodes/1/caches/0/0/properties",
		TOPOLOGY "nodes/1/caches/0/caches/properties",
		TOPOLOGY "nodes/1/caches/0x1/properties",
		TOPOLOGY "nodes/..1/properties",
		TOPOLOGY "other/properties",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		make_text(texts[i]);
	make_link("../../devices/pci0000:00/0000:00:07.0/drm/renderD128", "sys/dev/char/1:3");
	make_link("../../devices/virtual/kfd/kfd", "sys/dev/char/1:5");
	make_link("../../devices/virtual/kfd/kfd", "sys/class/kfd/kfd");
	make_link("../../../0000:00:07.0", NODE "device");
	make_link("../../../../../bus/pci", FUNCTION "subsystem");
	make_link("../../../../class/kfd", KFD "subsystem");
	/* Not what they seem: a pipe that nobody writes to, a link out of it, a folder. */
	make_parents(TOPOLOGY "nodes/2/gpu_id");
	if (mkfifo(TOPOLOGY "nodes/2/gpu_id", 0600) < 0 ||
	    mkfifo(FUNCTION "subsystem_device", 0600) < 0)
		die("pipes");
	make_link("/etc/passwd", TOPOLOGY "nodes/2/properties");
	make_link("/etc", TOPOLOGY "nodes/2/caches");
	make_text(TOPOLOGY "nodes/2/name/properties");
	/* The test's own nodes, in place of those of the machine. */
	make_link("/dev/null", "dev/dri/renderD128");
	make_link("/dev/zero", "dev/kfd");
	make_text("dev/nvidia0");
}

static char seen[4096];

static int see(const char *path, const struct stat *st, int type, struct FTW *at)
{
	size_t len = strlen(seen);

	(void)at;
	if (type == FTW_F || type == FTW_SL) {
		must(S_ISREG(st->st_mode) || S_ISLNK(st->st_mode));
		(void)snprintf(seen + len, sizeof(seen) - len, "%s\n", path + strlen("to/"));
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every file of the copy, sorted. */
static const char *files(void)
{
	static char sorted[sizeof(seen)];
	char *line[128], *at = NULL;
	size_t n = 0;

	seen[0] = sorted[0] = '\0';
	must(nftw("to", see, 16, FTW_PHYS) == 0);
	for (char *s = strtok_r(seen, "\n", &at); s; s = strtok_r(NULL, "\n", &at)) {
		must(n < ARRAY_SIZE(line));
		line[n++] = s;
	}
	qsort(line, n, sizeof(line[0]), by_name);
	for (size_t i = 0; i < n; i++)
		(void)snprintf(sorted + strlen(sorted), sizeof(sorted) - strlen(sorted), "%s\n",
			       line[i]);
	return sorted;
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int copied(enum plan_sys sys, size_t n_device, const char *const *device)
{
	static struct plan plan;

	plan.sys = sys;
	plan.n_device = n_device;
	for (size_t i = 0; i < n_device; i++)
		plan.device[i] = device[i];
	(void)nftw("to", forget, 16, FTW_PHYS | FTW_DEPTH);
	if (mkdir("to", 0755) < 0)
		die("to");
	return sysfs_copy(&plan, "sys", "dev", "to");
}

static const char *read_copy(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, LONG);

	text[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return text;
}

#define CPUS                            \
	"devices/system/cpu/online\n"   \
	"devices/system/cpu/possible\n" \
	"devices/system/cpu/present\n"
#define CARD                                                      \
	"devices/pci0000:00/0000:00:07.0/class\n"                 \
	"devices/pci0000:00/0000:00:07.0/device\n"                \
	"devices/pci0000:00/0000:00:07.0/drm/renderD128/dev\n"    \
	"devices/pci0000:00/0000:00:07.0/drm/renderD128/device\n" \
	"devices/pci0000:00/0000:00:07.0/drm/renderD128/uevent\n" \
	"devices/pci0000:00/0000:00:07.0/revision\n"              \
	"devices/pci0000:00/0000:00:07.0/subsystem\n"             \
	"devices/pci0000:00/0000:00:07.0/uevent\n"                \
	"devices/pci0000:00/0000:00:07.0/vendor\n"
#define ROCM                                                                \
	"devices/virtual/kfd/kfd/dev\n"                                     \
	"devices/virtual/kfd/kfd/subsystem\n"                               \
	"devices/virtual/kfd/kfd/topology/generation_id\n"                  \
	"devices/virtual/kfd/kfd/topology/nodes/0/gpu_id\n"                 \
	"devices/virtual/kfd/kfd/topology/nodes/0/io_links/0/properties\n"  \
	"devices/virtual/kfd/kfd/topology/nodes/0/mem_banks/0/properties\n" \
	"devices/virtual/kfd/kfd/topology/nodes/0/name\n"                   \
	"devices/virtual/kfd/kfd/topology/nodes/0/properties\n"             \
	"devices/virtual/kfd/kfd/topology/nodes/1/caches/0/properties\n"    \
	"devices/virtual/kfd/kfd/topology/nodes/1/gpu_id\n"                 \
	"devices/virtual/kfd/kfd/topology/nodes/1/io_links/10/properties\n" \
	"devices/virtual/kfd/kfd/topology/nodes/1/mem_banks/0/properties\n" \
	"devices/virtual/kfd/kfd/topology/nodes/1/name\n"                   \
	"devices/virtual/kfd/kfd/topology/nodes/1/p2p_links/0/properties\n" \
	"devices/virtual/kfd/kfd/topology/nodes/1/properties\n"             \
	"devices/virtual/kfd/kfd/topology/system_properties\n"              \
	"devices/virtual/kfd/kfd/uevent\n"

static void test_copies(void)
{
	static const char *const card[] = { "dri/renderD128", "dri/renderD129", "nvidia0" };
	static const char *const both[] = { "kfd", "dri/renderD128" };

	is_int(copied(PLAN_SYS_NONE, 2, both), 0, "without sys:");
	is_str(files(), "", "  nothing is copied");
	is_int(copied(PLAN_SYS_CPU, 2, both), 0, "cpu:");
	is_str(files(), CPUS, "  which processors there are");
	/* One node is not there, one is no device. */
	is_int(copied(PLAN_SYS_GPU, 3, card), 0, "gpu, with a render node:");
	is_str(files(), "dev/char/1:3\n" CARD CPUS, "  and what libdrm looks at");
	is_int(copied(PLAN_SYS_GPU, 2, both), 0, "gpu, with kfd too:");
	is_str(files(), "class/kfd/kfd\ndev/char/1:3\ndev/char/1:5\n" CARD CPUS ROCM,
	       "  and what ROCm reads, no pipe, no link out of it, nothing deeper");
	is_str(read_copy("to/class/kfd/kfd/topology/nodes/1/properties"),
	       TOPOLOGY "nodes/1/properties", "  the text, by the way of its class");
	is_str(read_copy("to/dev/char/1:3/device/vendor"), FUNCTION "vendor",
	       "  and the card's, from its node");
}

static void test_bounds(void)
{
	static const char *const kfd[] = { "kfd" };
	struct stat st = { 0 };
	FILE *file = fopen(TOPOLOGY "nodes/1/name", "we");

	for (size_t i = 0; file && i < LONG; i++)
		(void)fputc('a', file);
	if (!file || fclose(file) != 0)
		die("long");
	is_int(copied(PLAN_SYS_GPU, 1, kfd), 0, "a long text:");
	is_int(stat("to/devices/virtual/kfd/kfd/topology/nodes/1/name", &st) < 0 ? -1 : st.st_size,
	       4096, "  is cut");
	is_int(st.st_mode & 07777, 0444, "  and nobody may write to it");
	is_int(sysfs_copy(&(struct plan){ .sys = PLAN_SYS_CPU }, "sys", "dev", "none"), -ENOENT,
	       "no folder to copy to");
	is_int(sysfs_copy(&(struct plan){ .sys = PLAN_SYS_GPU, .n_device = 1, .device = { "kfd" } },
			  "none", "dev", "to"),
	       0, "a machine without any of it");
}

static void test_room(void)
{
	static const struct plan plan = { .sys = PLAN_SYS_GPU, .n_device = 1, .device = { "kfd" } };

	(void)copied(PLAN_SYS_NONE, 0, NULL);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("to", "to", "tmpfs", 0, "nr_inodes=12") < 0)
		die("a small file system");
	is_int(sysfs_copy(&plan, "sys", "dev", "to"), -ENOSPC,
	       "more than there is room for is refused");
	if (umount("to") < 0)
		die("to");
}

static void write_id(const char *path, const char *id)
{
	FILE *file = fopen(path, "we");

	if (!file || fprintf(file, "%s\n", id) < 0 || fclose(file) != 0)
		die(path);
}

static void test_gpus(void)
{
	write_id(TOPOLOGY "nodes/0/gpu_id", "0");
	write_id(TOPOLOGY "nodes/1/gpu_id", "0");
	if (unlink(TOPOLOGY "nodes/2/gpu_id") < 0)
		die("pipe");
	ok(!sysfs_has_kfd_gpu("sys"), "processors alone are no GPU");
	write_id(TOPOLOGY "nodes/1/gpu_id", "51110");
	ok(sysfs_has_kfd_gpu("sys"), "a node with a number is one");
	ok(!sysfs_has_kfd_gpu("none"), "nor is there one without kfd");
}

int main(void)
{
	char dir[] = "/tmp/sysfs-XXXXXX";

	if (!mkdtemp(dir) || chdir(dir) < 0)
		die("a folder");
	make_sys();
	test_copies();
	test_bounds();
	test_room();
	test_gpus();
	(void)chdir("/");
	(void)nftw(dir, forget, 16, FTW_PHYS | FTW_DEPTH);
	return tap_done();
}
