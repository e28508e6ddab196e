package irqs

// C goes between the tool's struct id and its tracepoints. UNIT is in nanoseconds.
const C = `
struct config {
	u32 on;		/* 0 until all is attached */
	s32 cpu;	/* negative for all */
};

/* The slot is 0 unless there are histograms. */
struct id_slot {
	struct id id;
	u64 slot;
};

struct sum {
	u64 ns;
	u64 count;
};

struct running {
	u64 begin;	/* 0 if none runs */
	u64 task;	/* that it has interrupted, or runs in */
	struct id id;
};

BPF_ARRAY(settings, struct config, 1);
BPF_PERCPU_ARRAY(places, struct running, PLACES);
BPF_HASH(sums, struct id_slot, struct sum, 16384);

static inline int wanted(void)
{
	int zero = 0;
	struct config *c = settings.lookup(&zero);

	return c && c->on && (c->cpu < 0 || c->cpu == bpf_get_smp_processor_id());
}

static inline int enter(u32 place, struct id *id)
{
	struct running *r = places.lookup(&place);

	if (!r || !wanted())
		return 0;
	r->id = *id;
	r->task = bpf_get_current_pid_tgid();
	r->begin = bpf_ktime_get_ns();
	return 0;
}

static inline void add(struct id *id, u64 ns)
{
	struct id_slot key = {.id = *id};
	struct sum none = {}, *sum;

#ifdef DIST
	key.slot = bpf_log2l(ns / UNIT);
#endif
	sum = sums.lookup_or_try_init(&key, &none);
	if (!sum) {
		miss(MISSED_CALLS);
		return;
	}
	lock_xadd(&sum->ns, ns);
	lock_xadd(&sum->count, 1);
}

static inline int leave(u32 place, int handled)
{
	u64 begin, now = bpf_ktime_get_ns();
	struct running *r = places.lookup(&place);

	if (!r)
		return 0;
	begin = r->begin;
	r->begin = 0;
	/* Another task means that the entry or the exit before was not seen. */
	if (begin && begin <= now && handled && r->task == bpf_get_current_pid_tgid())
		add(&r->id, now - begin);
	return 0;
}
`

// config is the program's struct config.
type config struct {
	On  uint32
	CPU int32
}

// key is the program's struct id_slot.
type key[ID comparable] struct {
	ID   ID
	Slot uint64
}

// sum is the program's struct sum.
type sum struct{ Ns, Count uint64 }

func (s sum) minus(before sum) sum { return sum{s.Ns - before.Ns, s.Count - before.Count} }
