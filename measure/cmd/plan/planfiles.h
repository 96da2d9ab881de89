/* SPDX-License-Identifier: MIT */
/* The files that a plan names: the container's file system, models, and modules of the kernel. */
#ifndef MEASURE_CMD_PLAN_PLANFILES_H
#define MEASURE_CMD_PLAN_PLANFILES_H

#include <stdbool.h>
#include <stddef.h>

#include "measure/cmd/plan/digesting.h"
#include "measure/cmd/plan/imageconf.h"

struct planfiles {
	struct digesting file[PLAN_MODELS_MAX + 1]; /* n, by name; name and volume are set */
	const char *parameters[PLAN_MODULES_MAX];   /* of modules: "name=value ...", or NULL */
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
 * Adds the container's file system, the file at path, as the partition that it is or would be. Is
 * it on a volume, its digest is of fs-verity.
 */
int planfiles_container(const char *command, const struct imageconf *conf, const char *path,
			struct planfiles *files);

/* Whether any of the files is on a payload volume. */
bool planfiles_on_volume(const struct planfiles *files);

/*
 * The files that drivers ask for, by their names: those that conf names, and every file below the
 * folder dir (may be NULL), by its path there.
 */
int planfiles_firmware(const char *command, const struct imageconf *conf, const char *dir,
		       struct planfiles *ret_files);

/*
 * The modules that conf names, with their parameters, and, with volume, those that read a payload volume, each after what
 * it depends on, from the folder dir of a kernel's modules.
 */
int planfiles_modules(const char *command, const struct imageconf *conf, bool volume,
		      const char *dir, struct planfiles *ret_files);

/*
 * Prints where the container comes from, "recipe PATH" or "layout PATH"; layout, if it is not NULL,
 * is used instead of either. Checks that it and the models (or the file used instead) exist, but not
 * their contents: so a missing file is reported before anything is built. 0, or EXIT_UNSURE after an
 * error line.
 */
int planfiles_source(const char *command, const struct imageconf *conf, const char *instead,
		     const char *layout);

/*
 * Writes the manifest lines (initramfs/manifest) of the files that go into the initramfs, so that
 * what is packed is what was hashed; asks: and of the program that asks a cloud's host. 0, or
 * EXIT_UNSURE after an error line.
 */
int planfiles_manifest(const char *command, const char *path, const struct planfiles *container,
		       const struct planfiles *models, const struct planfiles *modules,
		       const struct planfiles *firmware, bool asks);

/*
 * Writes how many bytes of memory what is on the payload volume takes, in the pages of 2 MiB that
 * the guest reckons with, and beside them if there are any. 0, or EXIT_UNSURE after an error line.
 */
int planfiles_volume_memory(const char *command, const char *path,
			    const struct planfiles *container, const struct planfiles *models,
			    uint64_t beside);

/*
 * Writes the image's os-release: systemd-boot takes the name in its (hidden) menu from it, and PCR
 * 9 and 11 hold it. 0, or EXIT_UNSURE after an error line.
 */
int planfiles_os_release(const char *command, const char *path, const struct plan *plan);

void planfiles_done(struct planfiles *files);

/*
 * The package of the kernel that the image needs: linux; or, with modules, linux-devices, or
 * linux-amd, for AMD's graphics processors. volume: as of planfiles_models(). container: the path of
 * its file system. ret_name is a constant. 0, or EXIT_UNSURE after an error line.
 */
int planfiles_kernel(const char *command, const struct imageconf *conf, bool volume,
		     const char *container, const char **ret_name);

/* Which of the kernels with modules has those that the image names. */
const char *planfiles_modules_of(const struct imageconf *conf);

#endif
