/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/release/rebuild_compare.h"
#include "measure/cmd/release/release.h"
#include "measure/cmd/release/run.h"
#include "measure/cmd/show.h"
#include "measure/lib/array.h"

#define CMD	   "rebuild-check"
#define PROVENANCE "provenance.intoto.json"
#define SOURCE	   "source.tar"

const char rebuild_help[] =
	"usage: rampart rebuild-check RELEASE [--key KEY] [--into FOLDER]\n"
	"\n"
	"Builds a release once more, from the source.tar in it, and compares every file with the\n"
	"release's, byte by byte. It needs nothing but the folder RELEASE, this machine's make, git\n"
	"and mmdebstrap, and the pinned sources: from the cache (RAMPART_CACHE), or downloaded by\n"
	"that build. It runs the build that is in the release, as you.\n"
	"\n"
	"  --key KEY      when all are equal, sign the release with this private key too (OpenSSH's\n"
	"                 or minisign's); repeatable\n"
	"  --into FOLDER  build in this folder, which must be new or empty, and leave it there\n"
	"                 (default: a new one below TMPDIR or /tmp, removed if all are equal)\n"
	"\n"
	"A release that was made with a model from outside wants it again: MODEL=/PATH in the\n"
	"environment.\n"
	"\n"
	"Exit code: 0 every file is equal (and signed), 1 one differs, or the release does not match\n"
	"its sha256sums, 2 could not tell.\n";

/* What the release says it was made with; texts are borrowed from json. */
struct asked {
	json_t *json;
	const char *image;
	int debug, volume, model;
	json_int_t memory, cpus;
};

struct check {
	const char *given, *into;
	struct option_list keys;
	char release[PATH_MAX]; /* RELEASE, absolute */
	char folder[PATH_MAX];	/* where it is built: folder/source, folder/log */
	struct asked asked;
};

static bool is_name(const char *text)
{
	return *text && strlen(text) < 64 && strchr("-.", *text) == NULL &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       strlen(text);
}

/* The parameters become words of a command, so each is looked at. */
static int read_asked(const char *path, struct asked *ret)
{
	AUTO_FREE uint8_t *text = NULL;
	json_error_t error;
	size_t len;
	int r = read_file(path, JSON_SIZE_MAX, &text, &len);

	if (r < 0)
		return fail_parse(CMD, path, r, NULL);
	ret->json = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, &error);
	if (!ret->json)
		return fail(CMD, "%s:%d: not JSON: %s", path, error.line, error.text);
	if (json_unpack(ret->json, "{s:{s:{s:{s:s, s:b, s:b, s:b, s:I, s:I}}}}", "predicate",
			"buildDefinition", "externalParameters", "image", &ret->image, "debug",
			&ret->debug, "volume", &ret->volume, "model", &ret->model, "memory_mib",
			&ret->memory, "cpus", &ret->cpus) < 0)
		return fail(CMD, "%s: does not say what was built", path);
	if (!is_name(ret->image) || ret->memory < 1 || ret->memory > INT_MAX || ret->cpus < 1 ||
	    ret->cpus > INT_MAX)
		return fail(CMD, "%s: says something impossible about what was built", path);
	if (ret->model && !getenv("MODEL"))
		return fail(CMD,
			    "the release was made with a model from outside; give it: MODEL=/PATH");
	return 0;
}

/* Only then is anything of the release used. EXIT_HOLDS, EXIT_DIFFERS or EXIT_UNSURE. */
static int check_sums(struct release *release)
{
	static const char *const needed[] = { RELEASE_GOLDEN, PROVENANCE, SOURCE, NULL };
	struct finding f = release_list(release, needed);

	if (f.outcome != RAMPART_HOLDS)
		return fail(CMD, "%s: not a release: %s", release->dir, f.text);
	f = release_files(release);
	if (f.outcome == RAMPART_HOLDS)
		f = release_digests(release);
	if (f.outcome == RAMPART_HOLDS)
		return EXIT_HOLDS;
	if (f.outcome == RAMPART_UNSURE)
		return fail(CMD, "%s: %s", release->dir, f.text);
	puts(f.text);
	show_verdict(RAMPART_FAILS, "the release is not what its " RELEASE_SUMS " says");
	return EXIT_DIFFERS;
}

static int check_release(struct check *c)
{
	struct release release = { .dir = c->release };
	char path[PATH_MAX];
	int r;

	if (!realpath(c->given, c->release))
		return fail(CMD, "%s: %s", c->given, strerror(errno));
	r = check_sums(&release);
	release_done(&release);
	if (r)
		return r;
	if (!path_in(c->release, PROVENANCE, path))
		return fail(CMD, "%s: the path is too long", c->given);
	return read_asked(path, &c->asked);
}

static int make_folder(struct check *c)
{
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX];

	if (!c->into) {
		(void)snprintf(path, sizeof(path), "%s/rampart-rebuild-XXXXXX",
			       tmp && *tmp ? tmp : "/tmp");
		if (!mkdtemp(path))
			return fail(CMD, "%s: %s", path, strerror(errno));
	} else {
		(void)snprintf(path, sizeof(path), "%s", c->into);
		/* One that is there must be empty, and then removing and making it is the same. */
		if ((rmdir(path) < 0 && errno != ENOENT) || mkdir(path, 0755) < 0)
			return fail(CMD, "%s: %s; a new or empty folder is needed", path,
				    strerror(errno));
	}
	if (!realpath(path, c->folder))
		return fail(CMD, "%s: %s", path, strerror(errno));
	return 0;
}

/* A step that must succeed; its words are shown, or kept in the log. */
static int run_step(const struct check *c, const char *what, const char *const argv[])
{
	char log[PATH_MAX];
	int r;

	if (!path_in(c->folder, "log", log))
		return fail(CMD, "%s: the path is too long", c->folder);
	r = run_program(argv, isatty(STDERR_FILENO) ? NULL : log);
	if (r == 0)
		return 0;
	if (run_is_interrupted())
		return fail(CMD, "%s was interrupted", what);
	if (r < 0)
		return fail(CMD, "%s: %s", argv[0], strerror(-r));
	return fail(CMD, "%s failed (exit code %d); its words are %s%s", what, r,
		    isatty(STDERR_FILENO) ? "above" : "in ", isatty(STDERR_FILENO) ? "" : log);
}

/* Another make's variables must not reach this one; what was asked for is in its command line. */
static void clean_environment(const struct asked *asked)
{
	static const char *const names[] = { "MAKEFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "MFLAGS",
					     "GIT_DIR",	  "GIT_WORK_TREE", "KEYS" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unsetenv(names[i]);
	if (!asked->model)
		(void)unsetenv("MODEL");
}

static int rebuild(const struct check *c)
{
	const struct asked *a = &c->asked;
	char source[PATH_MAX], tar[PATH_MAX], image[80], memory[32], cpus[32];
	const char *const unpack[] = { "tar", "-x", "-f", tar, "-C", source, NULL };
	const char *const make[] = { "make",
				     "--no-print-directory",
				     "-C",
				     source,
				     "release",
				     image,
				     a->debug ? "DEBUG=1" : "DEBUG=",
				     a->volume ? "VOLUME=1" : "VOLUME=",
				     memory,
				     cpus,
				     NULL };
	int r;

	if (!path_in(c->folder, "source", source) || !path_in(c->release, SOURCE, tar))
		return fail(CMD, "%s: the path is too long", c->folder);
	(void)snprintf(image, sizeof(image), "IMAGE=%s", a->image);
	(void)snprintf(memory, sizeof(memory), "MEMORY=%lld", (long long)a->memory);
	(void)snprintf(cpus, sizeof(cpus), "CPUS=%lld", (long long)a->cpus);
	if (mkdir(source, 0755) < 0)
		return fail(CMD, "%s: %s", source, strerror(errno));
	clean_environment(a);
	r = run_step(c, "unpacking source.tar", unpack);
	return r ? r : run_step(c, "the build", make);
}

static int compare(const struct check *c)
{
	char name[160], rebuilt[PATH_MAX];

	(void)snprintf(name, sizeof(name), "source/build/%s%s%s/release", c->asked.image,
		       c->asked.debug ? "-debug" : "", c->asked.volume ? "-volume" : "");
	if (!path_in(c->folder, name, rebuilt))
		return fail(CMD, "%s: the path is too long", c->folder);
	return rebuild_compare(CMD, c->release, rebuilt);
}

static int counter_sign(const struct check *c)
{
	const char *argv[OPTION_LIST_MAX + 3];
	char sign[PATH_MAX];
	size_t n = 0;

	if (c->keys.n == 0)
		return 0;
	if (!path_in(c->folder, "source/scripts/release/sign.sh", sign))
		return fail(CMD, "%s: the path is too long", c->folder);
	argv[n++] = sign;
	argv[n++] = c->release;
	for (size_t i = 0; i < c->keys.n; i++)
		argv[n++] = c->keys.v[i];
	argv[n] = NULL;
	return run_step(c, "signing", argv);
}

static int check_rebuild(struct check *c)
{
	char reason[PATH_MAX + 64];
	int code, r = make_folder(c);

	if (r)
		return r;
	fprintf(stderr, "rebuilding %s in %s\n", c->asked.image, c->folder);
	run_catch_signals();
	code = rebuild(c);
	if (!code)
		code = compare(c);
	if (code == EXIT_HOLDS)
		code = counter_sign(c);
	if (!c->into && (code == EXIT_HOLDS || run_is_interrupted())) {
		r = remove_folder(c->folder);
		if (r < 0)
			return fail(CMD, "%s: cannot remove it: %s", c->folder, strerror(-r));
	}
	run_end_by_signal();
	(void)snprintf(reason, sizeof(reason), "the rebuilt files differ; they are in %s",
		       c->folder);
	if (code == EXIT_DIFFERS)
		show_verdict(RAMPART_FAILS, reason);
	if (code == EXIT_HOLDS)
		show_verdict(RAMPART_HOLDS,
			     c->keys.n > 0 ? "every file is equal; signed" : "every file is equal");
	return code;
}

int cmd_rebuild(int argc, char **argv)
{
	struct check c = { 0 };
	const struct option_spec options[] = {
		{ "--key", NULL, NULL, &c.keys },
		{ "--into", &c.into, NULL, NULL },
		{ NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, &c.given, 1);

	if (r)
		return r;
	if (!c.given)
		return fail_usage(CMD, "the folder of a release is needed");
	for (size_t i = 0; i < c.keys.n; i++)
		if (access(c.keys.v[i], R_OK) < 0)
			return fail(CMD, "%s: %s", c.keys.v[i], strerror(errno));
	r = check_release(&c);
	if (!r)
		r = check_rebuild(&c);
	json_decref(c.asked.json);
	return r;
}
