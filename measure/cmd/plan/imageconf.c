/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/imageconf.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/distance.h"
#include "measure/cmd/plan/imageconf_gateway.h"
#include "measure/cmd/plan/visible.h"
#include "measure/lib/array.h"
#include "measure/record/error.h"

#define FORMAT "1"
#define SPACE  " \t"

enum section {
	TOP,
	IMAGE,
	CONTAINER,
	GATEWAY,
	MODEL,
	DEVICES,
	LIMITS,
	RESTART,
	SECCOMP,
	_SECTION_MAX
};

static const char *const sections[_SECTION_MAX] = { "",	       "image",	     "container",
						    "gateway", "model NAME", "devices",
						    "limits",  "restart",    "seccomp" };

struct reader {
	struct imageconf *conf;
	struct rampart_error *error; /* the first one is kept */
	unsigned line;
	enum section section;
	uint64_t seen; /* bit per key of keys[]; those of MODEL are forgotten with each model */
};

static int complain(struct reader *r, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Keeps the first error; line 0: about the file as a whole. */
static int complain(struct reader *r, unsigned line, const char *format, ...)
{
	va_list args;

	if (r->error->text[0])
		return -EPROTO;
	va_start(args, format);
	(void)error_at(r->error, -EPROTO, r->conf->path, line, format, args);
	va_end(args);
	return -EPROTO;
}

static const char *keep(struct reader *r, const char *s, size_t len)
{
	struct words *pool = &r->conf->pool;

	if (words_add(pool, s, len) < 0) {
		complain(r, r->line, "out of memory");
		return NULL;
	}
	return pool->v[pool->n - 1];
}

static int set_string(struct reader *r, const char **ret, const char *value)
{
	*ret = keep(r, value, strlen(value));
	return *ret ? 0 : -ENOMEM;
}

/* A path is relative to the folder of image.conf. */
static int set_path(struct reader *r, const char **ret, const char *value)
{
	const char *path = r->conf->path, *slash = strrchr(path, '/');
	size_t dir = value[0] == '/' || !slash ? 0 : (size_t)(slash + 1 - path);
	size_t len = dir + strlen(value);
	AUTO_FREE char *joined = malloc(len + 1);

	if (!joined)
		return complain(r, r->line, "out of memory");
	memcpy(joined, path, dir);
	memcpy(joined + dir, value, len - dir + 1);
	*ret = keep(r, joined, len);
	return *ret ? 0 : -ENOMEM;
}

static int split(struct reader *r, struct words *ret, const char *value)
{
	if (strpbrk(value, "\"'\\"))
		return complain(
			r, r->line,
			"quotes mean nothing here; put an argument with spaces or quotes on a line of its own: arg = ...");
	for (size_t len; *value; value += len) {
		value += strspn(value, SPACE);
		len = strcspn(value, SPACE);
		if (len && words_add(ret, value, len) < 0)
			return complain(r, r->line, "out of memory");
	}
	return 0;
}

/* Decimal digits; *ret_end is what follows them and any spaces. */
static int get_number(struct reader *r, const char *key, const char *value, uint64_t *ret,
		      const char **ret_end)
{
	size_t digits = strspn(value, "0123456789");
	char *end;

	errno = 0;
	*ret = strtoull(value, &end, 10);
	if (!digits || digits > 18 || errno)
		return complain(r, r->line, "%s = %s: not a number", key, value);
	*ret_end = end + strspn(end, SPACE);
	return 0;
}

static int set_bytes(struct reader *r, const char *key, uint64_t *ret, const char *value)
{
	static const struct {
		const char *name;
		unsigned shift;
	} units[] = { { "", 0 }, { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 } };
	const char *unit;
	uint64_t n;
	int e = get_number(r, key, value, &n, &unit);

	if (e < 0)
		return e;
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(unit, units[i].name))
			continue;
		if (n > (UINT64_MAX >> 1) >> units[i].shift)
			return complain(r, r->line, "%s = %s: too large", key, value);
		*ret = n << units[i].shift;
		return 0;
	}
	return complain(r, r->line, "%s = %s: the unit is KiB, MiB, GiB or nothing for bytes", key,
			value);
}

static int set_count(struct reader *r, const char *key, uint64_t *ret, const char *value)
{
	const char *rest;
	uint64_t n;
	int e = get_number(r, key, value, &n, &rest);

	if (e < 0)
		return e;
	if (*rest)
		return complain(r, r->line, "%s = %s: not a plain number", key, value);
	if (n == 0)
		return complain(r, r->line, "%s = %s: must be more than 0", key, value);
	*ret = n;
	return 0;
}

static int set_percent(struct reader *r, const char *key, uint64_t *ret, const char *value)
{
	const char *unit;
	uint64_t n;
	int e;

	if (!strcmp(value, "none"))
		return 0;
	e = get_number(r, key, value, &n, &unit);
	if (e < 0)
		return e;
	if (strcmp(unit, "%") || n == 0)
		return complain(r, r->line,
				"%s = %s: give percent of one CPU, such as 150 %%, or none", key,
				value);
	*ret = n;
	return 0;
}

static int set_restarts(struct reader *r, const char *key, uint64_t *ret, const char *value)
{
	if (strcmp(value, "unlimited"))
		return set_count(r, key, ret, value);
	*ret = PLAN_UNLIMITED;
	return 0;
}

static int set_format(struct reader *r, const char *value)
{
	if (strcmp(value, FORMAT))
		return complain(r, r->line, "format = %s: this rampart reads format " FORMAT,
				value);
	return 0;
}

static int set_word(struct reader *r, struct words *ret, const char *value)
{
	if (words_add(ret, value, strlen(value)) < 0)
		return complain(r, r->line, "out of memory");
	return 0;
}

/* The newest file of the newest model; NULL if that has none yet. */
static struct imageconf_file *newest_file(struct imageconf *c)
{
	return c->model[c->n_model - 1].n ? &c->model_file[c->n_model_file - 1] : NULL;
}

static int set_file(struct reader *r, const char *value)
{
	struct imageconf *c = r->conf;
	const struct imageconf_file *last = newest_file(c);

	if (last && !last->digest)
		return complain(r, r->line, "the file before this one has no \"digest\"");
	if (c->n_model_file == PLAN_MODELS_MAX)
		return complain(r, r->line, "more than %d files of models", PLAN_MODELS_MAX);
	c->model[c->n_model - 1].n++;
	c->model_file[c->n_model_file] = (struct imageconf_file){ .line = r->line };
	return set_path(r, &c->model_file[c->n_model_file++].path, value);
}

static int set_digest(struct reader *r, const char *value)
{
	struct imageconf_file *last = newest_file(r->conf);

	if (!last || last->digest)
		return complain(r, r->line, "\"digest\" must follow its \"file\"");
	return set_string(r, &last->digest, value);
}

static int set_storage(struct reader *r, const char *value)
{
	bool volume = !strcmp(value, "volume");

	if (!volume && strcmp(value, "embedded"))
		return complain(r, r->line, "storage = %s: neither embedded nor volume", value);
	r->conf->model[r->conf->n_model - 1].volume = volume;
	return 0;
}

/* What was written as a key is not repeated: it may be the token itself. */
static int set_gateway(struct reader *r, const char *key, struct words *ret, const char *value)
{
	const char *why = NULL;
	int e = imageconf_gateway_set(key, ret, value, &why);

	if (e == -EPROTO && !strcmp(key, "key"))
		return complain(r, r->line, "%s: %s", key, why);
	if (e == -EPROTO)
		return complain(r, r->line, "%s = %s: %s", key, value, why);
	return e < 0 ? complain(r, r->line, "out of memory") : 0;
}

static int set_body(struct reader *r, const char *key, uint64_t *ret, const char *value)
{
	int e = set_bytes(r, key, ret, value);

	if (e == 0 && *ret == 0)
		return complain(r, r->line, "%s = %s: no request could have content", key, value);
	return e;
}

static int set_switch(struct reader *r, const char *key, bool *ret, const char *value)
{
	*ret = !strcmp(value, "on");
	if (!*ret && strcmp(value, "off"))
		return complain(r, r->line, "%s = %s: neither on nor off", key, value);
	return 0;
}

/* How a value is parsed, and what kind of field it goes to. */
enum kind {
	VERSION,
	STRING,
	PATH,
	WORD,
	WORDS,
	BYTES,
	COUNT,
	PERCENT,
	RESTARTS,
	GATEWAY_WORDS,
	BODY,
	SWITCH,
	MODEL_FILE,
	MODEL_DIGEST,
	MODEL_STORAGE
};

#define CONF(field) offsetof(struct imageconf, field)

static const struct key {
	enum section section;
	const char *name;
	enum kind kind;
	size_t field; /* offset in struct imageconf; keys of [model NAME] set the newest model */
	bool many;
} keys[] = {
	{ TOP, "format", VERSION, 0, false },
	{ IMAGE, "name", STRING, CONF(name), false },
	{ IMAGE, "version", STRING, CONF(version), false },
	{ CONTAINER, "recipe", PATH, CONF(recipe), false },
	{ CONTAINER, "layout", PATH, CONF(layout), false },
	{ CONTAINER, "entrypoint", WORDS, CONF(entrypoint), false },
	{ CONTAINER, "args", WORDS, CONF(args), true },
	{ CONTAINER, "arg", WORD, CONF(args), true },
	{ CONTAINER, "env", WORD, CONF(env), true },
	{ CONTAINER, "workdir", STRING, CONF(workdir), false },
	{ CONTAINER, "port", COUNT, CONF(port), false },
	{ GATEWAY, "allow", GATEWAY_WORDS, CONF(allow), true },
	{ GATEWAY, "body", BODY, CONF(body), false },
	{ GATEWAY, "key", GATEWAY_WORDS, CONF(keys), true },
	{ GATEWAY, "rate", GATEWAY_WORDS, CONF(rate), false },
	{ GATEWAY, "concurrency", COUNT, CONF(concurrency), false },
	{ GATEWAY, "queue", COUNT, CONF(queue), false },
	{ GATEWAY, "upgrade", GATEWAY_WORDS, CONF(upgrades), true },
	{ GATEWAY, "metrics", SWITCH, CONF(metrics), false },
	{ GATEWAY, "padding", COUNT, CONF(padding), false },
	{ GATEWAY, "raw", SWITCH, CONF(raw), false },
	{ MODEL, "file", MODEL_FILE, 0, true },
	{ MODEL, "digest", MODEL_DIGEST, 0, true },
	{ MODEL, "storage", MODEL_STORAGE, 0, false },
	{ DEVICES, "pass", WORDS, CONF(devices), true },
	{ DEVICES, "modules", WORDS, CONF(modules), true },
	{ LIMITS, "memory", BYTES, CONF(memory), false },
	{ LIMITS, "pids", COUNT, CONF(pids), false },
	{ LIMITS, "cpu", PERCENT, CONF(cpu), false },
	{ LIMITS, "scratch", BYTES, CONF(scratch), false },
	{ LIMITS, "files", COUNT, CONF(files), false },
	{ RESTART, "policy", STRING, CONF(restart), false },
	{ RESTART, "max", RESTARTS, CONF(restart_max), false },
	{ RESTART, "window", COUNT, CONF(restart_window), false },
	{ SECCOMP, "allow", WORDS, CONF(seccomp), true },
};

static int set_key(struct reader *r, const struct key *key, const char *value)
{
	struct imageconf *c = r->conf;
	void *field = (char *)c + key->field;

	switch (key->kind) {
	case VERSION:
		return set_format(r, value);
	case STRING:
		return set_string(r, field, value);
	case PATH:
		return set_path(r, field, value);
	case WORD:
		return set_word(r, field, value);
	case WORDS:
		return split(r, field, value);
	case BYTES:
		return set_bytes(r, key->name, field, value);
	case COUNT:
		return set_count(r, key->name, field, value);
	case PERCENT:
		return set_percent(r, key->name, field, value);
	case RESTARTS:
		return set_restarts(r, key->name, field, value);
	case GATEWAY_WORDS:
		return set_gateway(r, key->name, field, value);
	case BODY:
		return set_body(r, key->name, field, value);
	case SWITCH:
		return set_switch(r, key->name, field, value);
	case MODEL_FILE:
		return set_file(r, value);
	case MODEL_DIGEST:
		return set_digest(r, value);
	case MODEL_STORAGE:
		return set_storage(r, value);
	}
	return -EINVAL;
}

static int unknown_key(struct reader *r, const char *name)
{
	const struct key *best = keys;
	unsigned best_distance = UINT_MAX;

	for (const struct key *k = keys; k < keys + ARRAY_SIZE(keys); k++) {
		/* Of two equally near ones, the one of this section. */
		unsigned d = 2 * distance(name, k->name) + (k->section != r->section);

		if (d < best_distance) {
			best = k;
			best_distance = d;
		}
	}
	if (best->section == TOP)
		return complain(
			r, r->line,
			"unknown key \"%s\"; the nearest known key is \"%s\", before the first section",
			name, best->name);
	return complain(r, r->line, "unknown key \"%s\"; the nearest known key is \"%s\" in [%s]",
			name, best->name, sections[best->section]);
}

static int give(struct reader *r, const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		if (keys[i].section != r->section || strcmp(keys[i].name, name))
			continue;
		if (!keys[i].many && (r->seen & UINT64_C(1) << i))
			return complain(r, r->line, "\"%s\" was given before", name);
		r->seen |= UINT64_C(1) << i;
		if (!value[0])
			return complain(r, r->line, "\"%s\" has no value", name);
		return set_key(r, &keys[i], value);
	}
	return unknown_key(r, name);
}

static int begin_model(struct reader *r, const char *name, size_t len)
{
	struct imageconf *c = r->conf;
	const char *kept;

	for (size_t i = 0; i < c->n_model; i++)
		if (strlen(c->model[i].name) == len && !memcmp(c->model[i].name, name, len))
			return complain(r, r->line, "[model %s] was given before",
					c->model[i].name);
	if (c->n_model == PLAN_MODELS_MAX)
		return complain(r, r->line, "more than %d models", PLAN_MODELS_MAX);
	kept = keep(r, name, len);
	if (!kept)
		return -ENOMEM;
	c->model[c->n_model++] =
		(struct imageconf_model){ .name = kept, .line = r->line, .first = c->n_model_file };
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].section == MODEL)
			r->seen &= ~(UINT64_C(1) << i);
	return 0;
}

/* line begins with '['. */
static int begin_section(struct reader *r, const char *line, size_t len)
{
	static const char model[] = "model ";
	unsigned best = IMAGE;

	if (line[len - 1] != ']')
		return complain(r, r->line, "nothing may follow [section]");
	line++;
	len -= 2;
	if (len > strlen(model) && !strncmp(line, model, strlen(model))) {
		r->section = MODEL;
		return begin_model(r, line + strlen(model), len - strlen(model));
	}
	for (unsigned s = IMAGE; s < _SECTION_MAX; s++) {
		AUTO_FREE char *name = strndup(line, len);

		if (!name)
			return complain(r, r->line, "out of memory");
		if (s != MODEL && !strcmp(name, sections[s])) {
			r->section = s;
			return 0;
		}
		if (distance(name, sections[s]) < distance(name, sections[best]))
			best = s;
	}
	return complain(r, r->line, "unknown section [%.*s]; the nearest known one is [%s]",
			(int)len, line, sections[best]);
}

/* Strips the spaces at both ends of s, in place. */
static char *trim(char *s, char *end)
{
	s += strspn(s, SPACE);
	while (end > s && strchr(SPACE, end[-1]))
		end--;
	*end = '\0';
	return s;
}

static int read_pair(struct reader *r, char *line, size_t len)
{
	char *equals = strchr(line, '=');

	if (!equals || equals == line)
		return complain(r, r->line, "neither \"key = value\" nor [section]");
	return give(r, trim(line, equals), trim(equals + 1, line + len));
}

/* line ends in a NUL. */
static int read_line(struct reader *r, char *line, size_t len)
{
	if (len == 0 || line[0] == '#' || line[0] == ';' || strspn(line, SPACE) == len)
		return 0;
	if (!visible_text(line, len))
		return complain(r, r->line, "a character that is no text (ASCII or UTF-8)");
	for (size_t i = 1; i < len; i++)
		if (line[i] == ';' && strchr(SPACE, line[i - 1]))
			return complain(r, r->line, "a comment needs a line of its own");
	if (strchr(SPACE, line[0]))
		return complain(r, r->line, "begins with a space");
	return line[0] == '[' ? begin_section(r, line, len) : read_pair(r, line, len);
}

static int read_lines(struct reader *r, char *text)
{
	int e = 0;

	while (*text && e == 0) {
		size_t len = strcspn(text, "\n");
		bool last = !text[len];

		text[len] = '\0';
		r->line++;
		e = read_line(r, text, len);
		text += len + !last;
	}
	return e;
}

static int check_whole(struct reader *r)
{
	const struct imageconf *c = r->conf;

	if (!(r->seen & 1)) /* the bit of format, keys[0] */
		return complain(r, 0, "no \"format = " FORMAT "\" at its top");
	if (!c->name || !c->version)
		return complain(r, 0, "[image] has no \"%s\"", c->name ? "version" : "name");
	if (!c->recipe == !c->layout)
		return complain(r, 0, "[container] needs either \"recipe\" or \"layout\"");
	if (c->queue && !c->concurrency)
		return complain(r, 0, "[gateway] has a \"queue\" but no \"concurrency\"");
	for (size_t i = 0; i < c->n_model; i++) {
		const struct imageconf_model *m = &c->model[i];

		if (m->n == 0 || !c->model_file[m->first + m->n - 1].digest)
			return complain(r, m->line, "[model %s] has no \"%s\"", m->name,
					m->n ? "digest" : "file");
	}
	return 0;
}

int imageconf_read(const char *path, struct imageconf *ret_conf, struct rampart_error *error)
{
	struct reader r = { .conf = ret_conf, .error = error };
	AUTO_FREE uint8_t *text = NULL;
	size_t len;
	int e;

	*ret_conf = (struct imageconf){ .path = path };
	error->text[0] = '\0';
	e = read_file(path, IMAGECONF_SIZE_MAX, &text, &len);
	if (e == -EFBIG)
		return complain(&r, 0, "larger than %d bytes", IMAGECONF_SIZE_MAX);
	if (e < 0)
		return complain(&r, 0, "%s", strerror(-e));
	if (memchr(text, '\0', len))
		return complain(&r, 0, "not a text file");

	e = read_lines(&r, (char *)text);
	return e < 0 ? e : check_whole(&r);
}

void imageconf_done(struct imageconf *conf)
{
	words_done(&conf->entrypoint);
	words_done(&conf->args);
	words_done(&conf->env);
	words_done(&conf->seccomp);
	words_done(&conf->allow);
	words_done(&conf->keys);
	words_done(&conf->rate);
	words_done(&conf->upgrades);
	words_done(&conf->devices);
	words_done(&conf->modules);
	words_done(&conf->pool);
}
