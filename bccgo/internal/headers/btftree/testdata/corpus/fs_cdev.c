#include <linux/fs.h>
#include <linux/cdev.h>
#include <linux/tty.h>

int ioctl(struct pt_regs *ctx, struct file *file, unsigned int cmd)
{
	struct cdev *cdev = file->f_inode->i_cdev;

	if (_IOC_TYPE(cmd) != 'T' || _IOC_DIR(cmd) == _IOC_READ)
		return 0;
	return cdev->dev + cdev->count + _IOC_NR(TCGETS) + _IOC_SIZE(FIONREAD);
}
