// SPDX-License-Identifier: GPL-2.0
/*
 * A stand-in for NVIDIA's driver with one GPU, for tests: the same character device, the same files in
 * /proc, firmware that is asked for when the GPU is opened by the first, and ioctls that answer with
 * their own number. There is no node but what a program makes.
 */
#include <linux/firmware.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "tests/nvidia/nvidia.h"

#define MAJOR_NUMBER  195
#define CONTROL_MINOR 255
#define SYS_PARAMS    0xd6 /* answers with the parameter */
#define FIRMWARE      "nvidia/1.2/gsp_ga10x.bin"

static int NVreg_NvLinkDisable;
module_param(NVreg_NvLinkDisable, int, 0444);

static int gpus = 1;
module_param(gpus, int, 0444);

static DEFINE_MUTEX(lock);
static unsigned int users; /* of the GPU: it runs while there are any */

/* For nvidia-uvm, so that it depends on this as the real one does. */
int nvidia_stand_in_gpus(void)
{
	return gpus;
}
EXPORT_SYMBOL_GPL(nvidia_stand_in_gpus);

static int start(void)
{
	const struct firmware *firmware;

	if (request_firmware(&firmware, FIRMWARE, NULL) < 0)
		return -EIO;
	release_firmware(firmware);
	return 0;
}

static int nvidia_open(struct inode *inode, struct file *file)
{
	int r = 0;

	if (iminor(inode) == CONTROL_MINOR)
		return 0;
	if (iminor(inode) >= gpus)
		return -ENODEV;
	mutex_lock(&lock);
	if (users == 0)
		r = start();
	if (r == 0)
		users++;
	mutex_unlock(&lock);
	return r;
}

static int nvidia_release(struct inode *inode, struct file *file)
{
	mutex_lock(&lock);
	if (iminor(inode) != CONTROL_MINOR)
		users--;
	mutex_unlock(&lock);
	return 0;
}

static long nvidia_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	return _IOC_NR(request) == SYS_PARAMS ? NVreg_NvLinkDisable : _IOC_NR(request);
}

static const struct file_operations nvidia_operations = {
	.owner = THIS_MODULE,
	.open = nvidia_open,
	.release = nvidia_release,
	.unlocked_ioctl = nvidia_ioctl,
};

static int show_params(struct seq_file *out, void *data)
{
	seq_printf(out, "NvLinkDisable: %d\n", NVreg_NvLinkDisable);
	return 0;
}

static int show_information(struct seq_file *out, void *data)
{
	seq_puts(out, "Model: \t\t Stand-in\nDevice Minor: \t 0\n");
	return 0;
}

static int __init nvidia_init(void)
{
	struct proc_dir_entry *dir;
	int r;

	if (gpus == 0)
		return -ENODEV;
	r = register_chrdev(MAJOR_NUMBER, "nvidia", &nvidia_operations);
	if (r < 0)
		return r;
	dir = proc_mkdir("driver/nvidia", NULL);
	proc_create_single("params", 0444, dir, show_params);
	proc_mkdir("driver/nvidia/gpus", NULL);
	dir = proc_mkdir("driver/nvidia/gpus/0000:01:00.0", NULL);
	proc_create_single("information", 0444, dir, show_information);
	return 0;
}

static void __exit nvidia_exit(void)
{
	remove_proc_subtree("driver/nvidia", NULL);
	unregister_chrdev(MAJOR_NUMBER, "nvidia");
}

module_init(nvidia_init);
module_exit(nvidia_exit);
MODULE_DESCRIPTION("stand-in for NVIDIA's driver, for tests");
MODULE_LICENSE("GPL");
