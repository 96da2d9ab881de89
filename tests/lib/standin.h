/* SPDX-License-Identifier: MIT */
/*
 * Machines that answer on a port of 127.0.0.1, each connection in a process of its own: machine.h's
 * evidence, bound to the very connection, and behind it a web server that says what it was asked.
 * With it: `rampart connect` and `rampart verify` themselves, in processes of their own, and files
 * with what they accept. For tests of the client's side without a virtual machine. What cannot be
 * set up ends the program.
 */
#ifndef TESTS_LIB_STANDIN_H
#define TESTS_LIB_STANDIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PATIENCE_MS 60000 /* for what should take no time at all */

/*
 * A new folder with golden.json and root.der, keys and certificates. standin_end() checks that
 * nothing but these, and what is named below, is left in it, and removes it.
 */
void standin_begin(void);
void standin_end(void);

/* A path in the folder; good for the next three calls. */
const char *standin_path(const char *name);
void standin_save(const char *name, const void *p, size_t len);

/* The first 8 KiB of a file there, as a string; "" if there is none. Good for the next call. */
const char *standin_words(const char *name);

/* ---- the machine ---- */

/* What a stand-in does wrong. */
enum standin_fault {
	STANDIN_RIGHT,
	STANDIN_SILENT,	  /* takes the connection, and says nothing */
	STANDIN_TRICKLES, /* its evidence comes a byte at a time, ten a second */
	STANDIN_REKEYS	  /* no answer, but KeyUpdates without end */
};

enum standin_kind {
	STANDIN_SOUND,
	STANDIN_WRONG, /* it booted another image; what reaches it all the same is in the file wrong */
	STANDIN_DEAD /* it ends the connection at once, as a balancer does for one that is gone */
};

/*
 * A machine that was started with this AK (0, 1) and TLS key (0, 1). Its answers say which in a
 * field "x-machine: AK TLS".
 */
struct standin_key {
	int ak, tls;
	enum standin_kind kind;
};

struct standin {
	pid_t pid;
	unsigned port;
};

/*
 * Connection i gets the i-th key, and all after them the last. The name that a client asks for is
 * in the file sni, or "none"; each proof that it was asked for is a byte of the file proofs. To
 * "GET /held" it gives half of an answer, and the rest when there is a file go. standin_stop() ends
 * it and its connections.
 */
struct standin standin_start(enum standin_fault fault, const struct standin_key *keys,
			     size_t n_keys);

/* The same on this port of 127.0.0.HOST. */
struct standin standin_start_at(unsigned host, unsigned port, enum standin_fault fault,
				const struct standin_key *keys, size_t n_keys);
void standin_stop(struct standin *s);

/* ---- the client ---- */

/*
 * Runs `rampart ARGS[0] ...`, which is command, with the folder's golden values and roots; its words
 * go to the files out and err. args ends with NULL.
 */
pid_t client_start(int (*command)(int, char **), const char *const *args);

/* What the child does before it runs the command; NULL: nothing. */
extern void (*client_before)(void);

/* The exit code; 64 added: stdout could not be written; 128 added: a signal; -1: had to be killed. */
int client_wait(pid_t pid);

/* Until the file has these words; false after a long time. */
bool words_come(const char *name, const char *words);

/* The port that connect listens on; 0: it does not. */
unsigned client_port(void);

#endif
