/* SPDX-License-Identifier: MIT */
/*
 * The folder of a release: what its sha256sums lists, and what is there. Beside the listed files
 * there may be only sha256sums, signatures over it, golden values and corim.cbor, and proofs that
 * golden values are in a log.
 */
#ifndef MEASURE_CMD_RELEASE_RELEASE_H
#define MEASURE_CMD_RELEASE_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/cmd/release/sums.h"
#include "measure/verify/policy/accept.h"

#define RELEASE_SUMS	 "sha256sums"
#define RELEASE_GOLDEN	 "golden.json"
#define RELEASE_DISK	 "disk.img"
#define RELEASE_UKI	 "rampart.efi"
#define RELEASE_PLAN	 "plan"
#define RELEASE_PLATFORM "platform.json"
#define RELEASE_KEYS	 "secure-boot" /* a folder: what may be known of the keys of its machines */
/* Of machines that boot a CD, or the UKI from the network; if it was asked for that. */
#define RELEASE_GOLDEN_CD      "golden-cd.json"
#define RELEASE_GOLDEN_NETWORK "golden-network.json"

struct release_file {
	struct sum sum; /* as listed */
	bool there;	/* as a file, and nothing else */
};

struct release {
	const char *dir;
	uint8_t *sums; /* owned: the text of sha256sums, sums_len bytes; NULL: none was read */
	size_t sums_len;
	struct release_file *file; /* owned: sorted by name */
	size_t n;
	bool is_part; /* what is listed need not be there */
};

/*
 * RAMPART_UNSURE if something could not be read. Call them in this order, the second and third
 * only after the first held.
 *
 * release_list	   sha256sums has its form, and lists all of needed (NULL after the last)
 * release_files   every listed file is there, and nothing else
 * release_digests the bytes of each file that is there are those that are listed
 */
struct finding release_list(struct release *release, const char *const needed[]);
struct finding release_files(struct release *release);
struct finding release_digests(struct release *release);

/* NULL: it is not listed. */
const struct release_file *release_find(const struct release *release, const char *name);

/* DIR/name; free() it. NULL if memory ran out. */
char *release_path(const struct release *release, const char *name);

void release_done(struct release *release);

#endif
