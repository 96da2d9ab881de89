/* SPDX-License-Identifier: MIT */
#include "measure/lib/plankeys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/gpt.h"
#include "measure/lib/plangateway.h"
#include "measure/lib/plantext.h"
#include "measure/lib/planvalue.h"

#define LABEL_MAX 63 /* of image and version: they appear in file names and events */

const char *const plan_roles[PLAN_ROLES_N] = { "container", "dialer", "gateway",
					       "launcher",  "quoter", "udhcpc" };

static const char fsverity[] = "fsverity-";

int plan_digest_parse(const char *text, struct plan_file *ret_file, const char **ret_why)
{
	size_t skip = sizeof(fsverity) - 1;
	bool is = !strncmp(text, fsverity, skip);
	int r = plan_sha256(text + (is ? skip : 0), &ret_file->digest, ret_why);

	if (r == 0)
		ret_file->fsverity = is;
	return r;
}

void plan_digest_text(const struct plan_file *file, char ret_text[static PLAN_DIGEST_MAX])
{
	char hex[HASH_HEX_MAX];

	digest_hex(&file->digest, hex);
	(void)snprintf(ret_text, PLAN_DIGEST_MAX, "%ssha256:%s", file->fsverity ? fsverity : "",
		       hex);
}

/* "<digest> <size>"; its first word ends in a NUL afterwards. */
static int parse_file(char *value, struct plan_file *ret, const char **ret_why)
{
	char *size = strchr(value, ' ');
	struct plan_file file = { 0 };
	int r;

	if (!size)
		return plan_broken(ret_why, "not \"<digest> <size>\"");
	*size++ = '\0';
	r = plan_digest_parse(value, &file, ret_why);
	if (r < 0)
		return r;
	r = plan_number(size, INT64_MAX, &file.size, ret_why); /* off_t holds it */
	if (r < 0)
		return r;
	*ret = file;
	return 0;
}

/* Whether value ended in " volume", which is cut off. */
static bool cut_volume(char *value)
{
	static const char volume[] = " volume";
	size_t len = strlen(value);

	if (len < sizeof(volume) || strcmp(value + len - (sizeof(volume) - 1), volume))
		return false;
	value[len - (sizeof(volume) - 1)] = '\0';
	return true;
}

/* The same for small files that only init reads: sha256 alone. */
static int parse_digest_size(char *value, struct plan_file *ret, const char **ret_why)
{
	struct plan_file file;
	int r = parse_file(value, &file, ret_why);

	if (r == 0 && file.fsverity)
		return plan_broken(ret_why, "digest does not start with \"sha256:\"");
	if (r == 0)
		*ret = file;
	return r;
}

static int set_arg(struct plan *plan, char *value, const char **ret_why)
{
	int r = plantext_read(value, ret_why);

	if (r < 0)
		return r;
	if (plan->n_argv == 0 && value[0] != '/')
		return plan_broken(ret_why, "arg.00 is not an absolute path");
	plan->argv[plan->n_argv++] = value;
	return 0;
}

/* fs-verity's digest is for files that all cores read; what is embedded is hashed by one. */
static int set_container(struct plan *plan, char *value, const char **ret_why)
{
	struct plan_file *file = &plan->container;
	bool volume = cut_volume(value);
	int r = parse_file(value, file, ret_why);

	if (r < 0)
		return r;
	file->volume = volume;
	if (file->fsverity != volume)
		return plan_broken(ret_why,
				   volume ? "container on a volume without a digest of fs-verity"
					  : "digest does not start with \"sha256:\"");
	if (file->size == 0)
		return plan_broken(ret_why, "container is empty");
	return 0;
}

static int set_manifest(struct plan *plan, char *value, const char **ret_why)
{
	plan->has_manifest = true;
	return plan_sha256(value, &plan->manifest, ret_why);
}

static int set_debug(struct plan *plan, char *value, const char **ret_why)
{
	if (strcmp(value, "0") && strcmp(value, "1"))
		return plan_broken(ret_why, "debug is neither 0 nor 1");
	plan->debug = value[0] == '1';
	return 0;
}

static bool same_variable(const char *a, const char *b)
{
	size_t len = strcspn(a, "=");

	return !strncmp(a, b, len + 1);
}

static int set_env(struct plan *plan, char *value, const char **ret_why)
{
	int r = plantext_read(value, ret_why);

	if (r < 0)
		return r;
	if (!strchr(value, '=') || value[0] == '=')
		return plan_broken(ret_why, "environment is not NAME=value");
	for (size_t i = 0; i < plan->n_envp; i++)
		if (same_variable(plan->envp[i], value))
			return plan_broken(ret_why, "a variable of the environment appears twice");
	plan->envp[plan->n_envp++] = value;
	return 0;
}

static int set_image(struct plan *plan, char *value, const char **ret_why)
{
	if (value[0] == '-' || value[strspn(value, LOWER DIGITS "-")] != '\0' ||
	    strlen(value) > LABEL_MAX)
		return plan_broken(ret_why, "image is not a name of at most 63 [a-z0-9-]");
	plan->image = value;
	return 0;
}

static int set_limit_cpu(struct plan *plan, char *value, const char **ret_why)
{
	return plan_number(value, UINT32_MAX, &plan->limit_cpu, ret_why);
}

static int set_limit_files(struct plan *plan, char *value, const char **ret_why)
{
	int r = plan_number(value, 1048576, &plan->limit_files, ret_why); /* the kernel's nr_open */

	if (r == 0 && plan->limit_files < 16)
		return plan_broken(ret_why, "limit.files is less than 16");
	return r;
}

static int set_limit_memory(struct plan *plan, char *value, const char **ret_why)
{
	int r = plan_number(value, INT64_MAX, &plan->limit_memory, ret_why);

	if (r == 0 && plan->limit_memory == 0)
		return plan_broken(ret_why, "limit.memory is zero");
	return r;
}

static int set_limit_pids(struct plan *plan, char *value, const char **ret_why)
{
	int r = plan_number(value, INT32_MAX, &plan->limit_pids, ret_why);

	if (r == 0 && plan->limit_pids == 0)
		return plan_broken(ret_why, "limit.pids is zero");
	return r;
}

/* "<name> <digest> <size>[ volume]": name and size end in a NUL afterwards. */
static int parse_entry(char *value, struct plan_file *ret, const char **ret_why,
		       int (*parse)(char *, struct plan_file *, const char **))
{
	bool on_volume = cut_volume(value);
	char *rest = strchr(value, ' ');
	int r;

	if (!rest)
		return plan_broken(ret_why, "not \"<name> <digest> <size>\"");
	*rest++ = '\0';
	r = parse(rest, ret, ret_why);
	if (r < 0)
		return r;
	ret->name = value;
	ret->volume = on_volume;
	return 0;
}

int plankeys_file(char *value, struct plan_file *ret, const char **ret_why)
{
	return parse_entry(value, ret, ret_why, parse_digest_size);
}

/* One part of a measured name: it must fit the event, and the file must stay in its folder. */
static bool model_name_ok(const char *name)
{
	static const char set[] = LOWER UPPER DIGITS "._-";
	size_t len = strspn(name, set), rest = 0;

	if (name[len] == '/') {
		rest = strspn(name + len + 1, set);
		if (rest == 0 || name[len + 1] == '.')
			return false;
		rest++;
	}
	return len > 0 && name[0] != '.' && name[len + rest] == '\0' && len + rest <= 127;
}

bool plankeys_clash(const char *before, const char *name)
{
	size_t len = strlen(before);

	return !strncmp(before, name, len) && name[len] == '/';
}

/* Files of one folder. */
static bool same_model(const char *a, const char *b)
{
	size_t len = strcspn(a, "/");

	return a[len] == '/' && !strncmp(a, b, len + 1);
}

static int set_model(struct plan *plan, char *value, const char **ret_why)
{
	struct plan_file *file = &plan->model[plan->n_model];
	int r = parse_entry(value, file, ret_why, parse_file);

	if (r < 0)
		return r;
	if (!model_name_ok(file->name))
		return plan_broken(
			ret_why,
			"model name is not at most 127 [A-Za-z0-9._-], or two such with a slash between");
	if (plan->n_model > 0 && strcmp(file[-1].name, file->name) >= 0)
		return plan_broken(ret_why, "model names are not sorted, or one appears twice");
	for (size_t i = 0; i < plan->n_model; i++)
		if (plankeys_clash(plan->model[i].name, file->name))
			return plan_broken(ret_why,
					   "a model of several files has the name of a file");
	if (plan->n_model > 0 && same_model(file[-1].name, file->name) &&
	    file[-1].volume != file->volume)
		return plan_broken(ret_why, "a model is partly on a volume");
	if (file->volume && strlen(file->name) > GPT_NAME_MAX)
		return plan_broken(ret_why, "name does not fit the 36 characters of a partition's");
	if (file->volume && file->size == 0)
		return plan_broken(ret_why, "a file on a volume is empty");
	if (file->volume && !strcmp(file->name, PLAN_CONTAINER_PART))
		return plan_broken(ret_why, "a model with the name of the container's partition");
	if (file->size > INT64_MAX - plan->models_size)
		return plan_broken(ret_why, "number too large: the sizes of all models together");
	plan->models_size += file->size;
	plan->n_model++;
	return 0;
}

static int set_port(struct plan *plan, char *value, const char **ret_why)
{
	uint64_t port;
	int r = plan_number(value, UINT16_MAX, &port, ret_why);

	if (r == 0 && port == 0)
		return plan_broken(ret_why, "port is zero");
	if (r == 0)
		plan->port = (uint16_t)port;
	return r;
}

static int set_restart(struct plan *plan, char *value, const char **ret_why)
{
	static const char *const names[] = { "never", "on-failure", "always" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(value, names[i])) {
			plan->restart = (enum plan_restart)i;
			return 0;
		}
	return plan_broken(ret_why, "restart is not never, on-failure or always");
}

/* After restart, since keys are sorted. */
static int set_restart_max(struct plan *plan, char *value, const char **ret_why)
{
	int r = 0;

	if (!strcmp(value, "unlimited"))
		plan->restart_max = PLAN_UNLIMITED;
	else
		r = plan_number(value, PLAN_RESTARTS_MAX, &plan->restart_max, ret_why);
	if (r == 0 && (plan->restart == PLAN_NEVER) != (plan->restart_max == 0))
		return plan_broken(ret_why, "restart.max is 0 if and only if restart is never");
	return r;
}

static int set_restart_window(struct plan *plan, char *value, const char **ret_why)
{
	int r = plan_number(value, 86400, &plan->restart_window, ret_why);

	if (r == 0 && plan->restart_window == 0)
		return plan_broken(ret_why, "restart.window is zero");
	return r;
}

/* Names of system calls as Linux has them, sorted. */
static int set_seccomp_allow(struct plan *plan, char *value, const char **ret_why)
{
	const char *last = "";
	size_t last_len = 0;

	plan->seccomp_allow = value;
	for (size_t len;; value += len + 1) {
		int order;

		len = strspn(value, LOWER DIGITS "_");
		if (len == 0 || (value[len] != ' ' && value[len] != '\0'))
			return plan_broken(ret_why,
					   "not names of system calls with one space between");
		order = strncmp(last, value, last_len < len ? last_len : len);
		if (order > 0 || (order == 0 && last_len >= len))
			return plan_broken(ret_why, "system calls are not sorted");
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
		return plan_broken(ret_why, "not the size of a filter: 8 to 32768 bytes in eights");
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

static int set_seccomp_quoter(struct plan *plan, char *value, const char **ret_why)
{
	return set_filter(plan, PLAN_QUOTER, value, ret_why);
}

static int set_seccomp_udhcpc(struct plan *plan, char *value, const char **ret_why)
{
	return set_filter(plan, PLAN_UDHCPC, value, ret_why);
}

static int set_version(struct plan *plan, char *value, const char **ret_why)
{
	if (value[strspn(value, LOWER UPPER DIGITS ".+~-")] != '\0' || strlen(value) > LABEL_MAX)
		return plan_broken(ret_why, "version is not at most 63 [A-Za-z0-9.+~-]");
	plan->version = value;
	return 0;
}

static int set_workdir(struct plan *plan, char *value, const char **ret_why)
{
	int r = plantext_read(value, ret_why);

	if (r < 0)
		return r;
	if (value[0] != '/')
		return plan_broken(ret_why, "workdir is not an absolute path");
	plan->workdir = value;
	return 0;
}

const struct plan_key plan_keys[PLAN_KEYS_N] = {
	{ "arg.", PLAN_ARGS_MAX, "no arg.00", set_arg },
	{ "config.allow", 1, NULL, planconfig_allow },
	{ "config.source", 1, NULL, planconfig_source },
	{ "container", 1, "no container", set_container },
	{ "container.manifest", 1, NULL, set_manifest },
	{ "container.user", 1, NULL, planworld_user },
	{ "debug", 1, "no debug", set_debug },
	{ "device.", PLAN_DEVICES_MAX, NULL, planmachine_device },
	{ "env.", PLAN_ENVS_MAX, NULL, set_env },
	{ "firmware.", PLAN_FIRMWARES_MAX, NULL, planmachine_firmware },
	{ "gateway.allow.", PLAN_ALLOWS_MAX, NULL, plangateway_allow },
	{ "gateway.body", 1, NULL, plangateway_body },
	{ "gateway.concurrency", 1, NULL, plangateway_concurrency },
	{ "gateway.key.", PLAN_TOKENS_MAX, NULL, plangateway_key },
	{ "gateway.metrics", 1, NULL, plangateway_metrics },
	{ "gateway.pace", 1, NULL, plangateway_pace },
	{ "gateway.padding", 1, NULL, plangateway_padding },
	{ "gateway.rate", 1, NULL, plangateway_rate },
	{ "gateway.raw", 1, NULL, plangateway_raw },
	{ "gateway.status", 1, NULL, plangateway_status },
	{ "gateway.upgrade.", PLAN_UPGRADES_MAX, NULL, plangateway_upgrade },
	{ "image", 1, "no image", set_image },
	{ "isolate", 1, NULL, planworld_isolate },
	{ "limit.cpu", 1, "no limit.cpu", set_limit_cpu },
	{ "limit.files", 1, "no limit.files", set_limit_files },
	{ "limit.memory", 1, "no limit.memory", set_limit_memory },
	{ "limit.pids", 1, "no limit.pids", set_limit_pids },
	{ "loopback", 1, NULL, planworld_loopback },
	{ "model.", PLAN_MODELS_MAX, NULL, set_model },
	{ "module.", PLAN_MODULES_MAX, NULL, planmachine_module },
	{ "netlink", 1, NULL, planworld_netlink },
	{ "port", 1, "no port", set_port },
	{ "proc", 1, NULL, planworld_proc },
	{ "report", 1, NULL, planmachine_report },
	{ "restart", 1, "no restart", set_restart },
	{ "restart.max", 1, "no restart.max", set_restart_max },
	{ "restart.window", 1, "no restart.window", set_restart_window },
	{ "scratch", 1, "no scratch", planworld_tmp },
	{ "scratch.", PLAN_SCRATCHES_MAX, NULL, planworld_scratch },
	{ "seccomp.allow", 1, NULL, set_seccomp_allow },
	{ "seccomp.container", 1, "no seccomp.container", set_seccomp_container },
	{ "seccomp.dialer", 1, "no seccomp.dialer", set_seccomp_dialer },
	{ "seccomp.gateway", 1, "no seccomp.gateway", set_seccomp_gateway },
	{ "seccomp.launcher", 1, "no seccomp.launcher", set_seccomp_launcher },
	{ "seccomp.quoter", 1, "no seccomp.quoter", set_seccomp_quoter },
	{ "seccomp.udhcpc", 1, "no seccomp.udhcpc", set_seccomp_udhcpc },
	{ "shm", 1, NULL, planworld_shm },
	{ "sys", 1, NULL, planworld_sys },
	{ "version", 1, "no version", set_version },
	{ "workdir", 1, "no workdir", set_workdir },
	{ "writable", 1, NULL, planworld_writable },
};
