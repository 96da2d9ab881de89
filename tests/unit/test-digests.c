/* SPDX-License-Identifier: MIT */
/*
 * Every test runs with threads, as the host's tool does, and with processes over shared memory, as
 * init does. Expected digests: pattern.h.
 */
#define _GNU_SOURCE
#include "measure/lib/digests.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/pattern.h"
#include "tests/lib/tap.h"

#define SOURCE_LEN  5000000 /* three pieces, the last one not whole */
#define SIZES_N	    5
#define FILES_N	    (4 * SIZES_N) /* of each size: sha256 or fsverity, fetched or not */
#define PIECES_MAX  3
#define WORKERS_MAX 5
#define DEADLINE    120 /* seconds until something counts as hanging; all of it takes one */

static const uint64_t sizes[SIZES_N] = { 0, 1, DIGESTS_PIECE, DIGESTS_PIECE + 1, SOURCE_LEN };

/* Everything that workers share, in one mapping. */
struct shared {
	struct digests d;
	struct digests_file file[FILES_N];
	atomic_uint begun[FILES_N][PIECES_MAX], fetched[FILES_N][PIECES_MAX];
	atomic_uint wrong; /* calls of fetch that must not be */
	atomic_int tid[2]; /* of the first two workers, when they work */
	uint8_t *source;   /* SOURCE_LEN bytes */
	_Alignas(64) uint8_t memory[];
};

static uint8_t *source;

static void *map(size_t len)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		puts("Bail out! no memory");
		exit(1);
	}
	return p;
}

/* Ends every wait of these tests: it has come to this, or alarm() ends the process. */
static void until(atomic_uint *word)
{
	while (atomic_load(word) == 0)
		sched_yield();
}

/* Until the kernel says that this thread or process sleeps. */
static void until_asleep(int tid)
{
	char path[64], state = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	while (state != 'S') {
		FILE *stat = fopen(path, "r");

		if (!stat || fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
			abort();
		fclose(stat);
		sched_yield();
	}
}

static bool piece_is(const struct digests_file *f, uint64_t off, size_t len)
{
	uint64_t left = off < f->size ? f->size - off : 0;

	return f->fetched && off % DIGESTS_PIECE == 0 &&
	       len == (left < DIGESTS_PIECE ? left : DIGESTS_PIECE) && len > 0;
}

/* Copies from the source, and keeps account. */
static int fetch(void *arg, size_t i, uint64_t off, size_t len)
{
	struct shared *s = arg;
	struct digests_file *f = &s->file[i];

	if (!piece_is(f, off, len)) {
		atomic_fetch_add(&s->wrong, 1);
		return -EINVAL;
	}
	memcpy(f->bytes + off, s->source + off, len);
	atomic_fetch_add(&s->fetched[i][off / DIGESTS_PIECE], 1);
	return 0;
}

/* n files are set but for bytes. What is fetched gets zeros to be overwritten. */
static struct shared *make(const struct digests_file *file, size_t n,
			   int (*how)(void *, size_t, uint64_t, size_t))
{
	struct shared *s = map(sizeof(*s) + digests_memory(file, n));

	memcpy(s->file, file, n * sizeof(*file));
	s->source = source;
	for (size_t i = 0; i < n; i++)
		if (file[i].size > 0)
			s->file[i].bytes = file[i].fetched ? map(file[i].size) : source;
	s->d.file = s->file;
	s->d.n = n;
	s->d.fetch = how;
	s->d.arg = s;
	digests_init(&s->d, s->memory);
	return s;
}

static void done(struct shared *s)
{
	size_t len = sizeof(*s) + digests_memory(s->file, s->d.n);

	for (size_t i = 0; i < s->d.n; i++)
		if (s->file[i].fetched && s->file[i].size > 0)
			munmap(s->file[i].bytes, s->file[i].size);
	munmap(s, len);
}

struct worker {
	struct shared *s;
	size_t i;
};

static void *work(void *arg)
{
	struct worker *w = arg;

	if (w->i < 2)
		atomic_store(&w->s->tid[w->i], gettid());
	digests_work(&w->s->d);
	return NULL;
}

/* How workers are started and awaited. The last one is the caller itself. */
static void on_threads(struct shared *s, size_t n, void (*before_last)(struct shared *))
{
	pthread_t thread[WORKERS_MAX];
	struct worker worker[WORKERS_MAX];

	for (size_t i = 0; i < n; i++) {
		worker[i] = (struct worker){ s, i };
		if (i == n - 1 && before_last)
			before_last(s);
		if (i == n - 1)
			work(&worker[i]);
		else if (pthread_create(&thread[i], NULL, work, &worker[i]) != 0)
			abort();
	}
	for (size_t i = 0; i + 1 < n; i++)
		pthread_join(thread[i], NULL);
}

static void on_processes(struct shared *s, size_t n, void (*before_last)(struct shared *))
{
	fflush(stdout);
	for (size_t i = 0; i < n; i++) {
		struct worker worker = { s, i };
		pid_t pid;

		if (i == n - 1 && before_last)
			before_last(s);
		pid = i == n - 1 ? 0 : fork();
		if (pid < 0)
			abort();
		if (pid > 0)
			continue;
		if (i < n - 1)
			alarm(DEADLINE);
		work(&worker);
		if (i < n - 1)
			_exit(0);
	}
	while (wait(NULL) > 0)
		;
}

static const struct crew {
	void (*run)(struct shared *s, size_t n, void (*before_last)(struct shared *));
	const char *name;
} crews[] = { { on_threads, "threads" }, { on_processes, "processes" } };

static bool known(const struct digests_file *f)
{
	char hex[HASH_HEX_MAX];

	digest_hex(&f->digest, hex);
	for (size_t i = 0; i < PATTERNS_N; i++)
		if (patterns[i].size == f->size)
			return f->digest.alg == HASH_SHA256 &&
			       !strcmp(hex,
				       f->fsverity ? patterns[i].fsverity : patterns[i].sha256);
	return false;
}

static size_t pieces_of(uint64_t size)
{
	return (size_t)((size + DIGESTS_PIECE - 1) / DIGESTS_PIECE);
}

static void test_mixed(const struct crew *crew, size_t n_workers)
{
	struct digests_file file[FILES_N] = { 0 };
	size_t bad = 0, not_once = 0;
	uint64_t total = 0;
	struct shared *s;
	char name[100];

	for (size_t i = 0; i < FILES_N; i++) {
		file[i].size = sizes[i / 4];
		file[i].fsverity = i & 1;
		file[i].fetched = i & 2;
		total += file[i].size;
	}
	s = make(file, FILES_N, fetch);
	crew->run(s, n_workers, NULL);
	for (size_t i = 0; i < FILES_N; i++) {
		bad += !known(&s->file[i]);
		for (size_t k = 0; k < PIECES_MAX; k++)
			not_once += atomic_load(&s->fetched[i][k]) !=
				    (file[i].fetched && k < pieces_of(file[i].size));
	}
	snprintf(name, sizeof(name), "%s (%zu): every digest is as the other tools say", crew->name,
		 n_workers);
	is_int((int64_t)bad, 0, name);
	is_int((int64_t)not_once, 0, "  every piece was fetched once, and nothing else");
	is_int(atomic_load(&s->wrong), 0, "  with its own place and length");
	is_int(atomic_load(&s->d.error), 0, "  there was no error");
	is_int((int64_t)atomic_load(&s->d.progress), (int64_t)total, "  progress has every byte");
	done(s);
}

/*
 * Who hashes is the first worker: the second one starts once the first fetches piece 0, which lasts
 * until the second one fetches piece 1, which lasts until the first has fetched piece 2 and sleeps.
 */
static int fetch_waited_for(void *arg, size_t i, uint64_t off, size_t len)
{
	struct shared *s = arg;
	size_t piece = off / DIGESTS_PIECE;

	atomic_store(&s->begun[i][piece], 1);
	if (piece == 0)
		until(&s->begun[i][1]);
	if (piece == 1) {
		until(&s->fetched[i][2]);
		until_asleep(atomic_load(&s->tid[0]));
	}
	return fetch(arg, i, off, len);
}

static int fail_waited_for(void *arg, size_t i, uint64_t off, size_t len)
{
	int r = fetch_waited_for(arg, i, off, len);

	return off == DIGESTS_PIECE ? -EIO : r;
}

static void until_first(struct shared *s)
{
	until(&s->begun[0][0]);
}

static void test_waiting(const struct crew *crew)
{
	const struct digests_file file = { .size = SOURCE_LEN, .fetched = true };
	struct shared *s = make(&file, 1, fetch_waited_for);
	char name[100];

	crew->run(s, 2, until_first);
	snprintf(name, sizeof(name), "%s: who waits for a piece is woken when it is there",
		 crew->name);
	ok(atomic_load(&s->d.error) == 0 && known(&s->file[0]), name);
	done(s);
	s = make(&file, 1, fail_waited_for);
	crew->run(s, 2, until_first);
	snprintf(name, sizeof(name), "%s: and when it will never be", crew->name);
	is_int(atomic_load(&s->d.error), -EIO, name);
	done(s);
}

/* Piece 0 fails while piece 1 is being fetched, which fails after it in another way. */
static int fail_twice(void *arg, size_t i, uint64_t off, size_t len)
{
	struct shared *s = arg;

	(void)len;
	atomic_store(&s->begun[i][off / DIGESTS_PIECE], 1);
	if (off == 0) {
		until(&s->begun[i][1]);
		return -EIO;
	}
	while (atomic_load(&s->d.error) == 0)
		sched_yield();
	return -ENOSPC;
}

static int fail_at_once(void *arg, size_t i, uint64_t off, size_t len)
{
	struct shared *s = arg;

	(void)len;
	atomic_store(&s->begun[i][off / DIGESTS_PIECE], 1);
	return -EIO;
}

static void test_failures(const struct crew *crew, bool fsverity)
{
	const struct digests_file file = { .size = SOURCE_LEN,
					   .fsverity = fsverity,
					   .fetched = true };
	const struct digests_file two[] = { file, file };
	struct shared *s = make(&file, 1, fail_twice);
	size_t more = 0;
	char name[100];

	crew->run(s, WORKERS_MAX, NULL);
	snprintf(name, sizeof(name), "%s, %s: of two errors the first one counts", crew->name,
		 fsverity ? "fsverity" : "sha256");
	is_int(atomic_load(&s->d.error), -EIO, name);
	done(s);

	s = make(two, 2, fail_at_once);
	crew->run(s, 1, NULL);
	for (size_t i = 0; i < 2 * PIECES_MAX; i++)
		more += atomic_load(&s->begun[i / PIECES_MAX][i % PIECES_MAX]);
	is_int((int64_t)more, 1, "  and nothing more is fetched");
	done(s);
}

int main(void)
{
	alarm(DEADLINE);
	source = map(SOURCE_LEN);
	pattern_fill(source, SOURCE_LEN);
	for (size_t i = 0; i < sizeof(crews) / sizeof(crews[0]); i++) {
		test_mixed(&crews[i], 1);
		test_mixed(&crews[i], 2);
		test_mixed(&crews[i], WORKERS_MAX);
		test_waiting(&crews[i]);
		test_failures(&crews[i], false);
		test_failures(&crews[i], true);
	}
	return tap_done();
}
