/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/waiting.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/instant.h"
#include "measure/lib/status.h"
#include "measure/record/error.h"

#define STATUS_PATH "/.well-known/rampart/status"
#define PAUSE_MS    1000
#define WORDS_MAX   64

int waiting_parse(const char *command, const char *text, unsigned *ret_s)
{
	size_t n = text ? strspn(text, "0123456789") : 0;
	unsigned long seconds = 0;

	if (text) {
		seconds = n > 0 && n < 9 && text[n] == '\0' ? strtoul(text, NULL, 10) : 0;
		if (seconds == 0 || seconds > WAITING_MAX_S)
			return fail_usage(command, "--wait %s: not 1 to %d seconds", text,
					  WAITING_MAX_S);
	}
	*ret_s = (unsigned)seconds;
	return 0;
}

/* On the connection that refused evidence. One that does not say how far it is has begun, at least. */
static struct status ask_status(struct attested *a)
{
	struct rampart_error kept = a->channel.error;
	struct status status = { 0 };
	char *text = NULL;
	size_t len;

	if (channel_request(&a->channel, STATUS_PATH, NULL, 0, &text, &len) == 0)
		(void)status_parse(span_of(text, len), &status);
	a->channel.error = kept;
	free(text);
	return status;
}

static void say(struct waiting *w, const struct status *status, const char *words)
{
	if (w->said > (int)status->stage)
		return;
	w->said = (int)status->stage + 1;
	if (!w->quiet)
		fprintf(stderr, "rampart %s: %s: waits until it is ready: %s\n", w->command, w->url,
			words);
}

static bool rest(const struct waiting *w)
{
	int64_t left = w->until - instant_ms();

	if (left <= 0)
		return false;
	(void)poll(NULL, 0, left > PAUSE_MS ? PAUSE_MS : (int)left);
	return true;
}

static bool again_after_error(const struct waiting *w, struct rampart_error *error)
{
	struct rampart_error why = *error;

	if (w->seconds == 0)
		return false;
	if (rest(w))
		return true;
	(void)error_set(error, -1, "not ready within %u s: %s", w->seconds, why.text);
	return false;
}

static void print_status(const struct status *status, char *buf, size_t size)
{
	snprintf(buf, size, "stage %s, %u %% loaded", status_stages[status->stage],
		 status->percent);
}

void waiting_words(struct attested *a, char *buf, size_t size)
{
	struct status status = ask_status(a);
	char words[WORDS_MAX];

	print_status(&status, words, sizeof(words));
	snprintf(buf, size, "the machine has not started yet: %s", words);
}

bool waiting_again(struct waiting *w, struct attested *a)
{
	char words[WORDS_MAX];
	struct status status;

	if (a->report)
		return false;
	if (!a->channel.not_ready)
		return again_after_error(w, &a->channel.error);
	status = ask_status(a);
	print_status(&status, words, sizeof(words));
	if (w->seconds == 0) {
		(void)error_set(&a->channel.error, -1,
				"not ready yet: %s; ask again with --wait SECONDS", words);
		return false;
	}
	say(w, &status, words);
	if (rest(w))
		return true;
	(void)error_set(&a->channel.error, -1, "not ready within %u s: %s", w->seconds, words);
	return false;
}
