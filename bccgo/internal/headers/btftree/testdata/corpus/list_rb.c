#include <linux/rbtree_augmented.h>
#include <linux/hrtimer.h>

int leftmost(struct pt_regs *ctx, struct timerqueue_head *head)
{
	struct rb_node *node = head->rb_root.rb_leftmost;
	u64 color;

	if (!node)
		return 0;
	color = node->__rb_parent_color & RB_BLACK;
	return color == RB_RED ? 1 : 2;
}
