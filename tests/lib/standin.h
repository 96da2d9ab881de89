/* SPDX-License-Identifier: MIT */
/*
 * Machines that answer on a port of 127.0.0.1, each connection in a process of its own: machine.h's
 * evidence, bound to the very connection, and behind it a web server that says what it was asked.
 * With it: `rampart connect` and `rampart verify` themselves, in processes of their own, and files
 * with what they accept. For tests of the client's side without a virtual machine.
 */
#ifndef TESTS_STANDIN_H
#define TESTS_STANDIN_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/instant.h"
#include "tests/lib/machine.h"

#define DEADLINE_MS 60000 /* for what should take no time at all */

/* What a stand-in does wrong. */
enum standin_fault {
	STANDIN_RIGHT,
	STANDIN_SILENT,	  /* takes the connection, and says nothing */
	STANDIN_TRICKLES, /* its evidence comes a byte at a time, ten a second */
	STANDIN_REKEYS	  /* no answer, but KeyUpdates without end */
};

static char standin_dir[64];
static X509 *standin_ak_cert[2]; /* of two machines, valid whenever the test runs */

static inline const char *standin_path(const char *name)
{
	static char path[4][128];
	static unsigned at;
	char *p = path[at++ % 4];

	snprintf(p, 128, "%s/%s", standin_dir, name);
	return p;
}

static inline void standin_save(const char *name, const void *p, size_t len)
{
	int fd = open(standin_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, p, len) == (ssize_t)len);
	close(fd);
}

static inline X509 *standin_cert_of(EVP_PKEY *ak)
{
	struct cert_recipe r = { .name = "ak",
				 .pkey = ak,
				 .issuer = world.middle,
				 .issuer_pkey = world.middle_pkey,
				 .usage = "critical,digitalSignature",
				 .extended_usage = EKU_AK,
				 .from = -3650l * DAY,
				 .to = 36500l * DAY };

	return make_cert(&r);
}

/* Keys, certificates, golden.json and root.der. */
static inline void standin_begin(void)
{
	static struct machine m;
	static struct bytes root;
	json_t *golden;
	char *text;

	strcpy(standin_dir, "/tmp/standin-XXXXXX");
	must(mkdtemp(standin_dir) != NULL);
	make_world();
	standin_ak_cert[0] = standin_cert_of(world.ak);
	standin_ak_cert[1] = standin_cert_of(world.other_ak);
	machine_start(&m);
	machine_boot(&m);
	golden = golden_of(&m);
	text = json_dumps(golden, 0);
	standin_save("golden.json", text, strlen(text));
	free(text);
	json_decref(golden);
	put_cert(&root, world.root);
	standin_save("root.der", root.p, root.len);
}

static inline void standin_end(void)
{
	static const char *const names[] = { "golden.json", "root.der", "out", "err", "sni" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(standin_path(names[i]));
	ok(rmdir(standin_dir) == 0, "no other file is left behind");
	X509_free(standin_ak_cert[0]);
	X509_free(standin_ak_cert[1]);
	free_world();
}

/* ---- the machine ---- */

/* A machine that was started with this AK (0, 1) and TLS key (0, 1). */
struct standin_key {
	int ak, tls;
};

static inline char *standin_evidence(SSL *ssl, const struct standin_key *key, const char *nonce)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	static struct machine m;
	char text[64];
	size_t len = 0;

	machine_start(&m);
	m.ak_pkey = key->ak ? world.other_ak : world.ak;
	m.tls_pkey = key->tls ? world.other_tls : world.tls;
	m.tls = key->tls ? world.other_tls_cert : world.tls_cert;
	m.n_runtime = 0;
	start_runtime(&m);
	machine_boot(&m);
	snprintf(text, sizeof(text), "%.43s=", nonce);
	for (char *c = text; *c; c++)
		*c = (char)(*c == '-' ? '+' : *c == '_' ? '/' : *c);
	must(base64_decode(text, strlen(text), m.nonce, sizeof(m.nonce), &len) == 0 && len == 32 &&
	     SSL_export_keying_material(ssl, m.exporter, 32, label, sizeof(label) - 1, NULL, 0,
					0) == 1);
	machine_quote(&m);
	m.quote.resets += (uint32_t)key->tls; /* a machine has its second key after a reset */
	json_decref(m.ak_certs);
	m.ak_certs = json_pack("[o, o]", text_of_cert(standin_ak_cert[key->ak]),
			       text_of_cert(world.middle));
	machine_seal(&m);
	return json_dumps(m.json, 0);
}

static inline void standin_write(SSL *ssl, const char *text)
{
	if (SSL_write(ssl, text, (int)strlen(text)) <= 0)
		_exit(0);
}

static inline void standin_trickle(SSL *ssl, const char *text)
{
	for (; *text; text++) {
		(void)poll(NULL, 0, 100);
		if (SSL_write(ssl, text, 1) <= 0)
			_exit(0);
	}
}

static inline void standin_rekey(SSL *ssl)
{
	while (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1)
		;
	_exit(0);
}

/* What it was sent, as the content of an answer; paths make it answer otherwise. */
static inline void standin_serve(SSL *ssl, const char *head, const char *content)
{
	char answer[16384], more[512] = "";
	size_t len = strlen(head) + strlen(content);

	if (!strncmp(head, "GET /chunked ", 13)) {
		standin_write(
			ssl, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
		standin_write(ssl, "6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n");
		return;
	}
	if (!strncmp(head, "GET /end ", 9)) {
		standin_write(ssl, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
		SSL_shutdown(ssl);
		_exit(0);
	}
	if (!strncmp(head, "GET /switch ", 12)) {
		standin_write(ssl, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
				   "Connection: Upgrade\r\n\r\n");
		for (int n; (n = SSL_read(ssl, answer, sizeof(answer))) > 0;)
			if (SSL_write(ssl, answer, n) != n)
				break;
		_exit(0);
	}
	if (!strncmp(head, "GET /twice ", 11))
		snprintf(more, sizeof(more), "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
	snprintf(
		answer, sizeof(answer),
		"%sHTTP/1.1 200 OK\r\nContent-Length: %zu\r\naccess-control-allow-origin: http://else\r\n\r\n%s%s",
		more, strncmp(head, "HEAD ", 5) ? len : 7, strncmp(head, "HEAD ", 5) ? head : "",
		strncmp(head, "HEAD ", 5) ? content : "");
	standin_write(ssl, answer);
}

/* How many bytes a request has whose head ends at end; 0: more than there are, since of its chunks
 * the last one is not there yet. */
static inline size_t standin_len(const char *buf, const char *end)
{
	const char *field = strcasestr(buf, "\r\nContent-Length:"), *last;

	if (field && field < end)
		return (size_t)(end - buf) + strtoul(field + 17, NULL, 10);
	field = strcasestr(buf, "\r\nTransfer-Encoding:");
	if (!field || field > end)
		return (size_t)(end - buf);
	last = strstr(end, "0\r\n\r\n");
	return last ? (size_t)(last + 5 - buf) : 0;
}

/* One request, of which head and content follow each other in buf, and never a byte of the next
 * one; false at the end. */
static inline bool standin_read(SSL *ssl, char *buf, size_t size, char **ret_content)
{
	size_t len = 0, want = 0;
	char *end;

	for (;;) {
		int n;

		buf[len] = 0;
		end = strstr(buf, "\r\n\r\n");
		if (end)
			want = standin_len(buf, end + 4);
		if (want && len >= want)
			break;
		n = SSL_read(ssl, buf + len, want ? (int)(want - len) : 1);
		if (n <= 0 || len + (size_t)n + 1 >= size)
			return false;
		len += (size_t)n;
	}
	*ret_content = end + 4;
	return true;
}

static inline void standin_talk(SSL *ssl, const struct standin_key *key, enum standin_fault fault)
{
	static const char path[] = "GET /.well-known/rampart/evidence?nonce=";
	static char buf[65536], head[65536];
	char *content;

	if (fault == STANDIN_REKEYS)
		standin_rekey(ssl);
	while (standin_read(ssl, buf, sizeof(buf), &content)) {
		if (!strncmp(buf, path, sizeof(path) - 1)) {
			char *json = standin_evidence(ssl, key, buf + sizeof(path) - 1);

			snprintf(head, sizeof(head),
				 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(json));
			standin_write(ssl, head);
			(fault == STANDIN_TRICKLES ? standin_trickle : standin_write)(ssl, json);
			free(json);
			continue;
		}
		snprintf(head, sizeof(head), "%.*s", (int)(content - buf), buf);
		standin_serve(ssl, head, content);
	}
}

static inline int standin_note_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert, (void)arg;
	if (name)
		standin_save("sni", name, strlen(name));
	else
		standin_save("sni", "none", 4);
	return SSL_TLSEXT_ERR_OK;
}

static inline void standin_connection(int fd, const struct standin_key *key,
				      enum standin_fault fault)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	if (fault == STANDIN_SILENT) {
		(void)pause();
		_exit(0);
	}
	must(ctx &&
	     SSL_CTX_use_certificate(ctx, key->tls ? world.other_tls_cert : world.tls_cert) &&
	     SSL_CTX_use_PrivateKey(ctx, key->tls ? world.other_tls : world.tls));
	SSL_CTX_set_tlsext_servername_callback(ctx, standin_note_name);
	ssl = SSL_new(ctx);
	must(ssl && SSL_set_fd(ssl, fd));
	if (SSL_accept(ssl) == 1)
		standin_talk(ssl, key, fault);
	SSL_shutdown(ssl);
	_exit(0);
}

struct standin {
	pid_t pid;
	unsigned port;
};

/* Connection i gets the i-th key, and all after them the last. */
static inline struct standin standin_start(enum standin_fault fault, const struct standin_key *keys,
					   size_t n_keys)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct standin s = { 0 };

	must(fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0 &&
	     listen(fd, 64) == 0 && getsockname(fd, (struct sockaddr *)&here, &len) == 0);
	s.port = ntohs(here.sin_port);
	fflush(stdout);
	s.pid = fork();
	must(s.pid >= 0);
	for (size_t i = 0; s.pid == 0; i++) {
		int client = accept(fd, NULL, NULL);

		(void)signal(SIGPIPE, SIG_IGN);
		(void)signal(SIGCHLD, SIG_IGN);
		if (client < 0)
			_exit(1);
		if (i == 0)
			(void)setpgid(0, 0);
		if (fork() == 0) {
			close(fd);
			standin_connection(client, &keys[i < n_keys ? i : n_keys - 1], fault);
		}
		close(client);
	}
	(void)setpgid(s.pid, s.pid);
	close(fd);
	return s;
}

static inline void standin_stop(struct standin *s)
{
	(void)kill(-s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
}

/* ---- the client ---- */

static inline const char *standin_words(const char *name)
{
	static char text[2][8192];
	static unsigned at;
	char *p = text[at++ % 2];
	FILE *file = fopen(standin_path(name), "rb");
	size_t n = file ? fread(p, 1, 8191, file) : 0;

	p[n] = 0;
	if (file)
		fclose(file);
	return p;
}

/* Runs `rampart COMMAND ...` with golden values and roots, its words in the files out and err. */
static inline pid_t client_start(int (*command)(int, char **), const char *const *args)
{
	static char golden[128], root[128];
	char *argv[24] = { (char *)(uintptr_t)args[0], (char *)(uintptr_t)"--golden", golden,
			   (char *)(uintptr_t)"--roots", root };
	int argc = 5;
	pid_t pid;

	snprintf(golden, sizeof(golden), "%s", standin_path("golden.json"));
	snprintf(root, sizeof(root), "%s", standin_path("root.der"));
	for (size_t i = 1; args[i]; i++)
		argv[argc++] = (char *)(uintptr_t)args[i];
	fflush(stdout);
	(void)unlink(standin_path("out"));
	pid = fork();
	must(pid >= 0);
	if (pid > 0)
		return pid;
	must(freopen(standin_path("out"), "w", stdout) &&
	     freopen(standin_path("err"), "w", stderr));
	setvbuf(stderr, NULL, _IONBF, 0);
	_exit(command(argc, argv) | (fflush(stdout) ? 64 : 0));
}

/* The exit code; 128 and more: by a signal; -1: it had to be killed. */
static inline int client_wait(pid_t pid)
{
	int64_t until = instant_ms() + DEADLINE_MS;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (instant_ms() > until) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, &status, 0);
			return -1;
		}
		(void)poll(NULL, 0, 20);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Until the file has these words; false after a long time. */
static inline bool words_come(const char *name, const char *words)
{
	int64_t until = instant_ms() + DEADLINE_MS;

	while (!strstr(standin_words(name), words)) {
		if (instant_ms() > until)
			return false;
		(void)poll(NULL, 0, 20);
	}
	return true;
}

/* The port that connect listens on; 0: it does not. */
static inline unsigned client_port(void)
{
	static const char words[] = "listening on http://127.0.0.1:";
	const char *at = words_come("out", words) ? strstr(standin_words("out"), words) : NULL;

	return at ? (unsigned)strtoul(at + sizeof(words) - 1, NULL, 10) : 0;
}

#endif
