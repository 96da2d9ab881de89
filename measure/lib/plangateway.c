/* SPDX-License-Identifier: MIT */
#include "measure/lib/plangateway.h"

#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/planvalue.h"

#define METHOD_MAX 32
#define NAME_MAX   63 /* of a key: as of other names */

/* Only paths that every program reads alike; "*" only after the last slash, and cut off there. */
static bool path_ok(char *path, bool *ret_below)
{
	static const char own[] = "/.well-known/rampart";
	size_t len = strlen(path);

	*ret_below = len >= 2 && !strcmp(path + len - 2, "/*");
	if (*ret_below)
		path[--len] = '\0';
	if (path[0] != '/' || len > 127 ||
	    path[strspn(path, LOWER UPPER DIGITS "._~+,=:@/-")] != '\0')
		return false;
	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		size_t dots = strspn(s + 1, ".");

		if (s[1] == '/' || (dots > 0 && dots < 3 && (s[1 + dots] == '/' || !s[1 + dots])))
			return false;
	}
	return strncmp(path, own, sizeof(own) - 1) ||
	       (path[sizeof(own) - 1] != '\0' && path[sizeof(own) - 1] != '/');
}

/* value: a word of len characters, a space, and a path; the last of n that are there already. */
static int add_request(struct plan_allow *all, size_t *n, char *value, size_t len,
		       const char **ret_why)
{
	struct plan_allow *allow = &all[*n];
	int order;

	value[len] = '\0';
	allow->method = value;
	allow->path = value + len + 1;
	if (!path_ok(value + len + 1, &allow->below))
		return plan_broken(
			ret_why,
			"not a path that the gateway can allow: plain segments, or those and \"/*\", and not its own");
	if (*n > 0) {
		order = strcmp(allow[-1].method, allow->method);
		if (order == 0)
			order = strcmp(allow[-1].path, allow->path);
		if (order > 0 || (order == 0 && allow[-1].below >= allow->below))
			return plan_broken(ret_why,
					   "allowed requests are not sorted, or one appears twice");
	}
	++*n;
	return 0;
}

int plangateway_allow(struct plan *plan, char *value, const char **ret_why)
{
	size_t len = strspn(value, UPPER "-");

	if (len == 0 || len > METHOD_MAX || value[len] != ' ')
		return plan_broken(ret_why, "not \"METHOD /path\"");
	return add_request(plan->allow, &plan->n_allow, value, len, ret_why);
}

int plangateway_body(struct plan *plan, char *value, const char **ret_why)
{
	plan->has_body = true;
	return plan_number(value, INT64_MAX, &plan->body, ret_why);
}

int plangateway_concurrency(struct plan *plan, char *value, const char **ret_why)
{
	char *waiting = strchr(value, ' ');
	int r;

	if (!waiting)
		return plan_broken(ret_why, "not \"<requests> <waiting>\"");
	*waiting++ = '\0';
	r = plan_number(value, PLAN_CONCURRENCY_MAX, &plan->concurrency, ret_why);
	if (r == 0)
		r = plan_number(waiting, PLAN_QUEUE_MAX, &plan->queue, ret_why);
	if (r == 0 && plan->concurrency == 0)
		return plan_broken(ret_why, "no request could reach the container");
	return r;
}

int plangateway_key(struct plan *plan, char *value, const char **ret_why)
{
	struct plan_token *token = &plan->token[plan->n_token];
	size_t len = strspn(value, LOWER UPPER DIGITS "._-");
	int r;

	if (len == 0 || len > NAME_MAX || value[len] != ' ')
		return plan_broken(ret_why,
				   "not \"<name> sha256:<hex>\" with a name of [A-Za-z0-9._-]");
	value[len] = '\0';
	token->name = value;
	r = plan_sha256(value + len + 1, &token->digest, ret_why);
	if (r < 0)
		return r;
	if (plan->n_token > 0 && strcmp(token[-1].name, token->name) > 0)
		return plan_broken(ret_why, "keys are not sorted");
	for (size_t i = 0; i < plan->n_token; i++)
		if (digest_equal(&plan->token[i].digest, &token->digest))
			return plan_broken(ret_why, "a key appears twice");
	if (plan->n_token > 0 && !strcmp(token[-1].name, token->name) &&
	    memcmp(token[-1].digest.bytes, token->digest.bytes, HASH_LEN_MAX) > 0)
		return plan_broken(ret_why, "keys are not sorted");
	plan->n_token++;
	return 0;
}

int plangateway_metrics(struct plan *plan, char *value, const char **ret_why)
{
	plan->metrics = true;
	return strcmp(value, "1") ? plan_broken(ret_why, "gateway.metrics is not 1") : 0;
}

int plangateway_pace(struct plan *plan, char *value, const char **ret_why)
{
	int r = plan_number(value, PLAN_PACE_MAX, &plan->pace, ret_why);

	return r == 0 && plan->pace < PLAN_PACE_MIN
		       ? plan_broken(ret_why, "gateway.pace is less than 10 ms")
		       : r;
}

int plangateway_padding(struct plan *plan, char *value, const char **ret_why)
{
	int r = plan_number(value, PLAN_PADDING_MAX, &plan->padding, ret_why);

	return r == 0 && plan->padding < 2 ? plan_broken(ret_why, "gateway.padding is less than 2")
					   : r;
}

int plangateway_rate(struct plan *plan, char *value, const char **ret_why)
{
	static const struct {
		const char *unit;
		uint32_t seconds;
	} units[] = { { "/s", 1 }, { "/m", 60 }, { "/h", 3600 } };
	size_t digits = strspn(value, DIGITS);
	uint64_t n = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(value + digits, units[i].unit))
			plan->rate.seconds = units[i].seconds;
	if (plan->rate.seconds == 0)
		return plan_broken(ret_why, "not \"<requests>/s\", /m or /h");
	value[digits] = '\0';
	r = plan_number(value, PLAN_RATE_MAX, &n, ret_why);
	if (r == 0 && n == 0)
		return plan_broken(ret_why, "no request could reach the container");
	plan->rate.n = (uint32_t)n;
	return r;
}

/* After the others of which there may be none beside it, but upgrades, since keys are sorted. */
int plangateway_raw(struct plan *plan, char *value, const char **ret_why)
{
	if (strcmp(value, "1"))
		return plan_broken(ret_why, "gateway.raw is not 1");
	if (plan->n_allow > 0 || plan->has_body || plan->concurrency || plan->n_token > 0 ||
	    plan->rate.n)
		return plan_broken(ret_why, "gateway.raw beside rules, which it would go round");
	plan->raw = true;
	return 0;
}

int plangateway_status(struct plan *plan, char *value, const char **ret_why)
{
	plan->status = true;
	return strcmp(value, "1") ? plan_broken(ret_why, "gateway.status is not 1") : 0;
}

int plangateway_upgrade(struct plan *plan, char *value, const char **ret_why)
{
	static const char protocol[] = "websocket";

	if (strncmp(value, protocol, sizeof(protocol) - 1) || value[sizeof(protocol) - 1] != ' ')
		return plan_broken(ret_why, "not \"websocket /path\"");
	return add_request(plan->upgrade, &plan->n_upgrade, value, sizeof(protocol) - 1, ret_why);
}
