/* SPDX-License-Identifier: MIT */
/* The files that a plan names besides the container: models, and modules of the kernel. */
#ifndef MEASURE_CMD_PLAN_PLANFILES_H
#define MEASURE_CMD_PLAN_PLANFILES_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/cmd/plan/digesting.h"
#include "measure/cmd/plan/imageconf.h"

struct planfiles {
	struct digesting
		file[PLAN_MODELS_MAX]; /* n, in the plan's order; name and volume are set */
	size_t n;
	struct words pool;
};

/*
 * Each reads and digests files: 0, or EXIT_UNSURE after an error line. Call planfiles_done() in
 * either case.
 *
 * The model files of an image, by name. instead: the path of a file to use in place of the one that
 * conf names, or NULL. volume: as if each model said storage = volume.
 */
int planfiles_models(const char *command, const struct imageconf *conf, const char *instead,
		     bool volume, struct planfiles *ret_files);

/*
 * The modules that conf names, and those that read a payload volume if one of models is there, each
 * after what it depends on, from the folder dir of a kernel's modules.
 */
int planfiles_modules(const char *command, const struct imageconf *conf,
		      const struct planfiles *models, const char *dir, struct planfiles *ret_files);

/*
 * Prints where the container comes from, "recipe PATH" or "layout PATH". Checks that it and the
 * models (or the file used instead) exist, but not their contents: so a missing file is reported
 * before anything is built. 0, or EXIT_UNSURE after an error line.
 */
int planfiles_source(const char *command, const struct imageconf *conf, const char *instead);

/*
 * Writes the manifest lines (initramfs/manifest) of the files that go into the initramfs, so that
 * what is packed is what was hashed. 0, or EXIT_UNSURE after an error line.
 */
int planfiles_manifest(const char *command, const char *path, const struct planfiles *models,
		       const struct planfiles *modules);

/*
 * Writes how many bytes of memory the models of the payload volume take, in the pages of 2 MiB that
 * the guest loads them into. 0, or EXIT_UNSURE after an error line.
 */
int planfiles_volume_memory(const char *command, const char *path, const struct planfiles *models);

/*
 * Writes the image's os-release: systemd-boot takes the name in its (hidden) menu from it, and PCR
 * 9 and 11 hold it. 0, or EXIT_UNSURE after an error line.
 */
int planfiles_os_release(const char *command, const char *path, const struct plan *plan);

/*
 * Hashes a whole file, which must hold an EROFS file system if want_erofs. 0, or EXIT_UNSURE after
 * an error line that begins with where.
 */
int planfiles_hash(const char *command, const char *where, const char *path, bool want_erofs,
		   struct digest *ret, size_t *ret_size);

void planfiles_done(struct planfiles *files);

/* Whether the image needs the kernel with modules. */
bool planfiles_want_modules(const struct imageconf *conf, bool volume);

#endif
