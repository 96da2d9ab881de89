/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "initramfs/cloud/wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HEAD                           \
	"Host: 168.63.129.16\r\n"      \
	"x-ms-agent-name: rampart\r\n" \
	"x-ms-version: 2012-11-30\r\n" \
	"Connection: close\r\n"

static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";

/* What stands between the one <name> and its </name>. */
static int take_value(struct span xml, const char *name, char ret[static WIRE_VALUE_MAX])
{
	char open[32], close[32];
	const char *from, *to, *end = (const char *)xml.p + xml.left;
	size_t n = (size_t)snprintf(open, sizeof(open), "<%s>", name), len;

	(void)snprintf(close, sizeof(close), "</%s>", name);
	from = memmem(xml.p, xml.left, open, n);
	if (!from)
		return -EBADMSG;
	from += n;
	if (memmem(from, (size_t)(end - from), open, n))
		return -EBADMSG;
	to = memmem(from, (size_t)(end - from), close, n + 1);
	len = to ? (size_t)(to - from) : 0;
	if (len == 0 || len >= WIRE_VALUE_MAX)
		return -EBADMSG;
	memcpy(ret, from, len);
	ret[len] = '\0';
	return strspn(ret, allowed) == len ? 0 : -EBADMSG;
}

int wire_goal(struct span xml, struct wire_goal *ret_goal)
{
	int r = take_value(xml, "Incarnation", ret_goal->incarnation);

	if (r == 0)
		r = take_value(xml, "ContainerId", ret_goal->container);
	return r == 0 ? take_value(xml, "InstanceId", ret_goal->instance) : r;
}

size_t wire_ask(char ret_request[static WIRE_MESSAGE_MAX])
{
	return (size_t)snprintf(ret_request, WIRE_MESSAGE_MAX,
				"GET /machine?comp=goalstate HTTP/1.1\r\n" HEAD "\r\n");
}

size_t wire_ready(const struct wire_goal *goal, char ret_request[static WIRE_MESSAGE_MAX])
{
	char xml[1024];
	int n = snprintf(xml, sizeof(xml),
			 "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
			 "<Health xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
			 " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">"
			 "<GoalStateIncarnation>%s</GoalStateIncarnation>"
			 "<Container><ContainerId>%s</ContainerId><RoleInstanceList><Role>"
			 "<InstanceId>%s</InstanceId><Health><State>Ready</State></Health>"
			 "</Role></RoleInstanceList></Container></Health>",
			 goal->incarnation, goal->container, goal->instance);

	return (size_t)snprintf(ret_request, WIRE_MESSAGE_MAX,
				"POST /machine?comp=health HTTP/1.1\r\n" HEAD
				"Content-Type: text/xml;charset=utf-8\r\n"
				"Content-Length: %d\r\n\r\n%s",
				n, xml);
}
