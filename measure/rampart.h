/* SPDX-License-Identifier: MIT */
/*
 * librampart: whether a machine is the one that its golden values describe.
 *
 * A program that talks to a Rampart machine does this:
 *
 *	policy = rampart_policy_new();
 *	rampart_policy_add_golden(policy, "golden.json", text, len, &error);
 *	rampart_policy_add_root(policy, pem, pem_len, true, &error);
 *	... makes the TLS connection, draws a nonce, GETs the evidence over that connection ...
 *	rampart_evidence_parse(json, json_len, &evidence, &error);
 *	if (rampart_credential_wanted(policy, evidence, time)) {
 *		rampart_credential_make(policy, evidence, time, &credential, &error);
 *		... POSTs its bytes, gets a secret ...
 *		rampart_credential_check(credential, secret, secret_len, &activation, &error);
 *	}
 *	rampart_verify(policy, evidence, &connection, activation, time, &report, &error);
 *	if (report->verdict == RAMPART_HOLDS)
 *		... and not otherwise, the connection is used ...
 *
 * The library reads no file, opens no socket, prints nothing, keeps nothing between calls and has
 * no globals. Whatever is const may be used by several threads at once. Everything that it is given
 * is copied, unless it says otherwise. Texts are UTF-8 with a closing NUL, one line, without a full
 * stop. Digests are lower-case hex. Each rampart_*_free() takes NULL.
 *
 * Functions that can fail return 0 or a negative errno, leave their outputs untouched then, and
 * write one line to error (which may be NULL): -EBADMSG the input is malformed, -EPROTO it is
 * well-formed and breaks a rule, -ENOTSUP an algorithm or version that this library does not know,
 * -EFBIG over a limit, -ENOMEM. Compile with -lrampart -ljansson -lcrypto (rampart.pc).
 *
 * Formats of the JSON: MEASUREMENTS.md, "File formats". What is checked: struct rampart_check.
 */
#ifndef MEASURE_RAMPART_H
#define MEASURE_RAMPART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RAMPART_NONCE_LEN    32 /* bytes of a nonce */
#define RAMPART_EXPORTER_LEN 32 /* bytes of a TLS exporter */

struct rampart_error {
	char text[512];
};

/* ---- what is accepted ---- */

struct rampart_policy;

/* Accepts nothing yet: no golden values, no roots. NULL if memory ran out. */
struct rampart_policy *rampart_policy_new(void);
void rampart_policy_free(struct rampart_policy *policy);

/*
 * Rules, "rampart-policy/1", at most once for a policy (-EPROTO). rampart-policy(5) says what each
 * key is, and what holds without it: every key but "schema" may be left out. An unknown key, or one
 * given twice, is an error that names it or its line. A policy with "signers" or "log" is read
 * before golden values are added (-EPROTO).
 */
int rampart_policy_read(struct rampart_policy *policy, const char *json, size_t len,
			struct rampart_error *error);

/*
 * golden.json, any number; a machine must match one of them. name is for reports, such as the
 * file's path. Refused is one whose values are not the replay of its events, or with neither sha256 nor sha384.
 */
int rampart_policy_add_golden(struct rampart_policy *policy, const char *name, const char *json,
			      size_t len, struct rampart_error *error);

/* A signature over a file, as ssh-keygen -Y sign, minisign or make release (ML-DSA-65) wrote it. Borrowed. */
struct rampart_signature {
	const char *name; /* for reports, such as the signature file's path */
	const char *text;
	size_t len;
};

/*
 * The same, with the signatures over exactly these bytes, in any order: by ssh-keygen with the
 * namespace rampart-golden, by minisign with a trusted comment that begins with that word. Whether
 * they are enough is a check of its own, policy.signers. Signatures that do not count, of whatever
 * fault, take nothing away from the others.
 */
int rampart_policy_add_signed_golden(struct rampart_policy *policy, const char *name,
				     const char *json, size_t len,
				     const struct rampart_signature *signature, size_t n_signatures,
				     struct rampart_error *error);

/*
 * The same, with the proof that they are in the log that the policy names: a tlog-proof, or NULL.
 * Whether it holds is a check of its own, policy.log. Needs what was seen of that log: see below.
 */
int rampart_policy_add_logged_golden(struct rampart_policy *policy, const char *name,
				     const char *json, size_t len,
				     const struct rampart_signature *signature, size_t n_signatures,
				     const struct rampart_signature *proof,
				     struct rampart_error *error);

/*
 * Whether the policy names a log; which one, hex, by its key. A program that keeps what it saw of a
 * log gives that to the policy before it adds golden values, and keeps the news afterwards: so it
 * sees when the log is forked. What is kept is text, and its form is the library's business.
 */
bool rampart_policy_log(const struct rampart_policy *policy, char ret_id[65]);
int rampart_policy_log_seen(struct rampart_policy *policy, const char *text, size_t len,
			    struct rampart_error *error);

/* What to keep instead, free() it; NULL: nothing changed. */
int rampart_policy_log_news(const struct rampart_policy *policy, char **ret_text,
			    struct rampart_error *error);

/* Whether the policy names signers, so that golden values without signatures are refused. */
bool rampart_policy_has_signers(const struct rampart_policy *policy);

/*
 * Certificates for building chains, as DER (one) or PEM (1 to 64): roots, and intermediates that
 * evidence may lack. That a certificate is here makes it no root; with pin, each self-signed one
 * (-EPROTO if there is none) is pinned, as by its digest in "roots". There are no revocation lists:
 * a root that is no longer believed is one that is no longer pinned.
 */
int rampart_policy_add_root(struct rampart_policy *policy, const void *bytes, size_t len, bool pin,
			    struct rampart_error *error);

/* Accepts debug images, whatever the rules say. */
void rampart_policy_allow_debug(struct rampart_policy *policy);

/*
 * < 0, 0, > 0, like strcmp(). Versions are compared as Debian compares the upstream part of its own
 * (deb-version(7)): runs of digits as numbers, everything else character by character, letters
 * before all others and '~' before everything, even the end. There is no epoch and no revision.
 */
int rampart_version_compare(const char *a, const char *b);

/* ---- a feed: golden values that are found, renewed and ended ---- */

/*
 * A TUF repository (The Update Framework 1.0) whose targets are golden.json files; rampart-feed(7). The
 * client's workflow of its specification, section 5, without any I/O: the program gets the files that are
 * asked for, and keeps some of them.
 *
 *	rampart_feed_new(root_json, len, time, &feed, &error);
 *	while (rampart_feed_next(feed, &file)) {
 *		... gets file.path, of at most file.max bytes, from the feed ...
 *		rampart_feed_take(feed, bytes, len, &error);
 *	}
 *	rampart_policy_add_feed(policy, feed, &error);
 */
struct rampart_feed;

/* json: the pinned root.json, which must be signed by its own keys. time: now, for every expiry. */
int rampart_feed_new(const char *json, size_t len, int64_t time, struct rampart_feed **ret_feed,
		     struct rampart_error *error);
void rampart_feed_free(struct rampart_feed *feed);

struct rampart_feed_file {
	const char *path; /* below the feed's folder or address; until the next call, as keep */
	const char *keep; /* a name under which a copy is found again, without a slash */
	size_t max;	  /* bytes; one that is longer is not to be read further */
	bool is_root;	  /* the next root, which need not be there */
	bool is_target;	  /* else metadata */
};

/* What is wanted next; false: nothing, all is there. */
bool rampart_feed_next(struct rampart_feed *feed, struct rampart_feed_file *ret_file);

/*
 * The file that was wanted; bytes NULL: it is not there. -EPROTO: it is refused, with the reason; the same
 * file is wanted again then.
 */
int rampart_feed_take(struct rampart_feed *feed, const void *bytes, size_t len,
		      struct rampart_error *error);

/*
 * Whether the root that was taken last has other keys for timestamp or snapshot than the one before:
 * what was kept of these must go, before that root is kept, so that a thief of the old keys who set
 * their versions high cannot hold up the new ones.
 */
bool rampart_feed_forgets(const struct rampart_feed *feed);

/* One that was taken, as it came, to be kept; NULL: none was. role: "timestamp", "snapshot", "targets". */
const char *rampart_feed_metadata(const struct rampart_feed *feed, const char *role,
				  size_t *ret_len);

/*
 * What an earlier feed had: its metadata of one role, after the roots that were kept and before anything
 * else. Nothing older is accepted from then on. -EPROTO: it is not by the feed's keys; nothing is remembered.
 */
int rampart_feed_remember(struct rampart_feed *feed, const char *role, const char *json, size_t len,
			  struct rampart_error *error);

/* The feed cannot be reached: what is remembered is taken, until it expires. -ENOENT: nothing is. */
int rampart_feed_hold(struct rampart_feed *feed, struct rampart_error *error);

/*
 * Which releases were accepted, "rampart-releases/1". known: as an earlier feed gave it, before the first
 * rampart_feed_take() that is not of a root. The result is for free(); NULL if memory ran out, or nothing
 * was judged yet.
 */
int rampart_feed_remember_releases(struct rampart_feed *feed, const char *json, size_t len,
				   struct rampart_error *error);
char *rampart_feed_releases(const struct rampart_feed *feed);

/*
 * Any target, by its path, once all is there: what lies beside a golden.json, such as the source that it
 * is built from. ret_file as of rampart_feed_next(); its max is the very length. -ENOENT: targets does not
 * name it.
 */
int rampart_feed_target(struct rampart_feed *feed, const char *path,
			struct rampart_feed_file *ret_file, struct rampart_error *error);

/* Whether these are the bytes of that target. -EPROTO: they are not; -ENOENT. */
int rampart_feed_target_check(const struct rampart_feed *feed, const char *path, const void *bytes,
			      size_t len, struct rampart_error *error);

/* When its metadata ends, the first of all; 0: it is not all there. ret_role: of which, may be NULL. */
int64_t rampart_feed_until(const struct rampart_feed *feed, const char **ret_role);

/* One golden.json of the feed. Borrowed. */
struct rampart_feed_release {
	const char *path, *image, *version;
	int64_t release;	       /* a counter of the image's, from 1 */
	int64_t not_before, not_after; /* valid from the one on, and no longer at the other */
	const char *refused;	       /* why it is not accepted; NULL */
	const char *text;	       /* of golden.json, len bytes; NULL: not taken yet */
	size_t len;
};

size_t rampart_feed_count(const struct rampart_feed *feed);
const struct rampart_feed_release *rampart_feed_release(const struct rampart_feed *feed, size_t i);

/*
 * All its golden values, with their signatures and proofs, as by rampart_policy_add_logged_golden(); a machine's
 * verdict then holds until the first of their end and the feed's. What cannot be used of it, as golden values
 * that are not read, or are of another image or version than the feed says, is set aside. -EPROTO: nothing
 * can be used, with every reason.
 */
int rampart_policy_add_feed(struct rampart_policy *policy, const struct rampart_feed *feed,
			    struct rampart_error *error);

/* What of feeds was set aside, the i-th from 0, with the reason, for people; NULL: there are no more. */
const char *rampart_policy_aside(const struct rampart_policy *policy, size_t i);

/*
 * Until when the golden values with this digest (SHA-256 of golden.json, hex) are accepted by their feed:
 * INT64_MAX if they are of none, 0 if they are refused or not there.
 */
int64_t rampart_policy_until(const struct rampart_policy *policy, const char *sha256);

/* ---- what the machine says ---- */

struct rampart_evidence;

/*
 * "rampart-evidence/1" or "/2" as the machine answered, at most 4 MiB: its form, not yet what is in it.
 * error says which key and why.
 */
int rampart_evidence_parse(const char *json, size_t len, struct rampart_evidence **ret_evidence,
			   struct rampart_error *error);
void rampart_evidence_free(struct rampart_evidence *evidence);

/* One event of the boot, firmware's log first, then the runtime log. */
struct rampart_event {
	const char *log; /* "firmware", "runtime" */
	size_t number;	 /* in its log, from 0 */
	unsigned pcr;
	bool extended;	    /* false: EV_NO_ACTION, which no PCR holds */
	const char *type;   /* "EV_IPL", "rampart/1" */
	const char *what;   /* what its data says, which is only a claim */
	const char *sha256; /* what was extended; NULL if it has none */
	bool is_runtime;    /* of the runtime log, as log says */
	const char *sha384; /* the same in that bank */
};

/*
 * The events of both logs, *ret_n of them, unchecked; free() the list, and everything in it is
 * gone. A log that cannot be read is an error, -EBADMSG and so on.
 */
int rampart_evidence_events(const struct rampart_evidence *evidence,
			    struct rampart_event **ret_events, size_t *ret_n,
			    struct rampart_error *error);

/* ---- activation: the way to trust an AK that has no certificate ---- */

struct rampart_credential; /* a challenge: a secret that only the EK's TPM can read, for this AK */
struct rampart_activation; /* that it was answered: for this AK and EK, by whoever asked */

/*
 * Whether an activation is what is missing: the policy allows it, the machine has an EK
 * certificate, and its AK certificate does not do (there is none, is not allowed, or leads to no root).
 */
bool rampart_credential_wanted(const struct rampart_policy *policy,
			       const struct rampart_evidence *evidence, int64_t time);

/*
 * Draws a secret and wraps it for the EK, whose certificate must lead to a pinned root at that time
 * (Unix seconds), and be of a TCG template for RSA 2048, 3072 or 4096, or ECC P-256 or P-384.
 */
int rampart_credential_make(const struct rampart_policy *policy,
			    const struct rampart_evidence *evidence, int64_t time,
			    struct rampart_credential **ret_credential,
			    struct rampart_error *error);
void rampart_credential_free(struct rampart_credential *credential);

/* The bytes to post, as in tpm2_makecredential's file. Borrowed. */
const uint8_t *rampart_credential_bytes(const struct rampart_credential *credential,
					size_t *ret_len);

/*
 * Compares the machine's answer with the secret, in constant time; -EPROTO if it is another. A
 * credential may be answered once: keep the activation, not the credential.
 */
int rampart_credential_check(const struct rampart_credential *credential, const void *secret,
			     size_t len, struct rampart_activation **ret_activation,
			     struct rampart_error *error);
void rampart_activation_free(struct rampart_activation *activation);

/* ---- the verdict ---- */

/* The connection that the evidence came over, as the verifier's own end has it. */
struct rampart_connection {
	const uint8_t *spki; /* DER of the server key's SubjectPublicKeyInfo, spki_len bytes */
	size_t spki_len;
	const uint8_t *nonce;	 /* RAMPART_NONCE_LEN bytes: the one asked with */
	const uint8_t *exporter; /* RAMPART_EXPORTER_LEN bytes, RFC 9266; NULL: not to be had */
};

enum rampart_outcome {
	RAMPART_HOLDS,
	RAMPART_FAILS,	/* it does not hold */
	RAMPART_UNSURE, /* it could not be told */
	RAMPART_SKIPPED /* of a check, never a verdict: nothing to look at, as text says */
};

/* "holds", "fails", "unsure", "skipped". Static. */
const char *rampart_outcome_name(enum rampart_outcome outcome);

/*
 * One check. All are made, whatever the others say, as far as there is something to look at; each once, in order:
 *
 *	evidence.form       the evidence is what its schema says
 *	certificate.form    the gateway's certificate is of a P-256 key, and signed by it
 *	connection.key      the connection ends in that key (skipped offline, as the next two)
 *	connection.nonce    the evidence is for the nonce of this request
 *	connection.channel  the evidence is for this very connection
 *	ak.form             the AK's public area is read
 *	ak.claims           the AK is restricted to what its TPM made, and never left it, as
 *	                    the evidence says: an activation is of just that public area, a
 *	                    certificate of the AK is of its key, whatever its attributes
 *	quote.form          quote and signature are read
 *	quote.signature     the AK signed the quote
 *	quote.header        a TPM made it, as a quote
 *	quote.binding       for nonce, key and channel: its extraData and the request's path
 *	quote.selection     over exactly PCR 0 to 15 of exactly the banks of the evidence
 *	quote.digest        with the evidence's PCR values
 *	quote.measured      in which the firmware measured, in every bank
 *	firmware_log.form   the firmware's log is read
 *	runtime_log.form    the runtime log is read: no gap, each digest that of its line
 *	logs.banks          both are of the banks of the evidence, sha256 or sha384 among them (with a
 *	                    document: they have sha384)
 *	logs.replay         they lead to the PCR values, each PCR in each bank (without a
 *	                    firmware log, which golden values may allow, those of init's)
 *	runtime.events      init's lines are such, in the PCR of their type
 *	runtime.error       none is an error
 *	runtime.identity    one is the identity, of the key of the connection, before ready
 *	runtime.ready       each of PCR 8, 13, 14, 15 ends with ready, once
 *	pcr15               holds this key's identity and ready, and nothing else
 *	golden.values       PCR 0 to 14 are those of one of the golden values, in its banks
 *	golden.types        so are the types of the events, which no PCR holds
 *	policy.signers      enough of its signers signed the golden values (skipped: it names none)
 *	policy.log          they are in the log that the policy names (skipped: it names none)
 *	policy.revoked      neither these nor their image are revoked (skipped: nothing is)
 *	policy.debug        the image has no shell, or that is accepted
 *	policy.image        its name is accepted
 *	policy.version      it is not older than accepted
 *	policy.platform     the platform is accepted
 *	policy.shape        so is the machine's shape
 *	policy.unchecked    the golden values leave no PCR unchecked, or that is accepted
 *	policy.current      the golden values are valid now, says their feed (skipped: of no feed)
 *	policy.restarts     the TPM was not resumed or restarted more often since its reset
 *	                    than accepted (skipped: the policy does not say)
 *	ak.certificate      the AK's certificate leads to a pinned root (skipped: there is
 *	                    none, or it is not allowed; so are the next two)
 *	ek.certificate      so does the EK's
 *	ek.activation       the EK's TPM holds the AK
 *	ak.trust            the AK is a TPM's: by ak.certificate, or by ek.certificate and
 *	                    ek.activation
 *
 * The verdict is over all but ak.certificate, ek.certificate, ek.activation, which ak.trust sums
 * up.
 *
 * Evidence with a document in place of a quote (rampart-evidence(5)) has the same checks: quote.*
 * are of the document, which holds the PCR values themselves and whose nonce is what extraData is
 * elsewhere; ak.form and ak.certificate are of the certificate in it, which leads to one of the
 * policy's document_roots; ak.claims is skipped.
 */
struct rampart_check {
	const char *id;
	enum rampart_outcome outcome;
	const char *text; /* what was found, or what is wrong */
	const char *code; /* fails or unsure: why, by name, for programs; else NULL */
};

/*
 * Every code that a check can have: its id, or its id with a dot and a detail. They keep their
 * meaning from version to version: rampart-checks(7). NULL ends the list. Static.
 */
const char *const *rampart_check_codes(void);

/* One PCR of one bank. */
struct rampart_pcr {
	const char *bank;
	unsigned pcr;
	const char *from;     /* "platform", "image", "plan", "constant", "identity" */
	const char *golden;   /* NULL: no golden values have it; of PCR 15: identity and ready */
	const char *value;    /* as reported; quoted if quote.signature and quote.digest hold */
	const char *replayed; /* NULL: a log could not be read */
	bool equal;	      /* value and golden, or rule; true if there is none */
	bool explained;	      /* value and replayed */
	const char *rule;     /* what is accepted instead of one golden value: "one of several", "by
			       * events", "NOT CHECKED"; NULL: golden says it */
};

enum rampart_difference_kind {
	RAMPART_CHANGED, /* another digest than expected */
	RAMPART_EXTRA,	 /* nothing is expected there */
	RAMPART_MISSING, /* expected, and not in the log */
	RAMPART_RETYPED	 /* the expected digest, of an event of another type */
};

/* "changed", "extra", "missing", "retyped". Static. */
const char *rampart_difference_name(enum rampart_difference_kind kind);

/* One event that is not as in the golden values that were compared. */
struct rampart_difference {
	const char *kind; /* rampart_difference_name() of how */
	const char *bank;
	unsigned pcr;
	const char *expected_type, *expected_what, *expected; /* NULL if extra */
	const char *log; /* "firmware" or "runtime"; NULL if missing, as what follows */
	size_t number;	 /* in that log, from 0 */
	const char *got_type, *got_what, *got;
	enum rampart_difference_kind how;
	bool is_runtime; /* of the runtime log; false if missing */
};

/* The golden values that match, or are the nearest: those with the fewest differing PCRs. */
struct rampart_golden {
	const char *name;   /* as given to rampart_policy_add_golden() */
	const char *sha256; /* of golden.json */
	const char *image, *version, *platform;
	const char *shape; /* JSON, compact, sorted keys */
	bool debug;
	bool matches;		   /* golden.values holds */
	size_t n_differing;	   /* PCRs, over all banks */
	const char *const *signer; /* of the policy's, who signed it; each once, in its order */
	size_t n_signers;
	/*
	 * Which instance configurations they accept, in words; with the machine's own, if they
	 * accept any values and match: "none, or any values of address; this machine has
	 * address=10.1.2.3/24". NULL: the image takes none.
	 */
	const char *config;
	bool has_release;
	uint32_t release; /* which one of the image, by the golden values */
};

/* A PCR that the golden values leave open, or the data of events in it. */
struct rampart_unchecked {
	unsigned pcr;
	const char *why; /* a sentence for people */
};

/*
 * What the TPM says of its own past, in the quote (TPMS_CLOCK_INFO): true if quote.signature and
 * ak.trust hold. A TPM counts its resets for as long as it has an owner (resets: TPM Reset, as at
 * each power-on), and since the last one how often it was resumed or restarted, which may keep its
 * PCRs. A vTPM that is copied or put back to an earlier state counts nothing by that. A key that
 * is in neither the endorsement nor the platform hierarchy shows both numbers plus its own constant.
 */
struct rampart_clock {
	uint64_t clock_ms; /* for as long as it had power; kept over resets */
	uint32_t resets, restarts;
	bool safe; /* false: the clock may have gone back, after a loss of power */
};

/* Whose word it is that the AK is a TPM's. */
enum rampart_trust {
	RAMPART_TRUST_NONE,
	RAMPART_TRUST_CERTIFICATE, /* the AK's certificate */
	RAMPART_TRUST_ACTIVATION   /* the EK's certificate and an activation */
};

/* Read it, change nothing; everything in it lives as long as it does. */
struct rampart_report {
	enum rampart_outcome verdict; /* FAILS if one check fails, else UNSURE if one is unsure */
	const char *reason;	      /* the first check's that decided it; "" if it holds */
	const struct rampart_check *check;
	size_t n_checks;
	const char *const *warning; /* what holds less than it might, for people */
	size_t n_warnings;
	const struct rampart_pcr *pcr; /* banks ascending, PCR 0 to 15 each */
	size_t n_pcrs;
	const struct rampart_golden *golden;	   /* NULL: there are none */
	const struct rampart_unchecked *unchecked; /* tell it to whoever sees the verdict */
	size_t n_unchecked;
	const struct rampart_difference *difference; /* of PCRs that are not equal or explained */
	size_t n_differences;
	const char *identity; /* SHA-256 of the SPKI of the connection, or offline of the evidence;
			       * NULL: it cannot be read */
	const char *ak;	      /* Name of the AK, hex, or SHA-256 of a document's module_id; NULL:
				 ak.form or quote.form fails */
	const char *trust;    /* "certificate", "activation", "none": trusted_by */
	const char *root;     /* SHA-256 of the root that ak.trust leads to; NULL: none */
	bool online;	      /* a connection was given */
	int64_t time;
	int64_t until; /* how long a verdict that holds does, as the feed of its golden values says; 0: it
			* does not hold, or they are of none */
	const char *until_why; /* what ends then: "not_after", "timestamp"...; NULL likewise */
	bool has_clock;	       /* quote.form holds */
	struct rampart_clock clock;
	const struct rampart_check *decided_by; /* whose reason it is; NULL if it holds */
	enum rampart_trust trusted_by;
	int64_t feed_release; /* the number of its golden values in their feed; 0: of none, or no match */
	int64_t feed_version; /* of that feed's timestamp, which names its whole state; 0 likewise */
};

/* The check with this id; NULL if the report has none, as that on refused evidence. */
const struct rampart_check *rampart_report_check(const struct rampart_report *report,
						 const char *id);

/*
 * Everything at once. connection NULL: offline, of evidence that was kept; nonce, key and channel
 * are then the evidence's own, and nothing shows when it was made, which a warning says. activation
 * may be NULL; one of another AK or EK is none. time (Unix seconds) is when certificates must be
 * valid. Errors: -ENOMEM only; a machine that lies is a report.
 */
int rampart_verify(const struct rampart_policy *policy, const struct rampart_evidence *evidence,
		   const struct rampart_connection *connection,
		   const struct rampart_activation *activation, int64_t time,
		   struct rampart_report **ret_report, struct rampart_error *error);

/* Of evidence that rampart_evidence_parse() refused: evidence.form fails, and is the only check. */
int rampart_report_refused(const struct rampart_error *refused, int64_t time,
			   struct rampart_report **ret_report, struct rampart_error *error);

void rampart_report_free(struct rampart_report *report);

/* "rampart-report/1": sorted keys, two spaces of indent. free() it; NULL if memory ran out. */
char *rampart_report_json(const struct rampart_report *report);

/* ---- the same TPM, more than once ---- */

/*
 * What one program saw of AKs, to find two machines with one TPM: a vTPM that was copied, or put
 * back to an earlier state. Kept in memory only, and of the last 256 AKs. Calls over one
 * rampart_sightings must not run at the same time.
 */
struct rampart_sightings;

struct rampart_sightings *rampart_sightings_new(void); /* NULL if memory ran out */
void rampart_sightings_free(struct rampart_sightings *sightings);

/*
 * A moment, for rampart_sightings_add(): take it before the machine is asked. What was added after
 * it may be of a later quote than the one that is added, so it tells nothing of going back.
 */
uint64_t rampart_sightings_now(const struct rampart_sightings *sightings);

enum rampart_sighting {
	RAMPART_SIGHTING_FIRST,	   /* nothing is known of this AK */
	RAMPART_SIGHTING_SAME,	   /* it is as before */
	RAMPART_SIGHTING_REBOOTED, /* another identity, and the TPM was started anew in between */
	RAMPART_SIGHTING_CLONED,   /* another identity, and it was not: two machines, one TPM */
	RAMPART_SIGHTING_RESTORED, /* it has fewer resets or restarts, or an earlier clock than
				    * before: an earlier state was put back, or TPM2_Clear() */
	RAMPART_SIGHTING_RESET	   /* the same identity, after a reset that no machine of ours
				    * survives: somebody else filled its PCRs */
};

/*
 * Adds a report whose verdict holds, and compares it with those before. moment is of before its
 * evidence was asked for. *ret_why, for all from CLONED on: a static line; else NULL. -EPROTO: the
 * verdict does not hold, or there is no AK, identity or clock. -ENOMEM. Nothing is added then.
 */
int rampart_sightings_add(struct rampart_sightings *sightings, const struct rampart_report *report,
			  uint64_t moment, enum rampart_sighting *ret_sighting,
			  const char **ret_why);

/* Whether the policy wants connections refused for those from CLONED on ("tpm_clones"). */
bool rampart_policy_rejects_clones(const struct rampart_policy *policy);

#ifdef __cplusplus
}
#endif

#endif
