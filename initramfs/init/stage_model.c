/* SPDX-License-Identifier: MIT */
/*
 * The model stage: every model file is hashed against the plan, on all cores, then each model is
 * measured, then the container may see them. Embedded files lie in the initramfs; those of a
 * payload volume are read once, straight into the pages where they stay. PID 1 has no threads, so
 * children do the work in memory that they share with it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/file.h"
#include "initramfs/init/boot.h"
#include "initramfs/init/child.h"
#include "initramfs/init/console.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/planfile.h"
#include "initramfs/init/volume.h"
#include "measure/lib/digests.h"
#include "measure/lib/model.h"

#define VOLUME_DIR	   "/rampart/volume"
#define VOLUME_FLAGS	   (MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define HUGE_PAGE	   DIGESTS_PIECE
#define WORKERS_MAX	   256
#define PROGRESS_MS	   1000
#define PROGRESS_MIN_BYTES ((uint64_t)1 << 30) /* less takes no time worth a progress line */

/* All of it is memory that the workers share. */
struct loading {
	struct digests digests;
	struct digests_file file[PLAN_MODELS_MAX];
	struct volume_part part[PLAN_MODELS_MAX];
	char path[PLAN_MODELS_MAX][sizeof(VOLUME_DIR) + 128];
};

uint64_t memory_available_kib(void)
{
	static const char key[] = "MemAvailable:";
	char text[4096];
	const char *hit = NULL;

	if (file_read_text("/proc/meminfo", text, sizeof(text)) == 0)
		hit = strstr(text, key);
	return hit ? strtoull(hit + sizeof(key) - 1, NULL, 10) : 0;
}

static uint64_t rounded(uint64_t size, uint64_t unit)
{
	return (size + unit - 1) / unit * unit;
}

static int map_shared(size_t len, void **ret)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return because(-errno, "no memory to load models: %s", strerror(errno));
	*ret = p;
	return 0;
}

/* Refused before a byte is read, since a model that does not fit whole is useless. */
static int mount_volume_dir(const struct plan *plan)
{
	uint64_t need_kib = 0, have_kib = memory_available_kib();
	char options[64];

	for (size_t i = 0; i < plan->n_model; i++)
		if (plan->model[i].volume)
			need_kib += rounded(plan->model[i].size, HUGE_PAGE) / 1024;
	if (need_kib > have_kib)
		return because(-ENOMEM,
			       "the models of the volume need %" PRIu64
			       " MiB of memory and %" PRIu64
			       " MiB are free; give the machine %" PRIu64 " MiB more",
			       need_kib / 1024, have_kib / 1024, (need_kib - have_kib) / 1024 + 1);
	(void)snprintf(options, sizeof(options), "mode=0755,huge=within_size,size=%" PRIu64 "k",
		       need_kib);
	if (mkdir(VOLUME_DIR, 0755) < 0 ||
	    mount("volume", VOLUME_DIR, "tmpfs", VOLUME_FLAGS, options) < 0)
		return because(-errno, "cannot mount %s: %s", VOLUME_DIR, strerror(errno));
	return 0;
}

/* The disk writes straight into the file's final pages. */
static int map_volume_file(const struct plan_file *want, const char *path, uint8_t **ret)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	void *p = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)want->size) == 0)
		p = mmap(NULL, rounded(want->size, VOLUME_BLOCK), PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return because(-errno, "%s: cannot make it: %s", path, strerror(errno));
	(void)close(fd);
	*ret = p;
	return 0;
}

static int map_embedded_file(const struct plan_file *want, const char *path, uint8_t **ret)
{
	void *p = NULL;
	int fd, r = planfile_open_owned(path, want, &fd);

	if (r < 0)
		return r;
	if (want->size > 0)
		p = mmap(NULL, want->size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		r = because(-errno, "%s: cannot map: %s", path, strerror(errno));
	(void)close(fd);
	*ret = p;
	return r;
}

static int map_file(struct loading *l, const struct plan *plan, size_t i)
{
	const struct plan_file *want = &plan->model[i];
	const char *dir = want->volume ? VOLUME_DIR : PLAN_MODEL_DIR;
	struct digests_file *f = &l->file[i];
	size_t folder = model_name_len(want);
	char *path = l->path[i];

	if (want->volume && want->name[folder]) {
		(void)snprintf(path, sizeof(l->path[i]), "%s/%.*s", dir, (int)folder, want->name);
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return because(-errno, "%s: cannot make it: %s", path, strerror(errno));
	}
	(void)snprintf(path, sizeof(l->path[i]), "%s/%s", dir, want->name);
	f->size = want->size;
	f->fsverity = want->fsverity;
	f->fetched = want->volume;
	return want->volume ? map_volume_file(want, path, &f->bytes)
			    : map_embedded_file(want, path, &f->bytes);
}

static int fetch(void *arg, size_t i, uint64_t off, size_t len)
{
	const struct loading *l = arg;

	return volume_read(&l->part[i], off, l->file[i].bytes + off, len);
}

static int prepare(struct loading *l, const struct plan *plan)
{
	void *memory;
	int r = 0;

	if (plan_has_volume(plan)) {
		r = mount_volume_dir(plan);
		if (r == 0)
			r = volume_find(plan, l->part);
	}
	for (size_t i = 0; i < plan->n_model && r == 0; i++)
		r = map_file(l, plan, i);
	if (r < 0)
		return r;
	l->digests.file = l->file;
	l->digests.n = plan->n_model;
	l->digests.fetch = fetch;
	l->digests.arg = l;
	r = map_shared(digests_memory(l->file, plan->n_model), &memory);
	if (r == 0)
		digests_init(&l->digests, memory);
	return r;
}

/* No more workers than pieces; a single one needs no child. */
static size_t count_workers(const struct plan *plan)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t pieces = rounded(plan->models_size, DIGESTS_PIECE) / DIGESTS_PIECE;
	uint64_t n = cores > 1 ? (uint64_t)cores : 1;

	if (n > WORKERS_MAX)
		n = WORKERS_MAX;
	return (size_t)(n < pieces ? n : pieces);
}

static void say_progress(const struct loading *l, uint64_t total)
{
	if (total >= PROGRESS_MIN_BYTES)
		say("LOADING %u %%", (unsigned)(atomic_load(&l->digests.progress) / (total / 100)));
}

/* Waits until all have ended, in any order. */
static int wait_workers(struct boot *b, const struct loading *l, size_t n)
{
	while (n > 0) {
		struct pollfd p = { .fd = b->signals, .events = POLLIN };
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);
		char how[64];

		if (pid < 0 && errno != EINTR)
			return because(-errno, "cannot wait: %s", strerror(errno));
		if (pid > 0 && status != 0) {
			child_status_text(status, how, sizeof(how));
			return because(-ECHILD, "one that loads the models %s", how);
		}
		if (pid > 0)
			n--;
		if (pid != 0)
			continue;
		if (poll(&p, 1, PROGRESS_MS) == 0)
			say_progress(l, b->plan.models_size);
		child_drain(b->signals);
	}
	return 0;
}

static int hash_all(struct boot *b, struct loading *l)
{
	size_t n = count_workers(&b->plan);
	int r = 0;

	if (n <= 1) {
		digests_work(&l->digests);
	} else {
		for (size_t i = 0; i < n; i++) {
			pid_t pid = fork();

			if (pid == 0) {
				digests_work(&l->digests);
				_exit(0);
			}
			if (pid < 0)
				return because(-errno, "cannot fork: %s", strerror(errno));
		}
		r = wait_workers(b, l, n);
	}
	if (r == 0 && atomic_load(&l->digests.error))
		r = because(atomic_load(&l->digests.error), "cannot read the volume: %s",
			    strerror(-atomic_load(&l->digests.error)));
	return r;
}

/* From here on nothing can write to them. */
static int unmap_all(struct loading *l, const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_model; i++)
		if (l->file[i].bytes)
			(void)munmap(l->file[i].bytes, rounded(l->file[i].size, VOLUME_BLOCK));
	volume_close(l->part);
	if (plan_has_volume(plan) &&
	    mount(NULL, VOLUME_DIR, NULL, MS_REMOUNT | MS_RDONLY | VOLUME_FLAGS, NULL) < 0)
		return because(-errno, "cannot make %s read-only: %s", VOLUME_DIR, strerror(errno));
	return 0;
}

static int check_all(const struct loading *l, const struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < plan->n_model && r == 0; i++)
		r = planfile_check_digest(l->path[i], &plan->model[i], &l->file[i].digest);
	return r;
}

static int load_all(struct boot *b)
{
	struct loading *l = NULL;
	void *memory;
	int r;

	if (b->plan.n_model == 0)
		return 0;
	r = map_shared(sizeof(*l), &memory);
	if (r < 0)
		return r;
	l = memory;
	r = prepare(l, &b->plan);
	if (r == 0)
		r = hash_all(b, l);
	if (r == 0)
		r = unmap_all(l, &b->plan);
	if (r == 0)
		r = check_all(l, &b->plan);
	(void)munmap(l, sizeof(*l));
	return r;
}

static int measure_all(struct boot *b)
{
	int r = 0;

	for (size_t i = 0; i < b->plan.n_model && r == 0; i = model_end(&b->plan, i)) {
		struct event event;

		r = model_event(&b->plan, i, &event);
		if (r == 0)
			r = measure(b, &event);
	}
	return r;
}

static bool is_embedded(const struct plan *plan, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < plan->n_model; i++)
		if (!plan->model[i].volume && !strncmp(plan->model[i].name, name, len) &&
		    (plan->model[i].name[len] == '\0' || plan->model[i].name[len] == '/'))
			return true;
	return false;
}

/* The container sees the whole folder, so nothing may be in it that PCR 14 does not cover. */
static int check_strays(const struct plan *plan, const char *folder)
{
	char path[sizeof(PLAN_MODEL_DIR) + 2 * (1 + NAME_MAX)];
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	(void)snprintf(path, sizeof(path), "%s/%s", PLAN_MODEL_DIR, folder);
	dir = opendir(path);
	if (!dir)
		return because(-errno, "cannot list %s: %s", path, strerror(errno));
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		char name[2 * (1 + NAME_MAX)];

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		(void)snprintf(name, sizeof(name), "%s%s%s", folder, *folder ? "/" : "",
			       entry->d_name);
		if (!is_embedded(plan, name))
			r = because(-EPROTO, "%s/%s: the plan does not name this file",
				    PLAN_MODEL_DIR, name);
		else if (entry->d_type == DT_DIR)
			r = *folder ? because(-EPROTO, "%s: a folder", name)
				    : check_strays(plan, name);
	}
	(void)closedir(dir);
	return r;
}

/* Puts what came from the volume where the container looks for it. */
static int show_volume(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_model; i = model_end(plan, i)) {
		const struct plan_file *file = &plan->model[i];
		size_t len = model_name_len(file);
		char from[sizeof(VOLUME_DIR) + 128], to[sizeof(PLAN_MODEL_DIR) + 128];
		int r;

		if (!file->volume)
			continue;
		(void)snprintf(from, sizeof(from), "%s/%.*s", VOLUME_DIR, (int)len, file->name);
		(void)snprintf(to, sizeof(to), "%s/%.*s", PLAN_MODEL_DIR, (int)len, file->name);
		r = file->name[len] ? mkdir(to, 0755) : mknod(to, S_IFREG | 0444, 0);
		if (r < 0 || mount(from, to, NULL, MS_BIND, NULL) < 0)
			return because(-errno, "cannot show %s: %s", to, strerror(errno));
	}
	return 0;
}

int stage_model(struct boot *b)
{
	int r;

	(void)mkdir(PLAN_MODEL_DIR, 0755); /* an image without a model has no folder for it */
	r = check_strays(&b->plan, "");
	if (r == 0)
		r = load_all(b);
	if (r == 0)
		r = measure_all(b);
	return r < 0 ? r : show_volume(&b->plan);
}
