/* SPDX-License-Identifier: MIT */
/* `rampart connect` and `rampart verify` against stand-ins for machines: who may ask, who answers,
 * and how long it may take. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/instant.h"
#include "tests/lib/localprogram.h"
#include "tests/lib/standin.h"
#include "tests/lib/tap.h"

static const struct standin_key a0;
static char url[64];

static const char *url_of(const char *host, const struct standin *s)
{
	snprintf(url, sizeof(url), "https://%s:%u", host, s->port);
	return url;
}

/* ---- proofs ---- */

static void test_verify(void)
{
	struct standin s = standin_start(STANDIN_RIGHT, &a0, 1);
	const char *args[] = { "verify", url_of("127.0.0.1", &s), NULL };

	is_int(client_wait(client_start(cmd_verify, args)), 0, "a machine proves itself");
	is_str(standin_words("sni"), "none", "an address is no server name in the handshake");
	args[1] = url_of("localhost", &s);
	is_int(client_wait(client_start(cmd_verify, args)), 0, "so does one that has a name");
	is_str(standin_words("sni"), "localhost", "which stands in the handshake");
	standin_stop(&s);
}

/* seconds: enough, on a busy machine, to come as far as words say. */
static void never_proves(enum standin_fault fault, const char *seconds, const char *words,
			 const char *name)
{
	struct standin s = standin_start(fault, &a0, 1);
	const char *args[] = { "verify", url_of("127.0.0.1", &s), "--timeout", seconds, NULL };

	is_int(client_wait(client_start(cmd_verify, args)), 2, name);
	if (!ok(strstr(standin_words("err"), words),
		"... and says that it took too long, and where"))
		printf("# %s\n", standin_words("err"));
	args[0] = "connect";
	is_int(client_wait(client_start(cmd_connect, args)), 2, "... so does connect");
	standin_stop(&s);
}

static void test_deadline(void)
{
	const char *bad[] = { "verify", "127.0.0.1:1", "--timeout", "0", NULL };

	never_proves(STANDIN_SILENT, "10",
		     "no proof within 10 s, in which the machine had not ended the TLS",
		     "a machine that says nothing");
	never_proves(STANDIN_TRICKLES, "10",
		     "no proof within 10 s, in which the machine had not sent a whole",
		     "one that says a byte from time to time");
	never_proves(STANDIN_REKEYS, "10", "no proof within 10 s, in which the machine had not",
		     "one that sends records without data");
	is_int(client_wait(client_start(cmd_verify, bad)), 2, "no time at all is no time");
	bad[0] = "connect";
	bad[3] = "3601";
	is_int(client_wait(client_start(cmd_connect, bad)), 2, "nor is more than an hour");
}

/* ---- local programs ---- */

static void answers(const char *request, const char *words, const char *name)
{
	const char *answer = local_ask(request);

	if (!ok(strstr(answer, words), name))
		printf("# %.300s\n", answer);
}

static void passes(const char *request, const char *name)
{
	answers(request, "HTTP/1.1 200 ", name);
}

/* Refused before the machine hears of it. */
static void refuses(const char *request, const char *words, const char *name)
{
	(void)unlink(standin_path("sni"));
	answers(request, words, name);
	ok(access(standin_path("sni"), F_OK) < 0, "... and the machine is not asked");
}

static void test_hosts(void)
{
	char text[256];

	passes("GET / HTTP/1.1\r\nHost: HOST\r\n\r\n", "a request for the proxy itself");
	passes("\r\n\r\nGET / HTTP/1.1\r\nHost: HOST\r\n\r\n", "also behind empty lines");
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nhost:localhost:%u\r\n\r\n", local_port);
	passes(text, "its name is localhost, too");
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHosT: LocalHost:%u \r\n\r\n", local_port);
	passes(text, "in any case");
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: [::1]:%u\r\n\r\n", local_port);
	passes(text, "or [::1]");
	passes("GET / HTTP/1.0\r\nHost: HOST\r\n\r\n", "HTTP/1.0 will do");

	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: evil.example:%u\r\n\r\n", local_port);
	refuses(text, "403 Forbidden", "a foreign name that leads here is refused");
	answers(text, "ask http://127.0.0.1:", "and told what to ask");
	answers(text, "for the host 'evil.example:", "with the name");
	refuses("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "403 Forbidden", "another port");
	refuses("GET / HTTP/1.1\r\nHost: HOST.evil.example\r\n\r\n", "403 Forbidden",
		"a name that begins with ours");
	refuses("GET / HTTP/1.1\r\nHost: \r\n\r\n", "403 Forbidden", "an empty host");
	refuses("GET / HTTP/1.0\r\n\r\n", "403 Forbidden", "none at all");
	refuses("GET / HTTP/1.1\r\n\r\n", "400 Bad Request", "none, where one is needed");
	refuses("GET / HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n", "400 Bad Request",
		"two hosts");
	refuses("GET http://evil.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n", "403 Forbidden",
		"a proxy for other hosts it is not");
	refuses("CONNECT evil.example:443 HTTP/1.1\r\nHost: HOST\r\n\r\n", "400 Bad Request",
		"nor a tunnel");
}

static void test_origins(void)
{
	char text[256];

	passes("POST / HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\nContent-Length: 0\r\n\r\n",
	       "a page of the machine's own");
	snprintf(text, sizeof(text),
		 "GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: http://localhost:%u\r\n"
		 "Sec-Fetch-Site: cross-site\r\n\r\n",
		 local_port);
	passes(text, "which may have been asked for by another of its names");
	refuses("POST / HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example\r\n"
		"Content-Length: 2\r\n\r\n{}",
		"if you mean it: --allow-origin https://evil.example", "a page of another origin");
	refuses("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: https://HOST\r\n\r\n", "403 Forbidden",
		"of another scheme");
	refuses("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: http://localhost:1\r\n\r\n",
		"403 Forbidden", "of another port");
	refuses("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: null\r\n\r\n", "403 Forbidden",
		"of nobody knows which");
	refuses("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: \r\n\r\n", "403 Forbidden", "of none");
	refuses("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\nOrigin: http://HOST\r\n\r\n",
		"403 Forbidden", "of two");
	refuses("OPTIONS / HTTP/1.1\r\nHost: HOST\r\nOrigin: https://evil.example\r\n"
		"Access-Control-Request-Method: POST\r\n\r\n",
		"403 Forbidden", "it may not even ask whether it may");

	passes("GET / HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: none\r\n\r\n",
	       "an address that was typed");
	passes("GET / HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: same-origin\r\n\r\n",
	       "an image in a page of the machine");
	refuses("GET / HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: cross-site\r\n\r\n",
		"403 Forbidden", "one in a page of another site");
	refuses("GET / HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: same-site\r\n\r\n",
		"403 Forbidden", "or of another port here");
}

/* Only the last of several requests is refused, and the machine never sees it. */
static void refuses_last(const char *requests, unsigned good, const char *name)
{
	const char *answer = local_ask(requests);

	is_int(times(answer, "HTTP/1.1 200 "), good, name);
	is_int(times(answer, "HTTP/1.1 403 "), 1, "... is refused");
	if (!ok(!strcasestr(answer, "Origin: http://evil"), "... and goes nowhere"))
		printf("# %s\n", answer);
}

#define EVIL "POST /evil HTTP/1.1\r\nHost: HOST\r\nOrigin: http://evil\r\nContent-Length: 0\r\n\r\n"

static void test_requests(void)
{
	const char *answer;
	int fd;

	refuses_last("GET / HTTP/1.1\r\nHost: HOST\r\n\r\n" EVIL, 1, "a request behind another");
	refuses_last("POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\n\r\nGET " EVIL, 1,
		     "one behind content");
	refuses_last(
		"POST / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" EVIL,
		1, "one behind chunks");
	refuses_last(
		"GET /chunked HTTP/1.1\r\nHost: HOST\r\n\r\nHEAD / HTTP/1.1\r\nHost: HOST\r\n\r\n"
		"GET /twice HTTP/1.1\r\nHost: HOST\r\n\r\n" EVIL,
		3, "one behind several");
	refuses_last(EVIL "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n", 0, "the first one");
	passes("POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 95\r\n\r\n"
	       "POST / HTTP/1.1\r\nHost: evil\r\nOrigin: http://evil\r\nContent-Length: 0\r\n\r\n"
	       "                        ",
	       "content that looks like a request is content");

	fd = dial(local_port);
	for (int i = 0; i < 3; i++) {
		say(fd, filled("GET /again HTTP/1.1\r\nHost: HOST\r\n\r\n"));
		ok(strstr(hear(fd, "/again HTTP/1.1"), "200 OK"), "a connection serves again");
	}
	say(fd, filled("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: http://evil\r\n\r\n"));
	answer = hear(fd, NULL);
	ok(strstr(answer, "403 Forbidden") && strstr(answer, "Connection: close"),
	   "until a request that is refused, with which it ends");
	close(fd);
	fd = dial(local_port);
	for (const char *c = "GET / HTTP/1.1\r\nHost: evil\r\n\r\n"; *c; c++) {
		must(send(fd, c, 1, MSG_NOSIGNAL) == 1);
		(void)poll(NULL, 0, 2);
	}
	ok(strstr(hear(fd, NULL), "403 Forbidden"), "a head may come in any pieces");
	close(fd);

	answers("GET / HTTP/1.1\nHost: HOST\n\n", "HTTP/1.1 400 ", "a line without its CR");
	answers("POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 400 ", "two ways to say a length");
	answers("GET / HTTP/1.1\r\nHost: HOST\r\nX : y\r\n\r\n", "HTTP/1.1 400 ",
		"a space before a colon");
	answers("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 400 ", "HTTP/2");
	answers("\x16\x03\x01\x02\r\n\r\n", "HTTP/1.1 400 ", "TLS");
	is_str(local_ask(""), "", "nothing gets nothing");
	is_str(local_ask("GET / HTTP/1.1\r\nHost: HOST\r\n"), "", "nor does half a head");
}

static void test_answers(void)
{
	char big[12000], request[13000];
	const char *answer;
	int fd;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	snprintf(request, sizeof(request),
		 "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: %zu\r\n\r\n%s", strlen(big),
		 big);
	answers(request, big, "content comes back as it was");
	answers("GET /chunked HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n", "chunks pass as they are");
	answers("GET /end HTTP/1.1\r\nHost: HOST\r\n\r\n", "\r\n\r\nuntil the end",
		"so does what has no length");
	for (int i = 0; i < 20; i++)
		answers("GET /reset HTTP/1.1\r\nHost: HOST\r\n\r\n", "\r\n\r\nwhole",
			"so does what came before the connection failed");
	answers("GET /twice HTTP/1.1\r\nHost: HOST\r\n\r\n",
		"103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200",
		"an interim answer goes before the answer");
	fd = dial(local_port);
	say(fd,
	    filled("HEAD / HTTP/1.1\r\nHost: HOST\r\n\r\nGET /b HTTP/1.1\r\nHost: HOST\r\n\r\n"));
	answer = hear(fd, "GET /b HTTP/1.1");
	is_int(times(answer, "HTTP/1.1 200 "), 2, "the answer to HEAD has a length and no content");
	close(fd);

	fd = dial(local_port);
	say(fd, filled("GET /switch HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\n"
		       "Connection: Upgrade\r\n\r\n"));
	ok(strstr(hear(fd, "\r\n\r\n"), "101 Switching Protocols"), "a protocol can be switched");
	say(fd, "\x01 no HTTP \n\n\n");
	ok(strstr(hear(fd, "\n\n\n"), "\x01 no HTTP "), "what follows is any bytes");
	close(fd);
}

static struct standin machine;
static pid_t client;

static void connect_start(const char *const *options)
{
	const char *args[16] = { "connect", url_of("127.0.0.1", &machine), "--interval", "86400" };

	for (int i = 0; options[i]; i++)
		args[4 + i] = options[i];
	client = client_start(cmd_connect, args);
}

/* SIGTERM lets it end by itself. */
static void connect_stop(int signal, const char *name)
{
	(void)kill(client, signal);
	is_int(client_wait(client), signal == SIGTERM ? 0 : 128 + signal, name);
}

static void test_connect(void)
{
	const char *none[] = { "--port", "0", NULL };

	machine = standin_start(STANDIN_RIGHT, &a0, 1);
	connect_start(none);
	local_port = client_port();
	ok(local_port != 0, "connect listens once a machine has proved itself");
	test_hosts();
	test_origins();
	test_requests();
	test_answers();
	connect_stop(SIGTERM, "a signal ends it");
	standin_stop(&machine);
}

/* ---- allowed origins ---- */

#define APP "Origin: https://app.example\r\n"

static void test_cors(void)
{
	const char *const options[] = {
		"--port", "0", "--allow-origin", "https://app.example", "--allow-origin",
		"null",	  NULL
	};
	const char *answer;
	int fd;

	machine = standin_start(STANDIN_RIGHT, &a0, 1);
	connect_start(options);
	local_port = client_port();
	answer = local_ask("GET / HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: cross-site\r\n" APP
			   "\r\n");
	ok(strstr(answer, "HTTP/1.1 200 OK\r\n"), "an origin that is allowed may ask");
	ok(strstr(answer,
		  "\r\nAccess-Control-Allow-Origin: https://app.example\r\nVary: Origin\r\n\r\n"),
	   "and the answer says so");
	ok(times(answer, "\naccess-control-allow-origin:") == 1 && !strstr(answer, "http://else"),
	   "it alone, whomever the machine names");
	ok(strstr(answer, "\r\n\r\nGET / HTTP/1.1\r\n"), "the content is the machine's");
	answer = local_ask("GET /chunked HTTP/1.1\r\nHost: HOST\r\n" APP "\r\n"
			   "GET /twice HTTP/1.1\r\nHost: HOST\r\n" APP "\r\n"
			   "GET / HTTP/1.1\r\nHost: HOST\r\n\r\n");
	is_int(times(answer, "HTTP/1.1 200 OK"), 3, "several requests on a connection");
	is_int(times(answer, "Allow-Origin: https://app.example"), 2,
	       "each answer is for who asked");
	is_int(times(answer, "Allow-Origin: http://else"), 1, "and otherwise as it is");
	ok(strstr(answer, "103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200"),
	   "interim answers, too");
	answer = local_ask("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: null\r\n\r\n");
	ok(strstr(answer, "Allow-Origin: null\r\n"), "null is an origin to be allowed");

	fd = dial(local_port);
	(void)unlink(standin_path("sni"));
	say(fd, filled("OPTIONS /v1 HTTP/1.1\r\nHost: HOST\r\n" APP
		       "Access-Control-Request-Method: POST\r\n"
		       "Access-Control-Request-Headers: authorization,content-type\r\n"
		       "Access-Control-Request-Private-Network: true\r\n\r\n"));
	answer = hear(fd, "\r\n\r\n");
	ok(strstr(answer, "HTTP/1.1 204 ") &&
		   strstr(answer, "Allow-Origin: https://app.example\r\n") &&
		   strstr(answer, "Allow-Methods: POST\r\n") &&
		   strstr(answer, "Allow-Headers: authorization,content-type\r\n") &&
		   strstr(answer, "Allow-Private-Network: true\r\n"),
	   "a preflight is allowed what it asks for");
	ok(access(standin_path("sni"), F_OK) < 0, "and the machine is not asked");
	say(fd, filled("POST /v1 HTTP/1.1\r\nHost: HOST\r\n" APP "Content-Length: 2\r\n\r\n{}"));
	ok(strstr(hear(fd, "{}"), "Allow-Origin: https://app.example\r\n"),
	   "the request follows it");
	close(fd);
	answers("OPTIONS /v1 HTTP/1.1\r\nHost: HOST\r\n" APP "\r\n", "\r\n\r\nOPTIONS /v1 HTTP/1.1",
		"an OPTIONS that is no preflight is the machine's");
	answers("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: https://app.example.evil\r\n\r\n",
		"HTTP/1.1 403 ", "no other origin may ask");
	answers("GET / HTTP/1.1\r\nHost: evil.example\r\n" APP "\r\n", "HTTP/1.1 403 ",
		"nor an allowed one under another host");
	connect_stop(SIGINT, "Ctrl-C ends it");
	standin_stop(&machine);
}

static void test_options(void)
{
	static const char *const bad[][4] = {
		{ "--allow-origin", "*" },
		{ "--allow-origin", "app.example" },
		{ "--allow-origin", "https://app.example/" },
		{ "--allow-origin", "https://app.example:443" },
		{ "--allow-origin", "https://" },
		{ "--allow-origin", "https://a,https://b" },
		{ "--listen", "127.0.0.1:80" },
		{ "--listen", "unix:" },
		{ "--listen=unix:/tmp/x", "--port=1" },
		{ "--listen=unix:/tmp/x", "--allow-origin=https://app.example" },
	};

	machine = standin_start(STANDIN_RIGHT, &a0, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		connect_start(bad[i]);
		is_int(client_wait(client), 2, "an option that cannot be");
		is_int(times(standin_words("err"), "\n"), 1, "... has one line");
	}
	standin_stop(&machine);
}

/* ---- a Unix socket ---- */

static void unix_refuses(const char *const *options, const char *words, const char *name)
{
	connect_start(options);
	is_int(client_wait(client), 2, name);
	if (!ok(strstr(standin_words("err"), words), "... with the reason"))
		printf("# %s\n", standin_words("err"));
}

static void test_unix(void)
{
	char path[128], option[160], words[192];
	const char *const options[] = { "--listen", option, NULL };
	pid_t first;
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s", standin_path("sock"));
	snprintf(option, sizeof(option), "unix:%s", path);
	snprintf(words, sizeof(words), "listening on %s", option);
	machine = standin_start(STANDIN_RIGHT, &a0, 1);
	connect_start(options);
	ok(words_come("out", words), "connect listens on a Unix socket");
	ok(stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0600,
	   "which is the user's alone");
	fd = dial_unix(path);
	say(fd, "GET / HTTP/1.1\r\nHost: anything\r\nOrigin: http://any\r\n\r\n");
	ok(strstr(hear(fd, "Origin: http://any"), "200 OK"),
	   "there, neither host nor origin matter");
	close(fd);
	first = client;
	unix_refuses(options, "another program may be listening there",
		     "a second one takes nothing away");
	fd = dial_unix(path);
	ok(fd >= 0, "the first still serves");
	close(fd);
	client = first;
	connect_stop(SIGTERM, "a signal ends it");
	ok(lstat(path, &st) < 0, "and its socket");

	connect_start(options);
	must(words_come("out", words));
	connect_stop(SIGKILL, "killed at once");
	ok(lstat(path, &st) == 0, "it leaves its socket behind");
	connect_start(options);
	ok(words_come("out", words), "which the next one replaces");
	must(unlink(path) == 0);
	standin_save("sock", "else", 4);
	connect_stop(SIGHUP, "it ends");
	ok(lstat(path, &st) == 0, "and removes no file of another's");
	unix_refuses(options, "not a socket", "nor does one take such a place");
	must(unlink(path) == 0);
	standin_stop(&machine);
}

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGINT, SIG_DFL); /* a shell that starts this in the background ignores it */
	(void)signal(SIGHUP, SIG_DFL); /* and so does nohup */
	standin_begin();
	test_verify();
	test_deadline();
	test_connect();
	test_cors();
	test_options();
	test_unix();
	standin_end();
	return tap_done();
}
