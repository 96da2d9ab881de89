/* SPDX-License-Identifier: MIT */
/* The folder of a machine's keys for Secure Boot. */
#ifndef MEASURE_CMD_GOLDEN_KEYFILES_H
#define MEASURE_CMD_GOLDEN_KEYFILES_H

#include <stdint.h>

#include "measure/predict/secureboot.h"

/* All zero: nothing was read. */
struct keyfiles {
	struct secureboot keys;		/* points into text */
	uint8_t *text[_SECUREBOOT_MAX]; /* owned */
};

/*
 * Reads FOLDER/PK.esl, KEK.esl, db.esl and, if it is there, dbx.esl, and checks them. 0, or EXIT_UNSURE
 * after an error line. keyfiles_done() in both cases.
 */
int keyfiles_read(const char *command, const char *folder, struct keyfiles *ret);
void keyfiles_done(struct keyfiles *files);

#endif
