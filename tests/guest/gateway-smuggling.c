/* SPDX-License-Identifier: MIT */
/*
 * Requests and answers that two programs read in two ways. tests/attack/smuggling.vectors says what
 * clients send, and how many requests reach a server behind nginx and haproxy; behind the gateway
 * there are never more, and whatever reaches its server is read alike by readers that each make
 * another mistake which real programs have made. The same in the other direction, with a hostile
 * container and the client's readers.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/gatewayworld.h"
#include "tests/lib/httpclient.h"
#include "tests/lib/httpserver.h"
#include "tests/lib/tap.h"

#define VECTORS "tests/attack/smuggling.vectors"
#define HOST	"host: r\r\n"
#define FOUND	16 /* messages that a reader tells apart */

/* The mistakes of a reader. */
enum {
	LENGTH_FIRST = 1,	/* of several lengths, the first one counts, not the last */
	LENGTH_WINS = 2,	/* chunks are not looked for when there is a length */
	ANY_CHUNKED = 4,	/* a coding in whose name or value there is "chunked" somewhere */
	LINES_OF_LF = 8,	/* a line may end in LF alone, a head in two of them */
	LINES_OF_CR = 16,	/* or in CR alone */
	BLANKS = 32,		/* blanks around a name do not count, nor does what is no ASCII */
	UNDERSCORES = 64,	/* are dashes */
	FOLDED = 128,		/* a line that begins with a blank goes on with the one before */
	NO_CONTENT_GET = 256,	/* a GET has no content, whatever it says; nor has a HEAD */
	LOOSE_SIZES = 512,	/* what strtol(3) reads is a size of a chunk or a content */
	INTERIM_CONTENT = 1024, /* an interim answer may have content, and 204 */
};

static const int readers[] = { 0,
			       LENGTH_FIRST,
			       LENGTH_WINS,
			       LENGTH_WINS | LENGTH_FIRST,
			       ANY_CHUNKED,
			       LINES_OF_LF,
			       LINES_OF_LF | LINES_OF_CR,
			       BLANKS | ANY_CHUNKED,
			       BLANKS | LENGTH_WINS,
			       UNDERSCORES,
			       UNDERSCORES | LENGTH_WINS,
			       FOLDED | ANY_CHUNKED,
			       FOLDED | BLANKS | LINES_OF_LF | LOOSE_SIZES,
			       NO_CONTENT_GET,
			       LOOSE_SIZES,
			       LOOSE_SIZES | LENGTH_WINS,
			       INTERIM_CONTENT };

/* Where the messages begin. */
struct reading {
	size_t at[FOUND], n;
};

struct head {
	bool chunked, has_length;
	long length;
};

/* The bytes of a line with its end, and *ret_len without it; 0: it is not whole. */
static size_t line_of(const char *bytes, size_t left, int mistakes, size_t *ret_len)
{
	for (size_t i = 0; i < left; i++) {
		bool crlf = bytes[i] == '\r' && i + 1 < left && bytes[i + 1] == '\n';

		if (!crlf && !(bytes[i] == '\n' && (mistakes & LINES_OF_LF)) &&
		    !(bytes[i] == '\r' && (mistakes & LINES_OF_CR)))
			continue;
		*ret_len = i;
		return i + (crlf ? 2 : 1);
	}
	return 0;
}

static long number_of(const char *text, int base, int mistakes)
{
	char *end;
	long n = strtol(text, &end, base);

	if (mistakes & LOOSE_SIZES)
		return n < 0 ? 0 : n;
	return n < 0 || end == text || strchr("+- \t", text[0]) ? 0 : n;
}

/* One field, lower-case. */
static void read_field(char *line, int mistakes, struct head *head)
{
	char *colon = strchr(line, ':'), *value, *name = line;

	if (!colon)
		return;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	if (mistakes & BLANKS) {
		name += strspn(name, " \t\v\xa0");
		name[strcspn(name, " \t\v\xa0")] = '\0';
		value += strspn(value, " \t\v\xa0\"");
	}
	for (char *c = name; *c && (mistakes & UNDERSCORES); c++)
		*c = *c == '_' ? '-' : *c;
	if (!strcmp(name, "content-length") && !(head->has_length && (mistakes & LENGTH_FIRST))) {
		head->has_length = true;
		head->length = number_of(value, 10, mistakes);
	}
	if (!strcmp(name, "transfer-encoding"))
		head->chunked |= mistakes & ANY_CHUNKED ? !!strstr(value, "chunked")
							: !strncmp(value, "chunked", 7);
}

/* The bytes of a head; 0: it is not whole. */
static size_t read_head(const char *bytes, size_t left, int mistakes, struct head *head)
{
	char line[4096] = "";
	size_t off = 0, len, n;

	*head = (struct head){ 0 };
	while ((n = line_of(bytes + off, left - off, mistakes, &len)) > 0) {
		bool more = strchr(" \t", bytes[off]) && (mistakes & FOLDED) && len > 0;

		if (!more) {
			read_field(line, mistakes, head);
			line[0] = '\0';
		}
		for (size_t i = 0, k = strlen(line); i < len && k + 1 < sizeof(line); i++) {
			char c = bytes[off + i];

			line[k++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c ? c : ' ';
			line[k] = '\0';
		}
		off += n;
		if (len == 0)
			return off;
	}
	return 0;
}

/* The bytes of content in chunks, as many as there are. */
static size_t skip_chunks(const char *bytes, size_t left, int mistakes)
{
	size_t off = 0, len, n;
	long size = 1;

	while (size > 0) {
		char text[32];

		n = line_of(bytes + off, left - off, mistakes, &len);
		if (n == 0)
			return left;
		snprintf(text, sizeof(text), "%.*s", (int)(len < 31 ? len : 31), bytes + off);
		size = number_of(text, 16, mistakes);
		off += n;
		if (size > (long)(left - off))
			return left;
		off += (size_t)size;
		if (size > 0)
			off += line_of(bytes + off, left - off, mistakes, &len);
	}
	while ((n = line_of(bytes + off, left - off, mistakes, &len)) > 0) {
		off += n;
		if (len == 0)
			return off;
	}
	return left;
}

static bool starts(const char *bytes, size_t left, const char *text)
{
	return left >= strlen(text) && !memcmp(bytes, text, strlen(text));
}

static bool is_bare(const char *bytes, size_t left, const struct head *head, int mistakes)
{
	bool interim = starts(bytes, left, "HTTP/1.1 1") || starts(bytes, left, "HTTP/1.1 204");

	if (interim || starts(bytes, left, "HTTP/1.1 304"))
		return !(mistakes & INTERIM_CONTENT) || !(head->chunked || head->has_length);
	return (mistakes & NO_CONTENT_GET) &&
	       (starts(bytes, left, "GET ") || starts(bytes, left, "HEAD "));
}

static struct reading read_as(const char *bytes, size_t left, int mistakes)
{
	struct reading reading = { 0 };
	size_t off = 0;

	while (off < left && reading.n < FOUND) {
		const char *first = bytes + off;
		size_t room = left - off;
		struct head head;

		reading.at[reading.n++] = off;
		off += read_head(first, room, mistakes, &head);
		if (bytes + off == first)
			break;
		if (is_bare(first, room, &head, mistakes))
			continue;
		if (starts(first, room, "HTTP/1.1 101") ||
		    (starts(first, room, "HTTP/") && !head.chunked && !head.has_length))
			break;
		if (head.chunked && !(head.has_length && (mistakes & LENGTH_WINS)))
			off += skip_chunks(bytes + off, left - off, mistakes);
		else
			off += (size_t)head.length < left - off ? (size_t)head.length : left - off;
	}
	return reading;
}

/* Whether all readers find the same messages; how many. */
static bool read_alike(const char *bytes, size_t len, size_t *ret_n)
{
	const struct reading strict = read_as(bytes, len, 0);
	bool alike = true;

	for (size_t i = 1; i < sizeof(readers) / sizeof(readers[0]); i++) {
		struct reading other = read_as(bytes, len, readers[i]);

		if (other.n != strict.n ||
		    memcmp(other.at, strict.at, strict.n * sizeof(strict.at[0])) != 0) {
			printf("# reader %d finds %zu messages, the strict one %zu\n", readers[i],
			       other.n, strict.n);
			alike = false;
		}
	}
	*ret_n = strict.n;
	return alike;
}

/* The readers are worth something: each that has a mistake falls for it. */
static void test_readers(void)
{
	static const struct {
		const char *bytes;
		int mistakes;
	} cases[] = {
		{ "POST /a\r\ncontent-length: 0\r\ncontent-length: 3\r\n\r\nabc", LENGTH_FIRST },
		{ "POST /a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /\r\n\r\n",
		  LENGTH_WINS | LENGTH_FIRST },
		{ "POST /a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n", ANY_CHUNKED },
		{ "POST /a\r\nx: y\ncontent-length: 3\r\n\r\nabc", LINES_OF_LF },
		{ "POST /a\r\nx: y\rcontent-length: 3\r\n\r\nabc", LINES_OF_LF | LINES_OF_CR },
		{ "POST /a\r\ncontent-length : 3\r\n\r\nabc", BLANKS | LENGTH_WINS },
		{ "POST /a\r\ncontent_length: 3\r\n\r\nabc", UNDERSCORES },
		{ "POST /a\r\ntransfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
		  FOLDED | ANY_CHUNKED },
		{ "GET /a\r\ncontent-length: 3\r\n\r\nabc", NO_CONTENT_GET },
		{ "POST /a\r\ncontent-length: +3\r\n\r\nabc", LOOSE_SIZES },
		{ "HTTP/1.1 103 x\r\ncontent-length: 3\r\n\r\nabc", INTERIM_CONTENT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = strlen(cases[i].bytes);

		ok(read_as(cases[i].bytes, len, 0).n !=
			   read_as(cases[i].bytes, len, cases[i].mistakes).n,
		   "a reader with a mistake falls for it");
	}
}

static size_t unescape(char *text)
{
	static const char *const names = "rnt", *const bytes = "\r\n\t";
	char *out = text;

	for (const char *in = text; *in; in++) {
		const char *name = in[0] == '\\' && in[1] ? strchr(names, in[1]) : NULL;
		char digits[3] = "";

		if (name) {
			*out++ = bytes[name - names];
			in++;
		} else if (in[0] == '\\' && in[1] == 'x') {
			memcpy(digits, in + 2, 2);
			*out++ = (char)strtol(digits, NULL, 16);
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	return (size_t)(out - text);
}

/* Sends all of it and the end, and waits for the gateway's. */
static void send_all(const char *bytes, size_t len)
{
	SSL *ssl = client("");

	seen->raw_len = 0;
	seen->requests = 0;
	client_send(ssl, bytes, len);
	SSL_shutdown(ssl);
	receive(ssl, 60000);
	client_close(ssl);
}

static void test_vector(const char *name, const char *columns[static 3], const char *bytes,
			size_t len)
{
	long ours = strtol(columns[0], NULL, 10);
	char text[160];
	size_t n = 0;
	bool alike;

	send_all(bytes, len);
	alike = read_alike(seen->raw, seen->raw_len, &n);
	snprintf(text, sizeof(text), "%s: %ld reach the container, and all read them alike", name,
		 ours);
	if (!ok(alike && (long)n == ours, text))
		printf("# %zu by the strict reader\n", n);
	ok(ours <= strtol(columns[1], NULL, 10) || ours <= strtol(columns[2], NULL, 10),
	   "  nginx or haproxy lets as many pass");
}

static void test_clients(void)
{
	static char line[8192];
	FILE *file = fopen(VECTORS, "r");
	int n = 0;

	while (file && fgets(line, sizeof(line), file)) {
		const char *columns[3];
		char *at = line, *name = strsep(&at, " ");

		line[strcspn(line, "\n")] = '\0';
		if (name[0] == '#')
			continue;
		for (int i = 0; i < 3; i++)
			columns[i] = strsep(&at, " ");
		if (at)
			test_vector(name, columns, at, unescape(at));
		n += at ? 1 : -1000; /* a line that is none */
	}
	if (file)
		fclose(file);
	ok(n > 80, "there are many vectors");
}

#define FORGED "HTTP/1.1%20200%20OK%0d%0acontent-length:%206%0d%0a%0d%0aforged"
#define OK200  "HTTP/1.1%20200%20OK%0d%0a"
#define INDEX  "GET /.well-known/rampart HTTP/1.1\r\n" HOST "\r\n"

/* What the container says to a request, before the client asks the gateway itself. */
static const char *const answers[] = {
	OK200 "content-length:%203%0d%0a%0d%0aabc",
	OK200 "transfer-encoding:%20chunked%0d%0a%0d%0a3%0d%0aabc%0d%0a0%0d%0a%0d%0a",
	"HTTP/1.1%20103%20x%0d%0alink:%20y%0d%0a%0d%0a" OK200 "content-length:%200%0d%0a%0d%0a",
	"HTTP/1.1%20204%20x%0d%0a%0d%0a",
	OK200 "content-length:%200%0d%0a%0d%0a" FORGED,
	OK200 "content-length:%200%0d%0acontent-length:%2044%0d%0a%0d%0a" FORGED,
	OK200
	"content-length:%2044%0d%0atransfer-encoding:%20chunked%0d%0a%0d%0a0%0d%0a%0d%0a" FORGED,
	OK200 "transfer-encoding:%20xchunked%0d%0a%0d%0a0%0d%0a%0d%0a" FORGED,
	OK200
	"transfer-encoding%20:%20chunked%0d%0acontent-length:%2049%0d%0a%0d%0a0%0d%0a%0d%0a" FORGED,
	OK200
	"transfer_encoding:%20chunked%0d%0acontent-length:%2049%0d%0a%0d%0a0%0d%0a%0d%0a" FORGED,
	OK200 "content_length:%200%0d%0acontent-length:%2044%0d%0a%0d%0a" FORGED,
	OK200 "x:%20y%0acontent-length:%200%0d%0a%0d%0a" FORGED,
	OK200 "x:%20y%0dcontent-length:%200%0d%0acontent-length:%2044%0d%0a%0d%0a" FORGED,
	OK200 "content-length:%20%2b3%0d%0a%0d%0aabc" FORGED,
	OK200 "transfer-encoding:%20chunked%0d%0a%0d%0a0x3%0d%0aabc%0d%0a0%0d%0a%0d%0a" FORGED,
	OK200 "transfer-encoding:%20chunked%0d%0a%0d%0a3%0aabc%0a0%0a%0a" FORGED,
	"HTTP/1.1%20103%20x%0d%0acontent-length:%2044%0d%0a%0d%0a" FORGED,
	"HTTP/1.1%20103%20x%0d%0atransfer-encoding:%20chunked%0d%0a%0d%0a" FORGED,
	"HTTP/1.0%20200%20OK%0d%0atransfer-encoding:%20chunked%0d%0a%0d%0a0%0d%0a%0d%0a" FORGED,
	"HTTP/1.1%20101%20x%0d%0aupgrade:%20websocket%0d%0a%0d%0a" FORGED,
	FORGED FORGED,
};

static void test_containers(void)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		char request[2048], name[80];
		const char *got;
		SSL *ssl;
		size_t n, len;
		bool alike;

		snprintf(request, sizeof(request), "GET /say?%s HTTP/1.1\r\n" HOST "\r\n" INDEX,
			 answers[i]);
		ssl = client(request);
		SSL_shutdown(ssl);
		got = receive(ssl, 20000);
		len = strlen(got);
		alike = read_alike(got, len, &n);
		/* Of what the container forges, nothing stands where an answer begins. */
		for (size_t k = 0; k < n; k++) {
			size_t at = read_as(got, len, 0).at[k];
			bool first = k == 0 || starts(got, len, "HTTP/1.1 103");

			alike &= first || strstr(got + at, "\"rampart/1\"") != NULL;
		}
		snprintf(name, sizeof(name), "answer %zu: all clients read it alike", i);
		if (!ok(alike, name))
			printf("# %s\n", got);
		client_close(ssl);
	}
}

int main(void)
{
	if (!is_root())
		return 0;
	gateway_lines = "gateway.allow.00 GET /a\n"
			"gateway.allow.01 GET /say\n"
			"gateway.allow.02 POST /a\n";
	serve_world();
	test_readers();
	test_clients();
	test_containers();
	kill(world.server, SIGKILL);
	return tap_done();
}
