/* SPDX-License-Identifier: MIT */
/*
 * A root as the launcher finds it in the guest, on this machine's kernel: an initramfs of a few
 * folders with an image in it: one program, /httpd, and the files that images/test's is asked for.
 * Needs root, as in the toolbox. What cannot be set up ends the program.
 */
#ifndef TESTS_LIB_GUESTROOT_H
#define TESTS_LIB_GUESTROOT_H

/*
 * Enters it, in mount and network namespaces of its own, loopback up; there is no way back. launcher:
 * a program that is there as /launcher then; or NULL. program: the image's, GUESTROOT_HTTPD in most
 * tests. model: a file that is /model/model.gguf of the image, or NULL.
 */
void guestroot_enter(const char *launcher, const char *program, const char *model);

#define GUESTROOT_HTTPD "build/guest/httpd"

/* The tree of control groups there, which has no controllers. */
#define GUESTROOT_GROUPS "/group"

#endif
