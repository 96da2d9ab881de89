/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include <errno.h>
#include <string.h>

#define VERSION_LINE "rampart-plan/1"
#define LABEL_MAX    63 /* of image and version: they appear in file names and events */

#define LOWER	     "abcdefghijklmnopqrstuvwxyz"
#define UPPER	     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	     "0123456789"

const char *const plan_roles[PLAN_ROLES_N] = { "container", "dialer", "gateway", "launcher" };

/* Each setter checks one value and stores it; on failure it says why in *ret_why. */
typedef int (*setter)(struct plan *plan, char *value, const char **ret_why);

static int broken(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EPROTO;
}

/* Decimal without sign or leading zero, so that every number has one spelling. */
static int parse_number(const char *s, uint64_t max, uint64_t *ret, const char **ret_why)
{
	uint64_t v = 0;

	if (s[0] == '\0' || s[strspn(s, DIGITS)] != '\0' || (s[0] == '0' && s[1] != '\0'))
		return broken(ret_why, "not a decimal number");
	for (; *s; s++) {
		uint64_t digit = (uint64_t)(*s - '0');

		if (v > (max - digit) / 10)
			return broken(ret_why, "number too large");
		v = v * 10 + digit;
	}
	*ret = v;
	return 0;
}

/* "sha256:<hex>" */
static int parse_digest(const char *value, struct digest *ret, const char **ret_why)
{
	static const char prefix[] = "sha256:";

	if (strncmp(value, prefix, sizeof(prefix) - 1))
		return broken(ret_why, "digest does not start with \"sha256:\"");
	value += sizeof(prefix) - 1;
	if (digest_from_hex(HASH_SHA256, value, strlen(value), ret) < 0)
		return broken(ret_why, "digest is not 64 lower-case hex digits");
	return 0;
}

/* "sha256:<hex> <size>" */
static int parse_digest_size(char *value, struct plan_file *ret, const char **ret_why)
{
	char *size = strchr(value, ' ');
	struct plan_file file = { 0 };
	int r;

	if (!size)
		return broken(ret_why, "not \"sha256:<hex> <size>\"");
	*size++ = '\0';
	r = parse_digest(value, &file.digest, ret_why);
	if (r < 0)
		return r;
	r = parse_number(size, INT64_MAX, &file.size, ret_why); /* off_t holds it */
	if (r < 0)
		return r;
	*ret = file;
	return 0;
}

static int set_arg(struct plan *plan, char *value, const char **ret_why)
{
	if (plan->n_argv == 0 && value[0] != '/')
		return broken(ret_why, "arg.00 is not an absolute path");
	plan->argv[plan->n_argv++] = value;
	return 0;
}

static int set_container(struct plan *plan, char *value, const char **ret_why)
{
	int r = parse_digest_size(value, &plan->container, ret_why);

	if (r == 0 && plan->container.size == 0)
		return broken(ret_why, "container is empty");
	return r;
}

static int set_manifest(struct plan *plan, char *value, const char **ret_why)
{
	plan->has_manifest = true;
	return parse_digest(value, &plan->manifest, ret_why);
}

static int set_debug(struct plan *plan, char *value, const char **ret_why)
{
	if (strcmp(value, "0") && strcmp(value, "1"))
		return broken(ret_why, "debug is neither 0 nor 1");
	plan->debug = value[0] == '1';
	return 0;
}

static int set_env(struct plan *plan, char *value, const char **ret_why)
{
	if (!strchr(value, '=') || value[0] == '=')
		return broken(ret_why, "environment is not NAME=value");
	plan->envp[plan->n_envp++] = value;
	return 0;
}

static int set_image(struct plan *plan, char *value, const char **ret_why)
{
	if (value[0] == '-' || value[strspn(value, LOWER DIGITS "-")] != '\0' ||
	    strlen(value) > LABEL_MAX)
		return broken(ret_why, "image is not a name of at most 63 [a-z0-9-]");
	plan->image = value;
	return 0;
}

static int set_limit_cpu(struct plan *plan, char *value, const char **ret_why)
{
	return parse_number(value, UINT32_MAX, &plan->limit_cpu, ret_why);
}

static int set_limit_files(struct plan *plan, char *value, const char **ret_why)
{
	int r = parse_number(value, 1048576, &plan->limit_files,
			     ret_why); /* the kernel's nr_open */

	if (r == 0 && plan->limit_files < 16)
		return broken(ret_why, "limit.files is less than 16");
	return r;
}

static int set_limit_memory(struct plan *plan, char *value, const char **ret_why)
{
	int r = parse_number(value, INT64_MAX, &plan->limit_memory, ret_why);

	if (r == 0 && plan->limit_memory == 0)
		return broken(ret_why, "limit.memory is zero");
	return r;
}

static int set_limit_pids(struct plan *plan, char *value, const char **ret_why)
{
	int r = parse_number(value, INT32_MAX, &plan->limit_pids, ret_why);

	if (r == 0 && plan->limit_pids == 0)
		return broken(ret_why, "limit.pids is zero");
	return r;
}

static int set_model(struct plan *plan, char *value, const char **ret_why)
{
	struct plan_file *file = &plan->model[plan->n_model];
	char *rest = strchr(value, ' ');
	int r;

	if (!rest)
		return broken(ret_why, "not \"<name> sha256:<hex> <size>\"");
	*rest++ = '\0';
	/* Half a measured name: "model <name>" must fit the event, and the name stays in its
	 * folder. */
	if (value[0] == '.' || value[0] == '\0' || strlen(value) > 127 ||
	    value[strspn(value, LOWER UPPER DIGITS "._-")] != '\0')
		return broken(ret_why, "model name is not at most 127 [A-Za-z0-9._-]");
	for (size_t i = 0; i < plan->n_model; i++)
		if (!strcmp(plan->model[i].name, value))
			return broken(ret_why, "model name appears twice");
	r = parse_digest_size(rest, file, ret_why);
	if (r < 0)
		return r;
	file->name = value;
	plan->n_model++;
	return 0;
}

static int set_port(struct plan *plan, char *value, const char **ret_why)
{
	uint64_t port;
	int r = parse_number(value, UINT16_MAX, &port, ret_why);

	if (r == 0 && port == 0)
		return broken(ret_why, "port is zero");
	if (r == 0)
		plan->port = (uint16_t)port;
	return r;
}

static int set_restart(struct plan *plan, char *value, const char **ret_why)
{
	static const char *const names[] = { "never", "on-failure", "always" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(value, names[i])) {
			plan->restart = (enum plan_restart)i;
			return 0;
		}
	return broken(ret_why, "restart is not never, on-failure or always");
}

/* After restart, since keys are sorted. */
static int set_restart_max(struct plan *plan, char *value, const char **ret_why)
{
	int r = parse_number(value, PLAN_RESTARTS_MAX, &plan->restart_max, ret_why);

	if (r == 0 && (plan->restart == PLAN_NEVER) != (plan->restart_max == 0))
		return broken(ret_why, "restart.max is 0 if and only if restart is never");
	return r;
}

static int set_restart_window(struct plan *plan, char *value, const char **ret_why)
{
	int r = parse_number(value, 86400, &plan->restart_window, ret_why);

	if (r == 0 && plan->restart_window == 0)
		return broken(ret_why, "restart.window is zero");
	return r;
}

static int set_scratch(struct plan *plan, char *value, const char **ret_why)
{
	return parse_number(value, INT64_MAX, &plan->scratch, ret_why);
}

/* Words are calls as Linux names them, each after the one before. */
static int set_seccomp_allow(struct plan *plan, char *value, const char **ret_why)
{
	const char *last = "";
	size_t last_len = 0;

	plan->seccomp_allow = value;
	for (size_t len;; value += len + 1) {
		int order;

		len = strspn(value, LOWER DIGITS "_");
		if (len == 0 || (value[len] != ' ' && value[len] != '\0'))
			return broken(ret_why, "not names of system calls with one space between");
		order = strncmp(last, value, last_len < len ? last_len : len);
		if (order > 0 || (order == 0 && last_len >= len))
			return broken(ret_why, "system calls are not sorted");
		if (value[len] == '\0')
			return 0;
		last = value;
		last_len = len;
	}
}

static int set_filter(struct plan *plan, enum plan_role role, char *value, const char **ret_why)
{
	struct plan_file *file = &plan->seccomp[role];
	int r = parse_digest_size(value, file, ret_why);

	file->name = plan_roles[role];
	if (r == 0 && (file->size == 0 || file->size > PLAN_SECCOMP_MAX || file->size % 8))
		return broken(ret_why, "not the size of a filter: 8 to 32768 bytes in eights");
	return r;
}

static int set_seccomp_container(struct plan *plan, char *value, const char **ret_why)
{
	return set_filter(plan, PLAN_CONTAINER, value, ret_why);
}

static int set_seccomp_dialer(struct plan *plan, char *value, const char **ret_why)
{
	return set_filter(plan, PLAN_DIALER, value, ret_why);
}

static int set_seccomp_gateway(struct plan *plan, char *value, const char **ret_why)
{
	return set_filter(plan, PLAN_GATEWAY, value, ret_why);
}

static int set_seccomp_launcher(struct plan *plan, char *value, const char **ret_why)
{
	return set_filter(plan, PLAN_LAUNCHER, value, ret_why);
}

/* "<uid>:<gid> <name>" */
static int set_user(struct plan *plan, char *value, const char **ret_why)
{
	size_t uid = strspn(value, DIGITS), gid = 0;

	if (value[uid] == ':')
		gid = strspn(value + uid + 1, DIGITS);
	if (!uid || !gid || value[uid + 1 + gid] != ' ')
		return broken(ret_why, "not \"<uid>:<gid> <name>\"");
	plan->user = value;
	return 0;
}

static int set_version(struct plan *plan, char *value, const char **ret_why)
{
	if (value[strspn(value, LOWER UPPER DIGITS ".+~-")] != '\0' || strlen(value) > LABEL_MAX)
		return broken(ret_why, "version is not at most 63 [A-Za-z0-9.+~-]");
	plan->version = value;
	return 0;
}

static int set_workdir(struct plan *plan, char *value, const char **ret_why)
{
	if (value[0] != '/')
		return broken(ret_why, "workdir is not an absolute path");
	plan->workdir = value;
	return 0;
}

static const struct key {
	const char *name;    /* a numbered one ends with its dot */
	size_t max;	     /* how often; more than 1 only for a numbered one */
	const char *missing; /* what to say; NULL: may be absent */
	setter set;
} keys[] = {
	{ "arg.", PLAN_ARGS_MAX, "no arg.00", set_arg },
	{ "container", 1, "no container", set_container },
	{ "container.manifest", 1, NULL, set_manifest },
	{ "container.user", 1, NULL, set_user },
	{ "debug", 1, "no debug", set_debug },
	{ "env.", PLAN_ENVS_MAX, NULL, set_env },
	{ "image", 1, "no image", set_image },
	{ "limit.cpu", 1, "no limit.cpu", set_limit_cpu },
	{ "limit.files", 1, "no limit.files", set_limit_files },
	{ "limit.memory", 1, "no limit.memory", set_limit_memory },
	{ "limit.pids", 1, "no limit.pids", set_limit_pids },
	{ "model.", PLAN_MODELS_MAX, NULL, set_model },
	{ "port", 1, "no port", set_port },
	{ "restart", 1, "no restart", set_restart },
	{ "restart.max", 1, "no restart.max", set_restart_max },
	{ "restart.window", 1, "no restart.window", set_restart_window },
	{ "scratch", 1, "no scratch", set_scratch },
	{ "seccomp.allow", 1, NULL, set_seccomp_allow },
	{ "seccomp.container", 1, "no seccomp.container", set_seccomp_container },
	{ "seccomp.dialer", 1, "no seccomp.dialer", set_seccomp_dialer },
	{ "seccomp.gateway", 1, "no seccomp.gateway", set_seccomp_gateway },
	{ "seccomp.launcher", 1, "no seccomp.launcher", set_seccomp_launcher },
	{ "version", 1, "no version", set_version },
	{ "workdir", 1, "no workdir", set_workdir },
};

#define KEYS_N (sizeof(keys) / sizeof(keys[0]))

struct parser {
	char *text;
	size_t len, off; /* off: start of the line being read */
	const char *last_key;
	size_t seen[KEYS_N];
	const char *why;
};

static int malformed(struct parser *p, const char *why)
{
	p->why = why;
	return -EBADMSG;
}

/* The next line as a string; moves nothing. */
static int read_line(struct parser *p, char **ret_line, size_t *ret_len)
{
	char *line = p->text + p->off;
	char *end = memchr(line, '\n', p->len - p->off);

	if (!end)
		return malformed(p, "last line has no newline");
	for (const char *c = line; c < end; c++)
		if (*c < 0x20 || *c > 0x7e)
			return malformed(p, "not printable ASCII");
	*end = '\0';
	*ret_line = line;
	*ret_len = (size_t)(end - line);
	return 0;
}

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < KEYS_N; i++) {
		size_t len = strlen(keys[i].name);

		if (keys[i].name[len - 1] == '.' ? !strncmp(keys[i].name, name, len)
						 : !strcmp(keys[i].name, name))
			return &keys[i];
	}
	return NULL;
}

/* "arg.03" must be the fourth arg: two digits that equal the count so far. */
static bool number_ok(const char *digits, size_t count)
{
	return digits[0] == (char)('0' + count / 10) && digits[1] == (char)('0' + count % 10) &&
	       digits[2] == '\0';
}

static int set_pair(struct parser *p, struct plan *plan, const char *name, char *value)
{
	const struct key *key = find_key(name);
	size_t *seen;

	if (!key)
		return broken(&p->why, "unknown key");
	seen = &p->seen[key - keys];
	if (*seen == key->max) {
		p->why = "too many of this key";
		return -EFBIG;
	}
	if (key->max > 1 && !number_ok(name + strlen(key->name), *seen))
		return broken(&p->why, "not the next number of this key");
	(*seen)++;
	return key->set(plan, value, &p->why);
}

static int parse_pair(struct parser *p, struct plan *plan)
{
	char *line, *value;
	size_t len;
	int r = read_line(p, &line, &len);

	if (r < 0)
		return r;
	value = strchr(line, ' ');
	if (!value || value == line)
		return malformed(p, "not \"key value\"");
	*value++ = '\0';
	if (value[0] == '\0' || value[0] == ' ' || line[len - 1] == ' ')
		return malformed(p, "value is empty or starts or ends with a space");
	/* A space sorts before every character of a key: sorted lines are sorted keys. */
	if (p->last_key && strcmp(p->last_key, line) >= 0)
		return broken(&p->why, "key is not after the one before it");
	r = set_pair(p, plan, line, value);
	if (r < 0)
		return r;
	p->last_key = line;
	p->off += len + 1;
	return 0;
}

static int parse_version(struct parser *p)
{
	char *line;
	size_t len;
	int r;

	if (p->len > PLAN_SIZE_MAX) {
		p->why = "larger than a plan may be";
		return -EFBIG;
	}
	r = read_line(p, &line, &len);
	if (r < 0)
		return r;
	if (strncmp(line, VERSION_LINE, sizeof(VERSION_LINE) - 2))
		return malformed(p, "does not start with \"" VERSION_LINE "\"");
	if (strcmp(line, VERSION_LINE)) {
		p->why = "another version than \"" VERSION_LINE "\"";
		return -ENOTSUP;
	}
	p->off += len + 1;
	return 0;
}

static int parse(struct parser *p, struct plan *plan)
{
	int r = parse_version(p);

	while (r == 0 && p->off < p->len)
		r = parse_pair(p, plan);
	if (r < 0)
		return r;
	for (size_t i = 0; i < KEYS_N; i++)
		if (keys[i].missing && p->seen[i] == 0)
			return broken(&p->why, keys[i].missing);
	return 0;
}

int plan_parse(char *text, size_t len, struct plan *ret_plan, struct diag *diag)
{
	struct parser p = { .text = text, .len = len };
	struct plan plan = { 0 };
	int r = parse(&p, &plan);

	if (r < 0) {
		if (diag)
			*diag = (struct diag){ .off = p.off, .what = p.why };
		return r;
	}
	plan.container.name = plan.image;
	*ret_plan = plan;
	return 0;
}
