#include <linux/list.h>
#include <linux/rculist.h>

int list(struct pt_regs *ctx, struct list_head *head, struct hlist_head *hash, struct hlist_node *node)
{
	if (list_empty(head) || list_is_singular(head) || hlist_empty(hash) || hlist_unhashed(node))
		return 0;
	return list_is_last(head->prev, head);
}
