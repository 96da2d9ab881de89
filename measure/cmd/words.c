/* SPDX-License-Identifier: MIT */
#include "measure/cmd/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int words_add(struct words *words, const char *s, size_t len)
{
	char **more = realloc(words->v, (words->n + 2) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	words->v = more;
	more[words->n] = strndup(s, len);
	if (!more[words->n])
		return -ENOMEM;
	more[++words->n] = NULL;
	return 0;
}

void words_done(struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->v[i]);
	free(words->v);
	*words = (struct words){ 0 };
}
