/* SPDX-License-Identifier: MIT */
/*
 * What a machine at Azure and the host's "wire server" say to each other, so that the platform takes
 * the machine for provisioned: two HTTP exchanges, and nothing of an agent.
 *
 *	GET /machine?comp=goalstate	the answer has Incarnation, ContainerId and InstanceId
 *	POST /machine?comp=health	these again, and the state "Ready"
 *
 * The answer is the host's, XML that nobody vouches for: of it three values are taken, each of a
 * few harmless characters, and nothing else is looked at. Pure. Not yet seen on the real machine.
 *
 * Source: Microsoft, "Creating generalized images without a provisioning agent".
 */
#ifndef CLOUD_WIRE_H
#define CLOUD_WIRE_H

#include <stddef.h>

#include "measure/lib/span.h"

#define WIRE_ADDRESS	 0xa83f8110 /* 168.63.129.16 */
#define WIRE_VALUE_MAX	 128	    /* with a NUL */
#define WIRE_MESSAGE_MAX 2048

/* Letters, digits and "-._" only. */
struct wire_goal {
	char incarnation[WIRE_VALUE_MAX], container[WIRE_VALUE_MAX], instance[WIRE_VALUE_MAX];
};

/* Reads a goal state. -EBADMSG: one of the three is missing, there twice, or of other characters;
 * ret_goal is spoilt then. */
int wire_goal(struct span xml, struct wire_goal *ret_goal);

/* The requests. Their length. */
size_t wire_ask(char ret_request[static WIRE_MESSAGE_MAX]);
size_t wire_ready(const struct wire_goal *goal, char ret_request[static WIRE_MESSAGE_MAX]);

#endif
