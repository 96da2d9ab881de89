/* SPDX-License-Identifier: MIT */
/*
 * Doubly linked lists whose links are members of what they link. A link that is in no list points
 * at itself, so that it can be removed again without harm; so does the head of an empty list.
 */
#ifndef GATEWAY_LIST_H
#define GATEWAY_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *prev, *next;
};

#define LIST_EMPTY(head) { .prev = &(head), .next = &(head) }

/* The struct of that type whose member the link is. */
#define list_owner(link, type, member) ((type *)(void *)((char *)(link) - offsetof(type, member)))

static inline void list_init(struct list *link)
{
	link->prev = link->next = link;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* The link must be in no list. */
static inline void list_append(struct list *head, struct list *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}

#endif
