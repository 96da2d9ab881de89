/* SPDX-License-Identifier: MIT */
/* The plan's keys about devices, what drives them, is told and given; whole plans: test-plan.c. */
#include <errno.h>
#include <stdlib.h>

#include "measure/lib/plan.h"
#include "tests/lib/planedit.h"
#include "tests/lib/tap.h"

#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define DEVICE                                                                                 \
	"no device that a container may have: dri/renderD<number>, kfd, nvidia0 to nvidia15, " \
	"nvidiactl, nvidia-uvm, nvidia-uvm-tools"
#define PARAMETER_NAME	"a module's parameter is not name=value, with a name of [A-Za-z0-9_]"
#define PARAMETER_VALUE "a module's parameter has no value of [A-Za-z0-9_.,:;=+/-]"
#define FIRMWARE_PATH                                                                            \
	"firmware is not a path of at most 127 [A-Za-z0-9._+/-], whose parts do not start with " \
	"a dot"
#define CHARS_62 "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnop"

static const char good[] = "rampart-plan/1\n"
			   "arg.00 /bin/server\n"
			   "container " ABC " 4096\n"
			   "debug 0\n"
			   "device.00 dri/renderD9\n"
			   "device.01 dri/renderD128\n"
			   "image test\n"
			   "limit.cpu 0\n"
			   "limit.files 1024\n"
			   "limit.memory 268435456\n"
			   "limit.pids 32\n"
			   "module.00 drm-2 " ABC " 20\n"
			   "module.01 virtio_blk " ABC " 10 volume\n"
			   "port 8080\n"
			   "restart never\n"
			   "restart.max 0\n"
			   "restart.window 600\n"
			   "scratch 0\n"
			   "seccomp.container " ABC " 8\n"
			   "seccomp.dialer " ABC " 8\n"
			   "seccomp.gateway " ABC " 8\n"
			   "seccomp.launcher " ABC " 8\n"
			   "seccomp.quoter " ABC " 8\n"
			   "seccomp.udhcpc " ABC " 8\n"
			   "version 1\n"
			   "workdir /srv\n";

/* Refuses good, with from replaced by to, for what. */
static void refuse(const char *from, const char *to, const char *what)
{
	const char *text = plan_edit(good, from, to);
	struct diag diag = { .what = NULL };
	struct plan p;

	is_int(plan_parse_text(text, &p, &diag), -EPROTO, to);
	is_str(diag.what, what, "  and why");
}

static void test_devices(void)
{
	static const char *const bad[] = {
		"tpm0",
		"../x",
		"dri/card0",
		"dri/renderD",
		"dri/renderD1x",
		"dri/renderD1284",
		"dri/renderD-1",
		"dri/renderD1/x",
		"/dri/renderD128",
		"/dev/tpm0",
		"dri/../tpm0",
		"dri/renderD1 2",
		"dri/RenderD128",
		"dri/renderD007",
		"Xdri/renderD128",
		"dri/renderD128 volume",
		"nvidia",
		"nvidia16",
		"nvidia00",
		"nvidia-modeset",
		"nvidia-caps/nvidia-cap1",
		"nvidia-uvm-tools2",
		"nvidiactl0",
		"nvidia-nvswitchctl",
		"kfd0",
		"Kfd",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse("dri/renderD9", bad[i], DEVICE);
	refuse("dri/renderD9", "dri/renderD128", "device appears twice");
	refuse("device.01", "device.02", "not the next number of this key");
}

static void test_report(void)
{
	struct diag diag = { .what = NULL };
	struct plan p;

	ok(plan_parse_text(good, &p, &diag) == 0 && !p.report_azure,
	   "without the key nobody is told");
	ok(plan_parse_text(plan_edit(good, "restart never", "report azure\nrestart never"), &p,
			   &diag) == 0 &&
		   p.report_azure,
	   "Azure is told that the machine is ready");
	refuse("restart never", "report gce\nrestart never", "report is not azure");
	refuse("restart never", "report azure 1.2.3.4\nrestart never", "report is not azure");
}

/* Lines of firmware, before those of the gateway. */
static int parse_firmware(const char *lines, struct plan *plan, struct diag *diag)
{
	char to[512];
	const char *text;

	(void)snprintf(to, sizeof(to), "%simage test", lines);
	text = plan_edit(good, "image test", to);
	return plan_parse_text(text, plan, diag);
}

static void test_firmware(void)
{
	static const struct {
		const char *lines, *what;
	} bad[] = {
		{ "firmware.00 /a " ABC " 1\n", FIRMWARE_PATH },
		{ "firmware.00 ../a " ABC " 1\n", FIRMWARE_PATH },
		{ "firmware.00 a/../b " ABC " 1\n", FIRMWARE_PATH },
		{ "firmware.00 a/.b " ABC " 1\n", FIRMWARE_PATH },
		{ "firmware.00 a//b " ABC " 1\n", FIRMWARE_PATH },
		{ "firmware.00 a/ " ABC " 1\n", FIRMWARE_PATH },
		{ "firmware.00 a%b " ABC " 1\n", FIRMWARE_PATH },
		{ "firmware.00 " CHARS_62 "/" CHARS_62 "012 " ABC " 1\n", FIRMWARE_PATH },
		{ "firmware.00 a " ABC " 0\n", "firmware is empty" },
		{ "firmware.00 a " ABC " 1 volume\n", "firmware on a volume" },
		{ "firmware.00 a " ABC "\n", "not \"<digest> <size>\"" },
		{ "firmware.00 a fsverity-" ABC " 1\n", "digest does not start with \"sha256:\"" },
		{ "firmware.00 b " ABC " 1\nfirmware.01 a " ABC " 1\n",
		  "firmware is not sorted, or appears twice" },
		{ "firmware.00 a " ABC " 1\nfirmware.01 a " ABC " 1\n",
		  "firmware is not sorted, or appears twice" },
		{ "firmware.00 a " ABC " 1\nfirmware.01 a-b " ABC " 1\nfirmware.02 a/b " ABC " 1\n",
		  "firmware is a file and a folder" },
	};
	struct diag diag = { .what = NULL };
	struct plan p;

	is_int(parse_firmware("firmware.00 " CHARS_62 "/" CHARS_62 "01 " ABC " 1\n"
			      "firmware.01 nvidia/550.1/gsp_tu10x+A-1.bin " ABC " 9\n",
			      &p, &diag),
	       0, "firmware: of 127 characters, of every kind");
	ok(p.n_firmware == 2 && p.firmware[1].size == 9 && !p.firmware[1].fsverity,
	   "  both are there");
	is_str(p.firmware[1].name, "nvidia/550.1/gsp_tu10x+A-1.bin", "  by its path");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		is_int(parse_firmware(bad[i].lines, &p, &diag), -EPROTO, bad[i].lines);
		is_str(diag.what, bad[i].what, "  and why");
	}
}

static void test_parameters(void)
{
	const char *text = plan_edit(good, " 20\n", " 20 a=1 b=x;y=z\n");
	struct plan p;

	is_int(plan_parse_text(text, &p, NULL), 0, "module: with parameters");
	is_str(p.parameters[0], "a=1 b=x;y=z", "  which are one text");
	ok(!p.parameters[1] && p.module[1].volume && p.module[0].size == 20 && !p.module[0].volume,
	   "  and the other has none");
	ok(plan_passes(&p, "dri/") && !plan_passes(&p, "nvidia") && !plan_passes(&p, "kfd"),
	   "passes: by the beginning of a name");
	is_int(plan_nvidia_number("nvidia7"), 7, "nvidia_number: of a GPU");
	is_int(plan_nvidia_number("nvidiactl"), -1, "nvidia_number: not of another node");
}

static void test_parameter_edits(void)
{
	static const struct {
		const char *from, *to, *what;
	} bad[] = {
		{ " 20\n", " 20 a\n", PARAMETER_NAME },
		{ " 20\n", " 20 =1\n", PARAMETER_NAME },
		{ " 20\n", " 20 a-b=1\n", PARAMETER_NAME },
		{ " 20\n", " 20 -- a=1\n", PARAMETER_NAME },
		{ " 20\n", " 20 a=1  b=2\n", PARAMETER_NAME },
		{ " 20\n", " 20 a=1 volume\n", PARAMETER_NAME },
		{ " 20\n", " 20 a=\n", PARAMETER_VALUE },
		{ " 20\n", " 20 a=\"b c\"\n", PARAMETER_VALUE },
		{ " 20\n", " 20 a=\\n\n", PARAMETER_VALUE },
		{ " 20\n", " 20 a=1 ab=2 a=3\n", "a module's parameter appears twice" },
		{ " 20\n", " 20 a=" CHARS_62 CHARS_62 CHARS_62 CHARS_62 "012345\n",
		  "parameters of a module have over 255 characters" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuse(bad[i].from, bad[i].to, bad[i].what);
}

static void test_accepted(void)
{
	static const struct {
		const char *from, *to, *name;
	} fine[] = {
		{ "dri/renderD9", "nvidia0", "device: a GPU of NVIDIA's" },
		{ "dri/renderD9", "nvidia15", "device: the last one" },
		{ "dri/renderD9", "nvidiactl", "device: what controls them" },
		{ "dri/renderD9", "nvidia-uvm", "device: unified memory" },
		{ "dri/renderD9", "nvidia-uvm-tools", "device: and its tools" },
		{ "dri/renderD9", "kfd", "device: AMD's computing" },
		{ " 20\n", " 20 a=1\n", "module: a parameter" },
		{ " 20\n", " 20 Ab_9=-1 b=0x1,y;k=v:/p.q+\n", "module: every kind of character" },
		{ " 10 volume", " 10 volume a=1",
		  "module: one that reads a volume, with a parameter" },
		{ " 20\n", " 20 v=volume\n", "module: a value of that word" },
		{ " 20\n", " 20 a=" CHARS_62 CHARS_62 CHARS_62 CHARS_62 "01234\n",
		  "module: parameters of 255 characters" },
	};

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++) {
		const char *text = plan_edit(good, fine[i].from, fine[i].to);
		struct diag diag = { .what = "nothing" };
		struct plan p;

		if (!is_int(plan_parse_text(text, &p, &diag), 0, fine[i].name))
			printf("# %s\n", diag.what);
	}
}

int main(void)
{
	struct plan p;

	is_int(plan_parse_text(good, &p, NULL), 0, "a plan with devices and modules");
	test_devices();
	test_report();
	test_firmware();
	test_parameters();
	test_parameter_edits();
	test_accepted();
	return tap_done();
}
