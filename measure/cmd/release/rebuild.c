/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "measure/cmd/release/rebuild.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "measure/cmd/release/asked.h"
#include "measure/cmd/release/rebuild_compare.h"
#include "measure/cmd/release/release.h"
#include "measure/cmd/release/run.h"
#include "measure/lib/array.h"

#define NEED_MIB    3072 /* sources unpacked and built, and a small image in all its forms */
#define SYSTEM_PATH "/usr/sbin:/sbin" /* where an ordinary user does not look, and the build does */

struct check {
	const struct rebuild *how;
	const char *command;
	char release[PATH_MAX]; /* RELEASE, absolute */
	char folder[PATH_MAX];	/* where it is built: folder/source, folder/log */
	struct asked asked;
};

static int read_asked(struct check *c, const char *path)
{
	struct rampart_error error;
	char keys[PATH_MAX];

	if (asked_read(path, &c->asked, &error) < 0)
		return fail(c->command, "%s", error.text);
	if (c->asked.model && !getenv("MODEL"))
		return fail(c->command,
			    "the release was made with a model from outside; give it: MODEL=/PATH");
	if (!path_in(c->release, RELEASE_KEYS, keys))
		return fail(c->command, "%s: the path is too long", c->release);
	if (c->asked.secure_boot && access(keys, R_OK | X_OK) < 0)
		return fail(c->command,
			    "%s: %s; without the public half of its keys, and its signatures, a "
			    "release for Secure Boot cannot be built",
			    keys, strerror(errno));
	return 0;
}

/* Only then is anything of the release used. EXIT_HOLDS, EXIT_DIFFERS or EXIT_UNSURE. */
static int check_sums(const struct check *c, struct release *release,
		      char ret_reason[static REBUILD_REASON_MAX])
{
	static const char *const needed[] = { RELEASE_GOLDEN, ASKED_FILE, REBUILD_SOURCE, NULL };
	struct finding f = release_list(release, needed);

	if (f.outcome != RAMPART_HOLDS)
		return fail(c->command, "%s: not a release: %s", release->dir, f.text);
	f = release_files(release);
	if (f.outcome == RAMPART_HOLDS)
		f = release_digests(release);
	if (f.outcome == RAMPART_HOLDS)
		return EXIT_HOLDS;
	if (f.outcome == RAMPART_UNSURE)
		return fail(c->command, "%s: %s", release->dir, f.text);
	puts(f.text);
	strcpy(ret_reason, "the release is not what its " RELEASE_SUMS " says");
	return EXIT_DIFFERS;
}

static int check_release(struct check *c, char ret_reason[static REBUILD_REASON_MAX])
{
	struct release release = { .dir = c->release, .is_part = c->how->is_part };
	char path[PATH_MAX];
	int r;

	if (!realpath(c->how->release, c->release))
		return fail(c->command, "%s: %s", c->how->release, strerror(errno));
	r = check_sums(c, &release, ret_reason);
	release_done(&release);
	if (r)
		return r;
	if (!path_in(c->release, ASKED_FILE, path))
		return fail(c->command, "%s: the path is too long", c->how->release);
	return read_asked(c, path);
}

int rebuild_folder(const char *command, const char *name, char ret[static PATH_MAX])
{
	const char *tmp = getenv("TMPDIR");

	if (snprintf(ret, PATH_MAX, "%s/%s-XXXXXX", tmp && *tmp ? tmp : "/tmp", name) >= PATH_MAX ||
	    !mkdtemp(ret))
		return fail(command, "%s: %s", ret, strerror(errno));
	return 0;
}

static int make_folder(struct check *c)
{
	char path[PATH_MAX];
	int r;

	if (!c->how->into) {
		r = rebuild_folder(c->command, "rampart-rebuild", path);
		if (r)
			return r;
	} else {
		(void)snprintf(path, sizeof(path), "%s", c->how->into);
		/* One that is there must be empty, and then removing and making it is the same. */
		if ((rmdir(path) < 0 && errno != ENOENT) || mkdir(path, 0755) < 0)
			return fail(c->command, "%s: %s; a new or empty folder is needed", path,
				    strerror(errno));
	}
	if (!realpath(path, c->folder))
		return fail(c->command, "%s: %s", path, strerror(errno));
	return 0;
}

/* A step that must succeed; its words are shown, or kept in the log. */
static int run_step(const struct check *c, const char *what, const char *const argv[])
{
	char log[PATH_MAX];
	int r;

	if (!path_in(c->folder, "log", log))
		return fail(c->command, "%s: the path is too long", c->folder);
	r = run_program(argv, isatty(STDERR_FILENO) ? NULL : log);
	if (r == 0)
		return 0;
	if (run_is_interrupted())
		return fail(c->command, "%s was interrupted", what);
	if (r < 0)
		return fail(c->command, "%s: %s", argv[0], strerror(-r));
	return fail(c->command, "%s failed (exit code %d); its words are %s%s", what, r,
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

/*
 * What may be known of the keys is copied, so that the build is shown nothing else of the release,
 * and has a path to it that is the same for each: a variable of make cannot have every character.
 */
static int copy_keys(const struct check *c)
{
	char keys[PATH_MAX];
	const char *const copy[] = { "cp", "-r", "--", keys, c->folder, NULL };

	if (!path_in(c->release, RELEASE_KEYS, keys))
		return fail(c->command, "%s: the path is too long", c->release);
	return run_step(c, "copying the public half of the keys", copy);
}

static int build(const struct check *c)
{
	const struct asked *a = &c->asked;
	char source[PATH_MAX], tar[PATH_MAX], image[80], machine[80], memory[32], cpus[32],
		updates[32] = "UPDATES=", format[32], platform[80];
	const char *const unpack[] = { "tar", "-x", "-f", tar, "-C", source, NULL };
	const char *const make[] = { "make",
				     "--no-print-directory",
				     "-C",
				     source,
				     "release",
				     image,
				     machine,
				     a->debug ? "DEBUG=1" : "DEBUG=",
				     a->volume ? "VOLUME=1" : "VOLUME=",
				     a->secure_boot ? "SECURE_BOOT=../" RELEASE_KEYS
						    : "SECURE_BOOT=",
				     updates,
				     format,
				     platform,
				     memory,
				     cpus,
				     NULL };
	int r;

	if (!path_in(c->folder, "source", source) || !path_in(c->release, REBUILD_SOURCE, tar))
		return fail(c->command, "%s: the path is too long", c->folder);
	(void)snprintf(image, sizeof(image), "IMAGE=%s", a->image);
	(void)snprintf(machine, sizeof(machine), "MACHINE=%s", a->machine);
	(void)snprintf(memory, sizeof(memory), "MEMORY=%lld", (long long)a->memory);
	(void)snprintf(cpus, sizeof(cpus), "CPUS=%lld", (long long)a->cpus);
	(void)snprintf(platform, sizeof(platform), "PLATFORM=%s", a->platform);
	(void)snprintf(format, sizeof(format), "FORMAT=%s", a->format);
	if (a->updates)
		(void)snprintf(updates, sizeof(updates), "UPDATES=%lld", (long long)a->updates);
	if (mkdir(source, 0755) < 0)
		return fail(c->command, "%s: %s", source, strerror(errno));
	r = a->secure_boot ? copy_keys(c) : 0;
	if (r)
		return r;
	clean_environment(a);
	r = run_step(c, "unpacking source.tar", unpack);
	return r ? r : run_step(c, "the build", make);
}

/* below: in the folder of what is asked for. EXIT_UNSURE after an error line. */
static int built_path(const struct check *c, const char *below, char ret[static PATH_MAX])
{
	char folder[ASKED_FOLDER_MAX], name[ASKED_FOLDER_MAX + 32];

	asked_folder(&c->asked, folder);
	(void)snprintf(name, sizeof(name), "source/build/%s%s", folder, below);
	return path_in(c->folder, name, ret)
		       ? 0
		       : fail(c->command, "%s: the path is too long", c->folder);
}

/*
 * A build that has put the release's signatures on programs that they are not of ends before it has
 * all files. That is a difference, so they are looked at however it ended.
 */
static int compare(const struct check *c, int built)
{
	char folder[PATH_MAX], rebuilt[PATH_MAX];
	int r = built_path(c, "", folder);

	if (r == 0)
		r = built_path(c, "/release", rebuilt);
	if (r)
		return r;
	if (c->asked.secure_boot && !run_is_interrupted())
		r = rebuild_signed(c->command, c->release, folder);
	if (built || r)
		return r ? r : built;
	return rebuild_compare(c->command, c->release, c->how->is_part, rebuilt);
}

static int counter_sign(const struct check *c)
{
	const struct option_list *keys = c->how->keys;
	const char *argv[OPTION_LIST_MAX + 3];
	char sign[PATH_MAX];
	size_t n = 0;

	if (!keys || keys->n == 0)
		return 0;
	if (!path_in(c->folder, "source/scripts/release/sign.sh", sign))
		return fail(c->command, "%s: the path is too long", c->folder);
	argv[n++] = sign;
	argv[n++] = c->release;
	for (size_t i = 0; i < keys->n; i++)
		argv[n++] = keys->v[i];
	argv[n] = NULL;
	return run_step(c, "signing", argv);
}

static int check_rebuild(struct check *c, char ret_reason[static REBUILD_REASON_MAX])
{
	int code, r = make_folder(c);

	if (r)
		return r;
	fprintf(stderr, "rebuilding %s in %s\n", c->asked.image, c->folder);
	run_catch_signals();
	code = compare(c, build(c));
	if (code == EXIT_HOLDS)
		code = counter_sign(c);
	if (!c->how->into && (code == EXIT_HOLDS || run_is_interrupted())) {
		r = remove_folder(c->folder);
		if (r < 0)
			return fail(c->command, "%s: cannot remove it: %s", c->folder,
				    strerror(-r));
	}
	if (code == EXIT_HOLDS)
		strcpy(ret_reason,
		       c->asked.secure_boot
			       ? "every file is equal; boot loader and UKI were built without "
				 "signatures, and the release's own put on them"
			       : "every file is equal");
	else
		(void)snprintf(ret_reason, REBUILD_REASON_MAX,
			       "the rebuilt files differ; they are in %s", c->folder);
	return code;
}

int rebuild(const struct rebuild *how, char ret_reason[static REBUILD_REASON_MAX])
{
	struct check c = { .how = how, .command = how->command };
	int r = check_release(&c, ret_reason);

	if (!r)
		r = check_rebuild(&c, ret_reason);
	asked_done(&c.asked);
	return r;
}

/* ---- what it needs ---- */

/* Whether a program is in one of the folders of path, "FOLDER:FOLDER". */
static bool is_in(const char *path, const char *name)
{
	char file[PATH_MAX];

	for (; *path; path += *path == ':') {
		int len = (int)strcspn(path, ":");
		int n = snprintf(file, sizeof(file), "%.*s/%s", len, path, name);

		if (n < PATH_MAX && access(file, X_OK) == 0)
			return true;
		path += len;
	}
	return false;
}

static bool is_program(const char *name)
{
	const char *path = getenv("PATH");

	return is_in(path ? path : "", name) || is_in(SYSTEM_PATH, name);
}

/* Whether a folder of the build's cache has something whose name begins so: scripts/lib.sh. */
static bool cache_has(const char *folder, const char *begin)
{
	const char *cache = getenv("RAMPART_CACHE"), *xdg = getenv("XDG_CACHE_HOME"),
		   *home = getenv("HOME");
	const struct dirent *entry;
	char path[PATH_MAX];
	bool has = false;
	DIR *dir;

	if (cache && *cache)
		(void)snprintf(path, sizeof(path), "%s/%s", cache, folder);
	else if (xdg && *xdg)
		(void)snprintf(path, sizeof(path), "%s/rampart/%s", xdg, folder);
	else
		(void)snprintf(path, sizeof(path), "%s/.cache/rampart/%s", home ? home : "/root",
			       folder);
	dir = opendir(path);
	while (dir && !has && (entry = readdir(dir)))
		has = entry->d_name[0] != '.' && !strncmp(entry->d_name, begin, strlen(begin));
	if (dir)
		(void)closedir(dir);
	return has;
}

int rebuild_ready(const char *command, const char **ret_time)
{
	static const char *const programs[] = { "make", "git", "tar", "mmdebstrap" };
	const char *tmp = getenv("TMPDIR");
	bool has_toolbox = cache_has("toolbox", "toolbox-"), is_warm = cache_has("pkg", "");
	struct statvfs fs;
	uint64_t mib;

	tmp = tmp && *tmp ? tmp : "/tmp";
	for (size_t i = 0; i < ARRAY_SIZE(programs) - has_toolbox; i++)
		if (!is_program(programs[i]))
			return fail(command,
				    "a rebuild needs %s, which is not in PATH; install it, or "
				    "rebuild on another machine: rampart rebuild-check",
				    programs[i]);
	if (statvfs(tmp, &fs) < 0)
		return fail(command, "%s: %s", tmp, strerror(errno));
	mib = (uint64_t)fs.f_bavail * fs.f_frsize >> 20;
	if (mib < NEED_MIB)
		return fail(command,
			    "%s: no disk space: %d MiB needed, %llu MiB free; make room, or set "
			    "TMPDIR to another disk",
			    tmp, NEED_MIB, (unsigned long long)mib);
	*ret_time = has_toolbox && is_warm
			    ? "a few minutes, with the packages in the cache"
			    : "about an hour, since the cache is empty, and downloads of its own";
	return 0;
}
