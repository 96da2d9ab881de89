/* SPDX-License-Identifier: MIT */
/*
 * Large files of the plan: hashed on all cores and compared with it. What is on a payload volume is
 * read once, past the page cache, straight into the pages where it stays.
 */
#ifndef INIT_LOADING_H
#define INIT_LOADING_H

#include <stddef.h>

#include "initramfs/init/boot.h"

struct loading_file {
	const struct plan_file *want;
	const char *part; /* its partition's name; NULL: it is embedded */
	/*
	 * Embedded: where it is. Else where it will be, a file that is not there yet, in a folder
	 * that is.
	 */
	char path[160];
};

/* MemAvailable of the kernel; 0 if it does not tell. */
uint64_t memory_available_kib(void);

/*
 * Whether all that the plan has on a volume fits into free memory, told before a byte is read. 0,
 * or -ENOMEM with the reason noted.
 */
int loading_check_memory(const struct plan *plan);

/* Bytes of memory that a file of this size takes, in huge pages. */
uint64_t loading_memory(uint64_t size);

/*
 * Loads and checks n files, at most PLAN_MODELS_MAX; afterwards nothing has them mapped. 0, or
 * negative errno with the reason noted.
 */
int loading_run(struct boot *b, const struct loading_file *file, size_t n);

#endif
