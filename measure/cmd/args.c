/* SPDX-License-Identifier: MIT */
#include "measure/cmd/cmd.h"

#include <string.h>

/* The option that arg names; ret_value is what follows "=", or NULL. */
static const struct option_spec *find_option(const struct option_spec *options, const char *arg,
					     const char **ret_value)
{
	size_t len = strcspn(arg, "=");

	for (; options->name; options++)
		if (strlen(options->name) == len && !memcmp(options->name, arg, len)) {
			*ret_value = arg[len] ? arg + len + 1 : NULL;
			return options;
		}
	return NULL;
}

static int take_option(int argc, char **argv, int *at, const struct option_spec *options)
{
	const char *arg = argv[*at], *value;
	const struct option_spec *opt = find_option(options, arg, &value);

	if (!opt)
		return fail_usage(argv[0], "unknown option \"%s\"", arg);
	if (opt->flag) {
		if (value && !opt->value)
			return fail_usage(argv[0], "%s takes no value", opt->name);
		if (value)
			*opt->value = value;
		*opt->flag = true;
		return 0;
	}
	if (!value && *at + 1 < argc)
		value = argv[++*at];
	if (!value)
		return fail_usage(argv[0], "%s needs a value", opt->name);
	if (!opt->list) {
		*opt->value = value;
		return 0;
	}
	if (opt->list->n == OPTION_LIST_MAX)
		return fail_usage(argv[0], "%s more than %d times", opt->name, OPTION_LIST_MAX);
	opt->list->v[opt->list->n++] = value;
	return 0;
}

int parse_args(int argc, char **argv, const struct option_spec *options, const char **ret_others,
	       size_t max)
{
	bool ended = false;
	size_t n = 0;

	for (size_t i = 0; i < max; i++)
		ret_others[i] = NULL;
	for (int i = 1; i < argc; i++) {
		if (!ended && !strcmp(argv[i], "--")) {
			ended = true;
		} else if (!ended && argv[i][0] == '-' && argv[i][1]) {
			int r = take_option(argc, argv, &i, options);

			if (r)
				return r;
		} else if (n < max) {
			ret_others[n++] = argv[i];
		} else {
			return fail_usage(argv[0], "unexpected argument \"%s\"", argv[i]);
		}
	}
	return 0;
}
