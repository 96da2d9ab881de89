/* SPDX-License-Identifier: MIT */
/* The machine's devices that the plan uses: which of them, their drivers, what these are told and given. */
#include <errno.h>
#include <string.h>

#include "measure/lib/array.h"
#include "measure/lib/plankeys.h"
#include "measure/lib/planvalue.h"

#define MODULE_MAX   63
#define FIRMWARE_MAX 127
#define GPUS_MAX     16 /* of NVIDIA: a board has at most so many */

/* Characters that a parameter may have: none that the kernel's reader of parameters (lib/cmdline.c) knows to
 * end or to quote a word, so that each is one. */
#define PARAMETER_NAME	LOWER UPPER DIGITS "_"
#define PARAMETER_VALUE LOWER UPPER DIGITS "_.,:;=+/-"

/* A number without a leading zero, of at most so many digits, and nothing behind it. */
static int numbered(const char *value, const char *prefix, size_t max_digits)
{
	size_t len = strlen(prefix), digits;
	int number = 0;

	if (strncmp(value, prefix, len) != 0)
		return -1;
	value += len;
	digits = strspn(value, DIGITS);
	if (digits == 0 || digits > max_digits || value[digits] != '\0' ||
	    (digits > 1 && value[0] == '0'))
		return -1;
	for (; *value; value++)
		number = number * 10 + (*value - '0');
	return number;
}

int plan_nvidia_number(const char *device)
{
	int number = numbered(device, "nvidia", 2);

	return number < GPUS_MAX ? number : -1;
}

bool plan_passes(const struct plan *plan, const char *prefix)
{
	for (size_t i = 0; i < plan->n_device; i++)
		if (!strncmp(plan->device[i], prefix, strlen(prefix)))
			return true;
	return false;
}

/* Devices that only compute. Any other device leads out of the container. */
static bool device_ok(const char *value)
{
	static const char *const others[] = { "kfd", "nvidia-uvm", "nvidia-uvm-tools",
					      "nvidiactl" };

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(value, others[i]))
			return true;
	return numbered(value, "dri/renderD", 3) >= 0 || plan_nvidia_number(value) >= 0;
}

int planmachine_device(struct plan *plan, char *value, const char **ret_why)
{
	if (!device_ok(value))
		return plan_broken(ret_why,
				   "no device that a container may have: dri/renderD<number>, kfd, "
				   "nvidia0 to nvidia15, nvidiactl, nvidia-uvm, nvidia-uvm-tools");
	for (size_t i = 0; i < plan->n_device; i++)
		if (!strcmp(plan->device[i], value))
			return plan_broken(ret_why, "device appears twice");
	plan->device[plan->n_device++] = value;
	return 0;
}

/* The file must stay in its folder, and its name be one that a driver asks for. */
static bool firmware_path_ok(const char *path)
{
	static const char set[] = LOWER UPPER DIGITS "._+-";

	if (strlen(path) > FIRMWARE_MAX)
		return false;
	for (;;) {
		size_t len = strspn(path, set);

		if (len == 0 || path[0] == '.' || (path[len] != '/' && path[len] != '\0'))
			return false;
		if (path[len] == '\0')
			return true;
		path += len + 1;
	}
}

int planmachine_firmware(struct plan *plan, char *value, const char **ret_why)
{
	struct plan_file *file = &plan->firmware[plan->n_firmware];
	int r = plankeys_file(value, file, ret_why);

	if (r < 0)
		return r;
	if (!firmware_path_ok(file->name))
		return plan_broken(ret_why,
				   "firmware is not a path of at most 127 [A-Za-z0-9._+/-], whose "
				   "parts do not start with a dot");
	if (file->volume)
		return plan_broken(ret_why, "firmware on a volume");
	if (file->size == 0)
		return plan_broken(ret_why, "firmware is empty");
	if (plan->n_firmware > 0 && strcmp(file[-1].name, file->name) >= 0)
		return plan_broken(ret_why, "firmware is not sorted, or appears twice");
	for (size_t i = 0; i < plan->n_firmware; i++)
		if (plankeys_clash(plan->firmware[i].name, file->name))
			return plan_broken(ret_why, "firmware is a file and a folder");
	plan->n_firmware++;
	return 0;
}

/*
 * Cuts off what stands behind "<name> <digest> <size>[ volume]", if anything does; a word without
 * "=" is no parameter.
 */
static char *cut_parameters(char *value)
{
	static const char volume[] = "volume ";
	char *at = value;

	for (int i = 0; i < 3; i++) {
		at = strchr(at, ' ');
		if (!at)
			return NULL;
		at++;
	}
	if (!strncmp(at, volume, sizeof(volume) - 1))
		at += sizeof(volume) - 1;
	if (!strcmp(at, "volume"))
		return NULL;
	at[-1] = '\0';
	return at;
}

/* Whether a word before end, the word itself, has the name of len characters at word. */
static bool name_is_taken(const char *words, const char *word, size_t len)
{
	for (const char *s = words; s < word; s = strchr(s, ' ') + 1)
		if (!strncmp(s, word, len) && s[len] == '=')
			return true;
	return false;
}

static int check_parameters(const char *words, const char **ret_why)
{
	if (strlen(words) > PLAN_PARAMETERS_MAX)
		return plan_broken(ret_why, "parameters of a module have over 255 characters");
	for (const char *word = words;;) {
		size_t name = strspn(word, PARAMETER_NAME), len;

		if (name == 0 || word[name] != '=')
			return plan_broken(ret_why,
					   "a module's parameter is not name=value, with a "
					   "name of [A-Za-z0-9_]");
		len = name + 1 + strspn(word + name + 1, PARAMETER_VALUE);
		if (len == name + 1 || (word[len] != ' ' && word[len] != '\0'))
			return plan_broken(ret_why, "a module's parameter has no value of "
						    "[A-Za-z0-9_.,:;=+/-]");
		if (name_is_taken(words, word, name))
			return plan_broken(ret_why, "a module's parameter appears twice");
		if (word[len] == '\0')
			return 0;
		word += len + 1;
	}
}

int planmachine_report(struct plan *plan, char *value, const char **ret_why)
{
	if (strcmp(value, "azure") != 0)
		return plan_broken(ret_why, "report is not azure");
	plan->report_azure = true;
	return 0;
}

int planmachine_module(struct plan *plan, char *value, const char **ret_why)
{
	struct plan_file *file = &plan->module[plan->n_module];
	char *parameters = cut_parameters(value);
	int r = plankeys_file(value, file, ret_why);

	if (r == 0 && parameters)
		r = check_parameters(parameters, ret_why);
	if (r < 0)
		return r;
	if (file->name[0] == '\0' || file->name[strspn(file->name, LOWER DIGITS "_-")] != '\0' ||
	    strlen(file->name) > MODULE_MAX)
		return plan_broken(ret_why, "module name is not at most 63 [a-z0-9_-]");
	for (size_t i = 0; i < plan->n_module; i++)
		if (!strcmp(plan->module[i].name, file->name))
			return plan_broken(ret_why, "module appears twice");
	plan->parameters[plan->n_module++] = parameters;
	return 0;
}
