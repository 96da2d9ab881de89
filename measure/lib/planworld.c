/* SPDX-License-Identifier: MIT */
/* Who the container is, what it sees and may write to, beside its image and its devices. */
#include <errno.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/plankeys.h"
#include "measure/lib/plantext.h"
#include "measure/lib/planvalue.h"

/* A key that is there opens something, in the one way that there is. */
static int set_word(bool *ret, const char *value, const char *word, const char *why,
		    const char **ret_why)
{
	if (strcmp(value, word) != 0)
		return plan_broken(ret_why, why);
	*ret = true;
	return 0;
}

/* After gateway.concurrency, since keys are sorted: whoever finds no container waits or is refused. */
int planworld_isolate(struct plan *plan, char *value, const char **ret_why)
{
	static const char connection[] = "connection ";
	size_t len = sizeof(connection) - 1;
	int r;

	if (strncmp(value, connection, len) != 0)
		return plan_broken(ret_why, "not \"connection <containers>\"");
	r = plan_number(value + len, PLAN_POOL_MAX, &plan->pool, ret_why);
	if (r == 0 && (plan->concurrency == 0 || plan->concurrency > plan->pool))
		return plan_broken(ret_why, "not as many containers as requests at once");
	return r;
}

int planworld_loopback(struct plan *plan, char *value, const char **ret_why)
{
	return set_word(&plan->loopback_any, value, "any", "loopback is not any", ret_why);
}

int planworld_netlink(struct plan *plan, char *value, const char **ret_why)
{
	return set_word(&plan->netlink_route, value, "route", "netlink is not route", ret_why);
}

int planworld_proc(struct plan *plan, char *value, const char **ret_why)
{
	return set_word(&plan->proc_comm, value, "comm", "proc is not comm", ret_why);
}

/* After device, since keys are sorted. */
int planworld_sys(struct plan *plan, char *value, const char **ret_why)
{
	if (!strcmp(value, "cpu"))
		plan->sys = PLAN_SYS_CPU;
	else if (!strcmp(value, "gpu"))
		plan->sys = PLAN_SYS_GPU;
	else
		return plan_broken(ret_why, "sys is neither cpu nor gpu");
	if (plan->sys == PLAN_SYS_GPU && plan->n_device == 0)
		return plan_broken(ret_why, "sys is gpu, and no device is passed");
	return 0;
}

/* "<size>[ exec]" */
static int parse_size(char *value, uint64_t *ret_size, bool *ret_exec, const char **ret_why)
{
	static const char exec[] = " exec";
	char *end = strchr(value, ' ');

	*ret_exec = end && !strcmp(end, exec);
	if (*ret_exec)
		*end = '\0';
	return plan_number(value, INT64_MAX, ret_size, ret_why);
}

/* The same, but one that is there has a size. */
static int set_size(char *value, uint64_t *ret, const char **ret_why)
{
	int r = plan_number(value, INT64_MAX, ret, ret_why);

	return r == 0 && *ret == 0 ? plan_broken(ret_why, "a size of zero") : r;
}

int planworld_shm(struct plan *plan, char *value, const char **ret_why)
{
	return set_size(value, &plan->shm, ret_why);
}

int planworld_writable(struct plan *plan, char *value, const char **ret_why)
{
	return set_size(value, &plan->writable, ret_why);
}

int planworld_tmp(struct plan *plan, char *value, const char **ret_why)
{
	int r = parse_size(value, &plan->scratch, &plan->scratch_exec, ret_why);

	return r == 0 && plan->scratch_exec && plan->scratch == 0
		       ? plan_broken(ret_why, "scratch of zero is exec")
		       : r;
}

/* Whether path is dir, or below it. */
static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (path[len] == '\0' || path[len] == '/');
}

/* Plain segments, of what needs no quoting; not the root; nothing that is mounted already. */
static bool scratch_path_ok(const char *path)
{
	static const char *const others[] = { "/dev", "/model", "/proc", "/sys", "/tmp" };

	if (path[0] != '/' || strlen(path) > PLAN_SCRATCH_MAX ||
	    path[strspn(path, LOWER UPPER DIGITS "._~+,@:/-")] != '\0')
		return false;
	for (const char *s = path; s; s = strchr(s + 1, '/')) {
		size_t len = strcspn(s + 1, "/"), dots = strspn(s + 1, ".");

		if (len == 0 || (dots == len && dots < 3))
			return false;
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (is_below(path, others[i]))
			return false;
	return true;
}

/* "<path> <size>[ exec]"; sorted, none in another. */
int planworld_scratch(struct plan *plan, char *value, const char **ret_why)
{
	struct plan_scratch *scratch = &plan->scratches[plan->n_scratch];
	char *size = strchr(value, ' ');
	int r;

	if (!size)
		return plan_broken(ret_why, "not \"<path> <size>\"");
	*size++ = '\0';
	scratch->path = value;
	if (!scratch_path_ok(value))
		return plan_broken(ret_why,
				   "not a path for scratch: plain segments of [A-Za-z0-9._~+,@:-], "
				   "not below /dev, /model, /proc, /sys or /tmp");
	if (plan->n_scratch > 0 && strcmp(scratch[-1].path, value) >= 0)
		return plan_broken(ret_why,
				   "paths of scratch are not sorted, or one appears twice");
	for (size_t i = 0; i < plan->n_scratch; i++)
		if (is_below(value, plan->scratches[i].path))
			return plan_broken(ret_why, "a path of scratch is below another");
	r = parse_size(size, &scratch->size, &scratch->exec, ret_why);
	if (r == 0 && scratch->size == 0)
		return plan_broken(ret_why, "a size of zero");
	if (r == 0)
		plan->n_scratch++;
	return r;
}

/* An id and the character after it; what the kernel takes for none is none. Returns what follows. */
static const char *parse_id(const char *value, char end, uint32_t *ret)
{
	size_t len = strspn(value, DIGITS);
	char number[16];
	const char *why;
	uint64_t id;

	if (len >= sizeof(number) || value[len] != end)
		return NULL;
	memcpy(number, value, len);
	number[len] = '\0';
	if (plan_number(number, UINT32_MAX - 1, &id, &why) < 0)
		return NULL;
	*ret = (uint32_t)id;
	return value + len + 1;
}

/* "<uid>:<gid> <name>" */
int planworld_user(struct plan *plan, char *value, const char **ret_why)
{
	int r = plantext_read(value, ret_why);
	const char *rest;

	if (r < 0)
		return r;
	rest = parse_id(value, ':', &plan->uid);
	if (rest)
		rest = parse_id(rest, ' ', &plan->gid);
	if (!rest)
		return plan_broken(ret_why, "not \"<uid>:<gid> <name>\"");
	plan->user = value;
	return 0;
}
