/* SPDX-License-Identifier: MIT */
/*
 * The world around a quoter under test: swtpm for a TPM, with an EK and its certificates as
 * scripts/vm/vtpm.sh makes them; tpm2-tools to prepare it; the quoter over a socket
 * (tests/guest/socket-quoter.c); and the gateway's end, which the test holds. swtpm has one client
 * at a time: tpm2-tools run before quoter_start() or after quoter_end(), never between. There is one
 * world a program; what cannot be set up ends the program.
 */
#ifndef TESTS_LIB_QUOTERWORLD_H
#define TESTS_LIB_QUOTERWORLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "initramfs/common/quoting.h"
#include "measure/lib/quote_check.h"

#define CHECKED_QUOTER	"build/host/socket-quoter"  /* under the sanitizers */
#define CONFINED_QUOTER "build/guest/socket-quoter" /* as in the guest, behind its filter */
#define PATIENCE_MS	120000			    /* for what must come; a machine may be slow */

extern struct tpmworld {
	char dir[32];
	pid_t swtpm, quoter;
	int gateway; /* the gateway's end */
	int reports; /* what the quoter says to init */
	int tpm;     /* the quoter's connection with swtpm, which the test may use while it waits */
	int (*between)(int tpm); /* if the test listens: what the quoter gets in its place */
} tpmworld;

/* A shell command in the world's folder, with $top and tpm2-tools' way to the TPM. It must succeed. */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A new TPM with these active banks ("sha256,sha384"), and its end. */
void tpm_start(const char *banks);
void tpm_end(void);

/* swtpm's process alone, with the TPM's state as it is. */
void swtpm_start(void);
void tpm_kill(void);

/* Clears what others have left in the TPM's few places, as a boot does. */
void tpm_clear(void);

/* TPM2_Startup(TPM_SU_CLEAR). */
#define TPM_STARTUP_LEN 12
extern const uint8_t tpm_startup[TPM_STARTUP_LEN];

/* The TPM starts anew under the quoter: its keys are gone, its PCRs are anybody's to fill. */
void tpm_reset(bool start);

/* program: CHECKED_QUOTER or CONFINED_QUOTER. */
void quoter_start(const char *program);

/*
 * Waits for its end: what it said before, or "" if it ended in silence; NULL if it did not end by
 * itself, or with the other exit code than goes with that. Good until the next call.
 */
const char *quoter_end(void);

/* ---- the gateway's part ---- */

/* A message to the quoter; one that has ended does not hear it. */
void ask(char kind, const void *bytes, size_t len);

/* What the quoter sent last, which hear_quoter() waits for. */
extern struct answer {
	size_t len; /* 0: none came, or the quoter has ended */
	char kind;
	char text[QUOTING_MAX]; /* with a NUL after it */
} answer;

const struct answer *hear_quoter(void);

/* The members of the answer, as an object that the caller drops; without any if it is not of the kind. */
json_t *members(char kind);

/* The bytes of a string in base64; 0 if it is none. */
size_t decode(const json_t *string, void *bytes, size_t size);

/* json[a][b], borrowed; NULL if it is not there. */
const json_t *find(const json_t *json, const char *a, const char *b);

/* What a quoter said of itself. */
struct hello {
	json_t *json;
	uint8_t public[1024];
	struct tpmkey ak; /* points into public */
	bool bank[_HASH_MAX];
	struct pcrs pcrs;
};

/* Hears a hello and reads it; false if it is none. hello_done() drops it, in either case. */
bool hear_hello(struct hello *hello);
void hello_done(struct hello *hello);
size_t n_certificates(const struct hello *hello, const char *of);

/* Everything that a verifier checks of a quote, but whose key it is. */
enum quote_reason check_quote(const json_t *json, const struct hello *hello,
			      const struct merkle_hash *root);

/* Asks for a quote of a root of these bytes; "holds", or what is wrong with it. */
const char *quote_of(const struct hello *hello, uint8_t fill);

#endif
