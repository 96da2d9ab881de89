/* SPDX-License-Identifier: MIT */
/* A report for people. */
#ifndef MEASURE_CMD_CLIENT_VERIFY_PRINT_H
#define MEASURE_CMD_CLIENT_VERIFY_PRINT_H

#include <stdbool.h>

#include "measure/rampart.h"

/*
 * To standard output: what holds, the PCRs, what was verified against what, and the verdict as the
 * last line. explain: every check, and each event that differs. false: it could not be written.
 */
bool verify_print(const struct rampart_report *report, bool explain);

#endif
