/* SPDX-License-Identifier: MIT */
/*
 * What a release says that it was made with: the parameters in its provenance.intoto.json, which
 * scripts/release/provenance.py writes and rampart-release(5) describes.
 */
#ifndef MEASURE_CMD_RELEASE_ASKED_H
#define MEASURE_CMD_RELEASE_ASKED_H

#include <jansson.h>

#include "measure/rampart.h"

#define ASKED_FILE "provenance.intoto.json"

/* Names are short, of letters, digits and "._+-", and begin with none of "-.". */
struct asked {
	json_t *json;	      /* owned; the names are its */
	const char *image;    /* IMAGE= */
	const char *machine;  /* MACHINE=; "": the kind that its image.conf names */
	const char *kind;     /* for which kind of machine it is; "": it does not say */
	const char *platform; /* PLATFORM=; "": that of the kind */
	const char *format; /* FORMAT=, "iso", "netboot" or "iso netboot"; "": of the disk alone */
	int debug, volume, model;
	int secure_boot; /* whether it is signed for machines with keys of their own */
	json_int_t memory, cpus;
	json_int_t updates; /* UPDATES=, MiB for each of two UKIs; 0: for one, as large as it is */
};

/* 0; negative errno and one line in error, with nothing in ret to be freed. */
int asked_read(const char *path, struct asked *ret, struct rampart_error *error);

void asked_done(struct asked *asked);

#define ASKED_FOLDER_MAX 192
/* Below build/, where `make` puts what is asked for. */
void asked_folder(const struct asked *asked, char ret[static ASKED_FOLDER_MAX]);

#endif
