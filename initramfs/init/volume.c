/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/init/volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/common/clock.h"
#include "initramfs/init/fail.h"
#include "measure/lib/gpt.h"

#define DISKS  "/sys/class/block"
#define WAIT_S 30 /* after which a disk that has not appeared counts as missing */
#define HEAD   ((GPT_HEAD_LEN + VOLUME_BLOCK - 1) / VOLUME_BLOCK * VOLUME_BLOCK)

/* Disks appear when their driver finds them; the kernel announces that by uevents. */
static int listen_to_kernel(int *ret_fd)
{
	struct sockaddr_nl all = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&all, sizeof(all)) < 0)
		return because(-errno, "cannot wait for disks: %s", strerror(errno));
	*ret_fd = fd;
	return 0;
}

/* Waits for any uevent. false: none before the deadline. */
static bool wait_for_news(int fd, int64_t deadline_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left = deadline_ms - clock_ms(CLOCK_MONOTONIC);
	char news[4096];

	if (left <= 0 || poll(&p, 1, (int)left) == 0)
		return false;
	while (recv(fd, news, sizeof(news), 0) > 0)
		;
	return true;
}

static struct volume_part *wanted(struct volume_part *part, size_t n, const struct gpt_partition *p)
{
	char name[GPT_NAME_MAX + 1];

	if (!gpt_is_volume(p) || gpt_name(p, name) < 0)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (part[i].name && !strcmp(part[i].name, name))
			return &part[i];
	return NULL;
}

static int use_partition(struct volume_part *part, const char *disk, int fd,
			 const struct gpt_partition *p)
{
	if (part->fd)
		return because(-EPROTO, "volume: two partitions are named %s", part->name);
	if (p->off % VOLUME_BLOCK || p->len % VOLUME_BLOCK)
		return because(-EPROTO, "volume: %s on %s is not aligned to %d bytes", part->name,
			       disk, VOLUME_BLOCK);
	if (p->len < part->size)
		return because(-EPROTO,
			       "volume: %s on %s has %" PRIu64 " bytes, and the plan's %" PRIu64,
			       part->name, disk, p->len, part->size);
	part->fd = fd;
	part->off = p->off;
	return 0;
}

/* Whether the disk can be read as all code here does: in whole blocks, past the page cache. */
static bool readable(int fd, uint64_t *ret_len)
{
	int sector = 0;

	return ioctl(fd, BLKSSZGET, &sector) == 0 && sector > 0 && sector <= VOLUME_BLOCK &&
	       ioctl(fd, BLKGETSIZE64, ret_len) == 0 && *ret_len >= HEAD;
}

/* A disk that is not ours is no error. ret_used: a part now uses fd. */
static int look_at_disk(struct volume_part *part, size_t n, const char *disk, int fd,
			bool *ret_used)
{
	static uint8_t head[HEAD] __attribute__((aligned(VOLUME_BLOCK)));
	static struct gpt gpt;
	uint64_t len;
	int r = 0;

	*ret_used = false;
	if (!readable(fd, &len) || pread(fd, head, HEAD, 0) != HEAD ||
	    gpt_parse(span_of(head, HEAD), len, &gpt, NULL) < 0)
		return 0;
	for (size_t i = 0; i < gpt.n_partitions && r == 0; i++) {
		struct volume_part *want = wanted(part, n, &gpt.partition[i]);

		if (want)
			r = use_partition(want, disk, fd, &gpt.partition[i]);
		*ret_used |= want && want->fd == fd;
	}
	return r;
}

static int look_at_disks(struct volume_part *part, size_t n)
{
	DIR *dir = opendir(DISKS);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return because(-errno, "cannot list %s: %s", DISKS, strerror(errno));
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		char path[sizeof("/dev/") + sizeof(entry->d_name)];
		bool used;
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
		if (fd < 0) /* gone, or not ready yet: another uevent will follow */
			continue;
		r = look_at_disk(part, n, entry->d_name, fd, &used);
		if (!used)
			(void)close(fd);
	}
	(void)closedir(dir);
	return r;
}

static const char *missing(const struct volume_part *part, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (part[i].name && !part[i].fd)
			return part[i].name;
	return NULL;
}

int volume_find(struct volume_part *part, size_t n)
{
	int64_t deadline_ms = clock_ms(CLOCK_MONOTONIC) + WAIT_S * 1000;
	const char *name;
	int news = -1, r = listen_to_kernel(&news);

	if (r < 0)
		return r;
	for (;;) {
		r = look_at_disks(part, n);
		name = missing(part, n);
		if (r == 0 && !name)
			break;
		volume_close(part, n);
		if (r < 0)
			break;
		if (!wait_for_news(news, deadline_ms)) {
			r = because(
				-ENODEV,
				"volume: no disk has a partition %s after %d s; attach the image's payload volume",
				name, WAIT_S);
			break;
		}
	}
	(void)close(news);
	return r;
}

int volume_read(const struct volume_part *part, uint64_t off, uint8_t *buf, size_t len)
{
	size_t whole = (len + VOLUME_BLOCK - 1) / VOLUME_BLOCK * VOLUME_BLOCK, done = 0;

	while (done < whole) {
		ssize_t n =
			pread(part->fd, buf + done, whole - done, (off_t)(part->off + off + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	memset(buf + len, 0, whole - len);
	return 0;
}

void volume_close(struct volume_part *part, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int fd = part[i].fd;

		if (fd)
			(void)close(fd);
		for (size_t j = i; j < n; j++)
			if (part[j].fd == fd)
				part[j].fd = 0;
	}
}
