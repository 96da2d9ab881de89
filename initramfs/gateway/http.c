/* SPDX-License-Identifier: MIT */
#include "http.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* A head that is being read. */
struct parse {
	struct http_request request;
	bool http11, keep_alive, close;
	unsigned n_hosts;
};

static enum http_owner starts_with(struct span bytes, const char *start)
{
	size_t len = strlen(start), n = bytes.left < len ? bytes.left : len;
	uint8_t next;

	if (memcmp(bytes.p, start, n) != 0)
		return HTTP_RELAYED;
	if (bytes.left <= len)
		return HTTP_UNDECIDED;
	next = bytes.p[len];
	return next == '/' || next == '?' || next == ' ' ? HTTP_OURS : HTTP_RELAYED;
}

enum http_owner http_owner(struct span bytes)
{
	if (bytes.left == 0)
		return HTTP_UNDECIDED;
	return starts_with(bytes, bytes.p[0] == 'P' ? "POST " HTTP_PREFIX : "GET " HTTP_PREFIX);
}

static bool equals(struct span s, const char *text)
{
	return s.left == strlen(text) && !memcmp(s.p, text, s.left);
}

static bool equals_nocase(struct span s, const char *text)
{
	return s.left == strlen(text) && !strncasecmp((const char *)s.p, text, s.left);
}

/* What is before the first c goes to ret_before, and c away; false, and nothing done, without c. */
static bool cut(struct span *s, char c, struct span *ret_before)
{
	const uint8_t *hit = s->left ? memchr(s->p, c, s->left) : NULL;

	if (!hit)
		return false;
	*ret_before = span_of(s->p, (size_t)(hit - s->p));
	(void)span_skip(s, ret_before->left + 1);
	return true;
}

/* 0, -EAGAIN: the line has no end yet, or -EBADMSG: it ends, or goes on, as no line may. */
static int take_line(struct span *s, struct span *ret_line)
{
	struct span line;

	if (!cut(s, '\n', &line))
		return -EAGAIN;
	if (line.left == 0 || line.p[line.left - 1] != '\r')
		return -EBADMSG;
	line.left--;
	for (size_t i = 0; i < line.left; i++)
		if ((line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
			return -EBADMSG;
	*ret_line = line;
	return 0;
}

static bool is_token(struct span s)
{
	static const char others[] = "!#$%&'*+-.^_`|~"; /* RFC 9110, section 5.6.2 "Tokens" */

	for (size_t i = 0; i < s.left; i++) {
		uint8_t c = s.p[i], lower = c | 0x20;

		if (!(c >= '0' && c <= '9') && !(lower >= 'a' && lower <= 'z') &&
		    !(c && strchr(others, c)))
			return false;
	}
	return s.left > 0;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void trim(struct span *s)
{
	while (s->left > 0 && is_blank(s->p[0]))
		(void)span_skip(s, 1);
	while (s->left > 0 && is_blank(s->p[s->left - 1]))
		s->left--;
}

static int parse_target(struct span target, struct http_request *r)
{
	for (size_t i = 0; i < target.left; i++)
		if (target.p[i] <= ' ' || target.p[i] > '~' || target.p[i] == '#')
			return -EBADMSG;
	if (target.left == 0 || target.p[0] != '/')
		return -EBADMSG;
	r->path = target;
	r->has_query = cut(&target, '?', &r->path);
	r->query = r->has_query ? target : span_of(NULL, 0);
	return 0;
}

static int parse_request_line(struct span line, struct parse *p)
{
	struct span method, target;

	if (!cut(&line, ' ', &method) || !cut(&line, ' ', &target))
		return -EBADMSG;
	if (equals(method, "GET"))
		p->request.method = HTTP_GET;
	else if (equals(method, "POST"))
		p->request.method = HTTP_POST;
	else
		return -EBADMSG;
	p->http11 = equals(line, "HTTP/1.1");
	if (!p->http11 && !equals(line, "HTTP/1.0"))
		return -EBADMSG;
	return parse_target(target, &p->request);
}

/* A second one, even with the same number, is not worth guessing about. */
static int parse_length(struct span value, struct http_request *r)
{
	uint64_t length = 0;

	if (r->has_length || value.left == 0)
		return -EBADMSG;
	for (size_t i = 0; i < value.left; i++) {
		uint8_t c = value.p[i];

		if (c < '0' || c > '9' || length > UINT64_MAX / 10 - 1)
			return -EBADMSG;
		length = length * 10 + (uint64_t)(c - '0');
	}
	r->length = length;
	r->has_length = true;
	return 0;
}

static void parse_connection(struct span value, struct parse *p)
{
	while (value.left > 0) {
		struct span option;

		if (!cut(&value, ',', &option)) {
			option = value;
			value.left = 0;
		}
		trim(&option);
		p->close |= equals_nocase(option, "close");
		p->keep_alive |= equals_nocase(option, "keep-alive");
	}
}

/* A folded line begins with a blank, which no name has. */
static int parse_field(struct span line, struct parse *p)
{
	struct span name;

	if (!cut(&line, ':', &name) || !is_token(name))
		return -EBADMSG;
	trim(&line);
	if (equals_nocase(name, "content-length"))
		return parse_length(line, &p->request);
	if (equals_nocase(name, "transfer-encoding"))
		p->request.transfer_encoding = true;
	else if (equals_nocase(name, "connection"))
		parse_connection(line, p);
	else if (equals_nocase(name, "host"))
		p->n_hosts++;
	else if (equals_nocase(name, "expect"))
		p->request.expects_continue = equals_nocase(line, "100-continue");
	return 0;
}

static int parse_lines(struct span *rest, struct parse *p)
{
	struct span line;
	int r = take_line(rest, &line);

	if (r == 0)
		r = parse_request_line(line, p);
	while (r == 0) {
		r = take_line(rest, &line);
		if (r == 0 && line.left == 0)
			return 0;
		if (r == 0)
			r = parse_field(line, p);
	}
	return r;
}

int http_parse(struct span bytes, struct http_request *ret_request)
{
	bool whole = bytes.left < HTTP_HEAD_MAX;
	struct span rest = span_of(bytes.p, whole ? bytes.left : HTTP_HEAD_MAX);
	struct parse p = { 0 };
	int r = parse_lines(&rest, &p);

	if (r == -EAGAIN && !whole)
		return -EFBIG;
	if (r < 0)
		return r;
	/* RFC 9112, sections 3.2 "Request Target" and 6.1 "Transfer-Encoding". */
	if (p.n_hosts > 1 || (p.http11 && p.n_hosts == 0) ||
	    (p.request.transfer_encoding && (p.request.has_length || !p.http11)))
		return -EBADMSG;
	p.request.keep_alive = !p.close && (p.http11 || p.keep_alive);
	p.request.head_len = (size_t)(rest.p - bytes.p);
	*ret_request = p.request;
	return 0;
}
