/* SPDX-License-Identifier: MIT */
/* What a watcher sees of a stream on a clock (initramfs/gateway/pace.h): the clock is the test's. */
#include "initramfs/gateway/pace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure/lib/framing.h"
#include "tests/lib/tap.h"

#define SIZE  511 /* of a piece */
#define TICKS 40

static size_t owned;
static char sent[1 << 20]; /* the content that left */
static size_t n_sent;

static struct pace *begin(bool chunked)
{
	static struct pace p;

	flow_free(&p.held);
	p.held.of_owner = &owned;
	pace_begin(&p, chunked);
	n_sent = 0;
	return &p;
}

static int say(struct pace *p, const char *text)
{
	return pace_add(p, span_of(text, strlen(text)));
}

/* One tick: the piece is a whole chunk; its content is added to what was sent. Its length. */
static size_t tick(struct pace *p)
{
	uint8_t piece[SIZE];
	size_t len = pace_tick(p, piece, SIZE), n;
	struct framing f;
	struct span data;

	framing_chunked(&f);
	if (len > SIZE || framing_data(&f, span_of(piece, len), &n, &data) < 0) {
		ok(false, "a piece is a chunk");
		return 0;
	}
	memcpy(sent + n_sent, data.p, data.left);
	n_sent += data.left;
	sent[n_sent] = '\0';
	return len;
}

/* What a client makes of it. */
static const char *events(void)
{
	static char text[sizeof(sent)];
	size_t len = 0;

	for (const char *c = sent; *c;) {
		if (!strncmp(c, ":\n\n", 3) && (c == sent || c[-1] == '\n' || c[-1] == '\r')) {
			c += 3;
			continue;
		}
		text[len++] = *c++;
	}
	text[len] = '\0';
	return text;
}

/* At so many ticks something leaves, if every third tick one of these was said before it. */
static int series(const char *const *tokens, size_t n, size_t every)
{
	struct pace *p = begin(true);
	int pieces = 0;

	for (size_t i = 0; i < TICKS; i++) {
		if (i % every == 0 && i / every < n && say(p, tokens[i / every]) < 0)
			die("say");
		pieces += tick(p) > 0;
	}
	p->ended = true;
	return pieces;
}

static void test_series(void)
{
	static const char *const words[] = { "data: a\n\n", "data: b\n\n", "data: c\n\n" };
	static const char *const long_words[] = {
		"data: a much longer token than the other ones, by far\n\n",
		"data: x\r\n\r\n",
		"event: y\ndata: two\ndata: lines\n\n",
	};

	is_int(series(words, 3, 3), TICKS, "something leaves at each tick");
	is_str(events(), "data: a\n\ndata: b\n\ndata: c\n\n", "and the client has its events");
	is_int(series(long_words, 3, 11), TICKS, "other tokens, other pauses: the same");
	is_str(events(),
	       "data: a much longer token than the other ones, by far\n\ndata: x\r\n\r\n"
	       "event: y\ndata: two\ndata: lines\n\n",
	       "and these are whole, too");
}

static void test_events(void)
{
	struct pace *p = begin(true);
	static char burst[2000];

	(void)say(p, "data: ha");
	(void)tick(p);
	is_str(sent, ":\n\n", "half an event waits, and a comment leaves");
	(void)say(p, "lf\r\n\r");
	(void)tick(p);
	is_str(sent, ":\n\ndata: half\r\n\r", "a whole one leaves, whatever its lines end with");
	(void)say(p, "\ndata: x\r\n");
	(void)tick(p);
	(void)tick(p);
	is_str(events(), "data: half\r\n\r\n", "no comment is in an event");
	(void)say(p, "\r\n");
	(void)tick(p);
	is_str(events(), "data: half\r\n\r\ndata: x\r\n\r\n", "and the next one follows");
	memset(burst, 'b', sizeof(burst) - 1);
	memcpy(burst, "data: ", 6);
	memcpy(burst + sizeof(burst) - 3, "\n\n", 2);
	p = begin(true);
	(void)say(p, burst);
	for (int i = 0; i < 4; i++)
		is_int((int64_t)tick(p), i < 3 ? SIZE - 1 : 1999 - 3 * 503 + 7,
		       "a burst takes several ticks");
	is_str(sent, burst, "and is whole");
	(void)say(p, "last");
	p->ended = true;
	(void)tick(p);
	is_int((int64_t)tick(p), 5, "the end has a tick of its own,");
	ok(p->said && tick(p) == 0, "and then there is nothing more");
	is_str(events() + strlen(burst), "last", "what was no event leaves at the end");
}

static void test_large(void)
{
	static char part[1024 + 1];
	struct pace *p = begin(true);
	size_t said = 0;

	memset(part, 'x', 1024);
	while (pace_room(p) >= 1024) {
		if (say(p, part) < 0)
			die("say");
		said += 1024;
	}
	is_int((int64_t)pace_room(p), 0, "an event that is larger than what is held");
	while (tick(p) > 0)
		;
	is_int((int64_t)n_sent, (int64_t)said, "leaves as it comes");
	is_int((int64_t)tick(p), 0, "and there is no comment in it");
	(void)say(p, "end\n\n");
	(void)tick(p);
	(void)tick(p);
	ok(!strcmp(sent + said, "end\n\n:\n\n"), "but behind it again");
}

static void test_plain(void)
{
	struct pace *p = begin(false);
	uint8_t piece[SIZE];

	is_int((int64_t)pace_tick(p, piece, SIZE), 3, "without chunks there is the comment alone");
	(void)say(p, "data: a\n\n");
	ok(pace_tick(p, piece, SIZE) == 9 && !memcmp(piece, "data: a\n\n", 9), "and the event");
	p->ended = true;
	ok(pace_tick(p, piece, SIZE) == 0 && p->said, "and the end is that of the connection");
	p = begin(true);
	(void)say(p, "data: a\n\nhalf");
	p->cut = true;
	(void)tick(p);
	(void)tick(p);
	ok(!strcmp(sent, "data: a\n\nhalf") && tick(p) == 0 && p->said,
	   "a stream that was cut has no last chunk");
}

int main(void)
{
	test_series();
	test_events();
	test_large();
	test_plain();
	flow_free(&begin(true)->held);
	is_int((int64_t)owned, 0, "nothing is held any more");
	return tap_done();
}
