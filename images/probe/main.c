/* SPDX-License-Identifier: MIT */
/*
 *   probe PORT        serves on 127.0.0.1:PORT
 *   probe report      the report on stdout: for other containers, which publish no port by default
 *   probe alone       the same as root without walls: what an attempt looks like that comes through
 *   probe list        name, topic and purpose of every attempt
 *   probe bomb NAME   one bomb
 *
 *   GET /             "ok"
 *   GET /report       one line an attempt: NAME ok|LEAK|unclear expected=… got=…
 *   GET /bomb/NAME    memory, fork, files, scratch (limits.c)
 *
 * Each request gets a process of its own, except /, which is answered even when none can be made.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "probe.h"

#define HEAD_MAX 4096

static const struct topic *const topics[] = { &net_topic,  &ns_topic,	 &files_topic,
					      &dev_topic,  &proc_topic,	 &kernel_topic,
					      &self_topic, &limits_topic };
#define TOPICS_N (sizeof(topics) / sizeof(topics[0]))

int extra_fds;

static int count_extra_fds(void)
{
	int n = 0;

	for (int fd = 3; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void report(int fd, bool alone)
{
	static const char *const words[] = { [OK] = "ok", [LEAK] = "LEAK", [UNCLEAR] = "unclear" };
	size_t counts[3] = { 0 };

	for (size_t t = 0; t < TOPICS_N; t++) {
		for (size_t i = 0; i < topics[t]->n; i++) {
			const struct attempt *attempt = &topics[t]->attempts[i];
			struct outcome outcome;

			run_attempt(attempt, alone, &outcome);
			counts[outcome.verdict]++;
			(void)dprintf(fd, "%s %s expected=%s got=%s\n", attempt->name,
				      words[outcome.verdict], expect_text(attempt->expect),
				      outcome.got);
		}
	}
	(void)dprintf(fd, "# %zu attempts: %zu ok, %zu leaks, %zu unclear\n",
		      counts[OK] + counts[LEAK] + counts[UNCLEAR], counts[OK], counts[LEAK],
		      counts[UNCLEAR]);
}

static void list(void)
{
	for (size_t t = 0; t < TOPICS_N; t++)
		for (size_t i = 0; i < topics[t]->n; i++)
			(void)printf("%s|%s|%s\n", topics[t]->attempts[i].name, topics[t]->name,
				     topics[t]->attempts[i].why);
}

static void head(int fd, const char *status)
{
	(void)dprintf(fd, "HTTP/1.1 %s\r\nConnection: close\r\n\r\n", status);
}

static void answer_bomb(int fd, const char *name)
{
	char text[120];

	if (bomb(name, text, sizeof(text)) < 0) {
		head(fd, "404 Not Found");
		return;
	}
	head(fd, "200 OK");
	(void)dprintf(fd, "%s\n", text);
}

/* request: the request line's path, ended by a space. */
static void answer(int fd, char *path)
{
	path[strcspn(path, " ")] = '\0';
	if (!strcmp(path, "/report")) {
		head(fd, "200 OK");
		report(fd, false);
	} else if (!strncmp(path, "/bomb/", 6)) {
		answer_bomb(fd, path + 6);
	} else {
		head(fd, "404 Not Found");
	}
}

/* Returns the path in the request, or NULL if there is none. */
static char *receive(int fd, char *request, size_t size)
{
	size_t len = 0;

	while (len < size - 1) {
		ssize_t n = recv(fd, request + len, size - 1 - len, 0);

		if (n <= 0)
			return NULL;
		len += (size_t)n;
		request[len] = '\0';
		if (strstr(request, "\r\n\r\n"))
			return strncmp(request, "GET ", 4) ? NULL : request + 4;
	}
	return NULL;
}

static void serve(int fd)
{
	char request[HEAD_MAX];
	char *path = receive(fd, request, sizeof(request));

	if (!path)
		return;
	if (!strncmp(path, "/ ", 2)) {
		head(fd, "200 OK");
		(void)dprintf(fd, "ok\n");
		return;
	}
	if (fork() == 0) {
		(void)signal(SIGCHLD, SIG_DFL); /* wait for the attempts */
		answer(fd, path);
		_exit(0);
	}
}

static int listen_on(const char *port)
{
	const struct sockaddr_in addr = { .sin_family = AF_INET,
					  .sin_port = htons((uint16_t)atoi(port)),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    listen(fd, 64) < 0)
		return -1;
	return fd;
}

static int serve_all(const char *port)
{
	const struct timeval patience = { .tv_sec = 10 };
	int fd = listen_on(port);

	if (fd < 0) {
		fprintf(stderr, "probe: cannot listen on port %s: %s\n", port, strerror(errno));
		return 1;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGCHLD, SIG_IGN); /* PID 1 ignores how its children end */
	for (;;) {
		int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (peer < 0)
			continue;
		(void)setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		serve(peer);
		(void)close(peer);
	}
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	char text[120];

	extra_fds = count_extra_fds();
	if (!strcmp(word, EXEC_WORD))
		return EXEC_STATUS;
	if (!strcmp(word, "report") || !strcmp(word, "alone"))
		report(STDOUT_FILENO, word[0] == 'a');
	else if (!strcmp(word, "list"))
		list();
	else if (!strcmp(word, "bomb") && argc == 3 && bomb(argv[2], text, sizeof(text)) == 0)
		(void)printf("%s\n", text);
	else if (argc == 2)
		return serve_all(word);
	else
		return 2;
	return 0;
}
