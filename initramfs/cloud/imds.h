/* SPDX-License-Identifier: MIT */
/*
 * What a machine asks its cloud's metadata service for: the instance configuration, from one place
 * each, as whoever runs the machine wrote it there. The service is the host's, and so is whatever it
 * says: it is judged by its form here, and by measure/lib/instance.h after this. All three are at
 * http://169.254.169.254. Pure. Not yet seen on the real machine.
 *
 *   imds-gce    GET /computeMetadata/v1/instance/attributes/rampart-config, with Metadata-Flavor:
 *               Google, which each answer must have as well; 404: there is no such key.
 *               Source: Compute Engine, "Storing and retrieving instance metadata", "Querying
 *               metadata" and "Detecting if you are running in Compute Engine"; the codes:
 *               "Troubleshooting metadata server access issues", "Troubleshoot server codes"
 *   imds-aws    PUT /latest/api/token, with the seconds that the token holds; then GET
 *               /latest/user-data with the token; 404: no user data. At most 16 KiB, as they are.
 *               Source: Amazon EC2 User Guide, "Use the Instance Metadata Service to access instance
 *               metadata", "How Instance Metadata Service Version 2 works"; "Access instance metadata
 *               for an EC2 instance", "Responses and error messages" and "Query throttling"
 *   imds-azure  GET /metadata/instance/compute/userData, with Metadata: true; text in Base64, which
 *               is empty without user data; 404: not there, or not yet.
 *               Source: Azure Virtual Machines, "Azure Instance Metadata Service", "Get user data"
 *               and "Errors and debugging"; "User Data for Azure Virtual Machine"
 */
#ifndef CLOUD_IMDS_H
#define CLOUD_IMDS_H

#include "initramfs/cloud/answer.h"
#include "measure/lib/instance.h"
#include "measure/lib/plan.h"

#define IMDS_ADDRESS	 0xa9fea9fe /* 169.254.169.254 */
#define IMDS_TOKEN_MAX	 512	    /* characters; AWS's have 56 */
#define IMDS_REQUEST_MAX 1024

/* Of printable characters that end no line, and no other than Base64 has; "" but for AWS. */
struct imds_token {
	char text[IMDS_TOKEN_MAX + 1];
};

/* The requests; their length. token: of imds_token(), for imds-aws. */
size_t imds_ask_token(char ret_request[static IMDS_REQUEST_MAX]);
size_t imds_ask(enum plan_source source, const struct imds_token *token,
		char ret_request[static IMDS_REQUEST_MAX]);

/*
 * These judge an answer. 0; -ENOENT: it says 404; -EBUSY: the service wants to be asked again later;
 * -EPROTO: another answer, or another service's; -EBADMSG: what it has may be cut off, or is not
 * what it must be; -EFBIG: more than that may be. ret is untouched on failure. text: at most
 * INSTANCE_SIZE_MAX bytes.
 */
int imds_token(const struct answer *answer, struct imds_token *ret_token);
int imds_text(enum plan_source source, const struct answer *answer,
	      char ret_text[static INSTANCE_SIZE_MAX], size_t *ret_len);

#endif
