/* SPDX-License-Identifier: MIT */
/* The keys of image.conf and their values: the inside of imageconf.c, which reads the lines. */
#ifndef MEASURE_CMD_PLAN_CONFKEYS_H
#define MEASURE_CMD_PLAN_CONFKEYS_H

#include "measure/cmd/plan/imageconf.h"

#define CONF_FORMAT "1"
#define CONF_SPACE  " \t"

enum conf_section {
	TOP,
	IMAGE,
	CONTAINER,
	GATEWAY,
	MODEL,
	DEVICES,
	LIMITS,
	WORLD,
	RESTART,
	SECCOMP,
	CONFIG,
	MACHINE,
	_SECTION_MAX
};

struct conf_reader {
	struct imageconf *conf;
	struct rampart_error *error; /* the first one is kept */
	unsigned line;
	enum conf_section section;
	uint64_t
		seen; /* bit per key of conf_keys[]; those of MODEL are forgotten with each model */
};

/* How a value is parsed, and what kind of field it goes to. */
enum conf_kind {
	VERSION,
	STRING,
	PATH,
	WORD,
	VARIABLE,
	WORDS,
	BYTES,
	COUNT,
	PERCENT,
	MILLISECONDS,
	RESTARTS,
	GATEWAY_WORDS,
	BODY,
	SWITCH,
	SCRATCH,
	LOOPBACK,
	NETLINK,
	ISOLATE,
	PROC,
	SYS,
	MODEL_FILE,
	MODEL_DIGEST,
	FIRMWARE,
	STORAGE,
	COMPRESS,
	INSTANCE_KEY,
	SOURCE,
	KIND
};

struct conf_key {
	enum conf_section section;
	const char *name;
	enum conf_kind kind;
	size_t field; /* offset in struct imageconf; keys of [model NAME] set the newest model */
	bool many;
	size_t line; /* offset of where the line goes; 0: nowhere */
};

#define CONF_KEYS_N 51
extern const struct conf_key conf_keys[CONF_KEYS_N]; /* format is the first */

/* Reads value, which is not empty, for key. 0, or negative errno with an error. */
int conf_set(struct conf_reader *r, const struct conf_key *key, const char *value);

/* The same for "scratch PATH", of which every path is a key. */
int conf_set_scratch(struct conf_reader *r, const char *path, const char *value);

/* Keeps the first error, and returns -EPROTO; line 0: about the file as a whole. */
int conf_complain(struct conf_reader *r, unsigned line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A copy of len bytes of s that lives as long as the definition; NULL, and an error, without memory. */
const char *conf_keep(struct conf_reader *r, const char *s, size_t len);

#endif
