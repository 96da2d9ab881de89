/* SPDX-License-Identifier: MIT */
#include "measure/lib/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/lib/plankeys.h"

#define VERSION_LINE "rampart-plan/1"

struct parser {
	char *text;
	size_t len, off; /* off: start of the line being read */
	const char *last_key;
	size_t seen[PLAN_KEYS_N];
	size_t width[PLAN_KEYS_N]; /* digits of a numbered key */
	const char *why;
};

static int broken(struct parser *p, const char *why)
{
	p->why = why;
	return -EPROTO;
}

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

static const struct plan_key *find_key(const char *name)
{
	for (size_t i = 0; i < PLAN_KEYS_N; i++) {
		size_t len = strlen(plan_keys[i].name);

		if (plan_keys[i].name[len - 1] == '.' ? !strncmp(plan_keys[i].name, name, len)
						      : !strcmp(plan_keys[i].name, name))
			return &plan_keys[i];
	}
	return NULL;
}

/* "arg.03" must be the fourth arg: the count so far, in as many digits as the first one has. */
static bool number_ok(struct parser *p, const struct plan_key *key, const char *digits)
{
	size_t k = (size_t)(key - plan_keys);
	char want[24];

	if (p->seen[k] == 0)
		p->width[k] = strlen(digits) == 3 && key->max > 100 ? 3 : 2;
	(void)snprintf(want, sizeof(want), "%0*zu", (int)p->width[k], p->seen[k]);
	return !strcmp(digits, want);
}

static int set_pair(struct parser *p, struct plan *plan, const char *name, char *value)
{
	const struct plan_key *key = find_key(name);
	size_t *seen;

	if (!key)
		return broken(p, "unknown key");
	seen = &p->seen[key - plan_keys];
	if (*seen == key->max) {
		p->why = "too many of this key";
		return -EFBIG;
	}
	if (key->max > 1 && !number_ok(p, key, name + strlen(key->name)))
		return broken(p, "not the next number of this key");
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
		return broken(p, "key is not after the one before it");
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
	const char *fault;

	while (r == 0 && p->off < p->len)
		r = parse_pair(p, plan);
	if (r < 0)
		return r;
	for (size_t i = 0; i < PLAN_KEYS_N; i++) {
		if (plan_keys[i].missing && p->seen[i] == 0)
			return broken(p, plan_keys[i].missing);
		if (p->width[i] == 3 && p->seen[i] <= 100)
			return broken(p, "numbers of three digits where two are enough");
	}
	if (plan->pace && plan->padding < PLAN_PACE_PADDING)
		return broken(p, "gateway.pace without a gateway.padding of 64 or more");
	fault = planconfig_fault(plan);
	return fault ? broken(p, fault) : 0;
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
