/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "tests/lib/guestroot.h"

#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "initramfs/common/confine.h"
#include "tests/lib/tap.h"

#define ROOT "rampart/root"

/* Of the root that is left. bytes: NULL if there is none. */
struct whole {
	const void *bytes;
	size_t len;
};

static struct whole read_whole(const char *path)
{
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	struct whole file = { 0 };
	struct stat st;

	if (!path)
		return file;
	if (fd < 0 || fstat(fd, &st) < 0)
		die(path);
	file.len = (size_t)st.st_size;
	file.bytes = mmap(NULL, file.len, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return file;
}

static void make_file(const char *path, const void *data, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len || fchmod(fd, mode) < 0)
		die(path);
	close(fd);
}

static void make_text(const char *path, const char *text)
{
	make_file(path, text, strlen(text), 0644);
}

static void make_image(const struct whole *program, const struct whole *model)
{
	static const char *const folders[] = { "dev",	  "etc", "model", "proc",
					       "scratch", "srv", "sys",	  "tmp" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(folders[i], 0755) < 0)
			die(folders[i]);
	make_file("httpd", program->bytes, program->len, 0755);
	if (model->bytes)
		make_file("model/model.gguf", model->bytes, model->len, 0444);
	make_text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nwww:x:33:34::/srv:/bin/sh\n");
	make_text("etc/hosts", "127.0.0.1\tlocalhost\n127.0.0.1\ttest\n");
	make_text("etc/hostname", "test\n");
	if (symlink("httpd", "link") < 0 || link("httpd", "same") < 0 ||
	    chown("srv", UID_CONTAINER, UID_CONTAINER) < 0)
		die("image");
}

static void loopback_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int first = open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &lo) < 0 || write(first, "0", 1) != 1)
		die("loopback");
	close(fd);
	close(first);
}

static void make_folders(void)
{
	static const char *const folders[] = {
		"dev", "group", "proc", "run", "sys", "rampart", ROOT
	};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(folders[i], 0755) < 0)
			die(folders[i]);
}

void guestroot_enter(const char *launcher, const char *program, const char *model)
{
	struct whole httpd = read_whole(program), weights = read_whole(model),
		     other = read_whole(launcher);

	if (unshare(CLONE_NEWNS | CLONE_NEWNET) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("machine", "/tmp", "tmpfs", 0, "mode=0755") < 0 || chdir("/tmp") < 0)
		die("namespaces");
	make_folders();
	if (mount("proc", "proc", "proc", 0, NULL) < 0 ||
	    mount("sysfs", "sys", "sysfs", 0, NULL) < 0 ||
	    mount("group", "group", "cgroup2", 0, NULL) < 0 ||
	    mount("image", ROOT, "tmpfs", 0, "mode=0755") < 0)
		die("machine");
	if (launcher)
		make_file("launcher", other.bytes, other.len, 0755);
	if (chdir(ROOT) < 0)
		die(ROOT);
	make_image(&httpd, &weights);
	if (chdir("/tmp") < 0 ||
	    mount(NULL, ROOT, NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0 ||
	    /* In a chroot(2) there would be no user namespaces. */
	    syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		die("root");
	loopback_up();
}
