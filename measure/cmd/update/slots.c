/* SPDX-License-Identifier: MIT */
#include "measure/cmd/update/slots.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "measure/rampart.h"

#define PREFIX "rampart"
#define SUFFIX ".efi"

/* A number without zeros in front of it, off the front of *text. */
static bool take_number(const char **text, uint32_t max, uint32_t *ret)
{
	size_t n = strspn(*text, "0123456789");
	unsigned long value;

	if (n == 0 || n > 6 || (n > 1 && **text == '0'))
		return false;
	value = strtoul(*text, NULL, 10);
	if (value > max)
		return false;
	*text += n;
	*ret = (uint32_t)value;
	return true;
}

int slot_parse(const char *name, struct slot *ret)
{
	struct slot slot = { .number = 1 };
	const char *p = name;

	if (strlen(name) > FAT_NAME_MAX || strncasecmp(p, PREFIX, strlen(PREFIX)))
		return -EPROTO;
	p += strlen(PREFIX);
	if (*p != '.' && *p != '+' &&
	    (!take_number(&p, SLOT_NUMBER_MAX, &slot.number) || slot.number < 2))
		return -EPROTO;
	if (*p == '+') {
		p++;
		slot.is_counted = true;
		if (!take_number(&p, SLOT_COUNTER_MAX, &slot.left))
			return -EPROTO;
		if (*p == '-') {
			p++;
			if (!take_number(&p, SLOT_COUNTER_MAX, &slot.done))
				return -EPROTO;
		}
	}
	if (strcasecmp(p, SUFFIX))
		return -EPROTO;
	for (size_t i = 0; name[i]; i++)
		slot.name[i] =
			(char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
	*ret = slot;
	return 0;
}

void slot_name(const struct slot *slot, char ret_name[static FAT_NAME_MAX + 1])
{
	char number[16] = "", counter[32] = "";

	if (slot->number > 1)
		(void)snprintf(number, sizeof(number), "%u", slot->number);
	if (slot->is_counted && slot->done > 0)
		(void)snprintf(counter, sizeof(counter), "+%u-%u", slot->left, slot->done);
	else if (slot->is_counted)
		(void)snprintf(counter, sizeof(counter), "+%u", slot->left);
	(void)snprintf(ret_name, FAT_NAME_MAX + 1, PREFIX "%s%s" SUFFIX, number, counter);
}

/* The value of the line "KEY=value". */
static int line_value(struct span osrel, const char *key, char ret[static SLOT_RELEASE_MAX])
{
	const char *p = (const char *)osrel.p, *end = p + osrel.left;

	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((newline ? newline : end) - p), key_len = strlen(key);

		if (len > key_len && len - key_len <= SLOT_RELEASE_MAX &&
		    !memcmp(p, key, key_len)) {
			len -= key_len;
			memcpy(ret, p + key_len, len);
			ret[len < SLOT_RELEASE_MAX ? len : 0] = '\0';
			return *ret ? 0 : -EPROTO;
		}
		p += len + 1;
	}
	return -EPROTO;
}

int slot_release(struct span osrel, struct slot *ret)
{
	char image[SLOT_RELEASE_MAX], version[SLOT_RELEASE_MAX];

	if (line_value(osrel, "IMAGE_ID=", image) < 0 ||
	    line_value(osrel, "IMAGE_VERSION=", version) < 0)
		return -EPROTO;
	memcpy(ret->image, image, sizeof(image));
	memcpy(ret->version, version, sizeof(version));
	return 0;
}

static bool is_plain(const char *version)
{
	return strspn(version, "0123456789.") == strlen(version);
}

int slot_is_before(const struct slot *a, const struct slot *b, bool *ret_before)
{
	int order = rampart_version_compare(a->version, b->version);

	/* Of digits and dots both compare alike; of what else there may be systemd-boot thinks otherwise. */
	if (strcmp(a->image, b->image) ||
	    (strcmp(a->version, b->version) && !(is_plain(a->version) && is_plain(b->version))))
		return -EPROTO;
	*ret_before = order > 0 || (order == 0 && a->number > b->number);
	return 0;
}
