/* SPDX-License-Identifier: MIT */
/*
 * instance_parse(): what was read has one canonical text, which is read as the same, and one event,
 * whose line is read as the same; a line that is read is that of its configuration.
 */
#include "measure/lib/instance.h"
#include "measure/lib/event.h"
#include "tests/fuzz/fuzz.h"

static void read_again(const struct instance *instance)
{
	char text[INSTANCE_TEXT_MAX];
	struct instance_fault fault;
	struct instance again;
	struct event event;
	size_t len = instance_canonical(instance, text);

	require(len == strlen(text) && len < sizeof(text));
	require(instance_parse(text, len, instance->given, &again, &fault) == 0);
	require(memcmp(&again, instance, sizeof(again)) == 0);
	require(event_config(instance, &event) == 0 && event.len == strlen(event.line));
	require(event_config_read(event.line, event.len, &again) == 0);
	require(memcmp(&again, instance, sizeof(again)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct instance_fault fault = { 0 };
	struct instance instance;
	struct event event;

	memset(&instance, FRESH, sizeof(instance));
	if (instance_parse(text, size, INSTANCE_ALL, &instance, &fault) == 0) {
		read_again(&instance);
		if (instance.given)
			require(instance_parse(text, size, INSTANCE_ALL & ~instance.given,
					       &instance, &fault) < 0);
	} else {
		require(is_fresh(&instance, sizeof(instance)) && fault.what && is_line(fault.what));
		require(is_line(fault.key));
	}
	memset(&instance, FRESH, sizeof(instance));
	if (event_config_read(text, size, &instance) == 0) {
		require(event_config(&instance, &event) == 0);
		require(event.len == size && !memcmp(event.line, text, size));
	} else {
		require(is_fresh(&instance, sizeof(instance)));
	}
	return 0;
}
