/* SPDX-License-Identifier: MIT */
/*
 * The plan: what the guest will run, compiled on the host from image.conf and the container's own
 * configuration, embedded in the initramfs as /rampart/plan, measured into PCR 8. The guest has no
 * policy of its own; it does what the plan says or powers off.
 *
 * Text, one "key value" pair a line, lines sorted by byte value, unique keys, no empty line, at
 * most PLAN_SIZE_MAX bytes. The first line is "rampart-plan/1" (the one exception to the sorting).
 * Values are printable ASCII (0x20-0x7e), no leading or trailing space. Those of arg,
 * container.user, env and workdir may stand for any bytes but NUL, in the one form that plantext.h
 * describes.
 *
 *   arg.NN          argument vector, NN = 00, 01, ... without a gap; arg.00 is an absolute path.
 *                   More than 100 of a key have three digits: 000, 001, ...
 *   config.allow    keys of the instance configuration that the machine takes, sorted, one space
 *                   between them: address, gateway, hostname, log-host, mtu (instance.h). gateway only beside
 *                   address. Without it there is none
 *   config.source   fw_cfg: the file opt/rampart/config that QEMU passes on; wants the module
 *                   qemu_fw_cfg, without "volume", which init removes when it has read that. Or
 *                   imds-gce, imds-aws, imds-azure: the metadata service of that cloud, which is
 *                   asked when there is a network, so config.allow has hostname and log-host alone. If and only
 *                   if there is config.allow
 *   container       <digest> <size>[ volume]    of the EROFS file that is the container's root.
 *                   sha256:<hex>: it is /rampart/container.erofs in the initramfs. With "volume" it
 *                   is fsverity-sha256:<hex>, and the file is in the partition container.erofs of a
 *                   payload volume
 *   container.manifest  sha256:<hex>                   of the OCI manifest that it was made from
 *   container.user  <uid>:<gid> <name>                 the user that the image names, looked up in
 *                   it: its files and its groups' are the container's own. The program sees these
 *                   numbers as its own, whatever they are, 0 too; outside of its user namespace it
 *                   is the guest's one unprivileged user. Both are at most 4294967294
 *   debug           0 | 1
 *   device.NN       a device node that the container gets, as /dev/<value>: dri/renderD<number>, kfd,
 *                   nvidia0 to nvidia15, nvidiactl, nvidia-uvm or nvidia-uvm-tools
 *   env.NN          NAME=value, numbered like arg, each NAME once
 *   firmware.NN     <path> sha256:<hex> <size>    of /rampart/firmware/<path>, which a driver may ask
 *                   the kernel for until the devices are started; then it is removed. path: of
 *                   [A-Za-z0-9._+-], with slashes between segments that do not start with a dot, at
 *                   most 127 characters. Sorted by path; no file has the name of a folder. size is
 *                   not 0
 *   gateway.allow.NN  <METHOD> <path>    of requests that the gateway passes to the container,
 *                   numbered like arg, sorted; without any, all are. METHOD: [A-Z-]+, at most 32.
 *                   path: absolute, of [A-Za-z0-9._~+,=:@/-], without empty and dot segments, at
 *                   most 127 characters; with a slash and "*" at its end, all that is below. Not
 *                   /.well-known/rampart, which is the gateway's own
 *   gateway.body    the largest content of a request, in bytes; without it there is no limit
 *   gateway.concurrency  <requests> <waiting>: so many requests are in the container at once, 1 to
 *                   1024, and so many more wait, at most 10000; without it they are not counted
 *   gateway.key.NN  <name> sha256:<hex>    of a bearer token, numbered like arg, sorted, no digest
 *                   twice. name: [A-Za-z0-9._-]+, at most 63 characters; that of several tokens is
 *                   one client with all of them. Without any, nobody needs a token
 *   gateway.metrics  1: sums of what it does are shown at /.well-known/rampart/metrics
 *   gateway.pace    milliseconds, 10 to 1000: streamed events leave on a clock, in records of one
 *                   length; needs a gateway.padding of 64 or more. Without it they leave as they come
 *   gateway.padding  what a TLS record is long, or a multiple of it, in bytes, 2 to 16384; without it
 *                   records are as long as what is in them
 *   gateway.rate    <requests>/s, /m or /h, 1 to 1000000: of a connection, and of all connections
 *                   with the keys of one name, in any such time; without it there is no limit
 *   gateway.raw     1: a connection that does not begin like one of HTTP/1 is relayed as it is.
 *                   Beside none of the others but metrics, pace, padding, status and upgrade
 *   gateway.status  1: the port opens while the container and the models are loaded, and until the
 *                   container accepts connections it answers for how far that is and nothing else;
 *                   without it the port opens when the container accepts them
 *   gateway.upgrade.NN  websocket <path>    where a connection may become one of that protocol,
 *                   numbered and sorted like gateway.allow, whose paths it has; nowhere else
 *   image           name of the image: [a-z0-9][a-z0-9-]*, at most 63 characters
 *   isolate         connection <containers>: of so many containers that are started ahead, 1 to 64,
 *                   each serves one connection of a client and is ended; limits are each one's.
 *                   Wants gateway.concurrency, with no more requests at once than containers.
 *                   Without it one container serves all
 *   limit.cpu       percent of one CPU, 0 = no limit
 *   limit.files     open files of one process, at least 16
 *   limit.memory    bytes, not 0
 *   limit.pids      count, not 0
 *   loopback        any: the program may bind and connect to every TCP port of its loopback, where
 *                   nobody but itself is; else it may only bind port
 *   model.NN        <name> <digest> <size>[ volume]    of a file that the container sees as
 *                   /model/<name>. name: [A-Za-z0-9._-]+, not starting with a dot, or two of those
 *                   with a slash between: <model>/<file>, a file of a model of several; at most 127
 *                   characters. Sorted by name; no file has the name of a model of several. digest:
 *                   sha256:<hex> or fsverity-sha256:<hex> (fsverity.h). The file is in the
 *                   initramfs as /rampart/model/<name>, or, with "volume", in the partition of that
 *                   name of a payload volume; then name has at most 36 characters, is not
 *                   container.erofs, and size is not 0
 *   module.NN       <name> sha256:<hex> <size>[ volume][ <parameters>]    of
 *                   /rampart/modules/<name>.ko, a module of the kernel, loaded in this order; name:
 *                   [a-z0-9_-]+, at most 63 characters. "volume": drives a payload volume and is
 *                   removed once that was read. parameters: <name>=<value>, one space between them,
 *                   at most 255 characters together, each name once. name: [A-Za-z0-9_]+; value: of
 *                   [A-Za-z0-9_.,:;=+/-]
 *   netlink         route: sockets that ask the kernel about interfaces and addresses
 *   port            TCP port on the container's loopback, 1-65535
 *   proc            comm: its processes may write to what is theirs in /proc, of which names of
 *                   threads are what is wanted; else /proc is read-only
 *   report          azure: the machine tells Azure's host that it is ready, which the platform
 *                   waits for; nothing else is asked or told
 *   restart         never | on-failure | always: when the container ends, it is started again;
 *                   on-failure: unless it exited with 0
 *   restart.max     how often within restart.window; one more end powers the machine off. 0 if and
 *                   only if restart is never. Or unlimited: as often as it ends, once the machine
 *                   has served; before that, 5 times
 *   restart.window  seconds, 1-86400
 *   scratch         <size>[ exec]    bytes of the tmpfs at /tmp, 0 = none. exec: what is written
 *                   there may be executed
 *   scratch.NN      <path> <size>[ exec]    a tmpfs elsewhere, not 0 bytes, numbered like arg, sorted
 *                   by path: absolute, of [A-Za-z0-9._~+,@:/-], without empty and dot segments, at
 *                   most 127 characters, not in /dev, /model, /proc, /sys, /tmp or another scratch
 *   seccomp.allow   names of system calls that the image adds to the container's filter, sorted,
 *                   one space between them; informs: seccomp.container is the filter with them
 *   seccomp.ROLE    sha256:<hex> <size>     of /rampart/seccomp/ROLE.bpf, the system call filter of
 *                   container, dialer, gateway, launcher, quoter and udhcpc
 *   shm             bytes of the tmpfs at /dev/shm, not 0
 *   sys             cpu | gpu: /sys has copies of the few files that say which processors there are;
 *                   gpu: and of those that describe the devices. Else it is empty
 *   version         version of the image, [A-Za-z0-9.+~-]+, at most 63 characters
 *   workdir         absolute path in the container
 *   writable        bytes, not 0, of a tmpfs in the place of the root, to which the image is copied
 *                   at each start; else the root is read-only
 *
 * All keys but config.allow, config.source, container.manifest, container.user, device.NN, env.NN,
 * firmware.NN, those of the gateway, isolate, loopback, model.NN, module.NN, netlink, proc, report,
 * scratch.NN, seccomp.allow, shm, sys and writable are required.
 * An unknown key is an error. Numbers are decimal without a leading zero.
 */
#ifndef MEASURE_PLAN_H
#define MEASURE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/lib/hash.h"
#include "measure/lib/span.h"

#define PLAN_SIZE_MAX	     65536
#define PLAN_ARGS_MAX	     256 /* an inference server's command line has some 50 */
#define PLAN_ENVS_MAX	     256
#define PLAN_DEVICES_MAX     24 /* sixteen GPUs of NVIDIA, and what they share */
#define PLAN_FIRMWARES_MAX   64 /* a GPU of AMD asks for up to some ten files */
#define PLAN_ALLOWS_MAX	     64 /* enough for an API; "*" covers many paths */
#define PLAN_TOKENS_MAX	     128
#define PLAN_UPGRADES_MAX    16
#define PLAN_CONCURRENCY_MAX 1024  /* connections that the gateway has to the container */
#define PLAN_QUEUE_MAX	     10000 /* it has 12000 to clients */
#define PLAN_POOL_MAX	     64	   /* containers: as many are asked for at once (dial.h) */
#define PLAN_PADDING_MAX     16384 /* what is in one record, RFC 8446, section 5.4 */
#define PLAN_RATE_MAX	     1000000
#define PLAN_PACE_MIN	     10 /* ms */
#define PLAN_PACE_MAX	     1000
#define PLAN_PACE_PADDING    64	 /* a record has room for more than what frames a chunk */
#define PLAN_MODELS_MAX	     100 /* files; a model of 70 billion parameters comes in some 40 */
#define PLAN_MODULES_MAX     32
#define PLAN_PARAMETERS_MAX  255
#define PLAN_SCRATCHES_MAX   16
#define PLAN_SCRATCH_MAX     127 /* characters of a path */
#define PLAN_RESTARTS_MAX    100
#define PLAN_UNLIMITED	     UINT64_MAX /* restart_max */
#define PLAN_SECCOMP_MAX     32768	/* 4096 instructions: the kernel takes no more */

#define PLAN_PATH	     "/rampart/plan"
#define PLAN_CONTAINER_PATH  "/rampart/container.erofs"
#define PLAN_CONTAINER_PART  "container.erofs" /* of a payload volume */
#define PLAN_MODEL_DIR	     "/rampart/model"
#define PLAN_MODULE_DIR	     "/rampart/modules"
#define PLAN_FIRMWARE_DIR    "/rampart/firmware"
#define PLAN_SECCOMP_DIR     "/rampart/seccomp"
#define PLAN_SYS_DIR	     "/rampart/sys"	 /* what plan.sys shows of /sys, made by init */
#define PLAN_MARKER_PATH     "/rampart/complete" /* last entry of the initramfs */

/*
 * Bytes of memory that init wants free beside what is on a volume, with gateway.status: what
 * strangers can make the machine hold while it loads (gateway/conn.h).
 */
#define PLAN_EARLY_MEMORY (32 << 20)

struct plan_file {
	const char *name;
	struct digest digest; /* sha256 */
	uint64_t size;
	bool fsverity; /* digest is the file digest of fs-verity; else that of the bytes */
	bool volume;   /* container, models: on a payload volume; modules: needed to read one */
};

/* Requests that the gateway passes on. */
struct plan_allow {
	const char *method, *path; /* below: path ends in the slash before the "*" */
	bool below;
};

/* A tmpfs to write to. */
struct plan_scratch {
	const char *path;
	uint64_t size;
	bool exec;
};

enum plan_sys { PLAN_SYS_NONE, PLAN_SYS_CPU, PLAN_SYS_GPU };

/* Bearer tokens that the gateway knows. */
struct plan_token {
	const char *name;
	struct digest digest; /* sha256 */
};

/* So many in so long; n is 0 if there is no limit. */
struct plan_rate {
	uint32_t n, seconds;
};

/* Who in the guest has a filter of system calls; sorted by name. */
enum plan_role {
	PLAN_CONTAINER,
	PLAN_DIALER,
	PLAN_GATEWAY,
	PLAN_LAUNCHER,
	PLAN_QUOTER,
	PLAN_UDHCPC,
	PLAN_ROLES_N
};
extern const char *const plan_roles[PLAN_ROLES_N];

/* Where an instance configuration comes from. */
enum plan_source {
	PLAN_NO_SOURCE,
	PLAN_FW_CFG,
	PLAN_IMDS_GCE, /* these and what follows: over the network */
	PLAN_IMDS_AWS,
	PLAN_IMDS_AZURE,
	_PLAN_SOURCE_MAX
};
extern const char *const plan_sources[_PLAN_SOURCE_MAX]; /* as the plan has them; "": no source */
#define PLAN_FW_CFG_MODULE "qemu_fw_cfg"

enum plan_restart { PLAN_NEVER, PLAN_ON_FAILURE, PLAN_ALWAYS };

struct plan {
	const char *image, *version, *workdir;
	const char *user;		     /* container.user, whole; NULL if absent */
	uint32_t uid, gid;		     /* its numbers */
	const char *argv[PLAN_ARGS_MAX + 1]; /* NULL-terminated */
	const char *envp[PLAN_ENVS_MAX + 1]; /* NULL-terminated */
	unsigned config_allow;		     /* a set of keys (instance.h) */
	enum plan_source config_source;
	bool report_azure;
	struct plan_file container; /* name: same pointer as image */
	struct digest manifest;	    /* sha256, of container.manifest; if has_manifest */
	struct plan_file model[PLAN_MODELS_MAX];
	struct plan_file module[PLAN_MODULES_MAX];
	const char *parameters[PLAN_MODULES_MAX]; /* of each module; NULL: none */
	struct plan_file firmware[PLAN_FIRMWARES_MAX];
	const char *device[PLAN_DEVICES_MAX];
	struct plan_allow allow[PLAN_ALLOWS_MAX];
	struct plan_scratch scratches[PLAN_SCRATCHES_MAX];
	struct plan_allow upgrade[PLAN_UPGRADES_MAX]; /* method: the protocol */
	struct plan_token token[PLAN_TOKENS_MAX];
	struct plan_rate rate;
	size_t n_upgrade, n_token;
	uint64_t concurrency, queue; /* concurrency 0: not counted */
	uint64_t padding, pace;	     /* 0: none */
	uint64_t pool;		     /* containers, each for one connection; 0: one for all */
	size_t n_allow, n_argv, n_envp, n_device, n_firmware, n_model, n_module, n_scratch;
	uint64_t models_size; /* bytes of all model files together, at most INT64_MAX */
	struct plan_file seccomp[PLAN_ROLES_N]; /* name: plan_roles[] */
	const char *seccomp_allow;		/* NULL: nothing added */
	uint64_t limit_cpu, limit_files, limit_memory, limit_pids;
	uint64_t scratch, shm, writable; /* 0: none */
	uint64_t restart_max, restart_window, body;
	enum plan_restart restart;
	uint16_t port;
	bool debug, has_manifest;
	bool has_body, raw, metrics, status; /* of the gateway */
	bool loopback_any, netlink_route, proc_comm, scratch_exec;
	enum plan_sys sys;
};

/*
 * Parses text in place: newlines and separators become NULs, and the strings in ret_plan point into
 * it, so text must outlive ret_plan. Strict: -EBADMSG malformed, -EPROTO well-formed but breaking a
 * rule above, -EFBIG too large or too many, -ENOTSUP another version. On failure ret_plan is
 * untouched, text is spoilt, and diag (may be NULL) holds the offset and a reason.
 */
int plan_parse(char *text, size_t len, struct plan *ret_plan, struct diag *diag);

/* Which of a driver's GPUs /dev/<device> is: its number, if it is nvidia<number>; else -1. */
int plan_nvidia_number(const char *device);

/* Whether the container gets a device whose name begins so. */
bool plan_passes(const struct plan *plan, const char *prefix);

/*
 * A file's digest as the plan writes it, and back: -EPROTO with *ret_why, which may then be said.
 */
#define PLAN_DIGEST_MAX (16 + HASH_HEX_MAX)
void plan_digest_text(const struct plan_file *file, char ret_text[static PLAN_DIGEST_MAX]);
int plan_digest_parse(const char *text, struct plan_file *ret_file, const char **ret_why);

#endif
