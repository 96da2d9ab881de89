/* SPDX-License-Identifier: MIT */
#include "measure/cmd/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void free_ptr(void *ptr_to_pointer)
{
	free(*(void **)ptr_to_pointer);
}

static void fail_line(const char *command, const char *format, va_list args, const char *tail)
	__attribute__((format(printf, 2, 0)));

/* One line, whatever it quotes from a file. */
static void fail_line(const char *command, const char *format, va_list args, const char *tail)
{
	char *text = NULL;

	fprintf(stderr, "rampart %s: ", command);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	for (const char *c = text ? text : "out of memory"; *c; c++)
		fprintf(stderr, (unsigned char)*c < 0x20 || *c == 0x7f ? "\\x%02x" : "%c", *c);
	fprintf(stderr, "%s\n", tail);
	free(text);
}

int fail(const char *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_line(command, format, args, "");
	va_end(args);
	return EXIT_UNSURE;
}

int fail_usage(const char *command, const char *format, ...)
{
	char tail[80];
	va_list args;

	snprintf(tail, sizeof(tail), " (see: rampart %s --help)", command);
	va_start(args, format);
	fail_line(command, format, args, tail);
	va_end(args);
	return EXIT_UNSURE;
}

int fail_parse(const char *command, const char *path, int error, const struct diag *diag)
{
	if (diag && diag->what)
		return fail(command, "%s: at byte %zu: %s", path, diag->off, diag->what);
	return fail(command, "%s: %s", path, strerror(-error));
}

static int read_fd(int fd, size_t max, uint8_t **ret_buf, size_t *ret_len)
{
	size_t size = 65536, len = 0;
	uint8_t *buf = malloc(size);

	while (buf) {
		ssize_t n;

		if (len == size - 1) { /* the last byte is kept for the NUL */
			uint8_t *more = realloc(buf, size *= 2);

			if (!more)
				break;
			buf = more;
		}
		n = read(fd, buf + len, size - 1 - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || len + (size_t)n > max) {
			int r = n < 0 ? -errno : n == 0 ? 0 : -EFBIG;

			buf[len] = 0;
			if (!r)
				*ret_buf = buf, *ret_len = len;
			else
				free(buf);
			return r;
		}
		len += (size_t)n;
	}
	free(buf);
	return -ENOMEM;
}

int read_file(const char *path, size_t max, uint8_t **ret_buf, size_t *ret_len)
{
	int fd, r;

	if (!strcmp(path, "-"))
		return read_fd(STDIN_FILENO, max, ret_buf, ret_len);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	r = read_fd(fd, max, ret_buf, ret_len);
	(void)close(fd);
	return r;
}

int map_file(const char *path, const uint8_t **ret, size_t *ret_len)
{
	struct stat st;
	void *map = NULL;
	int fd, r = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		r = -errno;
	} else if (!S_ISREG(st.st_mode)) {
		r = -EINVAL;
	} else if (st.st_size > 0) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (map == MAP_FAILED)
			r = -errno;
	}
	(void)close(fd);
	if (r)
		return r;
	*ret = map;
	*ret_len = (size_t)st.st_size;
	return 0;
}
