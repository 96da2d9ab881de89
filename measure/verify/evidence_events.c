/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "measure/record/error.h"
#include "measure/record/records.h"
#include "measure/verify/evidence.h"

static int read_logs(const struct rampart_evidence *ev, struct records *records,
		     struct rampart_error *error)
{
	int r = records_add_firmware(records, "firmware_log", ev->firmware_log.p,
				     ev->firmware_log.left, error);

	if (r < 0)
		return r;
	return records_add_runtime(records, "runtime_log", (const char *)ev->runtime_log.p,
				   ev->runtime_log.left, error);
}

/* Copies text to *room, which moves on. */
static const char *keep(char **room, const char *text)
{
	char *copy = *room;
	size_t size = strlen(text) + 1;

	memcpy(copy, text, size);
	*room += size;
	return copy;
}

/* The list and its texts in one piece of memory, which free() takes as a whole. */
static struct rampart_event *copy_events(const struct records *records)
{
	size_t size = (records->n + 1) * sizeof(struct rampart_event);
	struct rampart_event *list;
	char *room;

	for (size_t i = 0; i < records->n; i++)
		size += strlen(records->list[i].type_name) + strlen(records->list[i].what) + 2 +
			2 * HASH_HEX_MAX;
	list = malloc(size);
	if (!list)
		return NULL;
	room = (char *)(list + records->n + 1);
	for (size_t i = 0; i < records->n; i++) {
		const struct record *rec = &records->list[i];
		char sha256[HASH_HEX_MAX], sha384[HASH_HEX_MAX];

		digest_hex(&rec->digest[HASH_SHA256], sha256);
		digest_hex(&rec->digest[HASH_SHA384], sha384);
		list[i] = (struct rampart_event){
			.is_runtime = rec->is_runtime,
			.log = rec->is_runtime ? "runtime" : "firmware",
			.number = rec->number,
			.pcr = rec->pcr,
			.extended = rec->is_runtime || rec->type != EV_NO_ACTION,
			.type = keep(&room, rec->type_name),
			.what = keep(&room, rec->what),
			.sha256 = rec->has[HASH_SHA256] ? keep(&room, sha256) : NULL,
			.sha384 = rec->has[HASH_SHA384] ? keep(&room, sha384) : NULL,
		};
	}
	return list;
}

int rampart_evidence_events(const struct rampart_evidence *evidence,
			    struct rampart_event **ret_events, size_t *ret_n,
			    struct rampart_error *error)
{
	struct records records = { 0 };
	struct rampart_event *list = NULL;
	int r = read_logs(evidence, &records, error);

	if (r == 0)
		list = copy_events(&records);
	if (r == 0 && !list)
		r = error_memory(error);
	if (r == 0) {
		*ret_events = list;
		*ret_n = records.n;
	}
	records_done(&records);
	return r;
}
