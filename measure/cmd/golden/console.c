/* SPDX-License-Identifier: MIT */
#include "measure/cmd/golden/console.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/base64.h"
#include "measure/record/text.h"

#define PREFIX "rampart: "

/* The word at *text, cut off with a NUL; *text moves to what follows the space. NULL if none. */
static char *take_word(char **text)
{
	char *word = *text, *end;

	if (!*word)
		return NULL;
	end = word + strcspn(word, " ");
	*text = end + (*end == ' ');
	*end = 0;
	return word;
}

static int parse_digest(enum hash_alg bank, const char *hex, bool *has, struct digest *ret)
{
	if (*has || digest_from_hex(bank, hex, strlen(hex), ret) < 0)
		return -EBADMSG;
	*has = true;
	return 0;
}

/* "sha256 11 tpm=... sysfs=..." */
static int parse_pcr(struct console *c, char *text)
{
	char *bank_name = take_word(&text), *number = take_word(&text), *word;
	struct console_pcr *pcr, parsed = { 0 };
	enum hash_alg bank;
	size_t n;

	if (!number || hash_from_name(bank_name, strlen(bank_name), &bank) < 0)
		return -EBADMSG;
	n = strspn(number, "0123456789");
	if (n == 0 || n > 2 || number[n] || (n == 2 && number[0] == '0'))
		return -EBADMSG;
	n = (size_t)strtoul(number, NULL, 10);
	if (n >= CONSOLE_PCRS)
		return -EBADMSG;
	pcr = &c->pcr[bank][n];
	if (pcr->has_tpm || pcr->has_sysfs)
		return -EBADMSG; /* printed twice: which of the two holds? */
	while ((word = take_word(&text))) {
		int r = -EBADMSG;

		if (!strncmp(word, "tpm=", 4))
			r = parse_digest(bank, word + 4, &parsed.has_tpm, &parsed.tpm);
		else if (!strncmp(word, "sysfs=", 6))
			r = parse_digest(bank, word + 6, &parsed.has_sysfs, &parsed.sysfs);
		if (r < 0)
			return r;
	}
	if (!parsed.has_tpm && !parsed.has_sysfs)
		return -EBADMSG;
	*pcr = parsed;
	return 0;
}

static int parse_firmware(struct console *c, const char *text)
{
	size_t len = strlen(text), n;
	uint8_t *more = realloc(c->firmware, c->firmware_len + len / 4 * 3 + 1);

	if (!more)
		return -ENOMEM;
	c->firmware = more;
	if (base64_decode(text, len, c->firmware + c->firmware_len, len / 4 * 3, &n) < 0)
		return -EBADMSG;
	c->firmware_len += n;
	return 0;
}

static int parse_runtime(struct console *c, const char *text)
{
	size_t len = strlen(text);
	char *more = realloc(c->runtime, c->runtime_len + len + 2);

	if (!more)
		return -ENOMEM;
	c->runtime = more;
	memcpy(more + c->runtime_len, text, len);
	c->runtime_len += len;
	more[c->runtime_len++] = '\n';
	more[c->runtime_len] = 0;
	return 0;
}

static int parse_line(struct console *c, char *text)
{
	char *word;

	if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
		return 0;
	text += strlen(PREFIX);
	word = take_word(&text);
	if (!word)
		return 0;
	if (!strcmp(word, "pcr"))
		return parse_pcr(c, text);
	if (!strcmp(word, "firmware-log"))
		return parse_firmware(c, text);
	if (!strcmp(word, "runtime-log"))
		return parse_runtime(c, text);
	if (!strcmp(word, "FAILED") && !c->failed) {
		text_clean(text); /* it is shown */
		c->failed = strdup(text);
	}
	return 0;
}

int console_load(const char *command, const char *path, struct console *ret_console)
{
	AUTO_FREE uint8_t *text = NULL;
	struct console c = { 0 };
	size_t len, line = 1;
	int r = read_file(path, LOG_SIZE_MAX, &text, &len);

	*ret_console = c;
	if (r < 0)
		return fail_parse(command, path, r, NULL);
	for (size_t at = 0; at < len && r == 0; line++) {
		char *start = (char *)text + at, *end = memchr(start, '\n', len - at);
		size_t line_len = end ? (size_t)(end - start) : len - at;

		at += line_len + 1;
		while (line_len > 0 && start[line_len - 1] == '\r')
			line_len--;
		start[line_len] = 0; /* read_file() keeps room for the last one */
		r = parse_line(&c, start);
		if (r < 0)
			(void)fail(command, "%s: line %zu: %s", path, line,
				   r == -ENOMEM ? "out of memory" : "malformed \"rampart:\" line");
	}
	*ret_console = c;
	return r < 0 ? EXIT_UNSURE : 0;
}

void console_done(struct console *console)
{
	free(console->firmware);
	free(console->runtime);
	free(console->failed);
	*console = (struct console){ 0 };
}
