/* SPDX-License-Identifier: MIT */
/*
 * Bytes to hash, and what other tools say of them. To make the answers anew:
 *
 *     python3 -c 'import sys; n = int(sys.argv[1])
 *     sys.stdout.buffer.write(bytes((i * 7 + i // 4096) % 251 for i in range(n)))' SIZE >file
 *     fsverity digest file; sha256sum file
 */
#ifndef TESTS_PATTERN_H
#define TESTS_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/* No two blocks of 4096 bytes in a row are the same, nor are two pieces of any size. */
static inline void pattern_fill(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)((i * 7 + i / 4096) % 251);
}

static const struct pattern {
	uint64_t size;
	const char *fsverity, *sha256; /* in hex */
} patterns[] = {
	{ 0, "3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95",
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ 1, "b803429503d95915829b29fdbc8bbad142f3abfd11b1cadf5526582e685c0551",
	  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
	{ 4095, "f7c044deee0d5af15f6478c08b8a0c03931d9963beb30220eeca8bdd03e1c7e4",
	  "43b3faef4f42f75d4a204145cf6515437e34f500723241f78454c2f2a0d17293" },
	{ 4096, "258b680fa93e3bfc1586d9b439d29a2172bd0db550fe7da1272fd8120d801182",
	  "9141107b6ed1422839ed97f4674de82ae742ec2f8556c3df948da06930f94393" },
	{ 4097, "0b56d91e56b7acb8a5d9b3c634035e958de06d93cebf44ec208715e5d31e702e",
	  "0c034e71e13dc61ea8594d0d12ca186134afbf4f0700c8faa81378140ae0d9be" },
	{ 8192, "ec78685a584fc206ff5d5f5d994e772430ec274eca4e1f91d5bdfcb8590a19de",
	  "07582a6370da6d5c3e25db871413fe14f46e219f8aefd2591286a4d3c8dcbf42" },
	{ 524287, "ecfc6e1db7129c303419876233a6052e6fa92bf35687228c624f35ab126e9a9f",
	  "13ed1cacdc500b08915983c814883ffbfddfc23543a28c520bcb1c46eca298f9" },
	{ 524288, "3f0878082c1ff21b3c72099f28aafe4d629ba40d693ad12c03a48921cf50e92d",
	  "e6f39b0819190a65a80c17c89822e7c434a51be68233bc47923e80249338f380" },
	{ 524289, "0b290ba5244d75295e37ef71e3cf78277b2ccb688c590011bb5c9dc95cad7937",
	  "504131ba328f5fd14894c1ceb3abfd758d884560ab4a51f7ce4f533af9351688" },
	{ 1048577, "dd003bdf609c1cebe8aa875e1135fc6a69a16eed1adf39650b0d1305256c2d69",
	  "2ace43893271dfc15919fde96c278a352e583ac7eec1193e0f42543961d21aec" },
	{ 2097152, "c99205927edc71ce44cdc7341576bafd28d71b568eb8ee3f3ecd7ab6d84b9a85",
	  "c6b791ddf484dce31bd622160d192de6e3bdfb93f83df11a133e507b371e8692" },
	{ 2097153, "82e467709fa7cdab47f1e3540da02046bb64f7560694f515de8d0f5f21320df3",
	  "4ef9aa4f602218d5c1cbd67208fb5453d0dc33edc493410d04cf0e0bb969b9c8" },
	{ 5000000, "a9e08f962598e6d055555b6f6608596fb8fd16530dd02279e49e1f7c7ed52218",
	  "af497b08584949fcf10fab970ae863ea42952330d75a0cc75045f23d31b77565" },
	{ 67108864, "ef3d3f462825ce224a6bf9792e6ad2aad20fe55969dbfd6e0678ed6ad8eaefaa",
	  "fb3566b70dba6ae996a6234bf59cfcedb026f7129aef823032bfe8dc230e52e0" },
	{ 67108865, "7b4ef6618f265ee50e1370d3b946668ba842390561aabfbdf9b244ccffad5928",
	  "44041ffa438b32cc03d6f1100216afe2b69d58bd0b964c26b5657ab337a8786e" },
};

#define PATTERNS_N (sizeof(patterns) / sizeof(patterns[0]))

#endif
