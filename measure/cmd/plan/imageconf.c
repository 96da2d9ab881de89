/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/imageconf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/distance.h"
#include "measure/cmd/plan/confkeys.h"
#include "measure/cmd/plan/visible.h"
#include "measure/lib/array.h"

static const char *const sections[_SECTION_MAX] = {
	"",	  "image", "container", "gateway", "model NAME", "devices",
	"limits", "world", "restart",	"seccomp", "config",	 "machine"
};
#define MARK "\xef\xbb\xbf" /* of UTF-8: some editors begin a file with it */

static int unknown_key(struct conf_reader *r, const char *name)
{
	const struct conf_key *best = conf_keys;
	unsigned best_distance = UINT_MAX;

	for (const struct conf_key *k = conf_keys; k < conf_keys + ARRAY_SIZE(conf_keys); k++) {
		/* Of two equally near ones, the one of this section. */
		unsigned d = 2 * distance(name, k->name) + (k->section != r->section);

		if (d < best_distance) {
			best = k;
			best_distance = d;
		}
	}
	if (best->section == TOP)
		return conf_complain(
			r, r->line,
			"unknown key \"%s\"; the nearest known key is \"%s\", before the first section",
			name, best->name);
	return conf_complain(r, r->line,
			     "unknown key \"%s\"; the nearest known key is \"%s\" in [%s]", name,
			     best->name, sections[best->section]);
}

static int give(struct conf_reader *r, const char *name, const char *value)
{
	static const char scratch[] = "scratch /";

	if (r->section == LIMITS && !strncmp(name, scratch, sizeof(scratch) - 1))
		return value[0] ? conf_set_scratch(r, name + sizeof(scratch) - 2, value)
				: conf_complain(r, r->line, "\"%s\" has no value", name);
	for (size_t i = 0; i < ARRAY_SIZE(conf_keys); i++) {
		if (conf_keys[i].section != r->section || strcmp(conf_keys[i].name, name))
			continue;
		if (!conf_keys[i].many && (r->seen & UINT64_C(1) << i))
			return conf_complain(r, r->line, "\"%s\" was given before", name);
		r->seen |= UINT64_C(1) << i;
		if (!value[0])
			return conf_complain(r, r->line, "\"%s\" has no value", name);
		return conf_set(r, &conf_keys[i], value);
	}
	return unknown_key(r, name);
}

static int begin_model(struct conf_reader *r, const char *name, size_t len)
{
	struct imageconf *c = r->conf;
	const char *kept;

	for (size_t i = 0; i < c->n_model; i++)
		if (strlen(c->model[i].name) == len && !memcmp(c->model[i].name, name, len))
			return conf_complain(r, r->line, "[model %s] was given before",
					     c->model[i].name);
	if (c->n_model == PLAN_MODELS_MAX)
		return conf_complain(r, r->line, "more than %d models", PLAN_MODELS_MAX);
	kept = conf_keep(r, name, len);
	if (!kept)
		return -ENOMEM;
	c->model[c->n_model++] =
		(struct imageconf_model){ .name = kept, .line = r->line, .first = c->n_model_file };
	for (size_t i = 0; i < ARRAY_SIZE(conf_keys); i++)
		if (conf_keys[i].section == MODEL)
			r->seen &= ~(UINT64_C(1) << i);
	return 0;
}

/* line begins with '['. */
static int begin_section(struct conf_reader *r, const char *line, size_t len)
{
	static const char model[] = "model ";
	unsigned best = IMAGE;

	if (line[len - 1] != ']')
		return conf_complain(r, r->line, "nothing may follow [section]");
	line++;
	len -= 2;
	if (len > strlen(model) && !strncmp(line, model, strlen(model))) {
		r->section = MODEL;
		return begin_model(r, line + strlen(model), len - strlen(model));
	}
	for (unsigned s = IMAGE; s < _SECTION_MAX; s++) {
		AUTO_FREE char *name = strndup(line, len);

		if (!name)
			return conf_complain(r, r->line, "out of memory");
		if (s != MODEL && !strcmp(name, sections[s])) {
			r->section = s;
			return 0;
		}
		if (distance(name, sections[s]) < distance(name, sections[best]))
			best = s;
	}
	return conf_complain(r, r->line, "unknown section [%.*s]; the nearest known one is [%s]",
			     (int)len, line, sections[best]);
}

/* Strips the spaces at both ends of s, in place. */
static char *trim(char *s, char *end)
{
	s += strspn(s, CONF_SPACE);
	while (end > s && strchr(CONF_SPACE, end[-1]))
		end--;
	*end = '\0';
	return s;
}

static int read_pair(struct conf_reader *r, char *line, size_t len)
{
	char *equals = strchr(line, '=');

	if (!equals || equals == line)
		return conf_complain(r, r->line, "neither \"key = value\" nor [section]");
	return give(r, trim(line, equals), trim(equals + 1, line + len));
}

/* line ends in a NUL. */
static int read_line(struct conf_reader *r, char *line, size_t len)
{
	if (len == 0 || line[0] == '#' || line[0] == ';' || strspn(line, CONF_SPACE) == len)
		return 0;
	if (!visible_text(line, len))
		return conf_complain(r, r->line, "a character that is no text (ASCII or UTF-8)");
	for (size_t i = 1; i < len; i++)
		if (line[i] == ';' && strchr(CONF_SPACE, line[i - 1]))
			return conf_complain(r, r->line, "a comment needs a line of its own");
	if (strchr(CONF_SPACE, line[0]))
		return conf_complain(
			r, r->line,
			"begins with a space; keys, sections and comments begin their line");
	return line[0] == '[' ? begin_section(r, line, len) : read_pair(r, line, len);
}

static int read_lines(struct conf_reader *r, char *text)
{
	int e = 0;

	while (*text && e == 0) {
		size_t len = strcspn(text, "\n"), end = len;
		bool last = !text[len];

		while (end > 0 && strchr(CONF_SPACE "\r", text[end - 1]))
			end--;
		text[end] = '\0';
		r->line++;
		e = read_line(r, text, end);
		text += len + !last;
	}
	return e;
}

/* What is raw could neither wait for a container nor be told that there is none. */
static int check_isolate(struct conf_reader *r)
{
	const struct imageconf *c = r->conf;
	uint64_t pool = c->pool_size ? c->pool_size : IMAGECONF_POOL;

	if (!c->isolate)
		return !c->pool_size
			       ? 0
			       : conf_complain(r, 0,
					       "[container] has a \"pool\" but no \"isolate\"");
	if (pool > PLAN_POOL_MAX)
		return conf_complain(r, 0, "[container] pool: at most %d", PLAN_POOL_MAX);
	if (c->concurrency > pool)
		return conf_complain(r, 0,
				     "[gateway] concurrency: at most as many as [container] pool");
	if (c->raw)
		return conf_complain(
			r, 0, "[gateway] raw = on: not with [container] isolate = connection");
	return 0;
}

static int check_whole(struct conf_reader *r)
{
	const struct imageconf *c = r->conf;

	if (!(r->seen & 1)) /* the bit of format, conf_keys[0] */
		return conf_complain(r, 0, "no \"format = " CONF_FORMAT "\" at its top");
	if (!c->name || !c->version)
		return conf_complain(r, 0, "[image] has no \"%s\"", c->name ? "version" : "name");
	if (!c->recipe == !c->layout)
		return conf_complain(r, 0, "[container] needs either \"recipe\" or \"layout\"");
	if (c->compress && c->storage != STORAGE_VOLUME)
		return conf_complain(
			r, 0,
			"[container] compress = %s: only with storage = volume; an image is compressed as a whole",
			c->compress);
	if (c->queue && !c->concurrency && !c->isolate)
		return conf_complain(r, 0, "[gateway] has a \"queue\" but no \"concurrency\"");
	if (c->source && !c->config_allow)
		return conf_complain(r, 0, "[config] has a \"source\" but no \"allow\"");
	if (check_isolate(r) < 0)
		return -EPROTO;
	for (size_t i = 0; i < c->n_model; i++) {
		const struct imageconf_model *m = &c->model[i];

		if (m->n == 0 || !c->model_file[m->first + m->n - 1].digest)
			return conf_complain(r, m->line, "[model %s] has no \"%s\"", m->name,
					     m->n ? "digest" : "file");
	}
	return 0;
}

int imageconf_read(const char *path, struct imageconf *ret_conf, struct rampart_error *error)
{
	struct conf_reader r = { .conf = ret_conf, .error = error };
	AUTO_FREE uint8_t *text = NULL;
	size_t len;
	int e;

	*ret_conf = (struct imageconf){ .path = path };
	error->text[0] = '\0';
	e = read_file(path, IMAGECONF_SIZE_MAX, &text, &len);
	if (e == -EFBIG)
		return conf_complain(&r, 0, "larger than %d bytes", IMAGECONF_SIZE_MAX);
	if (e < 0)
		return conf_complain(&r, 0, "%s", strerror(-e));
	if (memchr(text, '\0', len))
		return conf_complain(&r, 0, "not a text file");

	e = read_lines(&r, (char *)text +
				   (strncmp((char *)text, MARK, strlen(MARK)) ? 0 : strlen(MARK)));
	return e < 0 ? e : check_whole(&r);
}

bool imageconf_passes(const struct imageconf *conf, const char *prefix)
{
	for (size_t i = 0; i < conf->devices.n; i++)
		if (!strncmp(conf->devices.v[i], prefix, strlen(prefix)))
			return true;
	return false;
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
