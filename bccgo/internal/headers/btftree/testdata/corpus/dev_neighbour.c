#include <net/neighbour.h>

int update(struct pt_regs *ctx, struct neighbour *n, const u8 *lladdr, u8 new)
{
	if (new & (NUD_REACHABLE | NUD_PERMANENT) && n->nud_state & NUD_STALE)
		return n->dev->ifindex;
	return new & (NUD_FAILED | NUD_INCOMPLETE | NUD_DELAY | NUD_PROBE);
}
