/* SPDX-License-Identifier: MIT */
/* rampart tlog: what keeps a log of releases, and what a witness of one does. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/instant.h"
#include "measure/cmd/tlog/logfolder.h"
#include "measure/cmd/tlog/logkey.h"
#include "measure/cmd/wholefile.h"
#include "measure/lib/base64.h"
#include "measure/record/golden.h"
#include "measure/verify/log/logrule.h"

const char tlog_help[] =
	"usage: rampart tlog key NAME --key FILE [--witness]\n"
	"       rampart tlog add LOG GOLDEN... --key FILE [--origin NAME]\n"
	"       rampart tlog prove LOG GOLDEN --output PROOF\n"
	"       rampart tlog cosign LOG --log VKEY --key FILE --origin NAME --state FILE [--at TIME]\n"
	"\n"
	"A log of releases in the folder LOG, by the formats of C2SP: plain files that any web server serves.\n"
	"add appends a leaf for each golden.json that has none yet; prove writes the proof that one has, which\n"
	"belongs beside it, as golden.json.tlog-proof. cosign is for a witness: it signs the checkpoint of a log\n"
	"that only grew since it last looked. key prints the verifier key for \"log\" of a policy.\n"
	"\n"
	"  --key FILE      private key, Ed25519, PEM (openssl genpkey -algorithm ed25519)\n"
	"  --origin NAME   of the log, when it is new; of the witness (example.org/rampart)\n"
	"  --witness       the verifier key of a witness, not of a log\n"
	"  --output FILE   the proof; FILE is replaced\n"
	"  --log VKEY      the log's verifier key\n"
	"  --state FILE    what the witness saw last; must be kept\n"
	"  --at TIME       when the witness signs (now)\n"
	"\n"
	"Exit code: 0 done, 1 there is no such leaf, or the log did not only grow, 2 could not tell.\n";

struct tlog_options {
	const char *argument[OPTION_LIST_MAX]; /* the first is what to do */
	const char *key, *origin, *output, *log, *state, *at;
	bool witness;
};

/* The leaf of a golden.json; NULL after an error line. */
static char *read_entry(const char *path)
{
	AUTO_FREE uint8_t *text = NULL;
	char hex[HASH_HEX_MAX], *entry;
	struct rampart_error error;
	struct golden golden;
	struct digest d;
	size_t len;
	int r = read_file(path, JSON_SIZE_MAX, &text, &len);

	if (r < 0) {
		(void)fail_parse("tlog", path, r, NULL);
		return NULL;
	}
	if (golden_parse(path, (const char *)text, len, &golden, &error) < 0) {
		(void)fail("tlog", "%s", error.text);
		return NULL;
	}
	hash_bytes(HASH_SHA256, text, len, &d);
	digest_hex(&d, hex);
	entry = logproof_entry(hex, golden.image, golden.version);
	golden_done(&golden);
	if (!entry)
		(void)fail("tlog", "out of memory");
	return entry;
}

/* ---- key ---- */

static int run_key(const struct tlog_options *o)
{
	char text[NOTE_KEY_TEXT_MAX];
	struct logkey key;
	int r;

	if (!o->argument[1] || o->argument[2] || !o->key)
		return fail_usage("tlog", "key needs a name and --key");
	r = logkey_load("tlog", o->key, o->argument[1],
			o->witness ? NOTE_COSIGNATURE : NOTE_ED25519, &key);
	if (r == 0) {
		note_key_print(&key.public, text);
		printf("%s\n", text);
	}
	logkey_done(&key);
	return r;
}

/* ---- add ---- */

/* The name of the log: that which it has, or that of --origin. */
static int name_log(const struct tlog_options *o, const struct logfolder *log,
		    char ret[static NOTE_NAME_MAX + 1])
{
	if (!log->text && !o->origin)
		return fail_usage("tlog", "%s is a new log, so it needs --origin NAME", log->path);
	if (!log->text) {
		snprintf(ret, NOTE_NAME_MAX + 1, "%s", o->origin);
		return 0;
	}
	snprintf(ret, NOTE_NAME_MAX + 1, "%.*s", (int)log->checkpoint.origin.left,
		 (const char *)log->checkpoint.origin.p);
	if (o->origin && strcmp(ret, o->origin) != 0)
		return fail("tlog", "%s is the log %s, and not %s", log->path, ret, o->origin);
	return 0;
}

/* "ORIGIN\nSIZE\nROOT\n", and its signature. NULL after an error line. */
static char *sign_head(const struct logfolder *log, const struct logkey *key)
{
	char base64[64], *text = NULL, *note = NULL;
	AUTO_FREE char *line = NULL;
	struct merkle_hash root;

	tree_root(log->leaf, log->n, &root);
	base64_encode(&root, sizeof(root), base64);
	if (asprintf(&text, "%s\n%zu\n%s\n", key->public.name, log->n, base64) >= 0)
		line = logkey_sign("tlog", key, span_of(text, strlen(text)), 0);
	if (line && asprintf(&note, "%s\n%s", text, line) < 0)
		note = NULL;
	free(text);
	return note;
}

static int add_leaves(const struct tlog_options *o, struct logfolder *log)
{
	size_t before = log->n;
	int r = 0;

	for (size_t i = 2; r == 0 && o->argument[i]; i++) {
		AUTO_FREE char *entry = read_entry(o->argument[i]);
		size_t at;

		if (!entry)
			return EXIT_UNSURE;
		at = logfolder_find(log, entry);
		if (at == log->n)
			r = logfolder_append("tlog", log, entry);
		if (r == 0)
			printf("leaf %zu%s  %s\n", at, at < before ? ", there already" : "",
			       o->argument[i]);
	}
	return r;
}

/* A log that its own key did not sign is somebody else's. */
static int check_own(const struct logfolder *log, const struct logkey *key)
{
	struct rampart_error error;

	if (log->text && note_signed_by(&log->checkpoint.note, &key->public, NULL, &error) < 0)
		return fail("tlog", "%s/checkpoint: %s", log->path, error.text);
	return 0;
}

static int run_add(const struct tlog_options *o, struct logfolder *log)
{
	char name[NOTE_NAME_MAX + 1];
	AUTO_FREE char *note = NULL;
	size_t before = log->n;
	struct logkey key;
	int r = name_log(o, log, name);

	if (r)
		return r;
	r = logkey_load("tlog", o->key, name, NOTE_ED25519, &key);
	if (r == 0)
		r = check_own(log, &key);
	if (r == 0)
		r = add_leaves(o, log);
	if (r == 0 && log->n > before) {
		note = sign_head(log, &key);
		r = note ? logfolder_write("tlog", log, note) : EXIT_UNSURE;
	}
	logkey_done(&key);
	return r;
}

/* ---- prove ---- */

static int run_prove(const struct tlog_options *o, const struct logfolder *log)
{
	AUTO_FREE char *entry = read_entry(o->argument[2]), *head = NULL, *proof = NULL;
	size_t at;
	int r;

	if (!entry)
		return EXIT_UNSURE;
	at = logfolder_find(log, entry);
	if (at == log->n) {
		(void)fail("tlog", "%s: the log %s has no leaf of it; add it first", o->argument[2],
			   log->path);
		return EXIT_DIFFERS;
	}
	head = logproof_print(log->leaf, log->n, at);
	if (!head || asprintf(&proof, "%s%s", head, log->text) < 0) {
		proof = NULL;
		return fail("tlog", "out of memory");
	}
	r = wholefile_write(AT_FDCWD, o->output, proof, strlen(proof), 0666);
	return r < 0 ? fail("tlog", "%s: %s", o->output, strerror(-r)) : 0;
}

/* ---- cosign ---- */

/*
 * From before the state is read until the signature is made: two at once, each with its own copy of the log,
 * would both find what was seen before, and sign two trees. A file of its own, since the state is replaced.
 */
static int lock_state(const char *state, int *ret_fd)
{
	AUTO_FREE char *path = NULL;

	if (asprintf(&path, "%s.lock", state) < 0) {
		path = NULL;
		return fail("tlog", "out of memory");
	}
	*ret_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
	if (*ret_fd >= 0 && flock(*ret_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return fail("tlog", "%s: another cosign is at it; try again when that has ended",
			    state);
	return fail("tlog", "%s: %s", path, strerror(errno));
}

/* Whether the log is what the witness saw, grown or not; and it is remembered before it is said. */
static int look(const struct tlog_options *o, const struct logfolder *log)
{
	AUTO_FREE char *text = NULL, *news = NULL;
	struct log_seen seen = { .size = log->n, .root = log->checkpoint.root }, old = { 0 };
	struct merkle_hash root = { 0 };
	struct rampart_error error;
	size_t len;
	int r = wholefile_read(AT_FDCWD, o->state, LOG_SEEN_MAX, &text, &len);

	if (r == 0 && log_seen_read(text, len, &old, &error) < 0)
		return fail("tlog", "%s: %s", o->state, error.text);
	free(old.leaf);
	if (r < 0 && r != -ENOENT)
		return fail("tlog", "%s: %s", o->state, strerror(-r));
	if (old.size > log->n) {
		(void)fail("tlog", "%s: the log shrank, from %" PRIu64 " leaves to %zu", log->path,
			   old.size, log->n);
		return EXIT_DIFFERS;
	}
	if (old.size > 0)
		tree_root(log->leaf, (size_t)old.size, &root);
	if (old.size > 0 && memcmp(&root, &old.root, sizeof(root)) != 0) {
		(void)fail("tlog",
			   "%s: the log is forked: its first %" PRIu64
			   " leaves are others than before",
			   log->path, old.size);
		return EXIT_DIFFERS;
	}
	news = log_seen_print(&seen);
	r = news ? wholefile_write(AT_FDCWD, o->state, news, strlen(news), 0666) : -ENOMEM;
	return r < 0 ? fail("tlog", "%s: %s", o->state, strerror(-r)) : 0;
}

static int check_log(const struct tlog_options *o, const struct logfolder *log)
{
	const struct span *origin = &log->checkpoint.origin;
	struct rampart_error error;
	struct note_key key;

	if (!log->text)
		return fail("tlog", "%s: no log yet", log->path);
	if (note_key_parse(o->log, strlen(o->log), &key, &error) < 0)
		return fail_usage("tlog", "--log: %s", error.text);
	if (note_signed_by(&log->checkpoint.note, &key, NULL, &error) < 0)
		return fail("tlog", "%s/checkpoint: %s", log->path, error.text);
	if (origin->left != strlen(key.name) || memcmp(origin->p, key.name, origin->left) != 0)
		return fail("tlog", "%s/checkpoint: not of the log %s", log->path, key.name);
	return 0;
}

static int cosign(const struct logfolder *log, const struct logkey *key, int64_t time)
{
	AUTO_FREE char *line = NULL, *note = NULL;
	struct rampart_error error;
	int r = note_signed_by(&log->checkpoint.note, &key->public, NULL, &error);

	if (r == 0)
		return 0;
	if (r != -ENOENT)
		return fail("tlog", "%s/checkpoint: %s", log->path, error.text);
	line = logkey_sign("tlog", key, log->checkpoint.note.text, (uint64_t)time);
	if (!line)
		return EXIT_UNSURE;
	if (asprintf(&note, "%s%s", log->text, line) < 0) {
		note = NULL;
		return fail("tlog", "out of memory");
	}
	return logfolder_write("tlog", log, note);
}

static int run_cosign(const struct tlog_options *o, const struct logfolder *log)
{
	int64_t time = instant_now();
	struct logkey key;
	int r, lock = -1;

	if (o->at && (instant_parse(o->at, &time) < 0 || time < 0))
		return fail_usage("tlog", "--at %s: not a time", o->at);
	r = logkey_load("tlog", o->key, o->origin, NOTE_COSIGNATURE, &key);
	if (r == 0)
		r = check_log(o, log);
	if (r == 0)
		r = lock_state(o->state, &lock);
	if (r == 0)
		r = look(o, log);
	if (r == 0)
		r = cosign(log, &key, time);
	if (lock >= 0)
		close(lock);
	logkey_done(&key);
	return r;
}

/* ---- the command ---- */

static int run(const struct tlog_options *o)
{
	const char *what = o->argument[0];
	struct logfolder log;
	int r;

	if (what && !strcmp(what, "key"))
		return run_key(o);
	if (!what ||
	    (strcmp(what, "add") != 0 && strcmp(what, "prove") != 0 && strcmp(what, "cosign") != 0))
		return fail_usage("tlog", "key, add, prove or cosign is needed");
	if (!o->argument[1])
		return fail_usage("tlog", "the folder of a log is needed");
	if (what[0] == 'a' && (!o->argument[2] || !o->key))
		return fail_usage("tlog", "add needs golden.json and --key");
	if (what[0] == 'p' && (!o->argument[2] || o->argument[3] || !o->output))
		return fail_usage("tlog", "prove needs one golden.json and --output");
	if (what[0] == 'c' && (o->argument[2] || !o->key || !o->origin || !o->log || !o->state))
		return fail_usage("tlog", "cosign needs --log, --key, --origin and --state");
	r = logfolder_open("tlog", o->argument[1], &log);
	if (r == 0)
		r = what[0] == 'a'   ? run_add(o, &log)
		    : what[0] == 'p' ? run_prove(o, &log)
				     : run_cosign(o, &log);
	logfolder_done(&log);
	return r;
}

int cmd_tlog(int argc, char **argv)
{
	struct tlog_options o = { 0 };
	const struct option_spec options[] = {
		{ "--key", &o.key, NULL, NULL },	 { "--origin", &o.origin, NULL, NULL },
		{ "--witness", NULL, &o.witness, NULL }, { "--output", &o.output, NULL, NULL },
		{ "--log", &o.log, NULL, NULL },	 { "--state", &o.state, NULL, NULL },
		{ "--at", &o.at, NULL, NULL },		 { NULL, NULL, NULL, NULL },
	};
	int r = parse_args(argc, argv, options, o.argument, OPTION_LIST_MAX - 1);

	return r ? r : run(&o);
}
