/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/ociconfig.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wrong_shape(char *error, const char *what)
{
	snprintf(error, OCICONFIG_ERROR_MAX, "%s", what);
	return -EPROTO;
}

/* A list of strings at key of object; absent and null are an empty list. */
static int get_words(json_t *object, const char *key, struct words *ret, char *error)
{
	json_t *list = json_object_get(object, key), *item;
	size_t i;

	if (!list || json_is_null(list))
		return 0;
	if (!json_is_array(list)) {
		snprintf(error, OCICONFIG_ERROR_MAX, "config.%s is not a list", key);
		return -EPROTO;
	}
	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item)) {
			snprintf(error, OCICONFIG_ERROR_MAX, "config.%s[%zu] is not a string", key,
				 i);
			return -EPROTO;
		}
		if (words_add(ret, json_string_value(item), json_string_length(item)) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int get_workdir(json_t *config, struct words *ret, char *error)
{
	json_t *dir = json_object_get(config, "WorkingDir");

	if (!dir || json_is_null(dir))
		return 0;
	if (!json_is_string(dir))
		return wrong_shape(error, "config.WorkingDir is not a string");
	if (json_string_length(dir) == 0)
		return 0;
	return words_add(ret, json_string_value(dir), json_string_length(dir));
}

/* {"8080/tcp": {}}; a key without protocol is TCP. */
static int get_port(json_t *config, uint16_t *ret, char *error)
{
	json_t *ports = json_object_get(config, "ExposedPorts"), *unused;
	const char *key;
	unsigned long found = 0;
	int n = 0;

	if (!ports || json_is_null(ports))
		return 0;
	if (!json_is_object(ports))
		return wrong_shape(error, "config.ExposedPorts is not an object");
	json_object_foreach(ports, key, unused)
	{
		char *end;
		unsigned long port = strtoul(key, &end, 10);

		if (end == key || port == 0 || port > UINT16_MAX)
			return wrong_shape(error, "config.ExposedPorts has a key without a port");
		if (*end && strcmp(end, "/tcp"))
			continue;
		found = port;
		n++;
	}
	*ret = n == 1 ? (uint16_t)found : 0;
	return 0;
}

static int check_platform(json_t *root, char *error)
{
	const char *os = json_string_value(json_object_get(root, "os"));
	const char *arch = json_string_value(json_object_get(root, "architecture"));

	if (!os || !arch)
		return wrong_shape(error, "not an OCI image configuration: no os or architecture");
	if (strcmp(os, "linux") || strcmp(arch, "amd64")) {
		snprintf(error, OCICONFIG_ERROR_MAX,
			 "the container is for %.32s/%.32s; "
			 "linux/amd64 is needed",
			 os, arch);
		return -EPROTO;
	}
	return 0;
}

static int parse_root(json_t *root, struct ociconfig *ret, char *error)
{
	json_t *config = json_object_get(root, "config");
	int r = check_platform(root, error);

	if (r < 0)
		return r;
	if (!config || json_is_null(config))
		return 0;
	if (!json_is_object(config))
		return wrong_shape(error, "config is not an object");
	r = get_words(config, "Entrypoint", &ret->entrypoint, error);
	if (r == 0)
		r = get_words(config, "Cmd", &ret->cmd, error);
	if (r == 0)
		r = get_words(config, "Env", &ret->env, error);
	if (r == 0)
		r = get_workdir(config, &ret->workdir, error);
	if (r == 0)
		r = get_port(config, &ret->port, error);
	return r;
}

int ociconfig_parse(const char *text, size_t len, struct ociconfig *ret_config,
		    char ret_error[static OCICONFIG_ERROR_MAX])
{
	json_error_t where;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	int r;

	*ret_config = (struct ociconfig){ 0 };
	snprintf(ret_error, OCICONFIG_ERROR_MAX, "out of memory");
	if (!root) {
		snprintf(ret_error, OCICONFIG_ERROR_MAX, "line %d: %s", where.line, where.text);
		return -EBADMSG;
	}
	r = parse_root(root, ret_config, ret_error);
	json_decref(root);
	return r;
}

void ociconfig_done(struct ociconfig *config)
{
	words_done(&config->entrypoint);
	words_done(&config->cmd);
	words_done(&config->env);
	words_done(&config->workdir);
}
