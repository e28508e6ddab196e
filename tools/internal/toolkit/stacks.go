package toolkit

import (
	"errors"
	"fmt"

	"github.com/bccgo/bcc/bccgo"
)

// StacksC keeps stacks in a table under a hash of 64 bits: the kernel's own table
// of stacks drops those whose place another has. It goes before a tool's own text;
// the macro STACKS is how many there is room for, 16,384 by default.
//
// user_stack(ip, caller, frame) returns the key of a stack of user space, which it
// follows by frame pointers from the given frame on, below the places ip and
// caller; a caller of 0 is left out. That is done here because the kernel's way
// loses stacks where probes can be preempted. Loops, here and below, need Linux 5.3.
//
// kernel_stack(ctx) is the same of the kernel's, and process_stack(ctx) that of user
// space, for programs that run in the kernel. A key of 0 means that there is no
// stack, as a thread of the kernel has none in user space, and MISSED_STACK that it
// could not be kept, which Losses counts: the text goes behind MissedC.
//
// Where nothing interrupts the program that could take a stack itself, as at the
// scheduler's tracepoints, the macro SCRATCH_PER_CPU makes it faster.
const StacksC = `
#define STACK_DEPTH 127

#define MISSED_STACK 1

#ifndef STACKS
#define STACKS 16384
#endif

struct stack {
	u64 depth;
	u64 ip[STACK_DEPTH];
};

struct frame {
	u64 next;
	u64 ip;
};

BPF_HASH(stacks, u64, struct stack, STACKS);

#ifdef SCRATCH_PER_CPU
BPF_PERCPU_ARRAY(scratch, struct stack, 1);

static inline struct stack *scratch_stack(void)
{
	int zero = 0;

	return scratch.lookup(&zero);
}
#else
BPF_ARRAY(no_stack, struct stack, 1);
BPF_TABLE("lru_hash", u64, struct stack, scratch, 4096);

/* Space for a stack, of the thread's own: it may leave the processor meanwhile. */
static inline struct stack *scratch_stack(void)
{
	u64 thread = bpf_get_current_pid_tgid();
	int zero = 0;
	struct stack *s = no_stack.lookup(&zero);

	if (!thread)	/* the idle task is one on each processor */
		thread = 1ULL << 63 | bpf_get_smp_processor_id();
	if (s)
		s = scratch.lookup_or_try_init(&thread, s);
	if (!s)
		miss(MISSED_STACKS);
	return s;
}
#endif

static inline u64 mix(u64 hash, u64 ip)
{
	hash = (hash ^ ip) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 32;
}

static inline u64 keep_stack(struct stack *s, u64 key)
{
	if (key <= MISSED_STACK)
		key = MISSED_STACK + 1;
	if (!stacks.lookup(&key) && stacks.update(&key, s) && !stacks.lookup(&key)) {
		miss(MISSED_STACKS);
		return MISSED_STACK;
	}
	return key;
}

static inline u64 user_stack(u64 ip, u64 caller, u64 fp)
{
	struct stack *s = scratch_stack();
	struct frame frame;
	u64 hash = 0;
	int i;

	if (!s)
		return MISSED_STACK;
	s->depth = 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < STACK_DEPTH; i++) {
		s->ip[i] = ip;
		hash = mix(hash, ip);
		s->depth = i + 1;
		if (caller) {
			ip = caller;
			caller = 0;
			continue;
		}
		if (bpf_probe_read_user(&frame, sizeof(frame), (void *)fp) || !frame.ip)
			break;
		ip = frame.ip;
		fp = frame.next > fp ? frame.next : 0;
	}
	return keep_stack(s, hash);
}

static inline u64 taken_stack(void *ctx, u64 flags)
{
	struct stack *s = scratch_stack();
	u64 hash = 0;
	int size, i;

	if (!s)
		return MISSED_STACK;
	size = bpf_get_stack(ctx, s->ip, sizeof(s->ip), flags);
	if (size <= 0)
		return 0;
	s->depth = size / sizeof(u64);
#pragma clang loop unroll(disable)
	for (i = 0; i < STACK_DEPTH; i++) {
		if (i >= s->depth)
			break;
		hash = mix(hash, s->ip[i]);
	}
	return keep_stack(s, hash);
}

static inline u64 kernel_stack(void *ctx)
{
	return taken_stack(ctx, 0);
}

static inline u64 process_stack(void *ctx)
{
	return taken_stack(ctx, BPF_F_USER_STACK);
}

/* Where a function returns to, when it is entered. */
static inline u64 return_address(struct pt_regs *ctx)
{
#if defined(__x86_64__)
	u64 ip = 0;

	bpf_probe_read_user(&ip, sizeof(ip), (void *)PT_REGS_SP(ctx));
	return ip;
#else
	return PT_REGS_RET(ctx);
#endif
}
`

// StackMissed is the program's MISSED_STACK: the key of stacks that were not kept.
const StackMissed = 1

// stackDepth is the program's STACK_DEPTH.
const stackDepth = 127

// stack is the program's struct stack.
type stack struct {
	Depth uint64
	IP    [stackDepth]uint64
}

// Stacks reads the stacks that a program with StacksC keeps.
type Stacks struct {
	table   *bccgo.TypedMap[uint64, stack]
	symbols *bccgo.Symbols
}

// OpenStacks opens the program's table.
func OpenStacks(m *bccgo.Module) (*Stacks, error) {
	table, err := bccgo.Map[uint64, stack](m, "stacks")
	return &Stacks{table, m.Symbols()}, err
}

// Frames returns the places of a stack with their functions, innermost first: of a
// process, or of bccgo.KernelPID. The keys 0 and StackMissed have none.
func (s *Stacks) Frames(key uint64, pid int) ([]bccgo.Frame, error) {
	if key == 0 || key == StackMissed {
		return nil, nil
	}
	kept, err := s.table.Lookup(key)
	if err != nil && !errors.Is(err, bccgo.ErrKeyNotExist) {
		return nil, fmt.Errorf("read a stack: %w", err)
	}
	depth := min(kept.Depth, stackDepth)
	frames := make([]bccgo.Frame, 0, depth)
	for i, ip := range kept.IP[:depth] {
		frames = append(frames, bccgo.Frame{Addr: ip, Symbol: s.symbol(i, ip, pid)})
	}
	return frames, nil
}

// symbol finds the function of the place at index i. Where a function returns to
// is behind its call, which can be behind the end of the caller.
func (s *Stacks) symbol(i int, ip uint64, pid int) bccgo.Symbol {
	if i > 0 {
		if found, err := s.symbols.Lookup(ip-1, pid); err == nil {
			found.Offset++
			return found
		}
	}
	found, err := s.symbols.Lookup(ip, pid)
	if err != nil {
		found.Name = "" // shown as unknown
	}
	return found
}
