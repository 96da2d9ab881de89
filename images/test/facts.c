/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "facts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define RENDER_NODE "/sys/dev/char/226:128" /* the first one */

/* The names in a directory, in the kernel's order, commas between them. */
void fact_names(FILE *out, const char *key, const char *path)
{
	DIR *dir = opendir(path);
	const char *comma = "";
	struct dirent *entry;

	fprintf(out, "%s=", key);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		fprintf(out, "%s%s", comma, entry->d_name);
		comma = ",";
	}
	fputs(dir ? "\n" : "(unreadable)\n", out);
	if (dir)
		closedir(dir);
}

/* The lines of a /proc file that begin with one of the words, or all of them. */
void fact_lines(FILE *out, const char *prefix, const char *path, const char *const *words)
{
	FILE *in = fopen(path, "re");
	char line[256];

	while (in && fgets(line, sizeof(line), in)) {
		for (size_t i = 0; words[i]; i++)
			if (!strncmp(line, words[i], strlen(words[i])))
				fprintf(out, "%s%s", prefix, line);
	}
	if (!in)
		fprintf(out, "%s(unreadable)\n", prefix);
	else
		fclose(in);
}

void fact_write(FILE *out, const char *key, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	fprintf(out, "%s=%s\n", key, fd < 0 ? strerror(errno) : "yes");
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
}

/* 0, or errno: whether what is written to path can be mapped as code. */
static int map_code(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0700), r = 0;
	void *code = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, 4096) == 0)
		code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (code == MAP_FAILED)
		r = errno;
	else
		munmap(code, 4096);
	if (fd >= 0) {
		close(fd);
		unlink(path);
	}
	return r;
}

static const char *say_error(int error)
{
	return error ? strerror(error) : "yes";
}

/* Listens at a port of loopback, and connects to it: 0, or what failed. */
static void fact_port(FILE *out, int port)
{
	const struct sockaddr_in at = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int one = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int two = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r = bind(one, (const struct sockaddr *)&at, sizeof(at)) || listen(one, 1) ? errno : 0;

	fprintf(out, "bind.%d=%s\n", port, say_error(r));
	r = connect(two, (const struct sockaddr *)&at, sizeof(at)) ? errno : 0;
	fprintf(out, "connect.%d=%s\n", port, say_error(r));
	close(one);
	close(two);
}

static void fact_name(FILE *out, const char *name)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	char text[64] = "none";

	if (getaddrinfo(name, NULL, &hints, &found) == 0)
		(void)getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof(text), NULL, 0,
				  NI_NUMERICHOST);
	fprintf(out, "name.%s=%s\n", name, text);
	if (found)
		freeaddrinfo(found);
}

/* Its name by the file that pthread_setname_np(3) writes to for another thread. */
static void fact_comm(FILE *out)
{
	char name[32];
	int fd;

	(void)snprintf(name, sizeof(name), "/proc/self/task/%d/comm", (int)getpid());
	fd = open(name, O_RDWR | O_CLOEXEC);
	fprintf(out, "write.comm=%s\n",
		say_error(fd < 0 || write(fd, "named", 5) != 5 ? errno : 0));
	if (fd >= 0)
		close(fd);
}

static void fact_user(FILE *out)
{
	const struct passwd *user = getpwuid(getuid());
	char name[64] = "", cwd[256] = "";

	(void)gethostname(name, sizeof(name));
	fprintf(out, "id=%d:%d groups=%d\nuser=%s\nhost=%s\ncwd=%s\n", (int)getuid(), (int)getgid(),
		getgroups(0, NULL), user ? user->pw_name : "unknown", name,
		getcwd(cwd, sizeof(cwd)) ? cwd : strerror(errno));
	for (char **e = environ; *e; e++)
		fprintf(out, "env.%s\n", *e);
}

/* The error of opening one of its own descriptors by its name. */
static void fact_open(FILE *out, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	fprintf(out, "open.%s=%s\n", path, say_error(fd < 0 ? errno : 0));
	if (fd >= 0)
		close(fd);
}

void write_world(FILE *out)
{
	static const char *const all[] = { "", NULL }, *const caps[] = { "Cap", "NoNew", NULL },
				 *const slot[] = { "PCI_SLOT_NAME", NULL },
				 *const limits[] = { "Max open", "Max proc", "Max pend", NULL };
	static const char *const folders[] = { "/",	"/tmp", "/dev/shm", "/scratch", "/etc",
					       "/proc", "/sys", "/dev",	    "/model" };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), error = fd < 0 ? errno : 0;

	fact_user(out);
	fact_lines(out, "status.", "/proc/self/status", caps);
	fact_lines(out, "limits.", "/proc/self/limits", limits);
	fact_lines(out, "hosts.", "/etc/hosts", all);
	fact_lines(out, "hostname.", "/etc/hostname", all);
	fact_name(out, "localhost");
	fact_name(out, "test");
	fact_open(out, "/dev/stdin", O_RDONLY);
	fact_open(out, "/dev/stdout", O_WRONLY);
	fact_open(out, "/dev/stderr", O_WRONLY);
	fact_open(out, "/dev/fd/1", O_WRONLY);
	fact_open(out, "/dev/tty", O_RDWR);
	fact_open(out, "/proc/sys/kernel/hostname", O_WRONLY);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char path[64], key[64];

		(void)snprintf(path, sizeof(path), "%s/rampart-code", folders[i]);
		(void)snprintf(key, sizeof(key), "write.%s", folders[i]);
		fact_write(out, key, path);
		fprintf(out, "code.%s=%s\n", folders[i], say_error(map_code(path)));
	}
	fact_comm(out);
	fact_port(out, 80);
	fprintf(out, "netlink=%s\n", say_error(error));
	if (fd >= 0)
		close(fd);
	fact_names(out, "sys", "/sys");
	fact_lines(out, "cpus.", "/sys/devices/system/cpu/possible", all);
	/* The device is the PCI function, or that of virtio on it. */
	fact_lines(out, "gpu.vendor.", RENDER_NODE "/device/vendor", all);
	fact_lines(out, "gpu.", RENDER_NODE "/device/uevent", slot);
	fact_lines(out, "gpu.", RENDER_NODE "/device/../uevent", slot);
	fact_names(out, "gpu.drm", RENDER_NODE "/device/drm");
}
