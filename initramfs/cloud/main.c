/* SPDX-License-Identifier: MIT */
/*
 * Asks the host of a cloud's machine for one thing, and ends. Unprivileged, in an empty root, TCP to
 * port 80 alone and to one address, the filter of the dialer, which makes the same calls. Started by
 * init with the descriptors of service.h.
 *
 * With the name of a source (config.source in the plan), the instance configuration: exit 0, and one
 * message on SERVICE_SUBJECT, a SOCK_SEQPACKET, which is its text, and empty if there is none; or
 * exit 1, and the message says why not.
 *
 * Without, it tells Azure that the machine is ready: exit 0 when the platform has heard it, 1 if it
 * did not in an hour. Without that the platform takes a machine of a generalized image for one that
 * did not start. Nothing depends on it; a machine that is not heard runs as well.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "initramfs/cloud/ask.h"
#include "initramfs/cloud/imds.h"
#include "initramfs/cloud/wire.h"
#include "initramfs/common/confine.h"
#include "initramfs/common/reason.h"
#include "initramfs/common/service.h"

#define FILES_MAX 16

/* An Azure that is being updated is not there for up to 70 s, by its documentation. */
#define CONFIG_TRIES   16
#define CONFIG_WAIT_MS 5000
#define ABSENCES_AZURE 3 /* a machine that has just begun may not be known yet */

#define REPORT_TRIES   360

static int report_ready(void)
{
	char request[WIRE_MESSAGE_MAX];
	struct wire_goal goal;
	struct answer answer;
	int r = ask(WIRE_ADDRESS, request, wire_ask(request), &answer);

	if (r == 0)
		r = wire_goal(answer.content, &goal);
	if (r == 0)
		r = ask(WIRE_ADDRESS, request, wire_ready(&goal, request), &answer);
	return r == 0 && (answer.status < 200 || answer.status > 299) ? -EPROTO : r;
}

static int keep_reporting(void)
{
	for (int i = 0; i < REPORT_TRIES; i++) {
		if (report_ready() == 0)
			return 0;
		(void)poll(NULL, 0, ASK_WAIT_MS);
	}
	return 1;
}

/* Notes why there is no such thing of the service's. That there is none is no fault. */
static int because_answered(int r, const char *what, const struct answer *answer)
{
	if (r == -EPROTO || r == -EBUSY)
		return because(r, "%s: status %u%s", what, answer->status,
			       answer->status == 200 ? " of another service" : "");
	if (r == -EBADMSG)
		return because(r, "%s: malformed, or cut off", what);
	return r == -ENOENT ? r : because_of(r, what);
}

/* One try, as imds_text() or ask() returns. */
static int read_config(enum plan_source source, char *text, size_t *ret_len)
{
	struct imds_token token = { "" };
	char request[IMDS_REQUEST_MAX];
	struct answer answer = { 0 };
	int r = 0;

	if (source == PLAN_IMDS_AWS) {
		r = ask(IMDS_ADDRESS, request, imds_ask_token(request), &answer);
		if (r == 0)
			r = imds_token(&answer, &token);
		if (r == -ENOENT)
			r = -EPROTO; /* whoever has no token has no say about user data */
		r = because_answered(r, "the service's token", &answer);
	}
	if (r == 0) {
		r = ask(IMDS_ADDRESS, request, imds_ask(source, &token, request), &answer);
		if (r == 0)
			r = imds_text(source, &answer, text, ret_len);
		r = because_answered(r, "the service's answer", &answer);
	}
	return r;
}

static bool may_pass(int r)
{
	return r == -EBUSY || r == -ECONNREFUSED || r == -ETIMEDOUT || r == -EPIPE ||
	       r == -ECONNRESET;
}

static int keep_reading(enum plan_source source, char *text, size_t *ret_len)
{
	int absences = source == PLAN_IMDS_AZURE ? ABSENCES_AZURE : 1, r = -EBUSY;

	for (int i = 0; i < CONFIG_TRIES; i++) {
		if (i > 0)
			(void)poll(NULL, 0, CONFIG_WAIT_MS);
		reason_forget();
		r = read_config(source, text, ret_len);
		if (r == -ENOENT && --absences == 0) {
			*ret_len = 0;
			return 0;
		}
		if (r != -ENOENT && !may_pass(r))
			break;
	}
	return r;
}

static int hand_over(enum plan_source source)
{
	static char text[INSTANCE_SIZE_MAX];
	size_t len = 0;
	int r = keep_reading(source, text, &len);
	struct iovec iov = { .iov_base = text, .iov_len = len };
	const struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (r < 0)
		iov.iov_len = (size_t)snprintf(text, sizeof(text), "%s", reason());
	if (sendmsg(SERVICE_SUBJECT, &message, MSG_NOSIGNAL) != (ssize_t)iov.iov_len)
		return 1;
	return r < 0;
}

static enum plan_source source_of(const char *name)
{
	enum plan_source source = PLAN_IMDS_GCE;

	while (source < _PLAN_SOURCE_MAX && strcmp(plan_sources[source], name))
		source++;
	return source;
}

int main(int argc, char *argv[])
{
	enum plan_source source = argc == 2 ? source_of(argv[1]) : PLAN_NO_SOURCE;
	int r;

	service_init();
	if (source == _PLAN_SOURCE_MAX)
		return 1;
	r = because_of(confine(UID_CLOUD, FILES_MAX, ASK_PORT, SERVICE_FILTER),
		       "cannot confine itself");
	if (r < 0) {
		report("%s", reason());
		return 1;
	}
	return source == PLAN_NO_SOURCE ? keep_reporting() : hand_over(source);
}
