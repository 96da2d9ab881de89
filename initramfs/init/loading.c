/* SPDX-License-Identifier: MIT */
/* PID 1 has no threads, so children do the work in memory that they share with it. */
#include "initramfs/init/loading.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/common/file.h"
#include "initramfs/init/child.h"
#include "initramfs/init/console.h"
#include "initramfs/init/fail.h"
#include "initramfs/init/planfile.h"
#include "initramfs/init/volume.h"
#include "measure/lib/digests.h"

#define WORKERS_MAX	   256
#define PROGRESS_MS	   1000
#define PROGRESS_MIN_BYTES ((uint64_t)1 << 30) /* less takes no time worth a progress line */

/* All of it is memory that the workers share. */
struct loading {
	struct digests digests;
	struct digests_file file[PLAN_MODELS_MAX];
	struct volume_part part[PLAN_MODELS_MAX];
	uint64_t size; /* of all files */
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

uint64_t loading_memory(uint64_t size)
{
	return rounded(size, DIGESTS_PIECE);
}

int loading_check_memory(const struct plan *plan)
{
	uint64_t need_kib = 0, have_kib = memory_available_kib();

	if (plan->container.volume)
		need_kib += loading_memory(plan->container.size) / 1024;
	for (size_t i = 0; i < plan->n_model; i++)
		if (plan->model[i].volume)
			need_kib += loading_memory(plan->model[i].size) / 1024;
	if (need_kib > 0 && plan->status)
		need_kib += PLAN_EARLY_MEMORY / 1024;
	if (need_kib <= have_kib)
		return 0;
	return because(-ENOMEM,
		       "what is on the volume needs %" PRIu64 " MiB of memory and %" PRIu64
		       " MiB are free; give the machine %" PRIu64 " MiB more",
		       need_kib / 1024, have_kib / 1024, (need_kib - have_kib) / 1024 + 1);
}

static int map_shared(size_t len, void **ret)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return because(-errno, "no memory to load files: %s", strerror(errno));
	*ret = p;
	return 0;
}

/* The disk writes straight into the file's final pages. */
static int map_volume_file(const struct loading_file *f, uint8_t **ret)
{
	int fd = open(f->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	void *p = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)f->want->size) == 0)
		p = mmap(NULL, rounded(f->want->size, VOLUME_BLOCK), PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return because(-errno, "%s: cannot make it: %s", f->path, strerror(errno));
	(void)close(fd);
	*ret = p;
	return 0;
}

static int map_embedded_file(const struct loading_file *f, uint8_t **ret)
{
	void *p = NULL;
	int fd, r = planfile_open_owned(f->path, f->want, &fd);

	if (r < 0)
		return r;
	if (f->want->size > 0)
		p = mmap(NULL, f->want->size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		r = because(-errno, "%s: cannot map: %s", f->path, strerror(errno));
	(void)close(fd);
	*ret = p;
	return r;
}

static int fetch(void *arg, size_t i, uint64_t off, size_t len)
{
	const struct loading *l = arg;

	return volume_read(&l->part[i], off, l->file[i].bytes + off, len);
}

static int prepare(struct loading *l, const struct loading_file *file, size_t n)
{
	bool volume = false;
	void *memory;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		l->part[i] =
			(struct volume_part){ .name = file[i].part, .size = file[i].want->size };
		volume |= file[i].part != NULL;
	}
	if (volume)
		r = volume_find(l->part, n);
	for (size_t i = 0; i < n && r == 0; i++) {
		struct digests_file *f = &l->file[i];

		f->size = file[i].want->size;
		f->fsverity = file[i].want->fsverity;
		f->fetched = file[i].part != NULL;
		l->size += f->size;
		r = f->fetched ? map_volume_file(&file[i], &f->bytes)
			       : map_embedded_file(&file[i], &f->bytes);
	}
	if (r < 0)
		return r;
	l->digests.file = l->file;
	l->digests.n = n;
	l->digests.fetch = fetch;
	l->digests.arg = l;
	r = map_shared(digests_memory(l->file, n), &memory);
	if (r == 0)
		digests_init(&l->digests, memory);
	return r;
}

/* No more workers than pieces. */
static size_t count_workers(uint64_t size)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t pieces = rounded(size, DIGESTS_PIECE) / DIGESTS_PIECE;
	uint64_t n = cores > 1 ? (uint64_t)cores : 1;

	if (n > WORKERS_MAX)
		n = WORKERS_MAX;
	return (size_t)(n < pieces ? n : pieces);
}

static void tell_progress(struct boot *b, const struct loading *l)
{
	uint64_t done = atomic_load(&l->digests.progress);

	progress_bytes(&b->progress, done);
	if (l->size >= PROGRESS_MIN_BYTES)
		say("LOADING %u %%", (unsigned)(done / (l->size / 100)));
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
		if (pid > 0 && pid == b->gateway.pid)
			return service_died(&b->gateway, status);
		if (pid > 0 && status != 0) {
			child_status_text(status, how, sizeof(how));
			return because(-ECHILD, "one that loads files %s", how);
		}
		if (pid > 0)
			n--;
		if (pid != 0)
			continue;
		if (poll(&p, 1, PROGRESS_MS) == 0)
			tell_progress(b, l);
		child_drain(b->signals);
	}
	return 0;
}

static int hash_all(struct boot *b, struct loading *l)
{
	size_t n = count_workers(l->size);
	int r = 0;

	/* Init itself works only when it is not missed meanwhile. */
	if (l->size <= DIGESTS_PIECE) {
		digests_work(&l->digests);
	} else {
		for (size_t i = 0; i < n; i++) {
			pid_t pid = fork();

			if (pid == 0) {
				/* Without memory it is one of these that ends, and init can say so. */
				(void)file_write_text("/proc/self/oom_score_adj", "0");
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

int loading_run(struct boot *b, const struct loading_file *file, size_t n)
{
	struct loading *l;
	void *memory;
	int r;

	if (n == 0)
		return 0;
	r = map_shared(sizeof(*l), &memory);
	if (r < 0)
		return r;
	l = memory;
	r = prepare(l, file, n);
	if (r == 0)
		r = hash_all(b, l);
	/* From here on nothing can write to them. */
	for (size_t i = 0; i < n; i++)
		if (l->file[i].bytes)
			(void)munmap(l->file[i].bytes, rounded(l->file[i].size, VOLUME_BLOCK));
	volume_close(l->part, n);
	for (size_t i = 0; i < n && r == 0; i++)
		r = planfile_check_digest(file[i].path, file[i].want, &l->file[i].digest);
	(void)munmap(l, sizeof(*l));
	return r;
}
