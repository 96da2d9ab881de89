/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/asking.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure/cmd/client/waiting.h"
#include "measure/cmd/instant.h"
#include "measure/lib/base64.h"

int asking_check(const char *command, struct asking *a)
{
	if (!a->url == !a->evidence)
		return fail_usage(command, "a URL or --evidence is needed, and not both");
	if (a->save && a->evidence)
		return fail_usage(command, "--save saves a machine's evidence, so it needs a URL");
	a->time = instant_now();
	if (a->at && instant_parse(a->at, &a->time) < 0)
		return fail_usage(
			command,
			"--at %s: not a time; write 2026-11-25, 2026-11-25T04:00:00Z or @SECONDS",
			a->at);
	if (a->timeout && a->evidence)
		return fail_usage(command, "--timeout is for a machine, so it needs a URL");
	if (a->wait && a->evidence)
		return fail_usage(command, "--wait is for a machine, so it needs a URL");
	if (waiting_parse(command, a->wait, &a->wait_s))
		return EXIT_UNSURE;
	return timeout_parse(command, a->timeout, &a->timeout_s);
}

static int ask_with(const char *command, const struct asking *a,
		    const struct rampart_policy *policy, struct attested *ret)
{
	struct waiting waiting = {
		.command = command,
		.url = a->url,
		.seconds = a->wait_s,
		.until = instant_ms() + (int64_t)a->wait_s * 1000,
		.quiet = !isatty(STDERR_FILENO),
	};
	struct rampart_error *error = &ret->channel.error;
	struct url url;

	if (a->evidence)
		return attest_file(command, a->evidence, policy, a->time, ret);
	if (url_parse(a->url, &url, error) < 0)
		return fail_usage(command, "%s: %s", a->url, error->text);
	while (attest(&url, policy, NULL, a->time, a->timeout_s, ret) < 0) {
		if (!waiting_again(&waiting, ret))
			return fail(command, "%s: %s", a->url, error->text);
		attested_done(ret);
	}
	if (error->text[0])
		(void)fail(command, "%s: the TPM opened no credential: %s", a->url, error->text);
	return 0;
}

static int save(const char *command, const char *path, const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	bool ok;

	if (fd < 0)
		return fail(command, "--save %s: %s", path, strerror(errno));
	ok = write(fd, text, len) == (ssize_t)len;
	ok = close(fd) == 0 && ok;
	if (ok)
		return 0;
	(void)unlink(path);
	return fail(command, "--save %s: cannot write it", path);
}

/*
 * A record of a type, the value in base64url, and what it is: bit 2, evidence. Source: RFC 9999, "CMW
 * Record", draft-ietf-rats-msg-wrap before. The media type is ours, and not registered.
 */
static int save_cmw(const char *command, const char *path, const struct attested *attested)
{
	static const char head[] = "[\"application/vnd.rampart.evidence+json\",\"",
			  tail[] = "\",4]\n";
	AUTO_FREE char *text = malloc(sizeof(head) + base64_len(attested->json_len) + sizeof(tail));
	char *at;

	if (!text)
		return fail(command, "out of memory");
	strcpy(text, head);
	at = text + strlen(head);
	base64_encode(attested->json, attested->json_len, at);
	for (; *at && *at != '='; at++)
		*at = (char)(*at == '+' ? '-' : *at == '/' ? '_' : *at);
	strcpy(at, tail);
	return save(command, path, text, strlen(text));
}

int ask(const char *command, const struct asking *a, struct attested *ret,
	struct rampart_feed **ret_feed)
{
	struct rampart_policy *policy = NULL;
	struct rampart_feed *feed;
	int r;

	*ret = (struct attested){ .channel.fd = -1 };
	channel_init();
	r = trust_feed(command, &a->trust, &feed);
	if (r == 0)
		r = trust_load(command, &a->trust, feed, &policy);
	if (ret_feed)
		*ret_feed = feed;
	else
		rampart_feed_free(feed);
	if (r == 0)
		r = ask_with(command, a, policy, ret);
	if (r == 0 && a->save)
		r = save(command, a->save, ret->json, ret->json_len);
	if (r == 0 && a->save_cmw)
		r = save_cmw(command, a->save_cmw, ret);
	rampart_policy_free(policy);
	return r;
}
