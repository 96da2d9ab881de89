/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/confkeys.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/plan/imageconf_gateway.h"
#include "measure/lib/array.h"
#include "measure/lib/instance.h"
#include "measure/record/error.h"

int conf_complain(struct conf_reader *r, unsigned line, const char *format, ...)
{
	va_list args;

	if (r->error->text[0])
		return -EPROTO;
	va_start(args, format);
	(void)error_at(r->error, -EPROTO, r->conf->path, line, format, args);
	va_end(args);
	return -EPROTO;
}

const char *conf_keep(struct conf_reader *r, const char *s, size_t len)
{
	struct words *pool = &r->conf->pool;

	if (words_add(pool, s, len) < 0) {
		conf_complain(r, r->line, "out of memory");
		return NULL;
	}
	return pool->v[pool->n - 1];
}

static int set_string(struct conf_reader *r, const char **ret, const char *value)
{
	*ret = conf_keep(r, value, strlen(value));
	return *ret ? 0 : -ENOMEM;
}

/* A path is relative to the folder of image.conf. */
static int set_path(struct conf_reader *r, const char **ret, const char *value)
{
	const char *path = r->conf->path, *slash = strrchr(path, '/');
	size_t dir = value[0] == '/' || !slash ? 0 : (size_t)(slash + 1 - path);
	size_t len = dir + strlen(value);
	AUTO_FREE char *joined = malloc(len + 1);

	if (!joined)
		return conf_complain(r, r->line, "out of memory");
	memcpy(joined, path, dir);
	memcpy(joined + dir, value, len - dir + 1);
	*ret = conf_keep(r, joined, len);
	return *ret ? 0 : -ENOMEM;
}

static int split(struct conf_reader *r, struct words *ret, const char *value)
{
	if (strpbrk(value, "\"'\\"))
		return conf_complain(
			r, r->line,
			"quotes mean nothing here; put an argument with spaces or quotes on a line of its own: arg = ...");
	for (size_t len; *value; value += len) {
		value += strspn(value, CONF_SPACE);
		len = strcspn(value, CONF_SPACE);
		if (len && words_add(ret, value, len) < 0)
			return conf_complain(r, r->line, "out of memory");
	}
	return 0;
}

/* Decimal digits; *ret_end is what follows them and any spaces. */
static int get_number(struct conf_reader *r, const char *key, const char *value, uint64_t *ret,
		      const char **ret_end)
{
	size_t digits = strspn(value, "0123456789");
	char *end;

	errno = 0;
	*ret = strtoull(value, &end, 10);
	if (!digits || digits > 18 || errno)
		return conf_complain(r, r->line, "%s = %s: not a number", key, value);
	*ret_end = end + strspn(end, CONF_SPACE);
	return 0;
}

static int set_bytes(struct conf_reader *r, const char *key, uint64_t *ret, const char *value)
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
			return conf_complain(r, r->line, "%s = %s: too large", key, value);
		*ret = n << units[i].shift;
		return 0;
	}
	return conf_complain(r, r->line, "%s = %s: the unit is KiB, MiB, GiB or nothing for bytes",
			     key, value);
}

static int set_count(struct conf_reader *r, const char *key, uint64_t *ret, const char *value)
{
	const char *rest;
	uint64_t n;
	int e = get_number(r, key, value, &n, &rest);

	if (e < 0)
		return e;
	if (*rest)
		return conf_complain(r, r->line, "%s = %s: not a plain number", key, value);
	if (n == 0)
		return conf_complain(r, r->line, "%s = %s: must be more than 0", key, value);
	*ret = n;
	return 0;
}

static int set_percent(struct conf_reader *r, const char *key, uint64_t *ret, const char *value)
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
		return conf_complain(r, r->line,
				     "%s = %s: give percent of one CPU, such as 150 %%, or none",
				     key, value);
	*ret = n;
	return 0;
}

static int set_milliseconds(struct conf_reader *r, const char *key, uint64_t *ret,
			    const char *value)
{
	const char *unit;
	uint64_t n;
	int e = get_number(r, key, value, &n, &unit);

	if (e < 0)
		return e;
	if (strcmp(unit, "ms") || n == 0)
		return conf_complain(r, r->line, "%s = %s: give milliseconds, such as 50ms", key,
				     value);
	*ret = n;
	return 0;
}

static int set_restarts(struct conf_reader *r, const char *key, uint64_t *ret, const char *value)
{
	if (strcmp(value, "unlimited"))
		return set_count(r, key, ret, value);
	*ret = PLAN_UNLIMITED;
	return 0;
}

static int set_format(struct conf_reader *r, const char *value)
{
	if (strcmp(value, CONF_FORMAT))
		return conf_complain(r, r->line,
				     "format = %s: this rampart reads format " CONF_FORMAT, value);
	return 0;
}

static int set_word(struct conf_reader *r, struct words *ret, const char *value)
{
	if (words_add(ret, value, strlen(value)) < 0)
		return conf_complain(r, r->line, "out of memory");
	return 0;
}

static int set_variable(struct conf_reader *r, struct words *ret, const char *value)
{
	if (value[0] == '=' || !strchr(value, '='))
		return conf_complain(r, r->line, "env = %s: give NAME=VALUE", value);
	return set_word(r, ret, value);
}

/* The newest file of the newest model; NULL if that has none yet. */
static struct imageconf_file *newest_file(struct imageconf *c)
{
	return c->model[c->n_model - 1].n ? &c->model_file[c->n_model_file - 1] : NULL;
}

static int set_file(struct conf_reader *r, const char *value)
{
	struct imageconf *c = r->conf;
	const struct imageconf_file *last = newest_file(c);

	if (last && !last->digest)
		return conf_complain(r, r->line, "the file before this one has no \"digest\"");
	if (c->n_model_file == PLAN_MODELS_MAX)
		return conf_complain(r, r->line, "more than %d files of models", PLAN_MODELS_MAX);
	c->model[c->n_model - 1].n++;
	c->model_file[c->n_model_file] = (struct imageconf_file){ .line = r->line };
	return set_path(r, &c->model_file[c->n_model_file++].path, value);
}

static int set_digest(struct conf_reader *r, const char *value)
{
	struct imageconf_file *last = newest_file(r->conf);

	if (!last || last->digest)
		return conf_complain(r, r->line, "\"digest\" must follow its \"file\"");
	return set_string(r, &last->digest, value);
}

/* "PATH=FILE": where a driver asks for it, and what it is. */
static int set_firmware(struct conf_reader *r, const char *value)
{
	struct imageconf *c = r->conf;
	struct imageconf_firmware *firmware = &c->firmware[c->n_firmware];
	const char *equals = strchr(value, '=');

	if (!equals || equals == value || !equals[1])
		return conf_complain(r, r->line, "firmware = %s: give PATH=FILE", value);
	if (c->n_firmware == PLAN_FIRMWARES_MAX)
		return conf_complain(r, r->line, "more than %d files of firmware",
				     PLAN_FIRMWARES_MAX);
	firmware->line = r->line;
	firmware->name = conf_keep(r, value, (size_t)(equals - value));
	c->n_firmware++;
	return firmware->name ? set_path(r, &firmware->file, equals + 1) : -ENOMEM;
}

static int set_storage(struct conf_reader *r, const char *value)
{
	bool volume = !strcmp(value, "volume");

	if (!volume && strcmp(value, "embedded"))
		return conf_complain(r, r->line, "storage = %s: neither embedded nor volume",
				     value);
	if (r->section == CONTAINER)
		r->conf->storage = volume ? STORAGE_VOLUME : STORAGE_EMBEDDED;
	else
		r->conf->model[r->conf->n_model - 1].volume = volume;
	return 0;
}

static int set_compress(struct conf_reader *r, const char **ret, const char *value)
{
	if (!strcmp(value, "none"))
		return 0;
	if (strcmp(value, "lz4hc") && strcmp(value, "zstd"))
		return conf_complain(r, r->line, "compress = %s: neither lz4hc nor zstd nor none",
				     value);
	return set_string(r, ret, value);
}

/* What was written as a key is not repeated: it may be the token itself. */
static int set_gateway(struct conf_reader *r, const char *key, struct words *ret, const char *value)
{
	const char *why = NULL;
	int e = imageconf_gateway_set(key, ret, value, &why);

	if (e == -EPROTO && !strcmp(key, "key"))
		return conf_complain(r, r->line, "%s: %s", key, why);
	if (e == -EPROTO)
		return conf_complain(r, r->line, "%s = %s: %s", key, value, why);
	return e < 0 ? conf_complain(r, r->line, "out of memory") : 0;
}

static int set_body(struct conf_reader *r, const char *key, uint64_t *ret, const char *value)
{
	int e = set_bytes(r, key, ret, value);

	if (e == 0 && *ret == 0)
		return conf_complain(r, r->line, "%s = %s: no request could have content", key,
				     value);
	return e;
}

static int set_either(struct conf_reader *r, const char *key, bool *ret, const char *value,
		      const char *off, const char *on)
{
	*ret = !strcmp(value, on);
	if (!*ret && strcmp(value, off))
		return conf_complain(r, r->line, "%s = %s: neither %s nor %s", key, value, on, off);
	return 0;
}

static int set_sys(struct conf_reader *r, enum plan_sys *ret, const char *value)
{
	static const char *const names[] = { "none", "cpu", "gpu" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(value, names[i])) {
			*ret = (enum plan_sys)i;
			return 0;
		}
	return conf_complain(r, r->line, "sys = %s: neither cpu nor gpu nor none", value);
}

/* "SIZE", "SIZE exec" */
static int set_scratch(struct conf_reader *r, const char *key, struct imageconf_scratch *ret,
		       const char *value)
{
	static const char exec[] = "exec";
	size_t len = strlen(value), word = sizeof(exec) - 1;
	AUTO_FREE char *size = strdup(value);

	if (!size)
		return conf_complain(r, r->line, "out of memory");
	ret->exec = len > word && !strcmp(value + len - word, exec) &&
		    strchr(CONF_SPACE, value[len - word - 1]);
	if (ret->exec) {
		for (len -= word; strchr(CONF_SPACE, size[len - 1]); len--)
			;
		size[len] = '\0';
	}
	return set_bytes(r, key, &ret->size, size);
}

int conf_set_scratch(struct conf_reader *r, const char *path, const char *value)
{
	struct imageconf *c = r->conf;
	struct imageconf_scratch *scratch = &c->scratches[c->n_scratch];
	int e;

	for (size_t i = 0; i < c->n_scratch; i++)
		if (!strcmp(c->scratches[i].path, path))
			return conf_complain(r, r->line, "\"scratch %s\" was given before", path);
	if (c->n_scratch == PLAN_SCRATCHES_MAX)
		return conf_complain(r, r->line, "more than %d paths of scratch",
				     PLAN_SCRATCHES_MAX);
	e = set_string(r, &scratch->path, path);
	if (e == 0)
		e = set_scratch(r, "scratch", scratch, value);
	if (e == 0 && scratch->size == 0)
		return conf_complain(r, r->line, "scratch %s = %s: must be more than 0", path,
				     value);
	c->n_scratch++;
	return e;
}

/* Names of keys, split at spaces. */
static int set_instance_keys(struct conf_reader *r, const char *key, unsigned *ret,
			     const char *value)
{
	char known[INSTANCE_NAMES_MAX];

	for (size_t len; *value; value += len + strspn(value + len, CONF_SPACE)) {
		enum instance_key k;

		len = strcspn(value, CONF_SPACE);
		k = instance_key_find(value, len);
		instance_names(INSTANCE_ALL, ", ", known);
		if (k == INSTANCE_KEYS_N)
			return conf_complain(
				r, r->line,
				"%s: an instance configuration has no key \"%.*s\"; it has %s", key,
				(int)len, value, known);
		if (*ret & 1u << k)
			return conf_complain(r, r->line, "%s: %s is named twice", key,
					     instance_keys[k]);
		*ret |= 1u << k;
	}
	return 0;
}

static int set_source(struct conf_reader *r, const char *key, const char **ret, const char *value)
{
	if (strcmp(value, "fw_cfg") && strcmp(value, "imds"))
		return conf_complain(r, r->line, "%s = %s: not fw_cfg, of QEMU, or imds, of clouds",
				     key, value);
	return set_string(r, ret, value);
}

static int set_kind(struct conf_reader *r, enum machine *ret, const char *value)
{
	*ret = machine_find(value);
	if (*ret == _MACHINE_MAX)
		return conf_complain(r, r->line, "kind = %s: not qemu, azure, gce, aws or metal",
				     value);
	return 0;
}

#define CONF(field) offsetof(struct imageconf, field)

const struct conf_key conf_keys[CONF_KEYS_N] = {
	{ TOP, "format", VERSION, 0, false, 0 },
	{ IMAGE, "name", STRING, CONF(name), false, 0 },
	{ IMAGE, "version", STRING, CONF(version), false, 0 },
	{ CONTAINER, "recipe", PATH, CONF(recipe), false, 0 },
	{ CONTAINER, "layout", PATH, CONF(layout), false, 0 },
	{ CONTAINER, "entrypoint", WORDS, CONF(entrypoint), false, CONF(entrypoint_line) },
	{ CONTAINER, "args", WORDS, CONF(args), true, CONF(args_line) },
	{ CONTAINER, "arg", WORD, CONF(args), true, CONF(args_line) },
	{ CONTAINER, "env", VARIABLE, CONF(env), true, 0 },
	{ CONTAINER, "workdir", STRING, CONF(workdir), false, CONF(workdir_line) },
	{ CONTAINER, "port", COUNT, CONF(port), false, 0 },
	{ CONTAINER, "isolate", ISOLATE, CONF(isolate), false, 0 },
	{ CONTAINER, "pool", COUNT, CONF(pool_size), false, 0 },
	{ CONTAINER, "storage", STORAGE, 0, false, 0 },
	{ CONTAINER, "compress", COMPRESS, CONF(compress), false, 0 },
	{ GATEWAY, "allow", GATEWAY_WORDS, CONF(allow), true, 0 },
	{ GATEWAY, "body", BODY, CONF(body), false, 0 },
	{ GATEWAY, "key", GATEWAY_WORDS, CONF(keys), true, 0 },
	{ GATEWAY, "rate", GATEWAY_WORDS, CONF(rate), false, 0 },
	{ GATEWAY, "concurrency", COUNT, CONF(concurrency), false, 0 },
	{ GATEWAY, "queue", COUNT, CONF(queue), false, 0 },
	{ GATEWAY, "upgrade", GATEWAY_WORDS, CONF(upgrades), true, 0 },
	{ GATEWAY, "metrics", SWITCH, CONF(metrics), false, 0 },
	{ GATEWAY, "pace", MILLISECONDS, CONF(pace), false, 0 },
	{ GATEWAY, "padding", COUNT, CONF(padding), false, 0 },
	{ GATEWAY, "raw", SWITCH, CONF(raw), false, 0 },
	{ GATEWAY, "status", SWITCH, CONF(status), false, 0 },
	{ MODEL, "file", MODEL_FILE, 0, true, 0 },
	{ MODEL, "digest", MODEL_DIGEST, 0, true, 0 },
	{ MODEL, "storage", STORAGE, 0, false, 0 },
	{ DEVICES, "pass", WORDS, CONF(devices), true, 0 },
	{ DEVICES, "modules", WORDS, CONF(modules), true, 0 },
	{ DEVICES, "firmware", FIRMWARE, 0, true, 0 },
	{ LIMITS, "memory", BYTES, CONF(memory), false, 0 },
	{ LIMITS, "pids", COUNT, CONF(pids), false, 0 },
	{ LIMITS, "cpu", PERCENT, CONF(cpu), false, 0 },
	{ LIMITS, "scratch", SCRATCH, CONF(scratch), false, 0 },
	{ LIMITS, "shm", BYTES, CONF(shm), false, 0 },
	{ LIMITS, "writable", BYTES, CONF(writable), false, CONF(writable_line) },
	{ LIMITS, "files", COUNT, CONF(files), false, 0 },
	{ WORLD, "loopback", LOOPBACK, CONF(loopback_any), false, 0 },
	{ WORLD, "netlink", NETLINK, CONF(netlink_route), false, 0 },
	{ WORLD, "proc", PROC, CONF(proc_comm), false, 0 },
	{ WORLD, "sys", SYS, CONF(sys), false, 0 },
	{ RESTART, "policy", STRING, CONF(restart), false, 0 },
	{ RESTART, "max", RESTARTS, CONF(restart_max), false, 0 },
	{ RESTART, "window", COUNT, CONF(restart_window), false, 0 },
	{ SECCOMP, "allow", WORDS, CONF(seccomp), true, 0 },
	{ CONFIG, "allow", INSTANCE_KEY, CONF(config_allow), true, 0 },
	{ CONFIG, "source", SOURCE, CONF(source), false, 0 },
	{ MACHINE, "kind", KIND, CONF(machine), false, 0 },
};

int conf_set(struct conf_reader *r, const struct conf_key *key, const char *value)
{
	struct imageconf *c = r->conf;
	void *field = (char *)c + key->field;
	unsigned *line = (void *)((char *)c + key->line);

	if (key->line && !*line)
		*line = r->line;

	switch (key->kind) {
	case VERSION:
		return set_format(r, value);
	case STRING:
		return set_string(r, field, value);
	case PATH:
		return set_path(r, field, value);
	case WORD:
		return set_word(r, field, value);
	case VARIABLE:
		return set_variable(r, field, value);
	case WORDS:
		return split(r, field, value);
	case BYTES:
		return set_bytes(r, key->name, field, value);
	case COUNT:
		return set_count(r, key->name, field, value);
	case PERCENT:
		return set_percent(r, key->name, field, value);
	case MILLISECONDS:
		return set_milliseconds(r, key->name, field, value);
	case RESTARTS:
		return set_restarts(r, key->name, field, value);
	case GATEWAY_WORDS:
		return set_gateway(r, key->name, field, value);
	case BODY:
		return set_body(r, key->name, field, value);
	case SWITCH:
		return set_either(r, key->name, field, value, "off", "on");
	case SCRATCH:
		return set_scratch(r, key->name, field, value);
	case LOOPBACK:
		return set_either(r, key->name, field, value, "port", "any");
	case NETLINK:
		return set_either(r, key->name, field, value, "none", "route");
	case ISOLATE:
		return set_either(r, key->name, field, value, "none", "connection");
	case PROC:
		return set_either(r, key->name, field, value, "read-only", "comm");
	case SYS:
		return set_sys(r, field, value);
	case MODEL_FILE:
		return set_file(r, value);
	case MODEL_DIGEST:
		return set_digest(r, value);
	case FIRMWARE:
		return set_firmware(r, value);
	case STORAGE:
		return set_storage(r, value);
	case COMPRESS:
		return set_compress(r, field, value);
	case INSTANCE_KEY:
		return set_instance_keys(r, key->name, field, value);
	case SOURCE:
		return set_source(r, key->name, field, value);
	case KIND:
		return set_kind(r, field, value);
	}
	return -EINVAL;
}
