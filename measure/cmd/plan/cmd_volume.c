/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/plan/planfiles.h"
#include "measure/lib/gpt.h"

#define CMD   "volume"
#define ALIGN ((uint64_t)1 << 20) /* of partitions: a mebibyte, as partitioning tools do */
#define CHUNK ((uint64_t)1 << 20) /* written at a time; a block of zeros stays a hole */

const char volume_help[] =
	"usage: rampart volume IMAGE_CONF --output FILE [--container EROFS] [--all] [--model PATH]\n"
	"\n"
	"Writes the payload volume of an image: a disk with a GUID partition table and one\n"
	"partition for each model file that IMAGE_CONF puts there (storage = volume), named after\n"
	"it, and container.erofs for the container, if it is there too. Attach FILE to the machine\n"
	"as it is, or copy it to a disk. The guest looks for the partitions by name on every\n"
	"virtio and NVMe disk, reads each once, and believes nothing but the digests in its plan.\n"
	"IMAGE_CONF may be the folder that holds it.\n"
	"\n"
	"  --output FILE      a regular file; it appears whole or not at all\n"
	"  --container EROFS  the container's file system\n"
	"  --all              every model, as `rampart plan --volume` has it\n"
	"  --model PATH       this file instead of the one model that IMAGE_CONF names\n";

struct options {
	const char *conf, *output, *container, *model;
	bool all;
};

static int parse_options(int argc, char **argv, struct options *ret)
{
	const struct option_spec specs[] = {
		{ "--output", &ret->output, NULL, NULL },
		{ "--container", &ret->container, NULL, NULL },
		{ "--model", &ret->model, NULL, NULL },
		{ "--all", NULL, &ret->all, NULL },
		{ 0 },
	};
	struct stat st;
	int r = parse_args(argc, argv, specs, &ret->conf, 1);

	if (r)
		return r;
	if (!ret->conf || !ret->output)
		return fail_usage(CMD, "an image.conf and --output are needed");
	if (stat(ret->output, &st) == 0 && !S_ISREG(st.st_mode))
		return fail(CMD, "%s: not a regular file; write to one, then copy it to the disk",
			    ret->output);
	return 0;
}

/*
 * A custom UUID (RFC 9562, section 5.8 "UUID Version 8") made from a digest, in its form on disk.
 */
static void make_guid(const struct digest *digest, uint8_t ret_guid[static 16])
{
	memcpy(ret_guid, digest->bytes, 16);
	ret_guid[7] = (uint8_t)((ret_guid[7] & 0x0f) | 0x80);
	ret_guid[8] = (uint8_t)((ret_guid[8] & 0x3f) | 0x80);
}

struct layout {
	struct gpt_new part[GPT_PARTITIONS_MAX];
	const struct digesting *file[GPT_PARTITIONS_MAX];
	size_t n;
	uint8_t disk_guid[16];
	uint64_t len;
};

/* before: the partition before this file's, or NULL. */
static int check_file(const struct digesting *file, const struct gpt_new *before)
{
	const char *name = file->file.name;

	if (strlen(name) > GPT_NAME_MAX)
		return fail(
			CMD,
			"%s: %s: longer than the %d characters of a partition's name; give the model or the file a shorter one",
			file->where, name, GPT_NAME_MAX);
	if (strpbrk(name, " \t"))
		return fail(CMD, "%s: %s: no space can be in a partition's name", file->where,
			    name);
	if (before && !strcmp(before->name, name))
		return fail(CMD, "%s: %s: another file has this name", file->where, name);
	if (file->file.size == 0)
		return fail(CMD, "%s: %s: empty", file->where, file->path);
	return 0;
}

/* The same files give the same volume: identifiers come from names and digests. */
static int lay_out(const struct planfiles *files, struct layout *ret)
{
	struct hash_ctx all;
	struct digest digest;

	hash_init(&all, HASH_SHA256);
	ret->len = ALIGN;
	for (size_t i = 0; i < files->n; i++) {
		const struct plan_file *file = &files->file[i].file;
		struct gpt_new *part = &ret->part[ret->n];
		char text[PLAN_DIGEST_MAX], line[PLAN_DIGEST_MAX + 256];
		int r;

		if (!file->volume)
			continue;
		r = check_file(&files->file[i], ret->n > 0 ? part - 1 : NULL);
		if (r)
			return r;
		plan_digest_text(file, text);
		(void)snprintf(line, sizeof(line), "%s %s\n", file->name, text);
		hash_update(&all, line, strlen(line));
		hash_bytes(HASH_SHA256, line, strlen(line), &digest);
		part->name = file->name;
		make_guid(&digest, part->guid);
		part->off = ret->len;
		part->len = (file->size + ALIGN - 1) / ALIGN * ALIGN;
		ret->file[ret->n++] = &files->file[i];
		ret->len += part->len;
	}
	hash_final(&all, &digest);
	make_guid(&digest, ret->disk_guid);
	ret->len += ALIGN;
	return 0;
}

static int write_at(int fd, const void *data, size_t len, uint64_t off)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
		off += (uint64_t)n;
	}
	return 0;
}

static bool all_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

static int write_partition(int fd, const struct gpt_new *part, const struct digesting *file,
			   bool show)
{
	uint64_t size = file->file.size;
	int r = 0;

	for (uint64_t off = 0; off < size && r == 0; off += CHUNK) {
		size_t len = size - off < CHUNK ? (size_t)(size - off) : CHUNK;

		if (!all_zero(file->bytes + off, len))
			r = write_at(fd, file->bytes + off, len, part->off + off);
		if (show && off % (CHUNK * 64) == 0)
			fprintf(stderr, "\rwriting %s %2u %%", part->name,
				(unsigned)(off * 100 / size));
	}
	if (show)
		fputs("\r\033[K", stderr);
	return r;
}

static int write_volume(int fd, const struct layout *layout)
{
	bool show = layout->len > ((uint64_t)512 << 20) && isatty(STDERR_FILENO);
	uint8_t head[GPT_HEAD_LEN], tail[GPT_TAIL_LEN];
	int r = gpt_make(layout->disk_guid, layout->part, layout->n, layout->len, head, tail);

	if (r == 0 && ftruncate(fd, (off_t)layout->len) < 0)
		r = -errno;
	if (r == 0)
		r = write_at(fd, head, sizeof(head), 0);
	for (size_t i = 0; i < layout->n && r == 0; i++)
		r = write_partition(fd, &layout->part[i], layout->file[i], show);
	if (r == 0)
		r = write_at(fd, tail, sizeof(tail), layout->len - sizeof(tail));
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* Under another name until it is whole. */
static int write_file(const char *path, const struct layout *layout)
{
	AUTO_FREE char *tmp = NULL;
	int fd, r;

	if (asprintf(&tmp, "%s.tmp", path) < 0)
		return fail(CMD, "out of memory");
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return fail(CMD, "%s: %s", tmp, strerror(errno));
	r = write_volume(fd, layout);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	(void)unlink(tmp);
	return fail(CMD, "%s: %s", path, strerror(-r));
}

static int make_volume(const struct options *o, const struct imageconf *conf)
{
	AUTO_FREE struct layout *layout = calloc(1, sizeof(*layout));
	struct planfiles files = { 0 };
	int r;

	if (!layout)
		return fail(CMD, "out of memory");
	r = planfiles_models(CMD, conf, o->model, o->all, &files);
	if (r == 0 && o->container)
		r = planfiles_container(CMD, conf, o->container, &files);
	else if (r == 0 && conf->storage == STORAGE_VOLUME)
		r = fail_usage(CMD, "%s: the container is on the volume: --container is needed",
			       conf->path);
	if (r == 0)
		r = lay_out(&files, layout);
	if (r == 0 && layout->n == 0)
		r = fail(
			CMD,
			"%s: neither a model with storage = volume (--all puts every model there) nor a container with it",
			conf->path);
	if (r == 0)
		r = write_file(o->output, layout);
	planfiles_done(&files);
	return r;
}

int cmd_volume(int argc, char **argv)
{
	struct rampart_error error;
	AUTO_FREE char *inside = NULL;
	struct imageconf conf;
	struct options o = { 0 };
	struct stat st;
	int r = parse_options(argc, argv, &o);

	if (r)
		return r;
	if (stat(o.conf, &st) == 0 && S_ISDIR(st.st_mode)) {
		if (asprintf(&inside, "%s/image.conf", o.conf) < 0)
			return fail(CMD, "out of memory");
		o.conf = inside;
	}
	if (imageconf_read(o.conf, &conf, &error) < 0)
		r = fail(CMD, "%s", error.text);
	else
		r = make_volume(&o, &conf);
	imageconf_done(&conf);
	return r;
}
