/* SPDX-License-Identifier: MIT */
#include "measure/cmd/client/pins.h"

#include <stdio.h>
#include <string.h>

static struct pin *find(struct pins *pins, const char *ak)
{
	for (size_t i = 0; i < pins->n; i++)
		if (!strcmp(pins->pin[i].ak, ak))
			return &pins->pin[i];
	return NULL;
}

static struct pin *new_place(struct pins *pins, struct rampart_activation **ret_dropped)
{
	struct pin *oldest = &pins->pin[0];

	if (pins->n < PINS_MAX)
		return &pins->pin[pins->n++];
	for (size_t i = 1; i < pins->n; i++)
		if (pins->pin[i].seen < oldest->seen)
			oldest = &pins->pin[i];
	*ret_dropped = oldest->activation;
	return oldest;
}

enum pin_news pins_note(struct pins *pins, const char *ak, const char *identity,
			struct pin **ret_pin, struct rampart_activation **ret_dropped)
{
	enum pin_news news = PIN_KNOWN;
	struct pin *pin = find(pins, ak);

	*ret_dropped = NULL;
	if (!pin) {
		news = pins->n == 0 ? PIN_FIRST : PIN_ANOTHER;
		pin = new_place(pins, ret_dropped);
		*pin = (struct pin){ 0 };
		snprintf(pin->ak, sizeof(pin->ak), "%s", ak);
	} else if (strcmp(pin->identity, identity) != 0) {
		news = PIN_STARTED_ANEW;
	}
	snprintf(pin->identity, sizeof(pin->identity), "%s", identity);
	pin->seen = ++pins->proofs;
	*ret_pin = pin;
	return news;
}
