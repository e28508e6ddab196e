package hist

import (
	"fmt"

	"github.com/bccgo/bcc/bccgo"
)

// Slots is how many slots a histogram by powers of two has, counted from 0.
const Slots = 65

// maxSlot is the highest slot that a program may count in: a histogram holds all
// slots below.
const maxSlot = 1<<16 - 1

// C counts in the table "dist" by group, a number of the tool's own that says which
// histogram it is, and slot: count_in(group, slot) any slot, count_log2(group, value)
// that of the power of two. The macro GROUPS is how many histograms there is room
// for, 512 by default. It goes behind toolkit.MissedC.
const C = `
#ifndef GROUPS
#define GROUPS 512
#endif

struct group_slot {
	u64 group;
	u64 slot;
};

BPF_HASH(dist, struct group_slot, u64, GROUPS * 32);

static inline void count_in(u64 group, u64 slot)
{
	struct group_slot key = {.group = group, .slot = slot};
	u64 none = 0, *n = dist.lookup_or_try_init(&key, &none);

	if (n)
		lock_xadd(n, 1);
	else
		miss(MISSED_CALLS);
}

static inline void count_log2(u64 group, u64 value)
{
	count_in(group, bpf_log2l(value));
}
`

type key struct{ Group, Slot uint64 }

// Counter reads what a program with C has counted. The table only grows, so that
// nothing is lost between reading and clearing: what came since the last time is the
// difference.
type Counter struct {
	dist *bccgo.TypedMap[key, uint64]
	seen map[key]uint64
}

// NewCounter returns the counter of a loaded program.
func NewCounter(m *bccgo.Module) (*Counter, error) {
	dist, err := bccgo.Map[key, uint64](m, "dist")
	if err != nil {
		return nil, err
	}
	return &Counter{dist, make(map[key]uint64)}, nil
}

// Next returns the counts of the slots by group, since the last call. Groups in which
// nothing was counted are left out.
func (c *Counter) Next() (map[uint64][]uint64, error) {
	groups := make(map[uint64][]uint64)
	for k, n := range c.dist.All() {
		if k.Slot > maxSlot {
			return nil, fmt.Errorf("read the histogram: slot %d is above %d", k.Slot, maxSlot)
		}
		c.add(groups, k, n)
	}
	if err := c.dist.Err(); err != nil {
		return nil, fmt.Errorf("read the histogram: %w", err)
	}
	return groups, nil
}

// add puts what is new of a count into its group.
func (c *Counter) add(groups map[uint64][]uint64, k key, n uint64) {
	fresh := n - c.seen[k]
	c.seen[k] = n
	if fresh == 0 {
		return
	}
	counts := groups[k.Group]
	for uint64(len(counts)) <= max(k.Slot, Slots-1) {
		counts = append(counts, 0)
	}
	counts[k.Slot] += fresh
	groups[k.Group] = counts
}
