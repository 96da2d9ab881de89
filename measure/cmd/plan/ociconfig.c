/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/ociconfig.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "measure/record/error.h"

/* A list of strings at key of object; absent and null are an empty list. */
static int get_words(json_t *object, const char *key, struct words *ret,
		     struct rampart_error *error)
{
	json_t *list = json_object_get(object, key), *item;
	size_t i;

	if (!list || json_is_null(list))
		return 0;
	if (!json_is_array(list))
		return error_set(error, -EPROTO, "config.%s is not a list", key);
	json_array_foreach(list, i, item)
	{
		if (!json_is_string(item))
			return error_set(error, -EPROTO, "config.%s[%zu] is not a string", key, i);
		if (words_add(ret, json_string_value(item), json_string_length(item)) < 0)
			return error_memory(error);
	}
	return 0;
}

static int get_workdir(json_t *config, struct words *ret, struct rampart_error *error)
{
	json_t *dir = json_object_get(config, "WorkingDir");

	if (!dir || json_is_null(dir))
		return 0;
	if (!json_is_string(dir))
		return error_set(error, -EPROTO, "config.WorkingDir is not a string");
	if (json_string_length(dir) == 0)
		return 0;
	if (words_add(ret, json_string_value(dir), json_string_length(dir)) < 0)
		return error_memory(error);
	return 0;
}

/* Decimal, 1 to 65535; *ret_end is what follows. 0: it is none. */
static unsigned long port_number(const char *text, const char **ret_end)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long port = digits ? strtoul(text, NULL, 10) : 0;

	*ret_end = text + digits;
	return port <= UINT16_MAX ? port : 0;
}

/*
 * "8080/tcp", "8080", "8080-8089/TCP" as Docker writes and reads it; without a protocol it is
 * TCP. *ret_last is 0 for a port of another protocol. False: it is no port.
 */
static bool parse_port(const char *key, unsigned long *ret_first, unsigned long *ret_last)
{
	const char *end;

	*ret_first = *ret_last = port_number(key, &end);
	if (*ret_first && *end == '-')
		*ret_last = port_number(end + 1, &end);
	if (!*ret_first || *ret_last < *ret_first)
		return false;
	if (!strcasecmp(end, "/udp") || !strcasecmp(end, "/sctp"))
		*ret_last = 0;
	return !*end || !*ret_last || !strcasecmp(end, "/tcp");
}

/* {"8080/tcp": {}} */
static int get_port(json_t *config, uint16_t *ret, struct rampart_error *error)
{
	json_t *ports = json_object_get(config, "ExposedPorts"), *unused;
	const char *key;
	unsigned long found = 0;
	bool many = false;

	if (!ports || json_is_null(ports))
		return 0;
	if (!json_is_object(ports))
		return error_set(error, -EPROTO, "config.ExposedPorts is not an object");
	json_object_foreach(ports, key, unused)
	{
		unsigned long first, last;

		if (!parse_port(key, &first, &last))
			return error_set(error, -EPROTO,
					 "config.ExposedPorts has a key without a port");
		if (!last)
			continue;
		many |= first != last || (found && found != first);
		found = first;
	}
	*ret = many ? 0 : (uint16_t)found;
	return 0;
}

static const char *string_or(json_t *root, const char *key, const char *otherwise)
{
	const char *value = json_string_value(json_object_get(root, key));

	return value && *value ? value : otherwise;
}

/* In any tool's words. Images of old say nothing, and Docker supposes that its own platform is meant. */
static int check_platform(json_t *root, struct rampart_error *error)
{
	const char *os = string_or(root, "os", "linux");
	const char *arch = string_or(root, "architecture", "amd64");
	bool amd64 = !strcasecmp(arch, "amd64") || !strcasecmp(arch, "x86_64") ||
		     !strcasecmp(arch, "x86-64");

	if (!json_object_get(root, "os") && !json_object_get(root, "rootfs"))
		return error_set(error, -EPROTO,
				 "not an OCI image configuration: no os or architecture");
	if (strcasecmp(os, "linux") || !amd64)
		return error_set(error, -EPROTO,
				 "the container is for %.32s/%.32s; linux/amd64 is needed", os,
				 arch);
	return 0;
}

static int parse_root(json_t *root, struct ociconfig *ret, struct rampart_error *error)
{
	json_t *config = json_object_get(root, "config");
	int r = check_platform(root, error);

	if (r < 0)
		return r;
	if (!config || json_is_null(config))
		return 0;
	if (!json_is_object(config))
		return error_set(error, -EPROTO, "config is not an object");
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
		    struct rampart_error *error)
{
	json_error_t where;
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);
	int r;

	*ret_config = (struct ociconfig){ 0 };
	if (!root)
		return error_set(error, -EBADMSG, "line %d: %s", where.line, where.text);
	r = parse_root(root, ret_config, error);
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
