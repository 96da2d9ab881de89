/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "confine.h"

int confine_to_network(uid_t id)
{
	static const unsigned long caps[] = { CAP_NET_ADMIN, CAP_NET_RAW, CAP_NET_BIND_SERVICE };
	const struct rlimit core = { 0, 0 };
	uint32_t keep = 0;
	int r;

	for (size_t i = 0; i < sizeof(caps) / sizeof(caps[0]); i++)
		keep |= 1u << caps[i];
	/* Capabilities outlive a change of user only with KEEPCAPS, and execve(2) only as ambient.
	 */
	if (setrlimit(RLIMIT_CORE, &core) < 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	r = caps_bound(keep);
	if (r == 0)
		r = become(id);
	if (r == 0)
		r = caps_set(keep);
	for (size_t i = 0; r == 0 && i < sizeof(caps) / sizeof(caps[0]); i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, caps[i], 0, 0) < 0)
			r = -errno;
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	return r;
}
