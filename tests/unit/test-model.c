/* SPDX-License-Identifier: MIT */
/*
 * Expected digests of lists, with sha256sum:
 *     A=sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
 *     printf 'one.bin %s 3\ntwo.bin fsverity-%s 9007199254740993\n' $A $A | sha256sum
 *     printf 'x %s 0\n' $A | sha256sum
 */
#include "measure/lib/model.h"

#include <errno.h>

#include "tests/lib/tap.h"

#define ABC  "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define LIST "sha256:ac08257beb93be376c6452b93430f74bfda2e0aede7a7eeb7548a9ead41aef50"
#define ONE  "sha256:7b7c331f670660cc7ee9eb02304fc6a15b497e8e3dd4dd1aef98a386045c6c37"

static struct plan plan;

static void add(const char *name, bool fsverity, uint64_t size, bool volume)
{
	struct plan_file *file = &plan.model[plan.n_model++];

	*file = (struct plan_file){
		.name = name, .size = size, .fsverity = fsverity, .volume = volume
	};
	hash_bytes(HASH_SHA256, "abc", 3, &file->digest);
}

static void begin(void)
{
	plan = (struct plan){ 0 };
	add("a.gguf", true, 5, true);
	add("llm-2/x", false, 0, false);
	add("llm/one.bin", false, 3, false);
	add("llm/two.bin", true, 9007199254740993, false);
	add("llm0", false, 7, false);
}

static const char *line_of(size_t first)
{
	static struct event e;
	int r = model_event(&plan, first, &e);

	if (r < 0)
		return strerror(-r);
	return e.pcr == EVENT_PCR_MODEL && e.len == strlen(e.line) ? e.line
								   : "another PCR or length";
}

static void test_parts(void)
{
	begin();
	is_int((int64_t)model_name_len(&plan.model[0]), 6, "name_len: of a file");
	is_int((int64_t)model_name_len(&plan.model[1]), 5, "name_len: of a model of several");
	is_int((int64_t)model_end(&plan, 0), 1, "end: a file is a model");
	is_int((int64_t)model_end(&plan, 1), 2, "end: a folder of one file, before a shorter name");
	is_int((int64_t)model_end(&plan, 2), 4, "end: both files of a folder");
	is_int((int64_t)model_end(&plan, 3), 4, "end: from the second of them on");
	is_int((int64_t)model_end(&plan, 4), 5, "end: the last file of the plan");
	plan.n_model = 4;
	is_int((int64_t)model_end(&plan, 2), 4, "end: a folder that is the plan's last");
}

static void test_events(void)
{
	struct digest before, after;
	struct event e;

	begin();
	is_str(line_of(0), "rampart/1 model a.gguf fsverity-" ABC " size=5\n",
	       "event: a file, its own digest and size");
	is_str(line_of(4), "rampart/1 model llm0 " ABC " size=7\n", "event: a file with a sha256");
	is_str(line_of(1), "rampart/1 model llm-2 " ONE " size=0 files=1\n",
	       "event: a folder of one file, the digest of its list");
	is_str(line_of(2), "rampart/1 model llm " LIST " size=9007199254740996 files=2\n",
	       "event: a folder of two, the digest of their list and the sum of their sizes");
	plan.model[2].volume = plan.model[3].volume = true;
	is_str(line_of(2), "rampart/1 model llm " LIST " size=9007199254740996 files=2\n",
	       "event: the same from a volume");

	model_event(&plan, 2, &e);
	event_digest(&e, HASH_SHA256, &before);
	plan.model[3].digest.bytes[31] ^= 1;
	model_event(&plan, 2, &e);
	event_digest(&e, HASH_SHA256, &after);
	ok(!digest_equal(&before, &after), "event: another when one bit of one file's digest is");
}

static void test_refused(void)
{
	char name[EVENT_NAME_MAX + 4];
	struct event e = { .pcr = 77 };

	plan = (struct plan){ 0 };
	memset(name, 'x', sizeof(name));
	add(name, false, 1, false);
	name[EVENT_NAME_MAX + 1] = '\0';
	is_int(model_event(&plan, 0, &e), -EINVAL, "event: a file's name one character too long");
	memcpy(name + EVENT_NAME_MAX + 1, "/f", 3);
	is_int(model_event(&plan, 0, &e), -EINVAL, "event: a folder's name one character too long");
	memcpy(name, "a b/", 5);
	is_int(model_event(&plan, 0, &e), -EINVAL, "event: a space in a folder's name");
	is_int(e.pcr, 77, "event: failures leave it untouched");
	memset(name, 'x', sizeof(name));
	memcpy(name + EVENT_NAME_MAX, "/f", 3);
	is_int(model_event(&plan, 0, &e), 0, "event: the longest folder's name fits");
}

int main(void)
{
	test_parts();
	test_events();
	test_refused();
	return tap_done();
}
