// SPDX-License-Identifier: MIT
// The peer of `make bench` with the same kernel: a PID 1 that says when it runs and how much memory
// is left, in the words of our own init, and powers off at once.
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec now;
	unsigned long kib = 0;
	char line[128];
	FILE *meminfo;

	clock_gettime(CLOCK_BOOTTIME, &now);
	if (mount("proc", "/proc", "proc", 0, NULL) || !(meminfo = fopen("/proc/meminfo", "re")))
		return 1;
	while (fgets(line, sizeof(line), meminfo) && sscanf(line, "MemAvailable: %lu", &kib) != 1)
		;
	printf("rampart: READY uptime_ms=%ld available_kib=%lu\n",
	       now.tv_sec * 1000 + now.tv_nsec / 1000000, kib);
	fflush(stdout);
	reboot(RB_POWER_OFF);
	return 1;
}
