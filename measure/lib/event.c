/* SPDX-License-Identifier: MIT */
#include "measure/lib/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const unsigned event_capped_pcrs[EVENT_CAPPED_PCRS_N] = { EVENT_PCR_PLAN, EVENT_PCR_CONTAINER,
							  EVENT_PCR_MODEL, EVENT_PCR_IDENTITY };

static bool name_ok(const char *name)
{
	size_t len =
		strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+/-");

	return len >= 1 && len <= EVENT_NAME_MAX && name[len] == '\0';
}

/* tail: what follows the digest, keys and values with a space before each. */
static int make_line(unsigned pcr, const char *type, const char *name, const char *alg,
		     const struct digest *digest, const char *tail, struct event *ret_event)
{
	struct event e = { .pcr = pcr };
	char hex[HASH_HEX_MAX];
	int n;

	if (!name_ok(name) || digest->alg != HASH_SHA256)
		return -EINVAL;
	digest_hex(digest, hex);
	n = snprintf(e.line, sizeof(e.line), "rampart/1 %s %s %s:%s%s\n", type, name, alg, hex,
		     tail);
	if (n < 0 || (size_t)n >= sizeof(e.line))
		return -EINVAL;
	e.len = (size_t)n;
	*ret_event = e;
	return 0;
}

/* size_or_null: the event has no size= when NULL. */
static int make(unsigned pcr, const char *type, const char *name, const struct digest *digest,
		const uint64_t *size_or_null, struct event *ret_event)
{
	char size[32] = "";

	if (size_or_null)
		(void)snprintf(size, sizeof(size), " size=%" PRIu64, *size_or_null);
	return make_line(pcr, type, name, "sha256", digest, size, ret_event);
}

int event_plan(const struct digest *digest, uint64_t size, struct event *ret_event)
{
	return make(EVENT_PCR_PLAN, "plan", "plan", digest, &size, ret_event);
}

int event_config(const struct instance *instance_or_null, struct event *ret_event)
{
	static const struct instance none;
	const struct instance *instance = instance_or_null ? instance_or_null : &none;
	char text[INSTANCE_TEXT_MAX], tail[INSTANCE_TEXT_MAX + 16];
	size_t len = instance_canonical(instance, text);
	struct digest digest;
	int n = snprintf(tail, sizeof(tail), " size=%zu", len);

	hash_bytes(HASH_SHA256, text, len, &digest);
	(void)instance_text(instance, " ", "=", "", text);
	(void)snprintf(tail + n, sizeof(tail) - (size_t)n, "%s", text);
	return make_line(EVENT_PCR_PLAN, "config", instance->given ? "config" : "none", "sha256",
			 &digest, tail, ret_event);
}

/*
 * What follows the size is taken apart into a text of lines. Whatever else the line has, it must
 * have as event_config() writes it.
 */
int event_config_read(const char *line, size_t len, struct instance *ret_instance)
{
	static const char size[] = " size=";
	char text[EVENT_LINE_MAX];
	struct instance instance;
	struct instance_fault fault;
	struct event again;
	const char *pairs;

	if (len == 0 || len >= sizeof(text) || memchr(line, '\0', len))
		return -EPROTO;
	memcpy(text, line, len);
	text[len] = '\0';
	pairs = strstr(text, size);
	if (!pairs)
		return -EPROTO;
	pairs += sizeof(size) - 1;
	pairs += strcspn(pairs, " \n");
	for (char *c = text + (pairs - text); *c; c++)
		if (*c == ' ')
			*c = '\n';
	if (instance_parse(pairs, strlen(pairs), INSTANCE_ALL, &instance, &fault) < 0 ||
	    event_config(&instance, &again) < 0 || again.len != len ||
	    memcmp(again.line, line, len) != 0)
		return -EPROTO;
	*ret_instance = instance;
	return 0;
}

int event_container(const char *name, const struct digest *digest, bool fsverity, uint64_t size,
		    struct event *ret_event)
{
	char tail[32];

	(void)snprintf(tail, sizeof(tail), " size=%" PRIu64, size);
	return make_line(EVENT_PCR_CONTAINER, "container", name,
			 fsverity ? "fsverity-sha256" : "sha256", digest, tail, ret_event);
}

int event_model(const char *name, const struct digest *digest, bool fsverity, uint64_t size,
		size_t n_files, struct event *ret_event)
{
	char tail[64];
	int n = snprintf(tail, sizeof(tail), " size=%" PRIu64, size);

	if (n_files > 0)
		(void)snprintf(tail + n, sizeof(tail) - (size_t)n, " files=%zu", n_files);
	return make_line(EVENT_PCR_MODEL, "model", name, fsverity ? "fsverity-sha256" : "sha256",
			 digest, tail, ret_event);
}

int event_identity(const struct digest *spki, struct event *ret_event)
{
	return make(EVENT_PCR_IDENTITY, "identity", "tls", spki, NULL, ret_event);
}

int event_ready(unsigned pcr, struct event *ret_event)
{
	struct digest none;

	hash_bytes(HASH_SHA256, NULL, 0, &none);
	return make(pcr, "ready", "ready", &none, NULL, ret_event);
}

int event_error(unsigned pcr, const char *stage, const char *reason, struct event *ret_event)
{
	struct digest text;

	hash_bytes(HASH_SHA256, reason, strlen(reason), &text);
	return make(pcr, "error", stage, &text, NULL, ret_event);
}

void event_digest(const struct event *event, enum hash_alg bank, struct digest *ret_digest)
{
	hash_bytes(bank, event->line, event->len, ret_digest);
}

/* A bounded text: once something did not fit, full stays set and nothing more is written. */
struct text {
	char *buf;
	size_t size, len;
	bool full;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
	va_list ap;
	int n;

	if (t->full)
		return;
	va_start(ap, format);
	n = vsnprintf(t->buf + t->len, t->size - t->len, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->size - t->len)
		t->full = true;
	else
		t->len += (size_t)n;
}

/* RFC 8259, section 7 "Strings". */
static void put_escaped(struct text *t, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '\n')
			put(t, "\\n");
		else if (c == '"' || c == '\\')
			put(t, "\\%c", c);
		else if (c < 0x20)
			put(t, "\\u%04x", c);
		else
			put(t, "%c", c);
	}
}

int event_cel(const struct event *event, uint64_t recnum, const enum hash_alg *banks,
	      size_t n_banks, char *buf, size_t size, size_t *ret_len)
{
	struct text t = { .buf = buf, .size = size, .full = size == 0 };

	put(&t, "{\"recnum\":%" PRIu64 ",\"pcr\":%u,\"digests\":[", recnum, event->pcr);
	for (size_t i = 0; i < n_banks; i++) {
		char hex[HASH_HEX_MAX];
		struct digest d;

		event_digest(event, banks[i], &d);
		digest_hex(&d, hex);
		put(&t, "%s{\"hashAlg\":\"%s\",\"digest\":\"%s\"}", i ? "," : "",
		    hash_name(banks[i]), hex);
	}
	put(&t, "],\"content_type\":\"rampart/1\",\"content\":\"");
	put_escaped(&t, event->line, event->len);
	put(&t, "\"}\n");
	if (t.full)
		return -ENOSPC;
	*ret_len = t.len;
	return 0;
}
