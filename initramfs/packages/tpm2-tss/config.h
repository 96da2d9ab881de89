/* SPDX-License-Identifier: MIT */
/*
 * Stands in for the one that tpm2-tss's configure would write: the release has no configure
 * script, and only three of its libraries are built. No logging: the guest says what matters.
 */
#define _GNU_SOURCE
#define HAVE_CONFIG_H 1
#define MAXLOGLEVEL 0
#define TCTI_DEVICE_DEFAULT "/dev/tpm0"
#define SYSCONFDIR "/none"
