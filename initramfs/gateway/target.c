/* SPDX-License-Identifier: MIT */
#include "initramfs/gateway/target.h"

#include <string.h>
#include <strings.h>

#include "measure/lib/http.h"

#define DECODINGS 3 /* an encoded percent sign of an encoded one is the last that anybody reads */

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int target_encoded(struct span s)
{
	int high, low;

	if (s.left < 3 || s.p[0] != '%')
		return -1;
	high = digit_of(s.p[1]);
	low = digit_of(s.p[2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* RFC 3986, section 2.3 "Unreserved Characters". */
static bool is_unreserved(int c)
{
	int lower = c | 0x20;

	return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

/* Whether s begins with text, its unreserved characters decoded; *ret_rest is what follows. */
static bool begins_with(struct span s, const char *text, struct span *ret_rest)
{
	for (; *text; text++) {
		int c = target_encoded(s);
		bool decoded = c >= 0 && is_unreserved(c);

		if (s.left == 0 || (decoded ? c : s.p[0]) != *text)
			return false;
		(void)span_skip(&s, decoded ? 3 : 1);
	}
	*ret_rest = s;
	return true;
}

bool target_is(struct span path, const char *own)
{
	struct span rest;

	return begins_with(path, own, &rest) && rest.left == 0;
}

/* Decodes in place; false: nothing was encoded. */
static bool decode(uint8_t *buf, size_t *len)
{
	size_t out = 0;
	bool any = false;

	for (size_t in = 0; in < *len; out++) {
		int c = target_encoded(span_of(buf + in, *len - in));

		any |= c >= 0;
		buf[out] = c >= 0 ? (uint8_t)c : buf[in];
		in += c >= 0 ? 3 : 1;
	}
	*len = out;
	return any;
}

static bool segment_is(struct span s, const char *text)
{
	return s.left == strlen(text) && !strncasecmp((const char *)s.p, text, s.left);
}

/* The next segment, without what follows a semicolon, and behind as many slashes as there are. */
static struct span next_segment(struct span *s)
{
	struct span segment;
	size_t len = 0, end;

	while (s->left > 0 && (s->p[0] == '/' || s->p[0] == '\\'))
		(void)span_skip(s, 1);
	while (len < s->left && s->p[len] != '/' && s->p[len] != '\\')
		len++;
	for (end = 0; end < len && s->p[end] != ';';)
		end++;
	segment = span_of(s->p, end);
	(void)span_skip(s, len);
	return segment;
}

/* Whether the first two segments that count are those of TARGET_PREFIX. */
static bool resolves_to_ours(struct span s)
{
	static const char *const ours[] = { ".well-known", "rampart" };
	size_t depth = 0, same = 0; /* the first `same` of `depth` segments are those of ours[] */

	while (s.left > 0) {
		struct span segment = next_segment(&s);

		if (segment.left == 0 || segment_is(segment, "."))
			continue;
		if (segment_is(segment, "..")) {
			depth -= depth > 0;
			same = same < depth ? same : depth;
			continue;
		}
		if (same == depth && depth < 2 && segment_is(segment, ours[depth]))
			same++;
		depth++;
	}
	return same == 2;
}

/* What decodes to NUL, '?' or '#' may end the path for somebody. */
static size_t end_of_path(const uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (buf[i] == '\0' || buf[i] == '?' || buf[i] == '#')
			return i;
	return len;
}

static bool is_masked(struct span path)
{
	static uint8_t buf[HTTP_HEAD_MAX];
	size_t len = path.left < sizeof(buf) ? path.left : sizeof(buf);

	memcpy(buf, path.p, len);
	for (int i = 0; i <= DECODINGS; i++) {
		size_t end = end_of_path(buf, len);

		if (resolves_to_ours(span_of(buf, len)) ||
		    (end < len && resolves_to_ours(span_of(buf, end))))
			return true;
		if (!decode(buf, &len))
			return false;
	}
	return false;
}

enum target_owner target_owner(struct span path)
{
	struct span rest;

	if (begins_with(path, TARGET_PREFIX, &rest) && (rest.left == 0 || rest.p[0] == '/'))
		return TARGET_OURS;
	return is_masked(path) ? TARGET_MASKED : TARGET_OTHER;
}

static bool is_plain_encoding(int c)
{
	return c >= ' ' && c != 0x7f && !is_unreserved(c) && !strchr("/\\%", c);
}

bool target_is_plain(struct span path)
{
	struct span rest = path;

	if (path.left == 0 || path.p[0] != '/')
		return false;
	for (size_t i = 0; i < path.left; i++) {
		struct span s = span_of(path.p + i, path.left - i);

		if (s.p[0] == '\\' || (s.p[0] == '%' && !is_plain_encoding(target_encoded(s))))
			return false;
		if (s.p[0] == '/' && s.left > 1 && s.p[1] == '/')
			return false;
	}
	while (rest.left > 0) {
		struct span segment = next_segment(&rest);

		if (segment_is(segment, ".") || segment_is(segment, ".."))
			return false;
	}
	return true;
}
