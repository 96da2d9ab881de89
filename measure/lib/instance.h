/* SPDX-License-Identifier: MIT */
/*
 * The instance configuration: what whoever runs the machine may tell it beside what it was built
 * for, as far as its plan allows. Guest and host read it by this one parser.
 *
 * Text of at most INSTANCE_SIZE_MAX bytes, of printable ASCII, tabs and newlines; the last newline
 * may be missing. A line is empty, begins with "#", or is "key = value", with or without blanks
 * around both. Each key at most once:
 *
 *   address   10.1.2.3/24: the machine's own, and how long its network's prefix is, 1 to 32.
 *             Neither the network's own address nor its broadcast, if it has more than two
 *   gateway   10.1.2.1: the router, which is taken to be on the link. Only beside address, and
 *             another one
 *   hostname  the name that is told to the DHCP server: of letters, digits and dashes, with dots
 *             between, at most 63 characters. Not beside address, where there is no such server
 *   log-host  10.1.2.9, or 10.1.2.9:5514: where each line of the console goes as well, as syslog over
 *             UDP; the port is 514 if none is named, which then must not be
 *   mtu       1280 to 9216 bytes; a card that does not do it keeps its own
 *
 * Each value has one spelling, so that a configuration has one canonical text: those of its lines
 * that are "key = value" with one blank on either side of "=", sorted. That is what is measured,
 * within the event itself (event.h).
 */
#ifndef MEASURE_INSTANCE_H
#define MEASURE_INSTANCE_H

#include <stddef.h>
#include <stdint.h>

#define INSTANCE_SIZE_MAX  16384
#define INSTANCE_VALUE_MAX 63
#define INSTANCE_TEXT_MAX  320 /* all keys with the longest values; and a NUL */

enum instance_key {
	INSTANCE_ADDRESS,
	INSTANCE_GATEWAY,
	INSTANCE_HOSTNAME,
	INSTANCE_LOG_HOST,
	INSTANCE_MTU,
	INSTANCE_KEYS_N
};
extern const char *const instance_keys[INSTANCE_KEYS_N]; /* sorted */

/* A set of keys: 1u << key for each. */
#define INSTANCE_ALL ((1u << INSTANCE_KEYS_N) - 1)
/* Those that count with a network that there is. */
#define INSTANCE_LATE (1u << INSTANCE_HOSTNAME | 1u << INSTANCE_LOG_HOST)

struct instance {
	unsigned given;					     /* a set */
	char value[INSTANCE_KEYS_N][INSTANCE_VALUE_MAX + 1]; /* as written; "": not given */
	uint32_t ip, mask, gateway, log_host, mtu;	     /* in host order; 0: not given */
	uint16_t log_port;
};

/* What is wrong, and where. */
struct instance_fault {
	size_t line;			  /* from 1; 0: the text as a whole */
	char key[INSTANCE_VALUE_MAX + 1]; /* "" if none is to blame, or if it is not [a-z-] */
	const char *what;		  /* a static string */
};

/*
 * Reads a configuration that may have the keys of a set. 0; -EBADMSG, -EPROTO or -EFBIG with
 * *ret_fault (not NULL), and ret_instance untouched.
 */
int instance_parse(const char *text, size_t len, unsigned allowed, struct instance *ret_instance,
		   struct instance_fault *ret_fault);

/* Each key and value with equals between them ("=", " = ") and before and after them. The length. */
size_t instance_text(const struct instance *instance, const char *before, const char *equals,
		     const char *after, char ret_text[static INSTANCE_TEXT_MAX]);

/* Its canonical text. */
size_t instance_canonical(const struct instance *instance, char ret_text[static INSTANCE_TEXT_MAX]);

/* The key of len characters, or INSTANCE_KEYS_N if there is none of that name. */
enum instance_key instance_key_find(const char *name, size_t len);

/* The names of a set, sorted, with a separator between them. */
#define INSTANCE_NAMES_MAX 64
void instance_names(unsigned set, const char *between, char ret_text[static INSTANCE_NAMES_MAX]);

#endif
