/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/standin.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/cmd/instant.h"
#include "measure/lib/array.h"
#include "measure/lib/base64.h"
#include "measure/lib/status.h"
#include "tests/lib/machine.h"
#include "tests/lib/tap.h"

static char standin_dir[64];
static X509 *ak_cert[2]; /* of two machines, valid whenever the test runs */

const char *standin_path(const char *name)
{
	static char path[4][128];
	static unsigned at;
	char *p = path[at++ % 4];

	snprintf(p, 128, "%s/%s", standin_dir, name);
	return p;
}

void standin_save(const char *name, const void *p, size_t len)
{
	int fd = open(standin_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, p, len) == (ssize_t)len);
	close(fd);
}

static X509 *ak_cert_of(EVP_PKEY *ak)
{
	struct cert_recipe r = { .name = "ak",
				 .pkey = ak,
				 .issuer = pki.middle,
				 .issuer_pkey = pki.middle_pkey,
				 .usage = "critical,digitalSignature",
				 .extended_usage = EKU_AK,
				 .from = -3650l * DAY,
				 .to = 36500l * DAY };

	return make_cert(&r);
}

void standin_begin(void)
{
	static struct machine m;
	static struct bytes root;
	json_t *golden;
	char *text;

	strcpy(standin_dir, "/tmp/standin-XXXXXX");
	must(mkdtemp(standin_dir) != NULL);
	make_pki();
	ak_cert[0] = ak_cert_of(pki.ak);
	ak_cert[1] = ak_cert_of(pki.other_ak);
	machine_start(&m);
	machine_boot(&m);
	golden = golden_of(&m);
	text = json_dumps(golden, 0);
	standin_save("golden.json", text, strlen(text));
	free(text);
	json_decref(golden);
	put_cert(&root, pki.root);
	standin_save("root.der", root.p, root.len);
}

void standin_end(void)
{
	static const char *const names[] = { "golden.json", "root.der", "out",	  "err",
					     "sni",	    "wrong",	"proofs", "go" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)unlink(standin_path(names[i]));
	ok(rmdir(standin_dir) == 0, "no other file is left behind");
	X509_free(ak_cert[0]);
	X509_free(ak_cert[1]);
	free_pki();
}

static char *evidence_for(SSL *ssl, const struct standin_key *key, const char *nonce)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	static struct machine m;
	char text[64];
	size_t len = 0;

	machine_start(&m);
	m.ak_pkey = key->ak ? pki.other_ak : pki.ak;
	m.tls_pkey = key->tls ? pki.other_tls : pki.tls;
	m.tls = key->tls ? pki.other_tls_cert : pki.tls_cert;
	m.n_runtime = 0;
	start_runtime(&m);
	if (key->kind == STANDIN_WRONG)
		m.firmware[15].data = "another uki";
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
	m.ak_certs = json_pack("[o, o]", text_of_cert(ak_cert[key->ak]), text_of_cert(pki.middle));
	machine_seal(&m);
	return json_dumps(m.json, 0);
}

static void note(const char *name, const char *text)
{
	int fd = open(standin_path(name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void write_text(SSL *ssl, const char *text)
{
	if (SSL_write(ssl, text, (int)strlen(text)) <= 0)
		_exit(0);
}

static void trickle(SSL *ssl, const char *text)
{
	for (; *text; text++) {
		(void)poll(NULL, 0, 100);
		if (SSL_write(ssl, text, 1) <= 0)
			_exit(0);
	}
}

static void rekey(SSL *ssl)
{
	while (SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 && SSL_do_handshake(ssl) == 1)
		;
	_exit(0);
}

static void hold(SSL *ssl)
{
	write_text(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst");
	while (access(standin_path("go"), F_OK) < 0)
		(void)poll(NULL, 0, 10);
	write_text(ssl, " last");
}

/* What it was sent, as the content of an answer; paths make it answer otherwise. */
static void serve(SSL *ssl, const struct standin_key *key, const char *head, const char *content)
{
	char answer[16384], more[512] = "";
	size_t len = strlen(head) + strlen(content);

	if (!strncmp(head, "GET /chunked ", 13)) {
		write_text(ssl,
			   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
		write_text(ssl, "6;x=y\r\n world\r\n0\r\nT: v\r\n\r\n");
		return;
	}
	if (!strncmp(head, "GET /end ", 9)) {
		write_text(ssl, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
		SSL_shutdown(ssl);
		_exit(0);
	}
	if (!strncmp(head, "GET /reset ", 11)) {
		const struct linger now = { .l_onoff = 1 };

		write_text(ssl, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole");
		must(setsockopt(SSL_get_fd(ssl), SOL_SOCKET, SO_LINGER, &now, sizeof(now)) == 0);
		_exit(0);
	}
	if (!strncmp(head, "GET /held ", 10)) {
		hold(ssl);
		return;
	}
	if (!strncmp(head, "GET /switch ", 12)) {
		write_text(ssl, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
				"Connection: Upgrade\r\n\r\n");
		for (int n; (n = SSL_read(ssl, answer, sizeof(answer))) > 0;)
			if (SSL_write(ssl, answer, n) != n)
				break;
		_exit(0);
	}
	if (!strncmp(head, "GET /twice ", 11))
		snprintf(more, sizeof(more), "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
	snprintf(answer, sizeof(answer),
		 "%sHTTP/1.1 200 OK\r\nContent-Length: %zu\r\nx-machine: %d %d\r\n"
		 "access-control-allow-origin: http://else\r\n\r\n%s%s",
		 more, strncmp(head, "HEAD ", 5) ? len : 7, key->ak, key->tls,
		 strncmp(head, "HEAD ", 5) ? head : "", strncmp(head, "HEAD ", 5) ? content : "");
	write_text(ssl, answer);
}

/* How many bytes a request has whose head ends at end; 0: more than there are, since of its chunks
 * the last one is not there yet. */
static size_t request_len(const char *buf, const char *end)
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
static bool read_request(SSL *ssl, char *buf, size_t size, char **ret_content)
{
	size_t len = 0, want = 0;
	char *end;

	for (;;) {
		int n;

		buf[len] = 0;
		end = strstr(buf, "\r\n\r\n");
		if (end)
			want = request_len(buf, end + 4);
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

/* How often it has said how far it is; what all connections share. */
static atomic_int *told;

static bool is_starting(enum standin_fault fault)
{
	return fault == STANDIN_STUCK || (fault == STANDIN_STARTS && *told < STANDIN_TELLS);
}

static void refuse_early(SSL *ssl)
{
	static const char refusal[] =
		"{\"error\":{\"message\":\"later\",\"type\":\"server_error\",\"code\":\"not_ready\"}}\n";
	char answer[512];

	snprintf(answer, sizeof(answer),
		 "HTTP/1.1 503 Service Unavailable\r\ncontent-length: %zu\r\n\r\n%s",
		 sizeof(refusal) - 1, refusal);
	write_text(ssl, answer);
}

static void tell_status(SSL *ssl)
{
	const struct status all[STANDIN_TELLS] = { { STATUS_CONTAINER, 0 },
						   { STATUS_MODEL, 37 },
						   { STATUS_START, 100 } };
	int i = atomic_fetch_add(told, 1);
	char answer[512], text[STATUS_TEXT_MAX];

	(void)status_text(&all[i < STANDIN_TELLS ? i : STANDIN_TELLS - 1], text);
	snprintf(answer, sizeof(answer), "HTTP/1.1 200 OK\r\ncontent-length: %zu\r\n\r\n%s",
		 strlen(text), text);
	write_text(ssl, answer);
}

static void talk(SSL *ssl, const struct standin_key *key, enum standin_fault fault)
{
	static const char status[] = "GET /.well-known/rampart/status ";
	static const char path[] = "GET /.well-known/rampart/evidence?nonce=";
	static char buf[65536], head[65536];
	char *content;

	if (fault == STANDIN_REKEYS)
		rekey(ssl);
	while (read_request(ssl, buf, sizeof(buf), &content)) {
		if (is_starting(fault)) {
			if (strncmp(buf, status, sizeof(status) - 1))
				refuse_early(ssl);
			else
				tell_status(ssl);
			continue;
		}
		if (!strncmp(buf, path, sizeof(path) - 1)) {
			char *json = evidence_for(ssl, key, buf + sizeof(path) - 1);

			note("proofs", "x");
			snprintf(head, sizeof(head),
				 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(json));
			write_text(ssl, head);
			(fault == STANDIN_TRICKLES ? trickle : write_text)(ssl, json);
			free(json);
			continue;
		}
		snprintf(head, sizeof(head), "%.*s", (int)(content - buf), buf);
		if (key->kind == STANDIN_WRONG)
			note("wrong", head);
		serve(ssl, key, head, content);
	}
}

static int note_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert, (void)arg;
	if (name)
		standin_save("sni", name, strlen(name));
	else
		standin_save("sni", "none", 4);
	return SSL_TLSEXT_ERR_OK;
}

static void serve_connection(int fd, const struct standin_key *key, enum standin_fault fault)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;

	if (key->kind == STANDIN_DEAD)
		_exit(0);
	if (fault == STANDIN_SILENT) {
		(void)pause();
		_exit(0);
	}
	must(ctx && SSL_CTX_use_certificate(ctx, key->tls ? pki.other_tls_cert : pki.tls_cert) &&
	     SSL_CTX_use_PrivateKey(ctx, key->tls ? pki.other_tls : pki.tls));
	SSL_CTX_set_tlsext_servername_callback(ctx, note_name);
	ssl = SSL_new(ctx);
	must(ssl && SSL_set_fd(ssl, fd));
	if (SSL_accept(ssl) == 1)
		talk(ssl, key, fault);
	SSL_shutdown(ssl);
	_exit(0);
}

struct standin standin_start(enum standin_fault fault, const struct standin_key *keys,
			     size_t n_keys)
{
	return standin_start_at(1, 0, fault, keys, n_keys);
}

struct standin standin_start_at(unsigned host, unsigned port, enum standin_fault fault,
				const struct standin_key *keys, size_t n_keys)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(0x7f000000 + host) };
	socklen_t len = sizeof(here);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct standin s = { 0 };
	const int on = 1;

	must(fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	     bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0 && listen(fd, 64) == 0 &&
	     getsockname(fd, (struct sockaddr *)&here, &len) == 0);
	s.port = ntohs(here.sin_port);
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(told != MAP_FAILED);
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
			serve_connection(client, &keys[i < n_keys ? i : n_keys - 1], fault);
		}
		close(client);
	}
	(void)setpgid(s.pid, s.pid);
	close(fd);
	return s;
}

void standin_stop(struct standin *s)
{
	(void)kill(-s->pid, SIGKILL);
	(void)waitpid(s->pid, NULL, 0);
}

const char *standin_words(const char *name)
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

void (*client_before)(void);

pid_t client_start(int (*command)(int, char **), const char *const *args)
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
	if (client_before)
		client_before();
	_exit(command(argc, argv) | (fflush(stdout) ? 64 : 0));
}

int client_wait(pid_t pid)
{
	int64_t until = instant_ms() + PATIENCE_MS;
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

bool words_come(const char *name, const char *words)
{
	int64_t until = instant_ms() + PATIENCE_MS;

	while (!strstr(standin_words(name), words)) {
		if (instant_ms() > until)
			return false;
		(void)poll(NULL, 0, 20);
	}
	return true;
}

unsigned client_port(void)
{
	static const char words[] = "listening on http://127.0.0.1:";
	const char *at = words_come("out", words) ? strstr(standin_words("out"), words) : NULL;

	return at ? (unsigned)strtoul(at + sizeof(words) - 1, NULL, 10) : 0;
}
