/* SPDX-License-Identifier: MIT */
/* Expected digests: Python's hashlib and sha256sum over the lines spelt out here. */
#include "measure/lib/event.h"

#include <errno.h>

#include "tests/lib/tap.h"

#define ABC  "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define NONE "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct digest abc;

static void check(int r, const struct event *e, unsigned pcr, const char *line, const char *sha256)
{
	char hex[HASH_HEX_MAX] = "";
	struct digest d;

	is_int(r, 0, line);
	if (r < 0)
		return;
	event_digest(e, HASH_SHA256, &d);
	digest_hex(&d, hex);
	is_int(e->pcr, pcr, "its PCR");
	is_str(e->line, line, "its line");
	is_int((int64_t)e->len, (int64_t)strlen(line), "its length has no NUL");
	is_str(hex, sha256, "its digest is that of the line");
}

static void test_lines(void)
{
	struct event e;

	check(event_plan(&abc, 1234, &e), &e, 8, "rampart/1 plan plan " ABC " size=1234\n",
	      "1b6fddfe08b5815997498c76b360d82e217f67497bb68c3356b4f0826282433a");
	check(event_config(NULL, &e), &e, 8, "rampart/1 config none " NONE " size=0\n",
	      "3b23ac97e2e8036ddcfc59a4c7ba8d1397b7c1f6eeac877a831fa1d49a20e19b");
	check(event_container("llm", &abc, false, 4096, &e), &e, 13,
	      "rampart/1 container llm " ABC " size=4096\n",
	      "f3a630109122bc04de46e543e0874b75f2698d8f1e523577cb38f6a725b463a9");
	check(event_container("llm", &abc, true, 4096, &e), &e, 13,
	      "rampart/1 container llm fsverity-" ABC " size=4096\n",
	      "0b7aff5da9c1c18bf707fe8fbff5129f709d008f1f08b1b0fe4765e213eb7ed0");
	check(event_model("tiny.gguf", &abc, false, UINT64_MAX, 0, &e), &e, 14,
	      "rampart/1 model tiny.gguf " ABC " size=18446744073709551615\n",
	      "bb1573be9ab925cec63b4351d5478d6ca743946472b205e3896e9c846c742291");
	check(event_model("big.gguf", &abc, true, 5, 0, &e), &e, 14,
	      "rampart/1 model big.gguf fsverity-" ABC " size=5\n",
	      "4cd13761b076acd1c84c293bc6e117e6d2237c1cb787ed7774822e404e9e161d");
	check(event_model("llm", &abc, false, 5, 2, &e), &e, 14,
	      "rampart/1 model llm " ABC " size=5 files=2\n",
	      "b1262ed31c56465539f35d6b88598aea94513550d20ade02d0aacddc3da4b19b");
	check(event_model("llm", &abc, false, 5, 1, &e), &e, 14,
	      "rampart/1 model llm " ABC " size=5 files=1\n",
	      "cb68f70335b56d10ea43e7a07757d61daf77d95d03ed5d377c902c5d8d166d90");
	check(event_identity(&abc, &e), &e, 15, "rampart/1 identity tls " ABC "\n",
	      "0f24ed4fd29167ee4d1dfd1cd208fd6571ca84a77bbb702be389d498a386d8bb");
	check(event_ready(15, &e), &e, 15, "rampart/1 ready ready " NONE "\n",
	      "4d4ca23b75145a61be4e48bb882f72e40b53540a448b256c9385dab29e1ada1f");
	check(event_error(13, "tpm", "no TPM device", &e), &e, 13,
	      "rampart/1 error tpm sha256:f0074bf06de042233ce2fae927b76c40e35dcdad5441978002e91307111ba752\n",
	      "5e744fb43c18dca419d2d83e3d82a9594c805c507fc74d916e5032f7453b2236");
}

static void test_refused(void)
{
	struct digest sha1;
	struct event e = { .pcr = 77 };
	char longest[EVENT_NAME_MAX + 2];

	hash_bytes(HASH_SHA1, "abc", 3, &sha1);
	is_int(event_plan(&sha1, 1, &e), -EINVAL, "plan: a digest that is not sha256");
	is_int(event_container("", &abc, false, 1, &e), -EINVAL, "container: an empty name");
	is_int(event_container("a b", &abc, false, 1, &e), -EINVAL,
	       "container: a space in the name");
	is_int(event_model("a\nb", &abc, false, 1, 0, &e), -EINVAL, "model: a newline in the name");
	memset(longest, 'x', sizeof(longest));
	longest[EVENT_NAME_MAX + 1] = '\0';
	is_int(event_model(longest, &abc, false, 1, 0, &e), -EINVAL,
	       "model: a name one character too long");
	is_int(event_model("a", &sha1, true, 1, 0, &e), -EINVAL,
	       "model: a digest that is not sha256");
	is_int(e.pcr, 77, "failures leave the event untouched");
	longest[EVENT_NAME_MAX] = '\0';
	is_int(event_model(longest, &abc, true, UINT64_MAX, SIZE_MAX, &e), 0,
	       "model: the longest name fits");
}

/* Digests by sha1sum and sha256sum over the line. */
static void test_cel(void)
{
	static const enum hash_alg banks[] = { HASH_SHA1, HASH_SHA256 };
	static const char want[] =
		"{\"recnum\":3,\"pcr\":13,\"digests\":[{\"hashAlg\":\"sha1\",\"digest\":\"b45ea3868aac5148c7d444bc8c724343d91e3f96\"},{\"hashAlg\":\"sha256\",\"digest\":\"f3a630109122bc04de46e543e0874b75f2698d8f1e523577cb38f6a725b463a9\"}],\"content_type\":\"rampart/1\",\"content\":\"rampart/1 container llm " ABC
		" size=4096\\n\"}\n";
	char buf[EVENT_CEL_MAX];
	struct event e;
	size_t len = 0, refused = 0;

	event_container("llm", &abc, false, 4096, &e);
	is_int(event_cel(&e, 3, banks, 2, buf, sizeof(buf), &len), 0, "cel: fits its stated size");
	is_str(buf, want, "cel: one record, one line");
	is_int((int64_t)len, (int64_t)strlen(want), "cel: its length has no NUL");
	len = 77;
	for (size_t n = 0; n <= strlen(want); n++)
		refused += event_cel(&e, 3, banks, 2, buf, n, &len) == -ENOSPC && len == 77;
	is_int((int64_t)refused, (int64_t)strlen(want) + 1, "cel: every smaller buffer is refused");
}

static void test_cel_longest(void)
{
	static const enum hash_alg all[] = { HASH_SHA1, HASH_SHA256, HASH_SHA384, HASH_SHA512 };
	char buf[EVENT_CEL_MAX], name[EVENT_NAME_MAX + 1];
	struct event e;
	size_t len;

	memset(name, 'x', sizeof(name));
	name[EVENT_NAME_MAX] = '\0';
	event_model(name, &abc, true, UINT64_MAX, SIZE_MAX, &e);
	is_int(event_cel(&e, UINT64_MAX, all, 4, buf, sizeof(buf), &len), 0,
	       "cel: the longest event in every bank fits");
}

int main(void)
{
	hash_bytes(HASH_SHA256, "abc", 3, &abc);
	test_lines();
	test_refused();
	test_cel();
	test_cel_longest();
	return tap_done();
}
