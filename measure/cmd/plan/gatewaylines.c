/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/gatewaylines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_SIZE 512 /* a key and a value of image.conf's [gateway] */
#define QUEUE	  64  /* requests that wait, if nothing else is said */

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_line(struct words *lines, const char *key, const char *value)
{
	char line[LINE_SIZE];
	int n = snprintf(line, sizeof(line), "%s %s", key, value);

	return words_add(lines, line, (size_t)n);
}

static int add_number(struct words *lines, const char *key, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	return number ? add_line(lines, key, text) : 0;
}

static int add_list(struct words *lines, const char *key, const struct words *list)
{
	char numbered[64];
	int r = 0;

	if (list->n > 0)
		qsort(list->v, list->n, sizeof(*list->v), compare);
	for (size_t i = 0; i < list->n && r == 0; i++) {
		(void)snprintf(numbered, sizeof(numbered), "%s.%0*zu", key, list->n > 100 ? 3 : 2,
			       i);
		r = add_line(lines, numbered, list->v[i]);
	}
	return r;
}

int gatewaylines(const struct imageconf *conf, struct words *lines)
{
	char concurrency[48];
	uint64_t pool = conf->pool_size ? conf->pool_size : IMAGECONF_POOL;
	uint64_t at_once = conf->concurrency ? conf->concurrency : conf->isolate ? pool : 0;
	int r = add_list(lines, "gateway.allow", &conf->allow);

	if (r == 0)
		r = add_list(lines, "gateway.key", &conf->keys);
	if (r == 0)
		r = add_list(lines, "gateway.upgrade", &conf->upgrades);
	if (r == 0)
		r = add_number(lines, "gateway.body", conf->body);
	if (r == 0 && conf->rate.n > 0)
		r = add_line(lines, "gateway.rate", conf->rate.v[0]);
	if (r == 0 && at_once) {
		(void)snprintf(concurrency, sizeof(concurrency), "%" PRIu64 " %" PRIu64, at_once,
			       conf->queue ? conf->queue : QUEUE);
		r = add_line(lines, "gateway.concurrency", concurrency);
	}
	if (r == 0)
		r = add_number(lines, "gateway.metrics", conf->metrics);
	if (r == 0)
		r = add_number(lines, "gateway.pace", conf->pace);
	if (r == 0)
		r = add_number(lines, "gateway.padding", conf->padding);
	if (r == 0)
		r = add_number(lines, "gateway.raw", conf->raw);
	return r == 0 ? add_number(lines, "gateway.status", conf->status) : r;
}
