/* SPDX-License-Identifier: MIT */
#include "measure/cmd/plan/planfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cmd/cmd.h"
#include "measure/lib/digests.h"
#include "measure/lib/model.h"

#define PATH_LEN     4096
#define EMBEDDED_MAX (64u << 20) /* the largest container that an image holds if nothing is said */
#define EROFS_OFFSET 1024	 /* of the superblock; Linux, fs/erofs/erofs_fs.h */
#define ORDER_MAX \
	(1 << 20) /* bytes of modules/order; a kernel with a thousand modules has 100 KiB */

static const uint8_t erofs_magic[] = { 0xe2, 0xe1, 0xf5, 0xe0 };

/* The drivers for a payload volume: disks of virtual machines and of physical ones. */
static const char *const volume_modules[] = { "nvme", "virtio_blk" };

static const char *keep(struct planfiles *files, const char *s, size_t len)
{
	return words_add(&files->pool, s, len) < 0 ? NULL : files->pool.v[files->pool.n - 1];
}

/* A file of a model of several is called <model>/<file>. */
static const char *entry_name(struct planfiles *files, const struct imageconf_model *m,
			      const char *path)
{
	const char *slash = strrchr(path, '/');
	char name[PATH_LEN];

	if (m->n == 1)
		return m->name;
	(void)snprintf(name, sizeof(name), "%s/%s", m->name, slash ? slash + 1 : path);
	return keep(files, name, strlen(name));
}

static int add_model_file(const char *command, struct planfiles *files,
			  const struct imageconf *conf, const struct imageconf_model *m,
			  const struct imageconf_file *f)
{
	char where[PATH_LEN];
	struct digesting *d = &files->file[files->n];

	(void)snprintf(where, sizeof(where), "%s:%u", conf->path, f->line);
	d->where = keep(files, where, strlen(where));
	d->path = f->path;
	d->given = f->digest;
	d->file.name = entry_name(files, m, f->path);
	if (!d->where || !d->file.name)
		return fail(command, "out of memory");
	if (strpbrk(d->path, " \t"))
		return fail(
			command,
			"%s: %s: a path with spaces cannot stand in the initramfs's manifest; link the file to another name",
			d->where, d->path);
	files->n++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct digesting *x = a, *y = b;

	return strcmp(x->file.name, y->file.name);
}

int planfiles_models(const char *command, const struct imageconf *conf, const char *instead,
		     bool volume, struct planfiles *ret_files)
{
	const struct imageconf_file other = { .path = instead,
					      .line = instead && conf->n_model ? conf->model[0].line
									       : 0 };
	int r = 0;

	if (instead && conf->n_model_file != 1)
		return fail(command, "--model replaces the one model of an image; %s names %zu",
			    conf->path, conf->n_model_file);
	for (size_t i = 0; i < conf->n_model; i++)
		for (size_t j = 0; j < conf->model[i].n && r == 0; j++) {
			const struct imageconf_model *m = &conf->model[i];
			struct digesting *d = &ret_files->file[ret_files->n];

			r = add_model_file(command, ret_files, conf, m,
					   instead ? &other : &conf->model_file[m->first + j]);
			d->file.volume = m->volume || volume;
		}
	if (r)
		return r;
	qsort(ret_files->file, ret_files->n, sizeof(ret_files->file[0]), by_name);
	return digest_files(command, ret_files->file, ret_files->n);
}

static bool container_on_volume(const struct imageconf *conf, uint64_t size)
{
	return conf->storage == STORAGE_VOLUME ||
	       (conf->storage == STORAGE_BY_SIZE && size > EMBEDDED_MAX);
}

int planfiles_container(const char *command, const struct imageconf *conf, const char *path,
			struct planfiles *files)
{
	struct digesting *d = &files->file[files->n];
	uint8_t magic[sizeof(erofs_magic)];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool erofs;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0) {
		r = fail(command, "--container: %s: %s", path, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	erofs = pread(fd, magic, sizeof(magic), EROFS_OFFSET) == sizeof(magic) &&
		!memcmp(magic, erofs_magic, sizeof(magic));
	(void)close(fd);
	if (!erofs)
		return fail(command, "--container: %s: not an EROFS file system", path);
	*d = (struct digesting){ .where = "--container", .path = path };
	d->file.name = PLAN_CONTAINER_PART;
	d->file.volume = container_on_volume(conf, (uint64_t)st.st_size);
	d->file.fsverity = d->file.volume;
	files->n++;
	r = digest_files(command, d, 1);
	qsort(files->file, files->n, sizeof(files->file[0]), by_name);
	return r;
}

bool planfiles_on_volume(const struct planfiles *files)
{
	for (size_t i = 0; i < files->n; i++)
		if (files->file[i].file.volume)
			return true;
	return false;
}

const char *planfiles_modules_of(const struct imageconf *conf)
{
	bool amd = imageconf_passes(conf, "kfd");

	for (size_t i = 0; i < conf->modules.n; i++)
		amd |= !strcmp(conf->modules.v[i], "amdgpu");
	return amd ? "linux-amd" : "linux-devices";
}

int planfiles_kernel(const char *command, const struct imageconf *conf, bool volume,
		     const char *container, const char **ret_name)
{
	bool modules;
	struct stat st;

	if (stat(container, &st) < 0)
		return fail(command, "--container: %s: %s", container, strerror(errno));
	for (size_t i = 0; i < conf->n_model; i++)
		volume |= conf->model[i].volume;
	modules = conf->modules.n > 0 || conf->config_allow || machine_modules(conf->machine)[0] ||
		  conf->devices.n > 0 || (volume && conf->n_model > 0) ||
		  container_on_volume(conf, (uint64_t)st.st_size);
	*ret_name = modules ? planfiles_modules_of(conf) : "linux";
	return 0;
}

static int add_module(const char *command, struct planfiles *files, const char *dir,
		      const char *name, size_t len, bool volume)
{
	struct digesting *d = &files->file[files->n];
	char path[PATH_LEN];

	for (size_t i = 0; i < files->n; i++)
		if (strlen(files->file[i].file.name) == len &&
		    !strncmp(files->file[i].file.name, name, len))
			return 0;
	if (files->n == PLAN_MODULES_MAX)
		return fail(command, "more than %d modules of the kernel", PLAN_MODULES_MAX);
	(void)snprintf(path, sizeof(path), "%s/%.*s.ko", dir, (int)len, name);
	d->where = "--modules";
	d->path = keep(files, path, strlen(path));
	d->file.name = keep(files, name, len);
	d->file.volume = volume;
	if (!d->path || !d->file.name)
		return fail(command, "out of memory");
	files->n++;
	return 0;
}

/*
 * The line of modules/order that ends with this module: what to load, in order. NULL: there is
 * none.
 */
static const char *find_order(const char *order, const char *name)
{
	for (const char *line = order; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t len = strcspn(line, "\n"), n = strlen(name);

		if (len >= n && !strncmp(line + len - n, name, n) &&
		    (len == n || line[len - n - 1] == ' '))
			return line;
	}
	return NULL;
}

static int add_with_dependencies(const char *command, struct planfiles *files, const char *dir,
				 const char *order, const char *name, bool volume)
{
	const char *word = find_order(order, name);
	int r = 0;

	if (!word)
		return fail(command, "%s/order: the kernel has no module \"%s\"", dir, name);
	while (r == 0 && *word && *word != '\n') {
		size_t len = strcspn(word, " \n");

		r = add_module(command, files, dir, word, len, volume);
		word += len + (word[len] == ' ');
	}
	return r;
}

/* word, behind what the module has already. */
static int add_parameter(const char *command, const struct imageconf *conf, struct planfiles *files,
			 const char *name, const char *word)
{
	char text[PLAN_PARAMETERS_MAX + 1];
	size_t i = 0;
	int len;

	if (!name)
		return fail(command, "%s: [devices] modules: %s: no module before it", conf->path,
			    word);
	while (strcmp(files->file[i].file.name, name) != 0)
		i++;
	len = snprintf(text, sizeof(text), "%s%s%s",
		       files->parameters[i] ? files->parameters[i] : "",
		       files->parameters[i] ? " " : "", word);
	if ((size_t)len >= sizeof(text))
		return fail(command, "%s: [devices] modules: parameters of %s: over %d characters",
			    conf->path, name, PLAN_PARAMETERS_MAX);
	files->parameters[i] = keep(files, text, (size_t)len);
	return files->parameters[i] ? 0 : fail(command, "out of memory");
}

/* A word with "=" is a parameter of the module before it. */
static int add_named(const char *command, const struct imageconf *conf, struct planfiles *files,
		     const char *dir, const char *order)
{
	const char *name = NULL;
	int r = 0;

	for (size_t i = 0; i < conf->modules.n && r == 0; i++) {
		const char *word = conf->modules.v[i];

		if (strchr(word, '=')) {
			r = add_parameter(command, conf, files, name, word);
		} else {
			name = word;
			r = add_with_dependencies(command, files, dir, order, name, false);
		}
	}
	return r;
}

int planfiles_modules(const char *command, const struct imageconf *conf, bool volume,
		      const char *dir, struct planfiles *ret_files)
{
	AUTO_FREE uint8_t *order = NULL;
	char path[PATH_LEN];
	const char *const *machine = machine_modules(conf->machine);
	size_t len;
	int r;

	if (conf->modules.n == 0 && !volume && !conf->config_allow && !*machine)
		return 0;
	if (!dir)
		return fail_usage(command, "%s: needs modules of the kernel: --modules DIR",
				  conf->path);
	(void)snprintf(path, sizeof(path), "%s/order", dir);
	r = read_file(path, ORDER_MAX, &order, &len);
	if (r < 0)
		return fail(command, "--modules: %s: %s", path, strerror(-r));
	for (; *machine && r == 0; machine++)
		r = add_with_dependencies(command, ret_files, dir, (const char *)order, *machine,
					  false);
	if (r == 0)
		r = add_named(command, conf, ret_files, dir, (const char *)order);
	if (conf->config_allow && machine_source(conf->machine) == PLAN_FW_CFG && r == 0)
		r = add_with_dependencies(command, ret_files, dir, (const char *)order,
					  PLAN_FW_CFG_MODULE, false);
	for (size_t i = 0; volume && r == 0 && i < sizeof(volume_modules) / sizeof(char *); i++)
		r = add_with_dependencies(command, ret_files, dir, (const char *)order,
					  volume_modules[i], true);
	return r ? r : digest_files(command, ret_files->file, ret_files->n);
}

/* Whether it can be opened as a file, or be run as one. 0, or an errno. */
static int check_file(const char *path, int mode)
{
	struct stat st;

	if (access(path, mode) < 0 || stat(path, &st) < 0)
		return errno;
	return S_ISDIR(st.st_mode) ? EISDIR : S_ISREG(st.st_mode) ? 0 : EINVAL;
}

/* The build sees the source tree and nothing else. */
static int missing(const char *command, const char *where, const char *path, int error)
{
	const char *todo =
		error == ENOENT
			? "; a file outside of the source tree must be copied into it, since the build sees nothing else"
		: error == EACCES ? "; it must be readable, and a recipe executable (chmod +x)"
				  : "; it must be a file";

	return fail(command, "%s: %s: %s%s", where, path, strerror(error), todo);
}

static int check_models(const char *command, const struct imageconf *conf, const char *instead)
{
	for (size_t i = 0; i < conf->n_model_file; i++) {
		const struct imageconf_file *f = &conf->model_file[i];
		char where[PATH_LEN];
		int error;

		(void)snprintf(where, sizeof(where), "%s:%u", conf->path, f->line);
		error = check_file(instead ? instead : f->path, R_OK);
		if (error)
			return missing(command, instead ? "--model" : where,
				       instead ? instead : f->path, error);
	}
	return 0;
}

int planfiles_source(const char *command, const struct imageconf *conf, const char *instead,
		     const char *layout)
{
	const char *recipe = layout ? NULL : conf->recipe;
	const char *path = recipe ? recipe : layout ? layout : conf->layout;
	int r = check_models(command, conf, instead), error;

	error = recipe ? check_file(path, X_OK) : access(path, R_OK) < 0 ? errno : 0;
	if (r == 0 && error && recipe)
		r = missing(command, conf->path, path, error);
	else if (r == 0 && error)
		r = fail(command, "%s: %s: %s", layout ? "--layout" : conf->path, path,
			 strerror(error));
	if (r == 0)
		printf("%s %s\n", recipe ? "recipe" : "layout", path);
	return r;
}

static bool write_file(FILE *out, const char *dir, const struct digesting *file, const char *suffix)
{
	return fprintf(out, "file %s/%s%s %s 0444 0 0\n", dir, file->file.name, suffix,
		       file->path) > 0;
}

static bool write_models(FILE *out, const struct planfiles *models)
{
	const char *folder = "";
	bool good = true;

	for (size_t i = 0; i < models->n && good; i++) {
		const struct digesting *file = &models->file[i];
		size_t len = model_name_len(&file->file);

		if (file->file.volume)
			continue;
		if (file->file.name[len] && strncmp(folder, file->file.name, len + 1))
			good = fprintf(out, "dir " PLAN_MODEL_DIR "/%.*s 0755 0 0\n", (int)len,
				       file->file.name) > 0;
		folder = file->file.name;
		good = good && write_file(out, PLAN_MODEL_DIR, file, "");
	}
	return good;
}

/* Every folder once, before what is in it. */
static bool write_firmware(FILE *out, const struct planfiles *firmware)
{
	const char *last = "";
	bool good = firmware->n == 0 || fputs("dir " PLAN_FIRMWARE_DIR " 0755 0 0\n", out) >= 0;

	for (size_t i = 0; i < firmware->n && good; i++) {
		const char *name = firmware->file[i].file.name;

		for (const char *s = strchr(name, '/'); s && good; s = strchr(s + 1, '/'))
			if (strncmp(last, name, (size_t)(s - name) + 1) != 0)
				good = fprintf(out, "dir " PLAN_FIRMWARE_DIR "/%.*s 0755 0 0\n",
					       (int)(s - name), name) > 0;
		last = name;
		good = good && write_file(out, PLAN_FIRMWARE_DIR, &firmware->file[i], "");
	}
	return good;
}

int planfiles_manifest(const char *command, const char *path, const struct planfiles *container,
		       const struct planfiles *models, const struct planfiles *modules,
		       const struct planfiles *firmware, bool asks)
{
	FILE *out = fopen(path, "we");
	bool good;

	if (!out)
		return fail(command, "%s: %s", path, strerror(errno));
	good = planfiles_on_volume(container) ||
	       fputs("file " PLAN_CONTAINER_PATH " ${OUT}/container.erofs 0444 0 0\n", out) >= 0;
	good = good && write_models(out, models);
	if (good && modules->n > 0)
		good = fputs("dir " PLAN_MODULE_DIR " 0755 0 0\n", out) >= 0;
	for (size_t i = 0; i < modules->n && good; i++)
		good = write_file(out, PLAN_MODULE_DIR, &modules->file[i], ".ko");
	good = good && write_firmware(out, firmware);
	if (good && asks)
		good = fputs("file /bin/cloud ${GUEST}/cloud 0700 0 0\n", out) >= 0;
	if (fclose(out))
		good = false;
	return good ? 0 : fail(command, "%s: cannot be written", path);
}

/* Bytes of memory that those take that are on a volume. */
static uint64_t volume_memory(const struct planfiles *files)
{
	const uint64_t page = DIGESTS_PIECE;
	uint64_t bytes = 0;

	for (size_t i = 0; i < files->n; i++)
		if (files->file[i].file.volume)
			bytes += (files->file[i].file.size + page - 1) / page * page;
	return bytes;
}

int planfiles_volume_memory(const char *command, const char *path,
			    const struct planfiles *container, const struct planfiles *models,
			    uint64_t beside)
{
	uint64_t bytes = volume_memory(container) + volume_memory(models);
	FILE *out = fopen(path, "we");
	bool good;

	if (!out)
		return fail(command, "%s: %s", path, strerror(errno));
	if (bytes > 0)
		bytes += beside;
	good = fprintf(out, "%" PRIu64 "\n", bytes) > 0;
	if (fclose(out))
		good = false;
	return good ? 0 : fail(command, "%s: cannot be written", path);
}

int planfiles_os_release(const char *command, const char *path, const struct plan *plan)
{
	const char *debug = plan->debug ? "-debug" : "";
	FILE *out = fopen(path, "we");
	bool good;

	if (!out)
		return fail(command, "%s: %s", path, strerror(errno));
	good = fprintf(out, "ID=rampart\nNAME=Rampart\nPRETTY_NAME=\"Rampart %s%s %s\"\n",
		       plan->image, debug, plan->version) > 0 &&
	       fprintf(out, "IMAGE_ID=%s%s\nIMAGE_VERSION=%s\nVERSION_ID=%s\n", plan->image, debug,
		       plan->version, plan->version) > 0;
	if (fclose(out))
		good = false;
	return good ? 0 : fail(command, "%s: cannot be written", path);
}

void planfiles_done(struct planfiles *files)
{
	digesting_done(files->file, files->n);
	words_done(&files->pool);
}
