/* SPDX-License-Identifier: MIT */
/* golden_parse() and platform_parse(): values are the replay of their events. */
#include "measure/record/golden.h"
#include "tests/fuzz/fuzz.h"

typedef int parse_fn(const char *name, const char *text, size_t len, struct golden *ret,
		     struct rampart_error *error);

static bool same_event(const struct golden_event *a, const struct golden_event *b,
		       const bool bank[static _HASH_MAX])
{
	for (size_t i = 0; i < _HASH_MAX; i++)
		if (bank[i] && !(a->open && b->open) &&
		    !(a->has[i] && b->has[i] && digest_equal(&a->digest[i], &b->digest[i])))
			return false;
	return a->open == b->open && a->pcr == b->pcr && !strcmp(a->type, b->type) &&
	       !strcmp(a->what, b->what);
}

/* What was read, written and read again, is the same. Takes over json. */
static void read_again(const struct golden *golden, json_t *json, parse_fn *parse)
{
	char *text = json_dumps(json, JSON_COMPACT);
	struct golden again;

	require(text && parse("again", text, strlen(text), &again, NULL) == 0);
	require(!golden->image ||
		(!strcmp(again.image, golden->image) && !strcmp(again.version, golden->version) &&
		 again.debug == golden->debug && again.names_files == golden->names_files));
	require(!strcmp(again.platform, golden->platform));
	require(json_equal(again.shape, golden->shape));
	require(memcmp(&again.config, &golden->config, sizeof(again.config)) == 0);
	require(memcmp(again.bank, golden->bank, sizeof(again.bank)) == 0);
	require(memcmp(again.value, golden->value, sizeof(again.value)) == 0);
	require(again.n_events == golden->n_events);
	for (size_t i = 0; i < again.n_events; i++)
		require(same_event(&again.event[i], &golden->event[i], golden->bank));
	golden_done(&again);
	json_decref(json);
	free(text);
}

/* The values of the text are those of the struct. */
static void check_values(const struct golden *golden)
{
	json_t *banks = json_object_get(golden->json, "pcrs"), *values;
	const char *name;

	json_object_foreach(banks, name, values)
	{
		enum hash_alg bank;

		require(hash_from_name(name, strlen(name), &bank) == 0 && golden->bank[bank]);
		for (unsigned i = 0; i < GOLDEN_COMPARED; i++) {
			char key[4], hex[HASH_HEX_MAX];
			const char *value;

			snprintf(key, sizeof(key), "%u", i);
			if (golden->pcr[i].rule != GOLDEN_EXACT)
				continue;
			digest_hex(&golden->value[bank][i], hex);
			value = json_string_value(
				json_object_get(json_object_get(values, key), "value"));
			require(golden_is_open(golden, i) ? !value : value && !strcmp(value, hex));
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
	struct golden golden;
	int r;

	memset(&golden, FRESH, sizeof(golden));
	r = golden_parse("golden", text, size, &golden, &error);
	add_to_policy(text, size, r == 0);
	if (r == 0) {
		require(golden.image && golden.version);
		check_values(&golden);
		read_again(&golden, golden_json(&golden, json_array()), golden_parse);
		golden_done(&golden);
	} else {
		require(is_fresh(&golden, sizeof(golden)) && error.text[0] && is_line(error.text));
	}
	memset(&golden, FRESH, sizeof(golden));
	if (platform_parse("platform", text, size, &golden, &error) < 0) {
		require(is_fresh(&golden, sizeof(golden)) && error.text[0] && is_line(error.text));
		return 0;
	}
	read_again(&golden, platform_json(&golden), platform_parse);
	golden_done(&golden);
	return 0;
}
