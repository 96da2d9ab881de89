/* SPDX-License-Identifier: MIT */
/*
 * A platform reference of the second edition from the firmware log of a real machine that ran some
 * image. Which events are the firmware's own, which are the image's, and what of the firmware's
 * can be expected again:
 *
 *	PCR 0-3, 6, 7	the firmware's, each event as it is, but
 *	  0		its value, where the log says that it does not start from zero
 *	  1		ACPI tables, boot variables: of this shape of machine; unchecked if it is
 *			not named
 *	  2		vendors' events whose type no specification has: any, as often as 16 times
 *	  6		"UUID: ..." of EV_COMPACT_HASH (Azure): of any machine
 *	  7		authorities are of who signed the image: left out; with Secure Boot on there
 *			would be others, so unchecked
 *	4 (or 2)	applications and the partition table are the image's; "Calling EFI Application"
 *			is expected if it is there, and may be missing if it is not
 *	5		the partition table, what systemd-boot tags, and the way out of boot services,
 *			which may fail twice before it succeeds
 *
 * A machine that does anything else in PCR 4 or 5, or measures no image at all, is refused.
 */
#ifndef MEASURE_CMD_GOLDEN_PLATFORMLOG_H
#define MEASURE_CMD_GOLDEN_PLATFORMLOG_H

#include <jansson.h>

/*
 * Prints it to standard output, and to standard error what is not exact and why, in the order of
 * the PCRs. An exit code: EXIT_DIFFERS for a machine that is refused.
 */
int platform_from_log(const char *path, const char *name, const json_t *shape);

#endif
