/* SPDX-License-Identifier: MIT */
#include "measure/lib/model.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t model_name_len(const struct plan_file *file)
{
	return strcspn(file->name, "/");
}

size_t model_end(const struct plan *plan, size_t first)
{
	const char *name = plan->model[first].name;
	size_t len = model_name_len(&plan->model[first]), end = first + 1;

	if (name[len] == '\0')
		return end;
	while (end < plan->n_model && !strncmp(plan->model[end].name, name, len + 1))
		end++;
	return end;
}

static void hash_line(struct hash_ctx *ctx, const struct plan_file *file)
{
	const char *name = file->name + model_name_len(file) + 1;
	char digest[PLAN_DIGEST_MAX], rest[PLAN_DIGEST_MAX + 32];
	int n;

	plan_digest_text(file, digest);
	n = snprintf(rest, sizeof(rest), " %s %" PRIu64 "\n", digest, file->size);
	hash_update(ctx, name, strlen(name));
	hash_update(ctx, rest, (size_t)n);
}

int model_event(const struct plan *plan, size_t first, struct event *ret_event)
{
	const struct plan_file *file = &plan->model[first];
	size_t len = model_name_len(file), end = model_end(plan, first);
	char name[EVENT_NAME_MAX + 1];
	struct digest digest;
	struct hash_ctx ctx;
	uint64_t size = 0;

	if (file->name[len] == '\0')
		return event_model(file->name, &file->digest, file->fsverity, file->size, 0,
				   ret_event);
	if (len >= sizeof(name))
		return -EINVAL;
	memcpy(name, file->name, len);
	name[len] = '\0';
	hash_init(&ctx, HASH_SHA256);
	for (size_t i = first; i < end; i++) {
		hash_line(&ctx, &plan->model[i]);
		size += plan->model[i].size;
	}
	hash_final(&ctx, &digest);
	return event_model(name, &digest, false, size, end - first, ret_event);
}
