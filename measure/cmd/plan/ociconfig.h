/* SPDX-License-Identifier: MIT */
/*
 * What the plan takes from a container's own configuration. Source: OCI Image Format Specification
 * 1.1, "Image Configuration" (config.md).
 */
#ifndef MEASURE_CMD_PLAN_OCICONFIG_H
#define MEASURE_CMD_PLAN_OCICONFIG_H

#include <stdint.h>

#include "measure/cmd/plan/imageconf.h"

struct ociconfig {
	struct words entrypoint, cmd, env; /* empty if not given */
	struct words workdir;		   /* at most one */
	uint16_t port;			   /* the one exposed TCP port; 0: none, or several */
};

/*
 * Reads an image configuration as JSON text. 0; -EBADMSG no JSON, -EPROTO JSON of another shape or
 * for another platform than linux/amd64, -ENOMEM, with a reason in error. Fields that the plan
 * does not know are ignored, User among them: scripts/image/oci looks it up in the image (plan.h,
 * container.user). Call ociconfig_done() in either case.
 */
int ociconfig_parse(const char *text, size_t len, struct ociconfig *ret_config,
		    struct rampart_error *error);
void ociconfig_done(struct ociconfig *config);

#endif
