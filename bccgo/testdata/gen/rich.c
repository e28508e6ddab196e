/* Every sort of type that a program can share with Go. */
enum color { RED, GREEN = 5, BLUE = -1, OLD_GREEN = 5 };

typedef enum { TASK_IDLE = 1, TASK_BUSY = 500 } task_state_t;

typedef char label_t[24];

struct point {
	s16 x;
	u8 rgb[3];
};

union address {
	u32 v4;
	u8 v6[16];
	struct point at[2];
	char name[16];
	bool set;
};

struct header {
	u8 kind;
	u32 length;
	u64 when;
	struct point at;
	u16 ports[2];
} __attribute__((packed));

typedef struct {
	u32 pid;
	char comm[16];
} who_t;

struct flags {
	u32 low:3;
	int neg:4;
	u64 wide:40;
	bool ok:1;
	enum color paint:5;
	u16 after;
};

struct data_t {
	u8 first;
	who_t who;
	struct point points[2];
	union address addr;
	union {
		u64 whole;
		struct {
			u32 low, high;
		} half;
		struct {
			u32 odd:1;
			u32 rest:31;
		};
	};
	struct flags flags;
	struct header head;
	enum color color;
	task_state_t state;
	struct {
		int deep;
		char text[20];
	} inner;
	char names[2][8];
	label_t label;
	bool yes;
	s64 count;
	void *where;
	unsigned __int128 huge;
};

struct small_t {
	u64 ts;
	u32 cpu;
};

BPF_PERF_OUTPUT(events);
BPF_RINGBUF_OUTPUT(ring, 8);
BPF_HASH(seen, who_t, struct point);
BPF_HASH(points, struct point, union address);
BPF_HASH(colors, enum color, u64);
BPF_PERCPU_ARRAY(sums, struct small_t, 1);
BPF_HASH(labels, label_t, task_state_t);
BPF_QUEUE(todo, struct small_t, 16);
BPF_STACK_TRACE(stacks, 16);

TRACEPOINT_PROBE(syscalls, sys_enter_getppid)
{
	struct data_t d = {};
	struct small_t s = { .ts = 1ull << 40, .cpu = 7 };
	who_t who = { .pid = 77 };
	struct point at = { .x = -3, .rgb = { 1, 2, 3 } };
	union address addr = {};
	enum color green = GREEN;
	u64 count = 12;
	label_t label = {};
	task_state_t busy = TASK_BUSY;

	if (bpf_get_current_pid_tgid() >> 32 != ME)
		return 0;
	d.first = 200;
	d.who.pid = 4321;
	__builtin_memcpy(d.who.comm, "writer", 7);
	d.points[0].x = -5;
	d.points[1].x = 300;
	d.points[1].rgb[2] = 77;
	d.addr.at[1].x = -12;
	d.addr.at[1].rgb[1] = 9;
	d.half.low = 0x80000001;
	d.half.high = 2;
	d.flags.low = 5;
	d.flags.neg = -3;
	d.flags.wide = 0x8123456789ull;
	d.flags.ok = 1;
	d.flags.paint = GREEN;
	d.flags.after = 40000;
	d.head.kind = 3;
	d.head.length = 0x01020304;
	d.head.when = 0x1122334455667788ull;
	d.head.at.x = -2;
	d.head.at.rgb[0] = 8;
	d.head.ports[1] = 443;
	d.color = BLUE;
	d.state = TASK_BUSY;
	d.inner.deep = -9;
	__builtin_memcpy(d.inner.text, "deep down", 10);
	__builtin_memcpy(d.names[1], "second", 7);
	__builtin_memcpy(d.label, "a label", 8);
	d.yes = true;
	d.count = -1;
	d.where = (void *)0xdeadbeef;
	d.huge = 1;
	events.perf_submit(args, &d, sizeof(d));
	ring.ringbuf_output(&s, sizeof(s), 0);
	seen.update(&who, &at);
	addr.v4 = 0x0100007f;
	points.update(&at, &addr);
	colors.update(&green, &count);
	__builtin_memcpy(label, "key", 4);
	labels.update(&label, &busy);
	todo.push(&s, 0);
	return 0;
}
