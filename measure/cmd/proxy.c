/* SPDX-License-Identifier: MIT */
#include "proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "instant.h"
#include "tunnel.h"

#define REFUSE_S 5 /* seconds that a refused client may keep still before it is let go */

struct client {
	struct proxy *proxy;
	int fd;
};

/* ---- eras ---- */

static struct proxy_era *era_new(void)
{
	struct proxy_era *era = calloc(1, sizeof(*era));

	if (!era)
		return NULL;
	era->cut = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (era->cut >= 0)
		return era;
	free(era);
	return NULL;
}

static void era_free(struct proxy_era *era)
{
	close(era->cut);
	free(era);
}

static struct proxy_era *era_enter(struct proxy *p)
{
	struct proxy_era *era;

	pthread_mutex_lock(&p->lock);
	era = p->era;
	era->users++;
	pthread_mutex_unlock(&p->lock);
	return era;
}

static void era_leave(struct proxy *p, struct proxy_era *era)
{
	pthread_mutex_lock(&p->lock);
	if (--era->users == 0 && era != p->era)
		era_free(era);
	pthread_mutex_unlock(&p->lock);
}

/* Without memory for a new one, the old one stays, and cuts whoever comes. */
static void era_end(struct proxy *p)
{
	struct proxy_era *next = era_new(), *last;

	pthread_mutex_lock(&p->lock);
	last = p->era;
	(void)!eventfd_write(last->cut, 1);
	if (next)
		p->era = next;
	if (next && last->users == 0)
		era_free(last);
	pthread_mutex_unlock(&p->lock);
}

int proxy_init(struct proxy *p, const struct url *url, const struct rampart_policy *policy)
{
	*p = (struct proxy){ .url = *url, .policy = policy };
	p->era = era_new();
	return p->era && pthread_mutex_init(&p->lock, NULL) == 0 ? 0 : -1;
}

/* ---- proof ---- */

/* Under the lock. Threads may be reading the old one, which has some hundred bytes. */
static void keep_activation(struct proxy *p, struct attested *a)
{
	if (!a->activation ||
	    (p->activation && p->n_older == sizeof(p->older) / sizeof(p->older[0])))
		return;
	if (p->activation)
		p->older[p->n_older++] = p->activation;
	p->activation = a->activation;
	a->activation = NULL;
}

static void pin(struct proxy *p, struct attested *a)
{
	const char *identity = a->report->identity;

	pthread_mutex_lock(&p->lock);
	keep_activation(p, a);
	if (p->identity[0] != '\0' && strcmp(p->identity, identity) != 0)
		fprintf(stderr,
			"rampart connect: the machine has a new key, sha256:%s, and has proved it: "
			"it was started anew\n",
			identity);
	snprintf(p->identity, sizeof(p->identity), "%s", identity);
	pthread_mutex_unlock(&p->lock);
}

static void refused(const struct attested *a, char why[static PROXY_WHY_MAX])
{
	bool told = a->report->verdict == RAMPART_FAILS;

	snprintf(why, PROXY_WHY_MAX, "%s: %s%s%s",
		 told ? "the machine is not the one it should be" : "cannot tell",
		 a->report->reason, a->error[0] ? "; the TPM opened no credential: " : "",
		 a->error);
}

int proxy_attest(struct proxy *p, struct attested *a, char why[static PROXY_WHY_MAX])
{
	const struct rampart_activation *known;

	pthread_mutex_lock(&p->lock);
	known = p->activation;
	pthread_mutex_unlock(&p->lock);
	if (attest(&p->url, p->policy, known, instant_now(), a) < 0) {
		snprintf(why, PROXY_WHY_MAX, "cannot tell: %s", a->error);
		return -1;
	}
	if (a->report->verdict != RAMPART_HOLDS || !a->report->identity) {
		refused(a, why);
		return -1;
	}
	pin(p, a);
	return 0;
}

void proxy_recheck(struct proxy *p)
{
	char why[PROXY_WHY_MAX];
	struct attested a;

	if (proxy_attest(p, &a, why) < 0) {
		fprintf(stderr, "rampart connect: all connections cut: %s\n", why);
		era_end(p);
	}
	attested_done(&a);
}

/* ---- clients ---- */

/* The same characters as in an error line, and none that JSON escapes. */
static void refuse(int client, const char *status, const char *why)
{
	const struct timeval wait = { .tv_sec = REFUSE_S };
	char body[PROXY_WHY_MAX + 32], head[256], text[PROXY_WHY_MAX];
	int n;

	snprintf(text, sizeof(text), "%s", why);
	for (char *c = text; *c; c++)
		if (*c == '"' || *c == '\\' || *c < 0x20 || *c > 0x7e)
			*c = '\'';
	n = snprintf(body, sizeof(body), "{\"error\":\"rampart connect: %s\"}\n", text);
	snprintf(head, sizeof(head),
		 "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
		 "Connection: close\r\n\r\n",
		 status, n);
	(void)!send(client, head, strlen(head), MSG_NOSIGNAL | MSG_MORE);
	(void)!send(client, body, (size_t)n, MSG_NOSIGNAL);
	(void)shutdown(client, SHUT_WR);
	(void)setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	/* What it still sends must be read, or the answer is lost to a reset. */
	while (recv(client, body, sizeof(body), 0) > 0)
		;
}

static void serve(struct proxy *p, int client)
{
	struct proxy_era *era = era_enter(p);
	char why[PROXY_WHY_MAX];
	struct attested a;

	if (proxy_attest(p, &a, why) == 0) {
		tunnel_run(client, &a.channel, era->cut);
	} else {
		fprintf(stderr, "rampart connect: refused: %s\n", why);
		refuse(client, "502 Bad Gateway", why);
	}
	attested_done(&a);
	era_leave(p, era);
}

static bool take_place(struct proxy *p)
{
	bool free_place;

	pthread_mutex_lock(&p->lock);
	free_place = p->n_clients < PROXY_CLIENTS_MAX;
	p->n_clients += free_place;
	pthread_mutex_unlock(&p->lock);
	return free_place;
}

static void give_place(struct proxy *p)
{
	pthread_mutex_lock(&p->lock);
	p->n_clients--;
	pthread_mutex_unlock(&p->lock);
}

static void *client_main(void *arg)
{
	struct client client = *(struct client *)arg;
	struct proxy *p = client.proxy;

	free(arg);
	serve(p, client.fd);
	close(client.fd);
	give_place(p);
	return NULL;
}

void proxy_serve(struct proxy *p, int fd)
{
	bool has_place = take_place(p);
	struct client *client = has_place ? malloc(sizeof(*client)) : NULL;
	pthread_t thread;

	if (client) {
		*client = (struct client){ .proxy = p, .fd = fd };
		if (pthread_create(&thread, NULL, client_main, client) == 0) {
			(void)pthread_detach(thread);
			return;
		}
		free(client);
	}
	if (has_place)
		give_place(p);
	close(fd);
}
