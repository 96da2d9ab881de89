// SPDX-License-Identifier: GPL-2.0
/* The stand-in's unified memory: a character device of a number that the kernel chooses. */
#include <linux/fs.h>
#include <linux/module.h>

#include "tests/nvidia/nvidia.h"

static int major_number;

/* Plain numbers; an errno would be anything above -4096. */
static long uvm_ioctl(struct file *file, unsigned int request, unsigned long argument)
{
	return request & 0xff;
}

static const struct file_operations uvm_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = uvm_ioctl,
};

static int __init uvm_init(void)
{
	if (nvidia_stand_in_gpus() == 0)
		return -ENODEV;
	major_number = register_chrdev(0, "nvidia-uvm", &uvm_operations);
	return major_number < 0 ? major_number : 0;
}

static void __exit uvm_exit(void)
{
	unregister_chrdev(major_number, "nvidia-uvm");
}

module_init(uvm_init);
module_exit(uvm_exit);
MODULE_DESCRIPTION("stand-in for NVIDIA's unified memory, for tests");
MODULE_LICENSE("GPL");
