/* SPDX-License-Identifier: MIT */
/*
 * Files below an address or in a folder, of whose content somebody else vouches: a feed's. Over http://,
 * or over https:// without a look at the certificate, which hides from others what is asked for, and
 * proves nothing.
 */
#ifndef MEASURE_CMD_CLIENT_WEB_H
#define MEASURE_CMD_CLIENT_WEB_H

#include <stddef.h>
#include <stdint.h>

#include "measure/rampart.h"

struct web;

/*
 * "http://HOST[:PORT][/PATH]", the same with https, or the path of a folder. Connects when the first file is
 * asked for. All its files have timeout_s seconds together. 0; -EINVAL: no such address; -ENOMEM.
 */
int web_new(const char *address, unsigned timeout_s, struct web **ret_web,
	    struct rampart_error *error);
void web_free(struct web *web);

/*
 * The file at path below it, with no more than max bytes, a NUL after them; free() it. -ENOENT: it is not
 * there (status 403, 404 or 410; a bucket says 403); -EFBIG: it is longer; -EIO: it could not be asked for, or its answer
 * is not HTTP, or of another status. error says which file, except for -ENOENT.
 */
int web_get(struct web *web, const char *path, size_t max, uint8_t **ret_bytes, size_t *ret_len,
	    struct rampart_error *error);

#endif
