/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/rules.h"

#include <string.h>

#include "initramfs/gateway/target.h"

static bool equals(struct span s, const char *text)
{
	return s.left == strlen(text) && !memcmp(s.p, text, s.left);
}

static bool path_matches(const struct plan_allow *allow, struct span path)
{
	size_t len = strlen(allow->path);

	if (!allow->below)
		return equals(path, allow->path);
	return path.left >= len && !memcmp(path.p, allow->path, len);
}

static bool method_matches(const struct plan_allow *allow, struct span method)
{
	return equals(method, allow->method) ||
	       (equals(method, "HEAD") && !strcmp(allow->method, "GET"));
}

uint64_t rules_content_max(const struct plan *plan)
{
	return plan->has_body ? plan->body : UINT64_MAX;
}

/* Some servers leave the content of such a request unread, and read it as the next one then. */
static bool has_odd_content(const struct http_request *request)
{
	return http_has_content(request) &&
	       (equals(request->method, "GET") || equals(request->method, "HEAD"));
}

static enum rules_verdict judge_target(const struct plan *plan, const struct http_request *request)
{
	enum rules_verdict verdict = RULES_NO_PATH;

	if (request->form == HTTP_ASTERISK)
		return RULES_NO_PATH;
	if (request->form != HTTP_ORIGIN || !target_is_plain(request->path))
		return RULES_AMBIGUOUS;
	for (size_t i = 0; i < plan->n_allow; i++) {
		if (!path_matches(&plan->allow[i], request->path))
			continue;
		if (method_matches(&plan->allow[i], request->method))
			return has_odd_content(request) ? RULES_CONTENT : RULES_PASS;
		verdict = RULES_NO_METHOD;
	}
	return verdict;
}

/* An Upgrade that is no proper one is none to us, but may be one to the container. */
static enum rules_verdict judge_upgrade(const struct plan *plan, const struct http_request *request)
{
	if (!request->upgrade)
		return RULES_PASS;
	if (!request->websocket || request->form != HTTP_ORIGIN || !target_is_plain(request->path))
		return RULES_UPGRADE;
	for (size_t i = 0; i < plan->n_upgrade; i++)
		if (path_matches(&plan->upgrade[i], request->path))
			return RULES_PASS;
	return RULES_UPGRADE;
}

enum rules_verdict rules_judge(const struct plan *plan, const struct http_request *request)
{
	enum rules_verdict verdict = plan->n_allow > 0 ? judge_target(plan, request) : RULES_PASS;

	if (verdict == RULES_PASS)
		verdict = judge_upgrade(plan, request);
	if (verdict == RULES_PASS && request->length > rules_content_max(plan))
		return RULES_TOO_LARGE;
	return verdict;
}

void rules_methods(const struct plan *plan, struct span path,
		   char ret_methods[static RULES_METHODS_MAX])
{
	size_t len = 0;

	ret_methods[0] = '\0';
	for (size_t i = 0; i < plan->n_allow; i++) {
		const char *method = plan->allow[i].method;
		const char *with = strcmp(method, "GET") ? "" : ", HEAD";

		if (!path_matches(&plan->allow[i], path) ||
		    len + strlen(method) + strlen(with) + 3 > RULES_METHODS_MAX)
			continue;
		strcat(strcat(strcat(ret_methods, len ? ", " : ""), method), with);
		len = strlen(ret_methods);
	}
}
