/* SPDX-License-Identifier: MIT */
/*
 * quoter WORLD: a new swtpm, the real quoter behind its real filter, over a socket to it
 * (tests/guest/socket-quoter.c), and then, in this process, the program WORLD (world.c) with the
 * other end of the quoter's pair.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "tests/lib/quoterworld.h"
#include "tests/lib/tap.h"

int main(int argc, char **argv)
{
	char fd[16];

	if (argc != 2)
		return 2;
	tpm_start("sha256");
	quoter_start(CONFINED_QUOTER);
	if (fcntl(tpmworld.gateway, F_SETFD, 0) < 0 || fcntl(tpmworld.reports, F_SETFD, 0) < 0)
		die("fcntl");
	snprintf(fd, sizeof(fd), "%d", tpmworld.gateway);
	execl(argv[1], argv[1], "", fd, NULL);
	die(argv[1]);
}
