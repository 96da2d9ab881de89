/* SPDX-License-Identifier: MIT */
#include "measure/lib/http.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* What the fields of a head say. */
struct fields {
	bool chunked, has_length, close, keep_alive, upgrade;
	bool expects, expects_continue, websocket;
	bool events, encoded;
	unsigned n_hosts, n_upgrades, n_authorizations, n_types;
	uint64_t length;
	struct span authorization, authorization_line; /* the last one */
};

static bool equals(struct span s, const char *text)
{
	return s.left == strlen(text) && !memcmp(s.p, text, s.left);
}

static bool equals_nocase(struct span s, const char *text)
{
	return s.left == strlen(text) && !strncasecmp((const char *)s.p, text, s.left);
}

/*
 * Cuts at the first c: what is before it goes to ret_before. false, and nothing changed, without c.
 */
static bool cut(struct span *s, char c, struct span *ret_before)
{
	const uint8_t *hit = s->left ? memchr(s->p, c, s->left) : NULL;

	if (!hit)
		return false;
	*ret_before = span_of(s->p, (size_t)(hit - s->p));
	(void)span_skip(s, ret_before->left + 1);
	return true;
}

/* RFC 9110, section 5.6.2 "Tokens". */
static bool is_tchar(uint8_t c)
{
	uint8_t lower = c | 0x20;

	return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.left; i++)
		if (!is_tchar(s.p[i]))
			return false;
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

int http_scan(struct http_scan *scan, struct span bytes, size_t *ret_len)
{
	size_t end = bytes.left < HTTP_HEAD_MAX ? bytes.left : HTTP_HEAD_MAX;

	while (scan->seen < end) {
		const uint8_t *from = bytes.p + scan->seen;
		const uint8_t *hit = memchr(from, '\n', end - scan->seen);
		size_t at = hit ? (size_t)(hit - bytes.p) : end;

		scan->seen = at;
		if (!hit)
			break;
		if (at == scan->line || bytes.p[at - 1] != '\r')
			return -EBADMSG;
		if (at - scan->line == 1 && scan->line == 0)
			return -EBADMSG;
		if (at - scan->line == 1) {
			*ret_len = at + 1;
			return 0;
		}
		scan->seen = scan->line = at + 1;
		if (scan->first == 0)
			scan->first = scan->line;
	}
	return bytes.left < HTTP_HEAD_MAX ? -EAGAIN : -EFBIG;
}

bool http_may_begin(struct span bytes)
{
	size_t i = 0;
	uint8_t next;

	while (i < bytes.left && i <= HTTP_METHOD_MAX && is_tchar(bytes.p[i]))
		i++;
	if (i > HTTP_METHOD_MAX)
		return false;
	if (i == bytes.left)
		return true;
	if (i == 0 || bytes.p[i] != ' ')
		return false;
	if (i + 1 == bytes.left)
		return true;
	next = bytes.p[i + 1];
	return next == '/' || next == '*' || (next | 0x20) == 'h';
}

bool http_may_answer(struct span bytes)
{
	static const char start[] = "HTTP/1.";
	size_t len = sizeof(start) - 1;

	return !memcmp(bytes.p, start, bytes.left < len ? bytes.left : len);
}

/* A line of a head that http_scan() found, without its CR LF. */
static int take_line(struct span *s, struct span *ret_line)
{
	struct span line;

	if (!cut(s, '\n', &line) || line.left == 0)
		return -EBADMSG;
	line.left--;
	for (size_t i = 0; i < line.left; i++)
		if ((line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
			return -EBADMSG;
	*ret_line = line;
	return 0;
}

/* What may be between "//" and the path: a name or an address, and a port. No user: it would be the
 * one place where programs disagree about where the host begins. */
static bool is_authority(struct span s)
{
	for (size_t i = 0; i < s.left; i++) {
		uint8_t c = s.p[i], lower = c | 0x20;

		if (!(c >= '0' && c <= '9') && !(lower >= 'a' && lower <= 'z') &&
		    !strchr("-._~:[]%", c))
			return false;
	}
	return s.left > 0;
}

/* After it target begins with the path; without one it is empty. */
static bool cut_origin(struct span *target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < 2; i++) {
		size_t len = strlen(schemes[i]);
		struct span authority = *target;

		if (target->left <= len || strncasecmp((const char *)target->p, schemes[i], len))
			continue;
		(void)span_skip(&authority, len);
		*target = authority;
		while (target->left > 0 && target->p[0] != '/')
			(void)span_skip(target, 1);
		authority.left -= target->left;
		return is_authority(authority);
	}
	return false;
}

static int parse_target(struct span target, struct http_request *r)
{
	for (size_t i = 0; i < target.left; i++)
		if (target.p[i] <= ' ' || target.p[i] > '~' || target.p[i] == '#')
			return -EBADMSG;
	r->form = HTTP_ORIGIN;
	if (equals(target, "*") && equals(r->method, "OPTIONS")) {
		r->form = HTTP_ASTERISK;
	} else if (target.left > 0 && target.p[0] != '/') {
		r->form = HTTP_ABSOLUTE;
		if (!cut_origin(&target))
			return -EBADMSG;
		if (target.left == 0)
			target = span_of("/", 1);
	}
	if (target.left == 0)
		return -EBADMSG;
	r->path = target;
	r->has_query = cut(&target, '?', &r->path);
	r->query = r->has_query ? target : span_of(NULL, 0);
	return 0;
}

/* "HTTP/1.1" or "HTTP/1.0" */
static int parse_version(struct span s, bool *ret_http11)
{
	*ret_http11 = equals(s, "HTTP/1.1");
	return *ret_http11 || equals(s, "HTTP/1.0") ? 0 : -EBADMSG;
}

/* CONNECT would turn the connection into a tunnel that is not inspected. */
static int parse_request_line(struct span line, struct http_request *r)
{
	struct span target;

	if (!cut(&line, ' ', &r->method) || !cut(&line, ' ', &target))
		return -EBADMSG;
	if (!is_token(r->method) || r->method.left > HTTP_METHOD_MAX ||
	    equals_nocase(r->method, "CONNECT"))
		return -EBADMSG;
	if (parse_version(line, &r->http11) < 0)
		return -EBADMSG;
	return parse_target(target, r);
}

/* A second one is refused, even with the same number. */
static int parse_length(struct span value, struct fields *f)
{
	uint64_t length = 0;

	if (f->has_length || value.left == 0)
		return -EBADMSG;
	for (size_t i = 0; i < value.left; i++) {
		uint8_t c = value.p[i];

		if (c < '0' || c > '9' || length > INT64_MAX / 10 - 1)
			return -EBADMSG;
		length = length * 10 + (uint64_t)(c - '0');
	}
	f->length = length;
	f->has_length = true;
	return 0;
}

static int parse_coding(struct span value, struct fields *f)
{
	if (f->chunked || !equals_nocase(value, "chunked"))
		return -EBADMSG;
	f->chunked = true;
	return 0;
}

static void parse_connection(struct span value, struct fields *f)
{
	while (value.left > 0) {
		struct span option;

		if (!cut(&value, ',', &option)) {
			option = value;
			value.left = 0;
		}
		trim(&option);
		f->close |= equals_nocase(option, "close");
		f->keep_alive |= equals_nocase(option, "keep-alive");
		f->upgrade |= equals_nocase(option, "upgrade");
	}
}

/* Gateways of the CGI kind read an underscore in a name as a dash. */
static bool frames_for_some(struct span name)
{
	static const char *const framing[] = { "content-length", "transfer-encoding" };

	for (size_t i = 0; i < 2; i++) {
		size_t k = 0;

		while (k < name.left && framing[i][k] &&
		       (name.p[k] == '_' ? '-' : name.p[k] | 0x20) == framing[i][k])
			k++;
		if (k == name.left && !framing[i][k])
			return true;
	}
	return false;
}

/* WHATWG HTML, section 9.2 "Server-sent events"; parameters may follow. */
static bool is_event_stream(struct span value)
{
	struct span type;

	if (!cut(&value, ';', &type))
		type = value;
	trim(&type);
	return equals_nocase(type, "text/event-stream");
}

/* A folded line begins with a blank, which is in no name. */
static int parse_field(struct span line, struct fields *f)
{
	const struct span whole = span_of(line.p, line.left + 2); /* its CR LF is behind it */
	struct span name;

	if (!cut(&line, ':', &name) || !is_token(name))
		return -EBADMSG;
	trim(&line);
	if (equals_nocase(name, "content-length"))
		return parse_length(line, f);
	if (equals_nocase(name, "transfer-encoding"))
		return parse_coding(line, f);
	if (frames_for_some(name))
		return -EBADMSG;
	if (equals_nocase(name, "connection")) {
		parse_connection(line, f);
	} else if (equals_nocase(name, "host")) {
		f->n_hosts++;
	} else if (equals_nocase(name, "expect")) {
		/* Two of these fields count as an expectation that we do not know. */
		f->expects_continue = !f->expects && equals_nocase(line, "100-continue");
		f->expects = true;
	} else if (equals_nocase(name, "upgrade")) {
		f->websocket = ++f->n_upgrades == 1 && equals_nocase(line, "websocket");
	} else if (equals_nocase(name, "content-type")) {
		f->events = ++f->n_types == 1 && is_event_stream(line);
	} else if (equals_nocase(name, "content-encoding")) {
		f->encoded = true;
	} else if (equals_nocase(name, "authorization")) {
		f->n_authorizations++;
		f->authorization = line;
		f->authorization_line = whole;
	}
	return 0;
}

/*
 * To the empty line, which must be the last one. Both forms of a length, or chunks in a version
 * without them: RFC 9112, section 6.1 "Transfer-Encoding".
 */
static int parse_fields(struct span rest, bool http11, struct fields *ret)
{
	struct fields f = { 0 };
	struct span line;

	for (;;) {
		if (take_line(&rest, &line) < 0)
			return -EBADMSG;
		if (line.left == 0)
			break;
		if (parse_field(line, &f) < 0)
			return -EBADMSG;
	}
	if (rest.left > 0 || (f.chunked && (f.has_length || !http11)))
		return -EBADMSG;
	*ret = f;
	return 0;
}

bool http_field(struct span head, const char *name, struct span *ret_value)
{
	struct span line, field, value = { 0 };
	unsigned n = 0;

	(void)take_line(&head, &line); /* the first one has no field */
	while (take_line(&head, &line) == 0) {
		if (!cut(&line, ':', &field) || !equals_nocase(field, name))
			continue;
		value = line;
		n++;
	}
	if (n != 1)
		return false;
	trim(&value);
	*ret_value = value;
	return true;
}

int http_parse_request_line(struct span line, struct http_request *ret_request)
{
	struct http_request r = { 0 };

	if (take_line(&line, &line) < 0 || parse_request_line(line, &r) < 0)
		return -EBADMSG;
	*ret_request = r;
	return 0;
}

int http_parse_request(struct span head, struct http_request *ret_request)
{
	struct http_request r = { 0 };
	struct fields f;
	struct span line;

	if (take_line(&head, &line) < 0 || parse_request_line(line, &r) < 0 ||
	    parse_fields(head, r.http11, &f) < 0)
		return -EBADMSG;
	/* RFC 9112, section 3.2 "Request Target". */
	if (f.n_hosts > 1 || (r.http11 && f.n_hosts == 0))
		return -EBADMSG;
	r.chunked = f.chunked;
	r.has_length = f.has_length;
	r.length = f.length;
	r.keep_alive = !f.close && (r.http11 || f.keep_alive);
	/* RFC 9110, sections 10.1.1 "Expect" and 7.8 "Upgrade": HTTP/1.0 has neither. */
	r.expects = r.http11 && f.expects;
	r.expects_continue = r.http11 && f.expects_continue;
	r.upgrade = f.n_upgrades > 0;
	r.websocket = r.http11 && f.upgrade && f.websocket && equals(r.method, "GET") &&
		      !http_has_content(&r);
	r.has_authorizations = f.n_authorizations > 1;
	r.authorization = f.authorization;
	r.authorization_line = f.authorization_line;
	*ret_request = r;
	return 0;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* "HTTP/1.1 200 OK"; some servers omit the reason, and the space before it. */
static int parse_status_line(struct span line, struct http_response *r)
{
	struct span version;

	if (!cut(&line, ' ', &version) || parse_version(version, &r->http11) < 0)
		return -EBADMSG;
	if (line.left < 3 || !is_digit(line.p[0]) || !is_digit(line.p[1]) || !is_digit(line.p[2]) ||
	    (line.left > 3 && line.p[3] != ' '))
		return -EBADMSG;
	r->status = (unsigned)(line.p[0] - '0') * 100 + (unsigned)(line.p[1] - '0') * 10 +
		    (unsigned)(line.p[2] - '0');
	return r->status >= 100 ? 0 : -EBADMSG;
}

int http_parse_response(struct span head, struct http_response *ret_response)
{
	struct http_response r = { 0 };
	struct fields f;
	struct span line;

	if (take_line(&head, &line) < 0 || parse_status_line(line, &r) < 0 ||
	    parse_fields(head, r.http11, &f) < 0)
		return -EBADMSG;
	r.chunked = f.chunked;
	r.has_length = f.has_length;
	r.length = f.length;
	r.keep_alive = !f.close && (r.http11 || f.keep_alive);
	r.events = f.events && !f.encoded;
	*ret_response = r;
	return 0;
}
