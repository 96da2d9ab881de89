/* SPDX-License-Identifier: MIT */
/*
 * The container's ioctls, as the lists of its filter are compiled: every request of two bytes, and each that
 * differs from it in one higher bit, is asked of this machine's kernel; listed ones come through, their
 * neighbours do not. So for no device, and for each kind that the plan passes.
 */
#define _GNU_SOURCE
#include <asm/ioctls.h>
#include <errno.h>
#include <linux/kfd_ioctl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/cmd/plan/seccomp.h"
#include "measure/lib/wall.h"
#include "tests/lib/filtered.h"
#include "tests/lib/tap.h"

#define LISTS "initramfs/seccomp/"
#define LIST  LISTS "container.list"

static uint8_t *bpf;
static size_t bpf_len;

static int try(long call, const long arg[4])
{
	return filtered_call(bpf, bpf_len, call, arg);
}

enum device { NONE, DRI, KFD, NVIDIA };

/* Each of these with its neighbours is asked, and all that differ from it in one bit. */
static bool is_kfd(uint32_t request)
{
	/* By the kernel's own names; each has a number of its own, whatever its size. */
	static const uint32_t kfd[] = {
		AMDKFD_IOC_GET_VERSION,
		AMDKFD_IOC_CREATE_QUEUE,
		AMDKFD_IOC_DESTROY_QUEUE,
		AMDKFD_IOC_SET_MEMORY_POLICY,
		AMDKFD_IOC_GET_CLOCK_COUNTERS,
		AMDKFD_IOC_GET_PROCESS_APERTURES,
		AMDKFD_IOC_UPDATE_QUEUE,
		AMDKFD_IOC_CREATE_EVENT,
		AMDKFD_IOC_DESTROY_EVENT,
		AMDKFD_IOC_SET_EVENT,
		AMDKFD_IOC_RESET_EVENT,
		AMDKFD_IOC_WAIT_EVENTS,
		AMDKFD_IOC_SET_SCRATCH_BACKING_VA,
		AMDKFD_IOC_GET_TILE_CONFIG,
		AMDKFD_IOC_SET_TRAP_HANDLER,
		AMDKFD_IOC_GET_PROCESS_APERTURES_NEW,
		AMDKFD_IOC_ACQUIRE_VM,
		AMDKFD_IOC_ALLOC_MEMORY_OF_GPU,
		AMDKFD_IOC_FREE_MEMORY_OF_GPU,
		AMDKFD_IOC_MAP_MEMORY_TO_GPU,
		AMDKFD_IOC_UNMAP_MEMORY_FROM_GPU,
		AMDKFD_IOC_SET_CU_MASK,
		AMDKFD_IOC_GET_DMABUF_INFO,
		AMDKFD_IOC_IMPORT_DMABUF,
		AMDKFD_IOC_ALLOC_QUEUE_GWS,
		AMDKFD_IOC_SVM,
		AMDKFD_IOC_SET_XNACK_MODE,
		AMDKFD_IOC_AVAILABLE_MEMORY,
		AMDKFD_IOC_EXPORT_DMABUF,
		AMDKFD_IOC_RUNTIME_ENABLE,
	};

	for (size_t i = 0; i < sizeof(kfd) / sizeof(kfd[0]); i++)
		if ((request & 0xffff) == (kfd[i] & 0xffff))
			return true;
	return false;
}

static bool is_nvidia(uint32_t request)
{
	static const uint8_t frontend[] = { 200,  201,	206,  207,  210,  212,	214,  218,  0x27,
					    0x29, 0x2a, 0x2b, 0x34, 0x35, 0x4a, 0x4e, 0x4f, 0x5e };

	for (size_t i = 0; i < sizeof(frontend); i++)
		if ((request & 0xffff) == ('F' << 8 | frontend[i]))
			return true;
	return request == 0x30000001 || request == 0x30000002 || (request >= 23 && request <= 31) ||
	       request == 33 || request == 34 || (request >= 37 && request <= 39) ||
	       (request >= 42 && request <= 47) || request == 51 || request == 53 ||
	       request == 65 || request == 66 || request == 68 || request == 72 || request == 73 ||
	       request == 75;
}

static bool is_ioctl(uint32_t request, enum device device)
{
	static const uint32_t listed[] = { TCGETS,   0x802c542a, TIOCGWINSZ, FIONBIO,
					   FIOASYNC, FIONREAD,	 FIOCLEX,    FIONCLEX };

	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++)
		if (request == listed[i])
			return true;
	return (device == DRI && (request & 0xff00) == 0x6400) ||
	       (device == KFD && is_kfd(request)) || (device == NVIDIA && is_nvidia(request));
}

static bool is_wrong(uint32_t request, enum device device)
{
	long r = syscall(SYS_ioctl, -1, request, 0);

	return r != -1 || errno != (is_ioctl(request, device) ? EBADF : ENOTTY);
}

/* Each request of two bytes, and each that differs from it in one higher bit. */
static int try_ioctls(enum device device)
{
	pid_t pid = fork();

	if (pid == 0) {
		long wrong = 0;

		filtered_enter(bpf, bpf_len);
		for (uint32_t low = 0; low < 0x10000; low++)
			for (unsigned bit = 15; bit < 32; bit++) {
				uint32_t request = low | (bit > 15 ? UINT32_C(1) << bit : 0);
				wrong += is_wrong(request, device);
			}
		for (uint32_t low = 0; low < 16; low++)
			wrong += is_wrong(0x30000000 | low, device);
		syscall(SYS_exit_group, wrong > 200 ? 200 : wrong);
	}
	return filtered_outcome(pid);
}

/* What each kind of device adds: of ioctls, number by number, and of calls. */
static void test_devices(void)
{
	static const struct {
		const char *list, *what;
		enum device device;
		int memfd;
	} kinds[] = {
		{ LISTS "container-dri.list", "DRM", DRI, ENOSYS },
		{ LISTS "container-kfd.list", "AMD", KFD, ENOSYS },
		{ LISTS "container-nvidia.list", "NVIDIA", NVIDIA, EFAULT },
	};
	static const struct words none;
	struct rampart_error error;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *const more[] = { kinds[i].list, NULL };

		if (!is_int(seccomp_compile(LIST, more, &none, &bpf, &bpf_len, &error), 0,
			    kinds[i].what)) {
			printf("# %s\n", error.text);
			continue;
		}
		is_int(try_ioctls(kinds[i].device), 0, "  every ioctl: listed, or unknown");
		is_int(try(SYS_memfd_create, (const long[4]){ 0, 3 }), kinds[i].memfd,
		       "  a file in memory, for NVIDIA alone");
		is_int(try(SYS_shmget, (const long[4]){ 0, 4096, 0600 }), ENOSYS,
		       "  and no other call");
		is_int(try(SYS_bpf, (const long[4]){ -1 }), KILLED, "  attacks kill as before");
		free(bpf);
	}
}

int main(void)
{
	static const struct words none;
	const struct rlimit no_core = { 0, 0 };
	struct rampart_error error;

	setrlimit(RLIMIT_CORE, &no_core);
	if (seccomp_compile(LIST, NULL, &none, &bpf, &bpf_len, &error) < 0) {
		printf("Bail out! %s\n", error.text);
		return 1;
	}
	is_int(try_ioctls(NONE), 0, "every ioctl: listed, or unknown");
	free(bpf);
	test_devices();
	return tap_done();
}
