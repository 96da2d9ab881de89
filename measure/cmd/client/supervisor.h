/* SPDX-License-Identifier: MIT */
/*
 * What a supervisor such as systemd and a program it started say to each other. Sources:
 * sd_listen_fds(3), sections "DESCRIPTION" and "NOTES"; sd_notify(3), sections "WELL-KNOWN
 * ASSIGNMENTS" and "NOTES".
 */
#ifndef MEASURE_CMD_CLIENT_SUPERVISOR_H
#define MEASURE_CMD_CLIENT_SUPERVISOR_H

/*
 * The descriptor of the one socket that was handed to this very process (LISTEN_PID, LISTEN_FDS);
 * -1: none was. More than one: EXIT_UNSURE after an error line, else 0. The variables are removed.
 */
int supervisor_socket(int *ret_fd);

/*
 * Tells it, lines of "NAME=VALUE", if it wants to hear (NOTIFY_SOCKET). What cannot be told is not:
 * the supervisor has its own time limits.
 */
void supervisor_tell(const char *lines);

#endif
