/* SPDX-License-Identifier: MIT */
/*
 * The least of CUDA that a server of models needs, without its headers: the driver's library, a context,
 * memory, a kernel that is compiled here from PTX, and its result. Prints what it did; 0, or 1 after
 * the name of the call that failed.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define N 1024

static const char ptx[] =
	".version 6.0\n.target sm_50\n.address_size 64\n"
	".visible .entry add_one(.param .u64 data)\n{\n"
	"	.reg .u64 %base, %at;\n	.reg .u32 %i, %v;\n"
	"	ld.param.u64 %base, [data];\n	cvta.to.global.u64 %base, %base;\n"
	"	mov.u32 %i, %tid.x;\n	mul.wide.u32 %at, %i, 4;\n	add.u64 %at, %base, %at;\n"
	"	ld.global.u32 %v, [%at];\n	add.u32 %v, %v, 1;\n	st.global.u32 [%at], %v;\n"
	"	ret;\n}\n";

static void *library;

static void *find(const char *name)
{
	void *function = dlsym(library, name);

	if (!function) {
		printf("cuda: %s: %s\n", name, dlerror());
		exit(1);
	}
	return function;
}

static void check(const char *name, int result)
{
	if (result != 0) {
		printf("cuda: %s: error %d\n", name, result);
		exit(1);
	}
	printf("cuda: %s\n", name);
}

/* Every function of the driver's takes words, and returns an error or 0. */
#define CALL(name, types, ...) check(#name, ((int(*) types)find(#name))(__VA_ARGS__))

int main(void)
{
	static uint32_t values[N];
	void *context, *module, *function;
	uint64_t memory;
	void *arguments[] = { &memory };
	int device, count = 0;

	library = dlopen("libcuda.so.1", RTLD_NOW);
	if (!library) {
		printf("cuda: %s\n", dlerror());
		return 1;
	}
	CALL(cuInit, (unsigned), 0);
	CALL(cuDeviceGetCount, (int *), &count);
	CALL(cuDeviceGet, (int *, int), &device, 0);
	CALL(cuCtxCreate_v2, (void **, unsigned, int), &context, 0, device);
	CALL(cuMemAlloc_v2, (uint64_t *, size_t), &memory, sizeof(values));
	CALL(cuMemsetD32_v2, (uint64_t, unsigned, size_t), memory, 41, N);
	CALL(cuModuleLoadData, (void **, const void *), &module, ptx);
	CALL(cuModuleGetFunction, (void **, void *, const char *), &function, module, "add_one");
	CALL(cuLaunchKernel,
	     (void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *,
	      void **, void **),
	     function, 1, 1, 1, N, 1, 1, 0, NULL, arguments, NULL);
	CALL(cuMemcpyDtoH_v2, (void *, uint64_t, size_t), values, memory, sizeof(values));
	for (int i = 0; i < N; i++)
		if (values[i] != 42) {
			printf("cuda: value %d is %u and not 42\n", i, (unsigned)values[i]);
			return 1;
		}
	printf("cuda: %d GPUs; %d values are right\n", count, N);
	return 0;
}
