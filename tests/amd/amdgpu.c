// SPDX-License-Identifier: GPL-2.0
/*
 * A stand-in for AMD's driver with one GPU, for tests: /dev/kfd and its topology, as
 * amdgpu has them whether there is a GPU or not; and, when its firmware is there as the module is
 * loaded, a render node on a PCI function and the topology's node. Ioctls answer with their own number.
 */
#include <linux/device.h>
#include <linux/firmware.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#define FIRMWARE     "amdgpu/stand_in_pfp.bin"
#define DRM_MAJOR    226
#define RENDER_MINOR 128
#define GPU_ID	     51110

static int gpus = 1;
module_param(gpus, int, 0444);

static struct class *kfd_class, *drm_class;

static long answer(struct file *file, unsigned int request, unsigned long argument)
{
	return _IOC_NR(request);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = answer,
};

/* What it is about is what is in it; the number of a GPU is not 0. */
static ssize_t show_text(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s of %s\n", attr->attr.name, kobject_name(kobj));
}

static ssize_t show_id(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", strcmp(kobject_name(kobj), "0") ? GPU_ID : 0);
}

#define TEXT(name) static struct kobj_attribute attr_##name = __ATTR(name, 0444, show_text, NULL)
TEXT(generation_id);
TEXT(system_properties);
TEXT(name);
TEXT(properties);
TEXT(used_memory);
static struct kobj_attribute attr_gpu_id = __ATTR(gpu_id, 0444, show_id, NULL);

static struct kobject *folder(struct kobject *parent, const char *name)
{
	return parent ? kobject_create_and_add(name, parent) : NULL;
}

static int text(struct kobject *kobj, const struct kobj_attribute *attr)
{
	return kobj ? sysfs_create_file(kobj, &attr->attr) : -ENOMEM;
}

static int make_node(struct kobject *nodes, const char *number)
{
	struct kobject *node = folder(nodes, number);
	struct kobject *bank = folder(folder(node, "mem_banks"), "0");

	return text(node, &attr_gpu_id) ?: text(node, &attr_name) ?: text(node, &attr_properties) ?:
	       text(bank, &attr_properties) ?: text(bank, &attr_used_memory) ?:
	       text(folder(folder(node, "caches"), "0"), &attr_properties);
}

static bool starts(void)
{
	const struct firmware *firmware;

	if (gpus == 0 || request_firmware(&firmware, FIRMWARE, NULL) < 0)
		return false;
	release_firmware(firmware);
	return true;
}

static char *drm_node(const struct device *dev, umode_t *mode)
{
	return kasprintf(GFP_KERNEL, "dri/%s", dev_name(dev));
}

/* On whatever function is the first one. */
static int make_gpu(struct kobject *nodes)
{
	struct pci_dev *function = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, NULL);
	int r = register_chrdev(DRM_MAJOR, "drm", &operations);

	if (r < 0 || !function)
		return r < 0 ? r : -ENODEV;
	drm_class = class_create("drm");
	if (IS_ERR(drm_class))
		return PTR_ERR(drm_class);
	drm_class->devnode = drm_node;
	device_create(drm_class, &function->dev, MKDEV(DRM_MAJOR, RENDER_MINOR), NULL, "renderD%d",
		      RENDER_MINOR);
	return make_node(nodes, "1");
}

static int __init amdgpu_init(void)
{
	int major = register_chrdev(0, "kfd", &operations);
	struct kobject *topology, *nodes;
	struct device *kfd;

	kfd_class = class_create("kfd");
	if (major < 0 || IS_ERR(kfd_class))
		return -ENOMEM;
	kfd = device_create(kfd_class, NULL, MKDEV(major, 0), NULL, "kfd");
	if (IS_ERR(kfd))
		return PTR_ERR(kfd);
	topology = folder(&kfd->kobj, "topology");
	nodes = folder(topology, "nodes");
	return text(topology, &attr_generation_id) ?: text(topology, &attr_system_properties) ?:
	       make_node(nodes, "0") ?: (starts() ? make_gpu(nodes) : 0);
}

module_init(amdgpu_init);
MODULE_DESCRIPTION("stand-in for AMD's driver, for tests");
MODULE_LICENSE("GPL");
