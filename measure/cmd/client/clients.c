/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/clients.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "measure/cmd/client/search.h"
#include "measure/cmd/client/tunnel.h"

struct client {
	struct proxy *proxy;
	int fd;
};

static void serve(struct proxy *p, struct tunnel *tunnel, struct live *live)
{
	struct tunnel_ends ends = { .cut = live->cut, .drain = p->drain };
	struct attested a = { .channel.fd = -1 };
	char why[PROXY_WHY_MAX];

	if (tunnel_run(tunnel, NULL, &ends) == TUNNEL_WANTS_MACHINE) {
		bool found = search(p, -1, live, &a, why) == SEARCH_FOUND;

		if (!found)
			tunnel_refuse(tunnel, "502 Bad Gateway", why);
		(void)tunnel_run(tunnel, found ? &a.channel : NULL, &ends);
	}
	search_done(p, live, &a);
}

static void serve_client(struct proxy *p, int fd)
{
	struct tunnel *tunnel = tunnel_new(fd, &p->setup.gate);
	struct live live;
	int r;

	pthread_mutex_lock(&p->lock);
	r = live_add(&p->live, &live);
	pthread_mutex_unlock(&p->lock);
	if (r == 0 && tunnel)
		serve(p, tunnel, &live);
	if (r == 0) {
		pthread_mutex_lock(&p->lock);
		live_remove(&p->live, &live);
		pthread_mutex_unlock(&p->lock);
	}
	tunnel_free(tunnel);
}

static bool take_place(struct proxy *p)
{
	bool free_place;

	pthread_mutex_lock(&p->lock);
	free_place = p->n_clients < CLIENTS_MAX;
	p->n_clients += free_place;
	pthread_mutex_unlock(&p->lock);
	return free_place;
}

static void give_place(struct proxy *p)
{
	pthread_mutex_lock(&p->lock);
	if (--p->n_clients == 0)
		(void)!eventfd_write(p->all_gone, 1);
	pthread_mutex_unlock(&p->lock);
}

static void *client_main(void *arg)
{
	struct client client = *(struct client *)arg;
	struct proxy *p = client.proxy;

	free(arg);
	serve_client(p, client.fd);
	close(client.fd);
	give_place(p);
	return NULL;
}

void clients_serve(struct proxy *p, int fd)
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

unsigned clients_drain(struct proxy *p)
{
	eventfd_t before;
	unsigned n;

	pthread_mutex_lock(&p->lock);
	(void)!eventfd_read(p->all_gone, &before);
	n = p->n_clients;
	pthread_mutex_unlock(&p->lock);
	(void)!eventfd_write(p->drain, 1);
	return n;
}
