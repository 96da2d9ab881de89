/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/world.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"

#define PAGE 4096

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct imageconf_scratch *)a)->path,
		      ((const struct imageconf_scratch *)b)->path);
}

static void put_scratch(struct draft *draft, struct imageconf *conf)
{
	draft_line(draft, "scratch %" PRIu64 "%s", conf->scratch.size,
		   conf->scratch.exec ? " exec" : "");
	qsort(conf->scratches, conf->n_scratch, sizeof(conf->scratches[0]), by_path);
	for (size_t i = 0; i < conf->n_scratch; i++)
		draft_line(draft, "scratch.%02zu %s %" PRIu64 "%s", i, conf->scratches[i].path,
			   conf->scratches[i].size, conf->scratches[i].exec ? " exec" : "");
}

void world_lines(struct draft *draft, struct imageconf *conf)
{
	put_scratch(draft, conf);
	if (conf->isolate)
		draft_line(draft, "isolate connection %" PRIu64,
			   conf->pool_size ? conf->pool_size : IMAGECONF_POOL);
	if (conf->loopback_any)
		draft_line(draft, "loopback any");
	if (conf->netlink_route)
		draft_line(draft, "netlink route");
	if (conf->proc_comm)
		draft_line(draft, "proc comm");
	if (conf->shm)
		draft_line(draft, "shm %" PRIu64, conf->shm);
	if (conf->sys != PLAN_SYS_NONE)
		draft_line(draft, "sys %s", conf->sys == PLAN_SYS_CPU ? "cpu" : "gpu");
	if (conf->writable)
		draft_line(draft, "writable %" PRIu64, conf->writable);
}

/* The launcher copies file by file: names of one file become files. */
static int check_writable(const char *command, const struct imageconf *conf,
			  const struct imagefiles *files)
{
	uint64_t pages = 0, room = conf->writable / PAGE;
	uint64_t memory = conf->memory ? conf->memory : IMAGECONF_MEMORY;

	for (size_t i = 0; i < files->n; i++)
		pages += files->v[i].size / PAGE + (files->v[i].size % PAGE != 0);
	if (conf->writable > memory)
		return fail(command, "%s:%u: writable is more than the memory that it is a part of",
			    conf->path, conf->writable_line);
	if (pages >= room || files->n >= room)
		return fail(command,
			    "%s:%u: writable has no room for the image: its files take %" PRIu64
			    " KiB, and there are %zu of them",
			    conf->path, conf->writable_line, pages * (PAGE / 1024), files->n);
	return 0;
}

int world_check(const char *command, const struct imageconf *conf, const struct imagefiles *files)
{
	for (size_t i = 0; i < conf->n_scratch; i++) {
		const char *path = conf->scratches[i].path, *why;
		const struct imagefile *file = imagefiles_find(files, path, &why);

		if (!file || !file->folder)
			return fail(command, "%s: scratch %s: %s in the image", conf->path, path,
				    file ? strerror(ENOTDIR) : why);
		if (strcmp(file->path, path + 1) != 0)
			return fail(command, "%s: scratch %s: a link in the image; write /%s",
				    conf->path, path, file->path);
	}
	return conf->writable ? check_writable(command, conf, files) : 0;
}

void world_wants(const struct imageconf *conf)
{
	printf("name %s\n", conf->name);
	if (conf->workdir)
		printf("folder %s\n", conf->workdir);
	for (size_t i = 0; i < conf->n_scratch; i++)
		printf("folder %s\n", conf->scratches[i].path);
	if (conf->compress)
		printf("compress %s\n", conf->compress);
}
