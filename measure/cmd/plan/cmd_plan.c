/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/cmd/plan/draft.h"
#include "measure/cmd/plan/filterfiles.h"
#include "measure/cmd/plan/imageconf.h"
#include "measure/cmd/plan/ociconfig.h"
#include "measure/cmd/plan/ownlines.h"
#include "measure/cmd/plan/planfiles.h"
#include "measure/cmd/plan/planimage.h"
#include "measure/cmd/plan/planprogram.h"
#include "measure/cmd/plan/planwords.h"
#include "measure/cmd/plan/refused.h"
#include "measure/cmd/plan/seccomp.h"
#include "measure/cmd/plan/try.h"
#include "measure/cmd/plan/world.h"
#include "measure/lib/array.h"
#include "measure/lib/model.h"

#define CMD	 "plan"
#define MORE_MAX 4 /* lists of what a container may have besides */
#define PATH_LEN 4096
#define JSON_MAX (4u << 20) /* an image configuration with a long history is tens of KiB */

const char plan_help[] =
	"usage: rampart plan IMAGE_CONF --oci-config JSON --container EROFS [OPTION...]\n"
	"       rampart plan IMAGE_CONF --try [OPTION...] -- PROGRAM [ARGUMENT...]\n"
	"       rampart plan IMAGE_CONF --source [--layout PATH] | --wants\n"
	"       rampart plan IMAGE_CONF --kernel --container EROFS [--volume]\n"
	"\n"
	"Compiles an image definition and the container's own configuration into the plan, the\n"
	"text that the guest executes and measures, and prints it. IMAGE_CONF may be the folder\n"
	"of an image that was built (images/test): the container is then taken from build/test.\n"
	"\n"
	"  --oci-config JSON    the container's OCI image configuration\n"
	"  --container EROFS    the container's file system\n"
	"  --oci-manifest JSON  the container's OCI manifest, whose digest goes into the plan; an\n"
	"                       empty file, if it has none\n"
	"  --oci-user FILE      one line: the container's own user as UID:GID NAME, for the plan\n"
	"  --oci-account FILE   two lines: that user's name and home, for its environment\n"
	"  --oci-files FILE     the list of the container's files, in which program and workdir are\n"
	"                       looked up\n"
	"  --model PATH         this file instead of the one model that IMAGE_CONF names\n"
	"  --volume             every model on a payload volume, as if it said storage = volume\n"
	"  --modules DIR        the modules of the kernel, for a volume or for devices\n"
	"  --firmware DIR       files that drivers ask for, besides those that IMAGE_CONF names\n"
	"  --payload FILE       writes the initramfs manifest's lines for container, models,\n"
	"                       modules and firmware to FILE\n"
	"  --os-release FILE    writes the image's os-release to FILE, for its UKI\n"
	"  --memory FILE        writes what is on a volume takes of memory to FILE\n"
	"  --profiles DIR       the lists of allowed system calls; default initramfs/seccomp\n"
	"  --filters DIR        writes the filters compiled from them to DIR/ROLE.bpf, and the names of\n"
	"                       system calls to DIR/calls\n"
	"  --machine KIND       instead of the kind of machine that IMAGE_CONF names\n"
	"  --explain            prints what will be enforced, and what it means, in words\n"
	"  --try                runs a program of this machine under the container's filter and\n"
	"                       Landlock, and names a call that kills it\n"
	"  --refused            with --try: names every call that the filter refused as well\n"
	"  --debug              a debug image: its plan, and so its measurements, say so\n"
	"  --source             only prints where the container comes from: \"recipe PATH\" or\n"
	"                       \"layout PATH\", which is there, as are the models\n"
	"  --layout PATH        this container instead of the one that IMAGE_CONF names\n"
	"  --wants              only prints what the container's file system must have: its name\n"
	"                       and folders, and how it is compressed\n"
	"  --kernel             only prints which kernel it needs: linux, or linux-devices for one\n"
	"                       that wants modules: for a volume, devices, a machine, its configuration;\n"
	"                       linux-amd, if they are AMD's (kfd, amdgpu)\n"
	"  --kind               only prints for which kind of machine it is\n"
	"\n"
	"IMAGE_CONF has one \"key = value\" a line and comments (#) on lines of their own:\n"
	"\n"
	"  format = 1                      first of all\n"
	"  [image]      name, version\n"
	"  [container]  recipe or layout   a script that makes an OCI layout; or an OCI layout\n"
	"                                  (folder or tar archive) or a docker-archive\n"
	"               entrypoint         replaces the container's program and its arguments\n"
	"               args, arg          replace its arguments; only args splits; repeatable\n"
	"               env                NAME=value, added or replacing; repeatable\n"
	"               workdir, port      replace the container's own\n"
	"               isolate, pool      connection: a container for each, 4 started ahead; none\n"
	"               storage            embedded or volume; by its size, if not said\n"
	"               compress           lz4hc or zstd, on a volume; none\n"
	"  [gateway]    allow, body        GET /v1/models, POST /v1/*; 4 MiB: the requests that may\n"
	"                                  reach it, and their content; repeatable, default: all\n"
	"               key                NAME sha256:HEX of a token that requests must show\n"
	"               rate, concurrency, queue  10/s (or /m, /h); 4; 64: requests a connection\n"
	"                                  or key, in the container at once, and waiting\n"
	"               upgrade            websocket /live: where there may be one; repeatable\n"
	"               metrics, padding   on: sums of what it does; 512: bytes of TLS records\n"
	"               pace               50ms: streamed events leave on a clock\n"
	"               raw                off (default), or on: also what is no HTTP\n"
	"               status             off (default), or on: says how far it has started\n"
	"  [model NAME] file, digest       seen by the container as /model/NAME; with several pairs\n"
	"                                  of them a folder; digest: sha256: or fsverity-sha256:\n"
	"               storage            embedded (default), or volume\n"
	"  [devices]    pass, modules      dri/renderD128, kfd, nvidia0, nvidiactl, nvidia-uvm;\n"
	"                                  virtio-gpu, which drives it; NAME=VALUE behind one\n"
	"               firmware           PATH=FILE, for its driver; repeatable\n"
	"  [limits]     memory, pids       512 MiB and 64, if nothing else is said\n"
	"               cpu, scratch       150 % of one CPU, 16 MiB at /tmp; unlimited and none.\n"
	"                                  \"16 MiB exec\": what is written there can be executed\n"
	"               scratch PATH       the same elsewhere; repeatable\n"
	"               shm, writable      64 MiB at /dev/shm; 1 GiB for a root to write to; none\n"
	"               files              open files of one process; 4096\n"
	"  [world]      loopback, netlink  any port of its loopback; route: ask about interfaces\n"
	"               proc, sys          comm: write to its own /proc files; cpu, gpu: a small /sys\n"
	"  [restart]    policy             never, on-failure (default) or always, when it ends\n"
	"               max, window        at most 5 times within 600 seconds; or unlimited\n"
	"  [seccomp]    allow              system calls besides the default ones; repeatable\n"
	"  [config]     allow, source      address gateway hostname log-host mtu: what it may be\n"
	"                                  told at its start; from fw_cfg; nothing\n"
	"  [machine]    kind               qemu (default), azure, gce, aws, metal: its drivers\n";

struct options {
	const char *conf, *oci_config, *oci_manifest, *oci_user, *oci_account, *oci_files,
		*container, *model, *modules, *firmware, *layout;
	const char *machine, *payload, *os_release, *volume_memory, *profiles, *filters;
	bool debug, source, kernel, wants, kind, explain, volume, try, refused, folder;
	char **program;	   /* after "--", with --try */
	struct words pool; /* what a folder stands for */
};

/* The default of an option that was not given: before, len characters of name, after. */
static int use_default(struct options *o, const char **option, const char *before, const char *name,
		       size_t len, const char *after)
{
	char path[4096];

	if (*option)
		return 0;
	(void)snprintf(path, sizeof(path), "%s%.*s%s", before, (int)len, name, after);
	if (words_add(&o->pool, path, strlen(path)) < 0)
		return fail(CMD, "out of memory");
	*option = o->pool.v[o->pool.n - 1];
	return 0;
}

/* What scripts/image/gpu.sh put beside the image. */
static int use_drivers(struct options *o, const char *name, size_t len)
{
	const struct {
		const char **option, *folder;
	} built[] = { { &o->modules, "/modules" }, { &o->firmware, "/vendor/firmware" } };
	char path[4096];
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(built) && r == 0; i++) {
		(void)snprintf(path, sizeof(path), "build/%.*s%s", (int)len, name, built[i].folder);
		if (access(path, X_OK) == 0)
			r = use_default(o, built[i].option, "build/", name, len, built[i].folder);
	}
	return r;
}

/* A folder stands for its image.conf and for what was built from it. */
static int use_folder(struct options *o)
{
	const struct {
		const char **option, *file;
	} built[] = {
		{ &o->container, "/container.erofs" },
		{ &o->oci_config, "/container.config.json" },
		{ &o->oci_manifest, "/container.manifest.json" },
		{ &o->oci_user, "/container.user" },
		{ &o->oci_account, "/container.account" },
		{ &o->oci_files, "/container.files.txt" },
	};
	const char *name = o->conf;
	size_t len = strlen(name);
	struct stat st;
	int r;

	if (stat(name, &st) < 0)
		return fail(CMD, "%s: %s", name, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return 0;
	o->folder = true;
	while (len > 1 && name[len - 1] == '/')
		len--;
	o->conf = NULL;
	r = use_default(o, &o->conf, "", name, len, "/image.conf");
	while (len > 0 && memchr(name, '/', len)) {
		name++;
		len--;
	}
	if (r == 0)
		r = use_drivers(o, name, len);
	for (size_t i = 0; i < ARRAY_SIZE(built) && r == 0; i++)
		r = use_default(o, built[i].option, "build/", name, len, built[i].file);
	return r;
}

static int parse_options(int argc, char **argv, struct options *ret)
{
	const struct option_spec specs[] = {
		{ "--oci-config", &ret->oci_config, NULL, NULL },
		{ "--oci-manifest", &ret->oci_manifest, NULL, NULL },
		{ "--oci-user", &ret->oci_user, NULL, NULL },
		{ "--oci-account", &ret->oci_account, NULL, NULL },
		{ "--oci-files", &ret->oci_files, NULL, NULL },
		{ "--container", &ret->container, NULL, NULL },
		{ "--model", &ret->model, NULL, NULL },
		{ "--layout", &ret->layout, NULL, NULL },
		{ "--modules", &ret->modules, NULL, NULL },
		{ "--firmware", &ret->firmware, NULL, NULL },
		{ "--machine", &ret->machine, NULL, NULL },
		{ "--payload", &ret->payload, NULL, NULL },
		{ "--os-release", &ret->os_release, NULL, NULL },
		{ "--memory", &ret->volume_memory, NULL, NULL },
		{ "--profiles", &ret->profiles, NULL, NULL },
		{ "--filters", &ret->filters, NULL, NULL },
		{ "--explain", NULL, &ret->explain, NULL },
		{ "--debug", NULL, &ret->debug, NULL },
		{ "--source", NULL, &ret->source, NULL },
		{ "--kernel", NULL, &ret->kernel, NULL },
		{ "--wants", NULL, &ret->wants, NULL },
		{ "--kind", NULL, &ret->kind, NULL },
		{ "--volume", NULL, &ret->volume, NULL },
		{ "--try", NULL, &ret->try, NULL },
		{ "--refused", NULL, &ret->refused, NULL },
		{ 0 },
	};
	int r;

	for (int i = 1; i < argc && !ret->program; i++)
		if (!strcmp(argv[i], "--try"))
			ret->try = true;
		else if (ret->try && !strcmp(argv[i], "--"))
			ret->program = &argv[i + 1];
	ret->profiles = "initramfs/seccomp";
	r = parse_args(ret->program ? (int)(ret->program - argv) - 1 : argc, argv, specs,
		       &ret->conf, 1);
	if (r)
		return r;
	if (ret->try && (!ret->program || !ret->program[0]))
		return fail_usage(CMD, "--try needs a program: --try -- PROGRAM");
	if (ret->refused && !ret->try)
		return fail_usage(CMD, "--refused is for --try");
	if (!ret->conf)
		return fail_usage(CMD, "an image.conf is needed");
	r = use_folder(ret);
	if (r)
		return r;
	if (ret->kernel && !ret->container)
		return fail_usage(CMD, "--container is needed");
	if (!ret->source && !ret->kernel && !ret->wants && !ret->kind &&
	    (!ret->oci_config || !ret->container))
		return fail_usage(CMD, "--oci-config and --container are needed");
	return 0;
}

/* more: what stands behind it, or NULL. */
static void put_file(struct draft *draft, const char *key, size_t i, const struct plan_file *file,
		     const char *more)
{
	char digest[PLAN_DIGEST_MAX];

	plan_digest_text(file, digest);
	draft_line(draft, "%s.%02zu %s %s %llu%s%s%s", key, i, file->name, digest,
		   (unsigned long long)file->size, file->volume ? " volume" : "", more ? " " : "",
		   more ? more : "");
}

static int put_models(struct draft *draft, const struct imageconf *conf, const struct options *o)
{
	struct planfiles *files = &draft->models;
	int r = planfiles_models(CMD, conf, o->model, o->volume, files);

	for (size_t i = 0; i < files->n && r == 0; i++)
		put_file(draft, "model", i, &files->file[i].file, NULL);
	return r;
}

static int put_modules(struct draft *draft, const struct imageconf *conf, const struct options *o)
{
	struct planfiles *files = &draft->modules;
	bool volume = planfiles_on_volume(&draft->container) || planfiles_on_volume(&draft->models);
	int r = planfiles_modules(CMD, conf, volume, o->modules, files);

	for (size_t i = 0; i < files->n && r == 0; i++)
		put_file(draft, "module", i, &files->file[i].file, files->parameters[i]);
	return r;
}

static int put_firmware(struct draft *draft, const struct imageconf *conf, const struct options *o)
{
	struct planfiles *files = &draft->firmware;
	int r = planfiles_firmware(CMD, conf, o->firmware, files);

	for (size_t i = 0; i < files->n && r == 0; i++)
		put_file(draft, "firmware", i, &files->file[i].file, NULL);
	return r;
}

/* files: NULL, if there is no list. */
static int put_program(struct draft *draft, const struct options *o, const struct imageconf *conf,
		       const struct ociconfig *oci, const struct imagefiles *files)
{
	struct words args = { 0 }, env = { 0 };
	char workdir[IMAGEFILES_PATH_MAX];
	struct planimage_account account;
	int r = planimage_account(CMD, o->oci_account, &account);

	if (r == 0)
		r = planprogram_arguments(CMD, conf, oci, &args);
	if (r == 0)
		r = planprogram_environment(CMD, conf, oci, o->oci_account ? &account.is : NULL,
					    &env);
	if (r == 0)
		r = planprogram_workdir(CMD, conf, oci, files, workdir);
	if (r == 0)
		r = planprogram_find(CMD, conf, oci, &env, workdir, files, &args);
	if (r == 0)
		draft_text(draft, "workdir", workdir);
	if (r == 0)
		r = draft_numbered(draft, CMD, "arg", &args, PLAN_ARGS_MAX);
	if (r == 0)
		r = draft_numbered(draft, CMD, "env", &env, PLAN_ENVS_MAX);
	words_done(&args);
	words_done(&env);
	free(account.text);
	return r;
}

/* The lists of what the container's filter has more than every container's; ret_lists ends in NULL. */
static void more_lists(const struct options *o, const struct imageconf *conf,
		       char ret_paths[MORE_MAX][PATH_LEN], const char *ret_lists[MORE_MAX + 1])
{
	const struct {
		bool wanted;
		const char *name;
	} more[MORE_MAX] = {
		{ imageconf_passes(conf, "dri/"), "container-dri.list" },
		{ imageconf_passes(conf, "kfd"), "container-kfd.list" },
		{ imageconf_passes(conf, "nvidia"), "container-nvidia.list" },
		{ conf->netlink_route, "container-netlink.list" },
	};
	size_t n = 0;

	for (size_t i = 0; i < MORE_MAX; i++) {
		(void)snprintf(ret_paths[i], PATH_LEN, "%s/%s", o->profiles, more[i].name);
		if (more[i].wanted)
			ret_lists[n++] = ret_paths[i];
	}
	ret_lists[n] = NULL;
}

/* The image's additions, and what its devices need, go into the container's filter alone. */
static int put_filter(struct draft *draft, const struct options *o, const struct imageconf *conf,
		      enum plan_role role)
{
	static const struct words none;
	bool own = role == PLAN_CONTAINER;
	char path[PATH_LEN], paths[MORE_MAX][PATH_LEN], hex[HASH_HEX_MAX];
	const char *more[MORE_MAX + 1] = { NULL };
	struct rampart_error error;
	AUTO_FREE uint8_t *bpf = NULL;
	struct digest digest;
	size_t len;

	(void)snprintf(path, sizeof(path), "%s/%s.list", o->profiles, plan_roles[role]);
	if (own)
		more_lists(o, conf, paths, more);
	if (seccomp_compile(path, more, own ? &conf->seccomp : &none, &bpf, &len, &error) < 0)
		return fail(CMD, "%s", error.text);
	if (own && o->debug && !o->try)
		refused_become(SECCOMP_RET_USER_NOTIF, bpf, len);
	hash_bytes(HASH_SHA256, bpf, len, &digest);
	digest_hex(&digest, hex);
	draft_line(draft, "seccomp.%s sha256:%s %zu", plan_roles[role], hex, len);
	if (o->filters && filterfiles_write(CMD, o->filters, plan_roles[role], bpf, len))
		return EXIT_UNSURE;
	if (own) {
		draft->filter = bpf;
		draft->filter_len = len;
		bpf = NULL;
	}
	return 0;
}

static int put_filters(struct draft *draft, const struct options *o, const struct imageconf *conf)
{
	int r = 0;

	for (size_t i = 0; i < PLAN_ROLES_N && r == 0; i++)
		r = put_filter(draft, o, conf, (enum plan_role)i);
	return r == 0 && o->filters ? filterfiles_calls(CMD, o->filters) : r;
}

/* The guest's own parser must accept the plan before anything is written. */
static int print_plan(const struct imageconf *conf, struct draft *draft, const struct options *o)
{
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *inside = NULL;
	struct plan plan;
	int r = draft_plan(draft, CMD, conf->path, &text, &inside, &plan);

	if (r == 0 && o->payload)
		r = planfiles_manifest(CMD, o->payload, &draft->container, &draft->models,
				       &draft->modules, &draft->firmware,
				       plan.report_azure || plan.config_source >= PLAN_IMDS_GCE);
	if (r == 0 && o->os_release)
		r = planfiles_os_release(CMD, o->os_release, &plan);
	if (r == 0 && o->volume_memory)
		r = planfiles_volume_memory(CMD, o->volume_memory, &draft->container,
					    &draft->models, plan.status ? PLAN_EARLY_MEMORY : 0);
	if (r == 0 && o->try)
		r = try_program(CMD, &plan, draft->filter, draft->filter_len, o->refused,
				o->program);
	else if (r == 0 && o->explain)
		plan_words(&plan, stdout);
	else if (r == 0)
		fputs(text, stdout);
	return r;
}

static int compile(const struct options *o, struct imageconf *conf, const struct ociconfig *oci,
		   const struct imagefiles *files)
{
	uint64_t port = conf->port ? conf->port : oci->port;
	struct draft draft = { 0 };
	int r = files ? world_check(CMD, conf, files) : 0;

	if (r == 0)
		r = put_program(&draft, o, conf, oci, files);
	if (r == 0 && !port)
		r = fail(
			CMD,
			"%s: the container does not expose exactly one TCP port; set \"port\" in [container]",
			conf->path);
	if (r == 0)
		r = ownlines(CMD, conf, port, o->debug, &draft);
	if (r == 0)
		r = planimage_container(&draft, CMD, conf, o->container, o->oci_manifest);
	if (r == 0)
		r = planimage_user(&draft, CMD, o->oci_user);
	if (r == 0)
		r = put_filters(&draft, o, conf);
	if (r == 0)
		r = put_models(&draft, conf, o);
	if (r == 0)
		r = put_modules(&draft, conf, o);
	if (r == 0)
		r = put_firmware(&draft, conf, o);
	if (r == 0)
		r = print_plan(conf, &draft, o);
	free(draft.filter);
	words_done(&draft.lines);
	planfiles_done(&draft.container);
	planfiles_done(&draft.models);
	planfiles_done(&draft.modules);
	planfiles_done(&draft.firmware);
	return r;
}

static int read_and_compile(const struct options *o, struct imageconf *conf)
{
	struct rampart_error error;
	AUTO_FREE uint8_t *json = NULL;
	struct imagefiles files = { 0 };
	struct ociconfig oci;
	size_t len;
	int r = read_file(o->oci_config, JSON_MAX, &json, &len);

	if (r == -ENOENT && o->folder)
		return fail(CMD, "%s is not there: the image was not built yet (make image)",
			    o->oci_config);
	if (r < 0)
		return fail(CMD, "--oci-config: %s: %s", o->oci_config, strerror(-r));
	if (ociconfig_parse((const char *)json, len, &oci, &error) < 0)
		r = fail(CMD, "--oci-config: %s: %s", o->oci_config, error.text);
	else if (o->oci_files && imagefiles_read(o->oci_files, &files, &error) < 0)
		r = fail(CMD, "--oci-files: %s", error.text);
	else
		r = compile(o, conf, &oci, o->oci_files ? &files : NULL);
	imagefiles_done(&files);
	ociconfig_done(&oci);
	return r;
}

static int print_kernel(const struct imageconf *conf, const struct options *o)
{
	const char *name;
	int r = planfiles_kernel(CMD, conf, o->volume, o->container, &name);

	if (r == 0)
		puts(name);
	return r;
}

/* Of a folder also the modules, if it has none, of the kernel that its definition asks for. */
static int plan_image(struct options *o, struct imageconf *conf)
{
	const char *kernel = planfiles_modules_of(conf);
	int r = 0;

	if (o->folder)
		r = use_default(o, &o->modules, "build/pkg/", kernel, strlen(kernel), "/modules");
	return r ?: read_and_compile(o, conf);
}

int cmd_plan(int argc, char **argv)
{
	struct rampart_error error;
	struct imageconf conf;
	struct options o = { 0 };
	int r = parse_options(argc, argv, &o);

	if (r) {
		words_done(&o.pool);
		return r;
	}
	if (imageconf_read(o.conf, &conf, &error) < 0)
		r = fail(CMD, "%s", error.text);
	else if (o.machine && (conf.machine = machine_find(o.machine)) == _MACHINE_MAX)
		r = fail_usage(CMD, "--machine: not qemu, azure, gce, aws or metal");
	else if (o.kernel)
		r = print_kernel(&conf, &o);
	else if (o.wants)
		world_wants(&conf);
	else if (o.kind)
		puts(machine_names[conf.machine]);
	else if (o.source && ownlines_check(CMD, &conf))
		r = EXIT_UNSURE;
	else if (o.source)
		r = planfiles_source(CMD, &conf, o.model, o.layout);
	else
		r = plan_image(&o, &conf);
	imageconf_done(&conf);
	words_done(&o.pool);
	return r;
}
