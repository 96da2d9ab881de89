/* SPDX-License-Identifier: MIT */
/*
 * The container of the test image: an HTTP server that says what it can see, so that boot tests
 * take seconds and need no engine.
 *
 *   httpd PORT       serves on 127.0.0.1:PORT
 *   httpd exit       exits with 3 at once: a container that does not stay
 *   httpd facts      prints what GET /world says, and exits
 *
 *   GET /            "ok"
 *   GET /facts       key=value lines: who it is, what it may do, what is there
 *   GET /world       the same about what a runtime gives: names, descriptors, folders to write to
 *   POST /echo       the request's body
 *   POST /keep       "kept": a short body stays in memory
 *   GET /kept        what stays there, or "nothing"
 *   GET /store?WORD  "stored": the word is in a file in /tmp from then on
 *   GET /stored      what is in that file, or "nothing"
 *   GET /stream      ten chunks, a tenth of a second apart
 *   GET /hold        one such chunk, and no end until the client has left
 *   GET /exit        no answer: the server exits with 3
 *   GET /end         no answer: the server exits with 0
 *   GET /attack      no answer: asks for a call that the filter kills
 *   GET /say         prints a line to stdout and to stderr, and names its process after it
 *   GET /forks       how many processes it can make before the kernel refuses; they end again
 *   GET /bomb        the same fifty times, holding them for a tenth of a second: "50 times"
 *   GET /model/PATH?OFFSET  at most a mebibyte of the file /model/PATH, from OFFSET
 *   GET /device/PATH the name of the driver behind the DRM node /dev/PATH, or why not
 *   GET /ioctl/PATH?NUMBER  what that ioctl of /dev/PATH answers, or why not
 *   GET /proc/PATH   the beginning of that file of /proc, or why not
 *   GET /memory      no answer: takes memory until the kernel ends it
 *
 * One thread a connection, one request a connection.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "facts.h"

#define HEAD_MAX  8192		  /* request line and header fields */
#define FACTS_MAX 8192		  /* one page of text */
#define EXIT_CODE 3		  /* of /exit: a code that nothing else returns */
#define FORKS_MAX 4096		  /* more than any plan of a test allows */
#define CHUNK	  (1 << 20)	  /* of /memory and /model */
#define BOMBS	  50		  /* of /bomb */
#define CANARY	  "canary-7f3c91" /* fits a process's name, 15 bytes */
#define STORED	  "/tmp/stored"
#define BODY_MAX  (1 << 24) /* Content-Length of /echo */

/* Linux, include/uapi/drm/drm.h: what every DRM driver answers. */
struct drm_version {
	int major, minor, patch;
	size_t name_len;
	char *name;
	size_t date_len;
	char *date;
	size_t desc_len;
	char *desc;
};
#define DRM_IOCTL_VERSION _IOWR('d', 0, struct drm_version)

static void send_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return; /* the peer left; the next read says so */
		p += n;
		len -= (size_t)n;
	}
}

static void send_head(int fd, const char *status, const char *field, size_t len)
{
	char head[256];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nConnection: close\r\n", status);

	if (field)
		n += snprintf(head + n, sizeof(head) - (size_t)n, "%s\r\n\r\n", field);
	else
		n += snprintf(head + n, sizeof(head) - (size_t)n, "Content-Length: %zu\r\n\r\n",
			      len);
	send_all(fd, head, (size_t)n);
}

static void send_text(int fd, const char *status, const char *text)
{
	send_head(fd, status, NULL, strlen(text));
	send_all(fd, text, strlen(text));
}

/* How many bytes can be read of files that belong to the machine alone. */
static void fact_masked(FILE *out)
{
	static const char *const paths[] = { "/proc/cmdline", "/proc/interrupts",
					     "/proc/iomem",   "/proc/kallsyms",
					     "/proc/kmsg",    "/proc/timer_list" };
	size_t total = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char buf[4096];
		int fd = open(paths[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		ssize_t n = fd < 0 ? 0 : read(fd, buf, sizeof(buf));

		total += n > 0 ? (size_t)n : 0;
		if (fd >= 0)
			close(fd);
	}
	fprintf(out, "masked=%zu\n", total);
}

static void send_facts(int fd)
{
	static const char *const status[] = { "CapPrm:",  "CapEff:",  "CapBnd:", "NoNewPrivs:",
					      "Seccomp:", "Threads:", "Uid:",	 "Gid:",
					      "Groups:",  NULL };
	static const char *const all[] = { "", NULL };
	char text[FACTS_MAX] = "";
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");

	if (!out) {
		send_text(fd, "500 Internal Server Error", "no memory\n");
		return;
	}
	fprintf(out, "pid=%d\nuid=%d\n", (int)getpid(), (int)getuid());
	fact_lines(out, "status.", "/proc/self/status", status);
	fact_lines(out, "uid_map.", "/proc/self/uid_map", all);
	fact_lines(out, "cgroup.", "/proc/self/cgroup", all);
	fact_names(out, "interfaces", "/sys/class/net");
	fact_lines(out, "net.", "/proc/self/net/dev", all);
	fact_names(out, "root", "/");
	fact_names(out, "dev", "/dev");
	fact_names(out, "model", "/model");
	fact_names(out, "fds", "/proc/self/fd");
	fact_names(out, "processes", "/proc");
	fact_write(out, "write.root", "/rampart-test");
	fact_write(out, "write.model", "/model/rampart-test");
	fact_write(out, "write.tmp", "/tmp/rampart-test");
	fact_write(out, "write.proc", "/proc/self/comm");
	fact_masked(out);
	fclose(out);
	send_text(fd, "200 OK", text);
}

static void send_world(int fd)
{
	char text[FACTS_MAX] = "";
	FILE *out = fmemopen(text, sizeof(text) - 1, "w");

	if (out) {
		write_world(out);
		fclose(out);
	}
	send_text(fd, "200 OK", text);
}

static void send_stream(int fd)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };

	send_head(fd, "200 OK", "Transfer-Encoding: chunked", 0);
	for (int i = 0; i < 10; i++) {
		char chunk[32];
		int n = snprintf(chunk, sizeof(chunk), "7\r\nline %d\n\r\n", i);

		send_all(fd, chunk, (size_t)n);
		nanosleep(&tenth, NULL);
	}
	send_all(fd, "0\r\n\r\n", 5);
}

static void send_hold(int fd)
{
	static const char chunk[] = "5\r\nheld\n\r\n";
	char byte;

	send_head(fd, "200 OK", "Transfer-Encoding: chunked", 0);
	send_all(fd, chunk, sizeof(chunk) - 1);
	while (recv(fd, &byte, 1, 0) > 0)
		;
}

/* What came after the head is the body's beginning; the rest is passed on as it arrives. */
static void send_echo(int fd, const char *head, const char *body, size_t have)
{
	const char *field = strcasestr(head, "\r\nContent-Length:");
	unsigned long left = field ? strtoul(field + 17, NULL, 10) : 0;
	char buf[65536];

	if (!field || left > BODY_MAX) {
		send_text(fd, "411 Length Required", "a Content-Length is required\n");
		return;
	}
	send_head(fd, "200 OK", NULL, left);
	if (have > left)
		have = left;
	send_all(fd, body, have);
	left -= have;
	while (left > 0) {
		ssize_t n = recv(fd, buf, left < sizeof(buf) ? left : sizeof(buf), 0);

		if (n <= 0)
			return;
		send_all(fd, buf, (size_t)n);
		left -= (unsigned long)n;
	}
}

/* The one copy that is to remain: the caller's is on a stack that goes away with its thread. */
static char kept[257];

static void send_keep(int fd, const char *head, const char *body, size_t have)
{
	const char *field = strcasestr(head, "\r\nContent-Length:");
	unsigned long size = field ? strtoul(field + 17, NULL, 10) : 0;

	if (!field || size >= sizeof(kept)) {
		send_text(fd, "411 Length Required", "a short Content-Length is required\n");
		return;
	}
	memcpy(kept, body, have < size ? have : size);
	while (have < size) {
		ssize_t n = recv(fd, kept + have, size - have, 0);

		if (n <= 0)
			return;
		have += (size_t)n;
	}
	send_text(fd, "200 OK", "kept\n");
}

/* The word that must not leave the machine: it is printed, and becomes the process's name. */
static void say(void)
{
	static const char line[] = "httpd says: " CANARY "\n";

	(void)!write(STDOUT_FILENO, line, sizeof(line) - 1);
	(void)!write(STDERR_FILENO, line, sizeof(line) - 1);
	prctl(PR_SET_NAME, CANARY);
}

/* hold_ns: how long all of them are there together, less than a second. */
static int fork_all(long hold_ns)
{
	const struct timespec hold = { .tv_nsec = hold_ns };

	static pid_t children[FORKS_MAX];
	int n = 0;

	while (n < FORKS_MAX && (children[n] = fork()) >= 0) {
		if (children[n] == 0)
			for (;;)
				pause();
		n++;
	}
	nanosleep(&hold, NULL);
	for (int i = 0; i < n; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	return n;
}

/* Those of connections that have ended, as the one by which the dialer sees the port open, are there
 * for a moment still; /proc/self/task has a link for each, and two of its own. */
static void await_threads(nlink_t n)
{
	const struct timespec moment = { .tv_nsec = 10000000 };
	struct stat st;

	for (int i = 0; i < 500 && stat("/proc/self/task", &st) == 0 && st.st_nlink > n + 2; i++)
		nanosleep(&moment, NULL);
}

static void send_forks(int fd)
{
	char text[32];

	await_threads(2);
	(void)snprintf(text, sizeof(text), "%d\n", fork_all(0));
	send_text(fd, "200 OK", text);
}

static void send_bomb(int fd)
{
	char text[32];

	for (int i = 0; i < BOMBS; i++)
		(void)fork_all(100000000);
	(void)snprintf(text, sizeof(text), "%d times\n", BOMBS);
	send_text(fd, "200 OK", text);
}

/* path: the rest of the request line; it is cut at its end. Returns the query, or NULL. */
static char *cut_path(char *path)
{
	char *query;

	path[strcspn(path, " \r\n")] = '\0';
	query = strchr(path, '?');
	if (query)
		*query++ = '\0';
	return query;
}

static void send_store(int fd, char *path)
{
	const char *word = cut_path(path);
	int file = open(STORED, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (word && file >= 0 && write(file, word, strlen(word)) > 0)
		send_text(fd, "200 OK", "stored\n");
	else
		send_text(fd, "500 Internal Server Error", "not stored\n");
	if (file >= 0)
		close(file);
}

static void send_stored(int fd)
{
	char text[256] = "";
	int file = open(STORED, O_RDONLY | O_CLOEXEC);

	if (file >= 0) {
		(void)!read(file, text, sizeof(text) - 1);
		close(file);
	}
	send_text(fd, "200 OK", text[0] ? text : "nothing\n");
}

static void send_model(int fd, char *path)
{
	const char *offset = cut_path(path);
	char name[HEAD_MAX + 8], *chunk = malloc(CHUNK);
	ssize_t n = -1;
	int in;

	(void)snprintf(name, sizeof(name), "/model/%s", path);
	in = open(name, O_RDONLY | O_CLOEXEC);
	if (in >= 0 && chunk)
		n = pread(in, chunk, CHUNK, offset ? (off_t)strtoull(offset, NULL, 10) : 0);
	if (n < 0) {
		send_text(fd, "404 Not Found", "no such model\n");
	} else {
		send_head(fd, "200 OK", NULL, (size_t)n);
		send_all(fd, chunk, (size_t)n);
	}
	if (in >= 0)
		close(in);
	free(chunk);
}

static void send_device(int fd, char *path)
{
	char name[HEAD_MAX + 8], driver[32] = "", text[64];
	struct drm_version version = { .name = driver, .name_len = sizeof(driver) - 1 };
	int node;

	(void)cut_path(path);
	(void)snprintf(name, sizeof(name), "/dev/%s", path);
	node = open(name, O_RDWR | O_CLOEXEC);
	if (node < 0 || ioctl(node, DRM_IOCTL_VERSION, &version) < 0)
		(void)snprintf(text, sizeof(text), "%s\n", strerror(errno));
	else
		(void)snprintf(text, sizeof(text), "driver %s\n", driver);
	send_text(fd, "200 OK", text);
	if (node >= 0)
		close(node);
}

static void send_ioctl(int fd, char *path)
{
	const char *request = cut_path(path);
	char name[HEAD_MAX + 8], text[64];
	int node, r;

	(void)snprintf(name, sizeof(name), "/dev/%s", path);
	node = open(name, O_RDWR | O_CLOEXEC);
	r = node < 0 ? -1 : ioctl(node, request ? strtoul(request, NULL, 0) : 0, NULL);
	if (r < 0)
		(void)snprintf(text, sizeof(text), "%s\n", strerror(errno));
	else
		(void)snprintf(text, sizeof(text), "answers %d\n", r);
	send_text(fd, "200 OK", text);
	if (node >= 0)
		close(node);
}

static void send_proc(int fd, char *path)
{
	char name[HEAD_MAX + 8], text[256] = "";
	int in;

	(void)cut_path(path);
	(void)snprintf(name, sizeof(name), "/proc/%s", path);
	in = open(name, O_RDONLY | O_CLOEXEC);
	if (in < 0 || read(in, text, sizeof(text) - 1) < 0)
		(void)snprintf(text, sizeof(text), "%s\n", strerror(errno));
	send_text(fd, "200 OK", text);
	if (in >= 0)
		close(in);
}

static void take_memory(void)
{
	for (;;) {
		char *chunk = malloc(CHUNK);

		if (chunk)
			memset(chunk, 1, CHUNK);
	}
}

static void answer(int fd, char *head, const char *body, size_t have)
{
	if (!strncmp(head, "GET / ", 6))
		send_text(fd, "200 OK", "ok\n");
	else if (!strncmp(head, "GET /facts ", 11))
		send_facts(fd);
	else if (!strncmp(head, "GET /world ", 11))
		send_world(fd);
	else if (!strncmp(head, "GET /kept ", 10))
		send_text(fd, "200 OK", kept[0] ? kept : "nothing\n");
	else if (!strncmp(head, "GET /store?", 11))
		send_store(fd, head + 5);
	else if (!strncmp(head, "GET /stored ", 12))
		send_stored(fd);
	else if (!strncmp(head, "GET /stream ", 12))
		send_stream(fd);
	else if (!strncmp(head, "GET /hold ", 10))
		send_hold(fd);
	else if (!strncmp(head, "POST /echo ", 11))
		send_echo(fd, head, body, have);
	else if (!strncmp(head, "POST /keep ", 11))
		send_keep(fd, head, body, have);
	else if (!strncmp(head, "GET /exit ", 10))
		_exit(EXIT_CODE);
	else if (!strncmp(head, "GET /end ", 9))
		_exit(0);
	else if (!strncmp(head, "GET /attack ", 12) && ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
		send_text(fd, "200 OK", "came through\n");
	else if (!strncmp(head, "GET /forks ", 11))
		send_forks(fd);
	else if (!strncmp(head, "GET /bomb ", 10))
		send_bomb(fd);
	else if (!strncmp(head, "GET /model/", 11))
		send_model(fd, head + 11);
	else if (!strncmp(head, "GET /device/", 12))
		send_device(fd, head + 12);
	else if (!strncmp(head, "GET /ioctl/", 11))
		send_ioctl(fd, head + 11);
	else if (!strncmp(head, "GET /proc/", 10))
		send_proc(fd, head + 10);
	else if (!strncmp(head, "GET /memory ", 12)) {
		say(); /* the kernel will print its name */
		take_memory();
	} else if (!strncmp(head, "GET /say ", 9)) {
		say();
		send_text(fd, "200 OK", "said\n");
	} else
		send_text(fd, "404 Not Found", "no such page\n");
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	char head[HEAD_MAX + 1];
	size_t len = 0;
	char *end = NULL;

	while (!end && len < HEAD_MAX) {
		ssize_t n = recv(fd, head + len, HEAD_MAX - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
		head[len] = '\0';
		end = strstr(head, "\r\n\r\n");
	}
	if (end) {
		size_t have = len - (size_t)(end + 4 - head);

		end[2] = '\0'; /* the head ends here; the body begins two bytes further on */
		answer(fd, head, end + 4, have);
	}
	close(fd);
	return NULL;
}

static int listen_on(const char *port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)atoi(port)),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 64)) {
		close(fd);
		return -1;
	}
	return fd;
}

int main(int argc, char **argv)
{
	pthread_attr_t detached;
	int fd;

	if (argc != 2) {
		fputs("usage: httpd PORT | httpd exit | httpd facts\n", stderr);
		return 2;
	}
	if (!strcmp(argv[1], "exit"))
		return EXIT_CODE;
	if (!strcmp(argv[1], "facts")) {
		write_world(stdout);
		return 0;
	}
	fd = listen_on(argv[1]);
	if (fd < 0) {
		fprintf(stderr, "httpd: cannot listen on port %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	(void)!write(STDOUT_FILENO, "listening\n", 10); /* for tests/bench/start.c */
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	for (;;) {
		const struct timespec moment = { .tv_nsec = 10000000 };
		int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		pthread_t thread;

		if (peer < 0)
			continue;
		/* While a bomb holds every process that is allowed, its client waits. */
		while (pthread_create(&thread, &detached, serve, (void *)(intptr_t)peer))
			nanosleep(&moment, NULL);
	}
}
