/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/live.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int live_add(struct live **list, struct live *live)
{
	*live = (struct live){ .cut = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .place = -1 };
	if (live->cut < 0)
		return -1;
	live->next = *list;
	*list = live;
	return 0;
}

void live_remove(struct live **list, struct live *live)
{
	while (*list != live)
		list = &(*list)->next;
	*list = live->next;
	close(live->cut);
}

void live_enter(struct live *live, int place)
{
	eventfd_t cuts;

	live->place = place;
	live->identity[0] = live->golden[0] = '\0';
	(void)!eventfd_read(live->cut, &cuts);
}

unsigned live_cut_golden(struct live *list, const char *golden)
{
	char digest[sizeof(list->golden)];
	unsigned n = 0;

	memcpy(digest, golden, sizeof(digest)); /* it may be of one of them */

	for (; list; list = list->next) {
		if (strcmp(list->golden, digest) != 0)
			continue;
		list->golden[0] = '\0'; /* cut once */
		(void)!eventfd_write(list->cut, 1);
		n++;
	}
	return n;
}

unsigned live_cut(struct live *list, int place, const char *identity)
{
	unsigned n = 0;

	for (; list; list = list->next) {
		if (identity ? strcmp(list->identity, identity) != 0 : list->place != place)
			continue;
		(void)!eventfd_write(list->cut, 1);
		n++;
	}
	return n;
}
