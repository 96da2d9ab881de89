/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/ownlines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/plan/configlines.h"
#include "measure/cmd/plan/gatewaylines.h"
#include "measure/cmd/plan/seccomp.h"
#include "measure/cmd/plan/world.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void put_restart(struct draft *draft, const struct imageconf *conf)
{
	const char *policy = conf->restart ? conf->restart : "on-failure";
	bool never = !strcmp(policy, "never");
	uint64_t max = conf->restart_max ? conf->restart_max : never ? 0 : 5;
	uint64_t window = conf->restart_window ? conf->restart_window : 600;

	draft_line(draft, "restart %s", policy);
	if (max == PLAN_UNLIMITED)
		draft_line(draft, "restart.max unlimited");
	else
		draft_line(draft, "restart.max %llu", (unsigned long long)max);
	draft_line(draft, "restart.window %llu", (unsigned long long)window);
}

/* Sorted, separated by one space. */
static int put_seccomp_allow(const char *command, const struct imageconf *conf, struct draft *draft)
{
	const struct words *allow = &conf->seccomp;
	char line[4096] = "";
	size_t len = 0;

	if (allow->n == 0)
		return 0;
	qsort(allow->v, allow->n, sizeof(*allow->v), draft_compare);
	for (size_t i = 0; i < allow->n; i++) {
		const char *name = allow->v[i];

		if (!seccomp_known(name))
			return fail(command,
				    "%s: [seccomp] allow: x86-64 has no system call \"%s\"",
				    conf->path, name);
		if (i > 0 && !strcmp(name, allow->v[i - 1]))
			return fail(command, "%s: [seccomp] allow: %s is named twice", conf->path,
				    name);
		len += (size_t)snprintf(line + len, sizeof(line) - len, " %s", name);
		if (len >= sizeof(line))
			return fail(command, "%s: [seccomp] allow: too many", conf->path);
	}
	draft_line(draft, "seccomp.allow%s", line);
	return 0;
}

int ownlines(const char *command, struct imageconf *conf, uint64_t port, bool debug,
	     struct draft *draft)
{
	int r;

	draft_line(draft, "debug %d", debug);
	draft_line(draft, "image %s", conf->name);
	draft_line(draft, "limit.cpu %llu", (unsigned long long)conf->cpu);
	draft_line(draft, "limit.files %llu",
		   (unsigned long long)(conf->files ? conf->files : 4096));
	draft_line(draft, "limit.memory %llu",
		   (unsigned long long)(conf->memory ? conf->memory : IMAGECONF_MEMORY));
	draft_line(draft, "limit.pids %llu", (unsigned long long)(conf->pids ? conf->pids : 64));
	draft_line(draft, "port %llu", (unsigned long long)port);
	put_restart(draft, conf);
	draft_line(draft, "version %s", conf->version);
	world_lines(draft, conf);
	if (conf->devices.n > 0)
		qsort(conf->devices.v, conf->devices.n, sizeof(*conf->devices.v), draft_compare);
	r = draft_numbered(draft, command, "device", &conf->devices, PLAN_DEVICES_MAX);
	if (r == 0)
		r = put_seccomp_allow(command, conf, draft);
	if (r == 0)
		r = configlines(command, conf, draft);
	if (r == 0)
		draft->no_memory |= gatewaylines(conf, &draft->lines) < 0;
	return r;
}

/* In place of what only the container, the kernel and the filters can say. */
static void put_rest(const struct imageconf *conf, struct draft *draft)
{
	draft_line(draft, "arg.00 /program");
	draft_line(draft, "container sha256:" ZEROS " 4096");
	draft_line(draft, "workdir /");
	for (size_t i = 0; i < PLAN_ROLES_N; i++)
		draft_line(draft, "seccomp.%s sha256:" ZEROS " 8", plan_roles[i]);
	if (conf->config_allow && machine_source(conf->machine) == PLAN_FW_CFG)
		draft_line(draft, "module.00 " PLAN_FW_CFG_MODULE " sha256:" ZEROS " 1");
}

int ownlines_check(const char *command, struct imageconf *conf)
{
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *inside = NULL;
	struct draft draft = { 0 };
	struct plan plan;
	int r = ownlines(command, conf, conf->port ? conf->port : 1, false, &draft);

	put_rest(conf, &draft);
	if (r == 0)
		r = draft_plan(&draft, command, conf->path, &text, &inside, &plan);
	words_done(&draft.lines);
	return r;
}
