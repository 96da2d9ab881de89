// SPDX-License-Identifier: MIT
// The empty payload of `make platform`: PID 1 of a machine that boots, prints on the console what
// its TPM holds and what its firmware logged, and powers off. It measures nothing itself.
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

// 57 bytes are a line of 76 characters of base64.
enum { N_PCRS = 16, LINE_BYTES = 57 };

static void print_pcrs(const char *bank)
{
	char path[64], hex[160];

	for (int pcr = 0; pcr < N_PCRS; pcr++) {
		snprintf(path, sizeof(path), "/sys/class/tpm/tpm0/pcr-%s/%d", bank, pcr);
		FILE *file = fopen(path, "re");

		if (!file)
			return; // a bank that is not active has no folder
		if (fgets(hex, sizeof(hex), file)) {
			for (char *c = hex; *c; c++)
				*c = *c == '\n' ? '\0' : (char)tolower((unsigned char)*c);
			printf("rampart: pcr %s %d sysfs=%s\n", bank, pcr, hex);
		}
		fclose(file);
	}
}

static void print_base64(const uint8_t *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		uint32_t b1 = i + 1 < len ? bytes[i + 1] : 0;
		uint32_t b2 = i + 2 < len ? bytes[i + 2] : 0;
		uint32_t group = (uint32_t)bytes[i] << 16 | b1 << 8 | b2;

		putchar(digits[group >> 18]);
		putchar(digits[group >> 12 & 63]);
		putchar(i + 1 < len ? digits[group >> 6 & 63] : '=');
		putchar(i + 2 < len ? digits[group & 63] : '=');
	}
}

static int print_firmware_log(void)
{
	uint8_t bytes[LINE_BYTES];
	FILE *file = fopen("/sys/kernel/security/tpm0/binary_bios_measurements", "re");
	size_t len;

	if (!file)
		return -1;
	while ((len = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		printf("rampart: firmware-log ");
		print_base64(bytes, len);
		putchar('\n');
	}
	fclose(file);
	return 0;
}

int main(void)
{
	static const char *const banks[] = { "sha1", "sha256", "sha384", "sha512" };

	if (mount("sysfs", "/sys", "sysfs", 0, NULL) ||
	    mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL))
		printf("rampart: FAILED stage=mounts reason=this kernel has no securityfs\n");
	for (size_t i = 0; i < sizeof(banks) / sizeof(*banks); i++)
		print_pcrs(banks[i]);
	if (print_firmware_log())
		printf("rampart: FAILED stage=tpm reason=the firmware left no event log\n");
	printf("rampart: DONE\n");
	fflush(stdout);
	tcdrain(STDOUT_FILENO); // the kernel's last words would come in the middle of ours
	reboot(RB_POWER_OFF);
	return 1;
}
