/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/init/sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "initramfs/common/file.h"
#include "measure/lib/array.h"

#define TEXT_MAX 4096 /* of a file: the kernel writes a page at most */
#define PATH_LEN (2 * PATH_MAX)
#define TOPOLOGY "devices/virtual/kfd/kfd/topology"
#define DEEPEST	 4 /* below it: nodes/0/caches/0 */

struct copying {
	const char *from, *to;
};

/* The folders above name. */
static int make_parents(const char *to, const char *name)
{
	char folder[PATH_LEN];

	for (const char *s = strchr(name, '/'); s; s = strchr(s + 1, '/')) {
		(void)snprintf(folder, sizeof(folder), "%s/%.*s", to, (int)(s - name), name);
		if (mkdir(folder, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int copy_text(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	int r = in < 0 || out < 0 || sendfile(out, in, NULL, TEXT_MAX) < 0 ? -errno : 0;

	(void)close(in);
	(void)close(out);
	return r;
}

static int copy_link(const char *from, const char *to)
{
	char target[PATH_MAX] = "";

	if (readlink(from, target, sizeof(target) - 1) < 0 || symlink(target, to) < 0)
		return -errno;
	return 0;
}

/* A text or a link; nothing else is taken. What is there already is no failure. */
static int copy(const struct copying *c, const char *name)
{
	char from[PATH_LEN], to[PATH_LEN];
	struct stat st;
	int r;

	(void)snprintf(from, sizeof(from), "%s/%s", c->from, name);
	(void)snprintf(to, sizeof(to), "%s/%s", c->to, name);
	if (lstat(from, &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	if (!S_ISLNK(st.st_mode) && !S_ISREG(st.st_mode))
		return 0;
	r = make_parents(c->to, name);
	if (r == 0)
		r = S_ISLNK(st.st_mode) ? copy_link(from, to) : copy_text(from, to);
	return r == -EEXIST ? 0 : r;
}

/*
 * From the node's folder upwards to that of the PCI function: what libdrm looks at. Nodes of
 * NVIDIA's driver have no folder.
 */
static int copy_device(const struct copying *c, dev_t node)
{
	static const char *const names[] = { "class",
					     "dev",
					     "device",
					     "revision",
					     "subsystem",
					     "subsystem_device",
					     "subsystem_vendor",
					     "uevent",
					     "vendor" };
	char link[64], name[PATH_LEN], subsystem[PATH_LEN], target[PATH_MAX];
	char top[PATH_MAX], path[PATH_MAX], *slash;
	ssize_t n;
	int r;

	(void)snprintf(link, sizeof(link), "dev/char/%u:%u", major(node), minor(node));
	r = copy(c, link);
	(void)snprintf(name, sizeof(name), "%s/%s", c->from, link);
	if (r < 0 || !realpath(c->from, top) || !realpath(name, path))
		return r < 0 ? r : errno == ENOENT ? 0 : -errno;
	for (;;) {
		for (size_t i = 0; i < ARRAY_SIZE(names) && r == 0; i++) {
			(void)snprintf(name, sizeof(name), "%s/%s", path + strlen(top) + 1,
				       names[i]);
			r = copy(c, name);
		}
		(void)snprintf(subsystem, sizeof(subsystem), "%s/subsystem", path);
		n = readlink(subsystem, target, sizeof(target) - 1);
		slash = strrchr(path, '/');
		if (r < 0 || (n > 4 && !memcmp(target + n - 4, "/pci", 4)) ||
		    slash <= path + strlen(top) + strlen("/devices"))
			return r;
		*slash = '\0';
	}
}

static bool is_among(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

static bool is_number(const char *name)
{
	return name[0] && name[strspn(name, "0123456789")] == '\0';
}

/* Of a folder of the topology: what is named here, and below it. */
static int copy_topology(const struct copying *c, const char *folder, int depth)
{
	static const char *const texts[] = { "generation_id", "gpu_id", "name", "properties",
					     "system_properties" };
	static const char *const folders[] = { "caches", "io_links", "mem_banks", "nodes",
					       "p2p_links" };
	char path[PATH_LEN], name[PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", c->from, folder);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		const char *e = entry->d_name;

		(void)snprintf(name, sizeof(name), "%s/%s", folder, e);
		if (entry->d_type == DT_REG && is_among(e, texts, ARRAY_SIZE(texts)))
			r = copy(c, name);
		else if (entry->d_type == DT_DIR && depth < DEEPEST &&
			 (is_number(e) || is_among(e, folders, ARRAY_SIZE(folders))))
			r = copy_topology(c, name, depth + 1);
	}
	(void)closedir(dir);
	return r;
}

int sysfs_copy(const struct plan *plan, const char *from, const char *dev, const char *to)
{
	static const char *const cpu[] = { "devices/system/cpu/online",
					   "devices/system/cpu/possible",
					   "devices/system/cpu/present",
					   "devices/system/node/online",
					   "devices/system/node/possible" };
	const struct copying c = { from, to };
	char node[PATH_MAX];
	struct stat st;
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cpu) && plan->sys != PLAN_SYS_NONE && r == 0; i++)
		r = copy(&c, cpu[i]);
	if (plan->sys != PLAN_SYS_GPU)
		return r;
	for (size_t i = 0; i < plan->n_device && r == 0; i++) {
		(void)snprintf(node, sizeof(node), "%s/%s", dev, plan->device[i]);
		if (stat(node, &st) == 0 && S_ISCHR(st.st_mode))
			r = copy_device(&c, st.st_rdev);
	}
	if (r == 0 && plan_passes(plan, "kfd"))
		r = copy(&c, "class/kfd/kfd") ?: copy_topology(&c, TOPOLOGY, 0);
	return r;
}

bool sysfs_has_kfd_gpu(const char *from)
{
	char path[PATH_LEN], id[16];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/" TOPOLOGY "/nodes", from);
	dir = opendir(path);
	while (dir && !found && (entry = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/" TOPOLOGY "/nodes/%s/gpu_id", from,
			       entry->d_name);
		/* A processor's is 0. */
		found = is_number(entry->d_name) && file_read_text(path, id, sizeof(id)) == 0 &&
			strcmp(id, "0") != 0;
	}
	if (dir)
		(void)closedir(dir);
	return found;
}
