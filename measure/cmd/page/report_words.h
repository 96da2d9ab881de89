/* SPDX-License-Identifier: MIT */
/* What checks and PCRs are about, for people who have never heard of either. */
#ifndef MEASURE_CMD_PAGE_REPORT_WORDS_H
#define MEASURE_CMD_PAGE_REPORT_WORDS_H

#define WORDS_PCRS 16

struct check_words {
	const char *id;
	const char *claim;   /* what the check is of, as a sentence without its full stop */
	const char *failure; /* what it means that this does not hold, as sentences */
};

/* Of one check of a report; general ones for an id that is not known here. Static. */
const struct check_words *words_of_check(const char *id);

/* What a PCR holds, a few words. */
extern const char *const words_of_pcr[WORDS_PCRS];

#endif
