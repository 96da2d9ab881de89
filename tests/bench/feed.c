/* SPDX-License-Identifier: MIT */
/*
 * feed FEED ROOT POLICY: how many milliseconds of one core a full check of a feed takes, and nothing else: its
 * metadata from the pinned root on, each signature and threshold, its golden values with their signatures, and the proof
 * that they are in the log that POLICY names. FEED is a folder, whose files are read before. Prints that number; that
 * all of it holds is feed.sh's to see.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure/rampart.h"

#define SECONDS	  2.0
#define FILES_MAX 64

static struct rampart_error error;

struct file {
	char path[256];
	char *text; /* NULL: it is not there */
	size_t len;
};

static struct file file[FILES_MAX];
static size_t n_files;

static void die(const char *what)
{
	(void)fprintf(stderr, "feed: %s: %s\n", what, error.text);
	exit(1);
}

static char *slurp(const char *path, size_t *ret_len)
{
	FILE *in = fopen(path, "re");
	char *text = malloc(1 << 20);

	if (!in || !text) {
		free(text);
		return NULL;
	}
	*ret_len = fread(text, 1, 1 << 20, in);
	(void)fclose(in);
	return text;
}

/* A file of the feed, read once. */
static const struct file *get(const char *folder, const char *path)
{
	struct file *f = file;
	char whole[512];

	for (; f < file + n_files; f++)
		if (!strcmp(f->path, path))
			return f;
	if (n_files == FILES_MAX || strlen(path) >= sizeof(f->path))
		die("too many files");
	n_files++;
	strcpy(f->path, path);
	(void)snprintf(whole, sizeof(whole), "%s/%s", folder, path);
	f->text = slurp(whole, &f->len);
	return f;
}

static double cpu_seconds(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All of it, once. */
static void check(const char *folder, const struct file *root, const struct file *rules)
{
	struct rampart_policy *policy = rampart_policy_new();
	struct rampart_feed_file wanted;
	struct rampart_feed *feed;

	if (!policy || rampart_policy_read(policy, rules->text, rules->len, &error) < 0 ||
	    rampart_feed_new(root->text, root->len, time(NULL), &feed, &error) < 0)
		die("cannot begin");
	while (rampart_feed_next(feed, &wanted)) {
		const struct file *f = get(folder, wanted.path);

		if (rampart_feed_take(feed, f->text, f->len, &error) < 0)
			die(wanted.path);
	}
	if (rampart_feed_count(feed) == 0 || rampart_policy_add_feed(policy, feed, &error) < 0)
		die("no golden values");
	rampart_feed_free(feed);
	rampart_policy_free(policy);
}

int main(int argc, char **argv)
{
	struct file root = { .text = NULL }, rules = { .text = NULL };
	unsigned n = 0;
	double start;

	if (argc != 4)
		return 2;
	root.text = slurp(argv[2], &root.len);
	rules.text = slurp(argv[3], &rules.len);
	if (!root.text || !rules.text)
		die("cannot read");
	check(argv[1], &root, &rules);
	start = cpu_seconds();
	do {
		check(argv[1], &root, &rules);
		n++;
	} while (cpu_seconds() - start < SECONDS);
	printf("%.3f\n", 1000 * (cpu_seconds() - start) / n);
	return 0;
}
