/* SPDX-License-Identifier: MIT */
#include "initramfs/init/runlog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/common/reason.h"

int runlog_open(struct runlog *log)
{
	if (mkdir(RUNLOG_DIR, 0755) < 0)
		return because(-errno, "cannot make %s: %s", RUNLOG_DIR, strerror(errno));
	log->fd = open(RUNLOG_PATH, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0444);
	if (log->fd < 0) {
		log->fd = 0;
		return because(-errno, "cannot make %s: %s", RUNLOG_PATH, strerror(errno));
	}
	return 0;
}

int runlog_append(struct runlog *log, const struct event *event, const enum hash_alg *banks,
		  size_t n_banks)
{
	char record[EVENT_CEL_MAX];
	size_t len;
	ssize_t n;
	int r = event_cel(event, log->records, banks, n_banks, record, sizeof(record), &len);

	if (r < 0)
		return because(r, "an event does not fit the runtime log");
	n = write(log->fd, record, len);
	if (n != (ssize_t)len)
		return because(-EIO, "cannot write %s: %s", RUNLOG_PATH,
			       n < 0 ? strerror(errno) : "it is full");
	log->records++;
	return 0;
}
