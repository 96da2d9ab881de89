/* SPDX-License-Identifier: MIT */
/*
 * images/NAME/image.conf: what an image runs, written by a person. INI; one `key = value` a line,
 * of any length up to IMAGECONF_SIZE_MAX; ASCII or UTF-8 text. Spaces at the ends of a value are
 * dropped. Comments have lines of their own and begin with # or ;.
 *
 *     format = 1                     the version of this format, first of all
 *
 *     [image]
 *     name = llm                     [a-z0-9][a-z0-9-]*, at most 63 characters
 *     version = 0.1                  [A-Za-z0-9.+~-]+, at most 63 characters
 *
 *     [container]
 *     recipe = recipe.sh             makes the OCI layout; or
 *     layout = image.tar             an image as it is: an OCI layout (a folder or a tar
 *                                    archive) or a docker-archive; relative to image.conf
 *     entrypoint = /bin/server       replaces the container's own, and drops its arguments. A
 *                                    program without a slash is looked for in the container's PATH,
 *                                    any other that does not begin with one in workdir
 *     args = --port 8080             replaces its arguments: split at spaces, may be repeated
 *     arg = two words                the same for one argument that has spaces
 *     env = NAME=value               adds or replaces, may be repeated; the last of a name counts
 *     workdir = /                    replaces the container's own; made, if the image lacks it
 *     port = 8080                    TCP port on the container's loopback; needed unless the
 *                                    container exposes exactly one
 *     isolate = connection           each connection of a client has a container of its own, which
 *                                    is ended with it; none, the default: one container for all
 *     pool = 4                       so many of them are started ahead, 1 to 64; 4 is the default.
 *                                    Each has the limits below
 *     storage = embedded             its file system is in the image; or volume: in a partition of
 *                                    a payload volume (rampart volume). What has more than 64 MiB
 *                                    is on a volume if nothing is said
 *     compress = none                or, with storage = volume, lz4hc or zstd: half the disk and
 *                                    the memory that hold it, for time when it is read; zstd is
 *                                    smaller and slower. An image is compressed as a whole
 *
 *     [gateway]                      without it every request of HTTP/1 reaches the container
 *     allow = GET /v1/models         a request that may pass; all others are refused. A path that
 *                                    ends in "/" and "*" is everything below it; repeatable
 *     body = 4 MiB                   the largest content of a request; unlimited is the default
 *     key = NAME sha256:<hex>        of a bearer token, which a request must show then; repeatable,
 *                                    the same NAME too. The hash is published with the plan: the
 *                                    token must be random, of 128 bits at least
 *     rate = 10/s                    requests of a connection, and of all with the keys of one
 *                                    NAME, a second (/s), minute (/m) or hour (/h)
 *     concurrency = 4                requests that are in the container at once; with isolate as
 *                                    many as pool is the default, and the most
 *     queue = 64                     and those that wait for that; 64 is the default
 *     upgrade = websocket /live      the path, as in allow, where a connection may become one of
 *                                    that protocol; nowhere is the default; repeatable
 *     metrics = off                  on: /.well-known/rampart/metrics shows sums of what the gateway
 *                                    does, rounded
 *     pace = 50ms                    streamed events leave at this distance, in records of one
 *                                    length, with padding; as they come is the default
 *     padding = 512                  bytes; TLS records are as long as a multiple of them; as long
 *                                    as what is in them is the default
 *     raw = off                      on: a connection that does not begin like HTTP/1 is relayed as
 *                                    it is. Beside none of these but metrics, pace,
 *                                    padding, status and upgrade
 *     status = off                   on: the port opens while the container and the models are
 *                                    loaded, and /.well-known/rampart/status says how far that is
 *
 *     [model model.gguf]             the name of /model/model.gguf in the container; repeatable
 *     file = model/model.gguf        relative to image.conf; with several, each followed by its
 *                                    digest, /model/model.gguf is a folder of them
 *     digest = sha256:<hex>          as model hubs publish it; or fsverity-sha256:<hex>, as
 *                                    `fsverity digest` prints it, which all cores hash at once
 *     storage = embedded             in the image, which is the default; or volume: in partitions
 *                                    of a payload volume (rampart volume), for large models
 *
 *     [devices]
 *     pass = dri/renderD128          device nodes that the container gets, below its /dev, with
 *                                    the ioctls of their kind: dri/renderD<number>, kfd, nvidia0 to
 *                                    nvidia15, nvidiactl, nvidia-uvm, nvidia-uvm-tools; split at
 *                                    spaces, repeatable
 *     modules = virtio-gpu           modules of the kernel that drive them; those that they depend
 *                                    on come along. NAME=VALUE behind one is a parameter of it;
 *                                    split at spaces, repeatable
 *     firmware = PATH=FILE           a file that their driver asks the kernel for by PATH, such as
 *                                    amdgpu/gc_11_0_0_pfp.bin; FILE is relative to image.conf;
 *                                    repeatable
 *
 *     [limits]
 *     memory = 512 MiB               KiB, MiB, GiB or a plain number of bytes; 512 MiB is the
 *                                    default
 *     pids = 64                      64 is the default
 *     cpu = 150 %                    of one CPU; or none, which is the default
 *     scratch = 16 MiB               tmpfs at /tmp; 0, the default, is none. "16 MiB exec": what is
 *                                    written there may be executed
 *     scratch /var/cache = 1 GiB     the same at another path, which is made if the image lacks it;
 *                                    repeatable
 *     shm = 64 MiB                   tmpfs at /dev/shm; 0, the default, is none
 *     writable = 1 GiB               a root that can be written to, of this size, the image's files
 *                                    included, which are copied at each start; 0, the default: none
 *     files = 4096                   open files of one process; 4096 is the default
 *
 *     [world]                        what is shut unless an image needs it
 *     loopback = any                 it may bind and connect to every port of its own loopback; or
 *                                    port, the default: bind its port alone
 *     netlink = route                it may ask the kernel about interfaces; or none, the default
 *     proc = comm                    it may write to its own processes' files in /proc, such as the
 *                                    names of threads; or read-only, the default
 *     sys = cpu                      /sys says which processors there are; or gpu: that, and what
 *                                    its devices are; or none, the default
 *
 *     [restart]                      what happens when the container ends
 *     policy = on-failure            never, on-failure (the default: unless it exited with 0) or
 *                                    always; otherwise the machine powers off
 *     max = 5                        at most so often within window; 1-100, 5 is the default. Or
 *                                    unlimited: as often as it ends, once the machine has served
 *     window = 600                   seconds; 600 is the default
 *
 *     [seccomp]
 *     allow = mlock                  system calls that the default filter does not allow
 *                                    (initramfs/seccomp/container.list); split at spaces,
 *                                    repeatable
 *
 *     [config]                       what whoever runs the machine may tell it at its start; nothing,
 *                                    if this section is not there. It is measured
 *     allow = address gateway mtu    the keys: address, gateway, hostname, log-host, mtu; split at spaces,
 *                                    repeatable (measure/lib/instance.h)
 *     source = fw_cfg                where it comes from: QEMU's fw_cfg; or imds, the metadata service
 *                                    of a cloud, which has hostname and log-host alone. The
 *                                    default is what the kind of machine has
 *
 *     [machine]
 *     kind = qemu                    which machines it is for, and so their drivers: qemu, the
 *                                    default, azure, gce, aws or metal
 *
 * An unknown or repeated key is an error that names the file, the line and the nearest known key.
 */
#ifndef MEASURE_CMD_PLAN_IMAGECONF_H
#define MEASURE_CMD_PLAN_IMAGECONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/cmd/plan/machine.h"
#include "measure/cmd/words.h"
#include "measure/lib/plan.h"
#include "measure/rampart.h"

#define IMAGECONF_SIZE_MAX 65536
#define IMAGECONF_POOL	   4 /* containers, if isolate is connection and nothing else is said */
#define IMAGECONF_MEMORY   (UINT64_C(512) << 20) /* bytes, if nothing else is said */

enum imageconf_storage { STORAGE_BY_SIZE, STORAGE_EMBEDDED, STORAGE_VOLUME };

struct imageconf_file {
	const char *path;   /* relative to the current folder */
	const char *digest; /* as written */
	unsigned line;
};

/* Its files are model_file[first] to model_file[first + n - 1]. */
struct imageconf_model {
	const char *name;
	unsigned line; /* of its section */
	bool volume;
	size_t first, n;
};

struct imageconf_firmware {
	const char *name; /* below PLAN_FIRMWARE_DIR */
	const char *file; /* relative to the current folder */
	unsigned line;
};

struct imageconf_scratch {
	const char *path; /* NULL: /tmp */
	uint64_t size;
	bool exec;
};

/* Strings are NULL when not given and belong to pool. */
struct imageconf {
	const char *path;
	const char *name, *version, *recipe, *layout, *workdir;
	const char *restart;
	struct words entrypoint, args, env, allow, seccomp, devices, modules;
	struct imageconf_model model[PLAN_MODELS_MAX];
	struct imageconf_file model_file[PLAN_MODELS_MAX];
	size_t n_model, n_model_file;
	struct imageconf_firmware firmware[PLAN_FIRMWARES_MAX];
	size_t n_firmware;
	struct imageconf_scratch scratch; /* at /tmp */
	struct imageconf_scratch scratches[PLAN_SCRATCHES_MAX];
	size_t n_scratch;
	uint64_t port, memory, pids, cpu, files, shm, writable, restart_max, restart_window,
		body;				    /* 0: not given */
	struct words keys, rate, upgrades;	    /* of [gateway], as the plan has them */
	uint64_t concurrency, queue, padding, pace; /* 0: not given */
	uint64_t pool_size;			    /* containers; 0: not given */
	enum imageconf_storage storage;		    /* of the container */
	const char *compress;			    /* lz4hc or zstd; NULL: none */
	bool raw, metrics, status, isolate, loopback_any, netlink_route, proc_comm;
	enum plan_sys sys;
	unsigned config_allow; /* a set of keys (measure/lib/instance.h) */
	const char *source;    /* of it: fw_cfg or imds */
	enum machine machine;
	unsigned entrypoint_line, args_line, workdir_line, writable_line; /* the first one's */
	struct words pool;
};

/*
 * Reads the definition at path (borrowed by ret_conf). 0, or a negative errno with one line in
 * error (not NULL): "path:line: what is wrong". Call imageconf_done() in either case.
 */
int imageconf_read(const char *path, struct imageconf *ret_conf, struct rampart_error *error);

/* Whether it passes a device whose name begins so. */
bool imageconf_passes(const struct imageconf *conf, const char *prefix);

void imageconf_done(struct imageconf *conf);

#endif
