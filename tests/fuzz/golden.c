/* SPDX-License-Identifier: MIT */
/* golden_parse() and platform_parse(): values are the replay of their events. */
#include "measure/record/golden.h"
#include "tests/fuzz/fuzz.h"

/* What was read, written and read again, is the same. */
static void read_again(json_t *json, int (*parse)(const char *, const char *, size_t, json_t **,
						  struct rampart_error *))
{
	char *text = json_dumps(json, JSON_COMPACT);
	json_t *again = NULL;

	require(text && parse("again", text, strlen(text), &again, NULL) == 0);
	require(json_equal(json, again));
	json_decref(again);
	free(text);
}

static void check_golden(json_t *golden)
{
	const json_t *events = json_object_get(golden, "events");
	struct digest pcrs[GOLDEN_PCRS];
	json_t *banks = json_object_get(golden, "pcrs"), *values;
	const char *name;

	json_object_foreach(banks, name, values)
	{
		enum hash_alg bank;

		require(hash_from_name(name, strlen(name), &bank) == 0);
		require(golden_replay(events, bank, pcrs) == 0);
		for (unsigned i = 0; i < GOLDEN_PCRS - 1; i++) {
			char key[4], hex[HASH_HEX_MAX];
			const char *value;

			snprintf(key, sizeof(key), "%u", i);
			digest_hex(&pcrs[i], hex);
			value = json_string_value(
				json_object_get(json_object_get(values, key), "value"));
			require(value && !strcmp(value, hex));
		}
	}
}

/* As golden values of a policy, which wants more of them. */
static void add_to_policy(const char *text, size_t len, bool is_golden)
{
	struct rampart_policy *policy = rampart_policy_new();
	struct rampart_error error = { "" };

	require(policy != NULL);
	if (rampart_policy_add_golden(policy, "golden", text, len, &error) < 0)
		require(error.text[0] && is_line(error.text));
	else
		require(is_golden);
	rampart_policy_free(policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct rampart_error error = { "" };
	json_t *golden = NULL, *platform = NULL;

	if (golden_parse("golden", text, size, &golden, &error) < 0)
		require(golden == NULL && error.text[0] && is_line(error.text));
	add_to_policy(text, size, golden != NULL);
	if (golden) {
		check_golden(golden);
		read_again(golden, golden_parse);
		json_decref(golden);
	}
	if (platform_parse("platform", text, size, &platform, &error) < 0) {
		require(platform == NULL && error.text[0] && is_line(error.text));
		return 0;
	}
	read_again(platform, platform_parse);
	json_decref(platform);
	return 0;
}
