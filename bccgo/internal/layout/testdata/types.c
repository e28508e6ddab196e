/*
 * The types behind types.btf and desc.json. Both were recorded by compiling
 * this text with libbcc 0.26 (LLVM 14, x86-64, -target bpf): the BTF as the
 * kernel took it, the descriptions as libbcc reports them for each map.
 */
enum color { RED, GREEN = 5, BLUE = -1 };

typedef struct {
	u32 a;
	u64 b;
} anon_t;

struct inner {
	u8 x;
	u16 y;
};

union small {
	u32 a;
	char b[6];
};

struct packed {
	u8 a;
	u32 b;
	u64 c;
} __attribute__((packed));

struct wide {
	u8 a;
} __attribute__((aligned(32)));

struct scalars {
	u8 u8v;
	char cv;
	s8 s8v;
	short shv;
	u16 u16v;
	int iv;
	u32 u32v;
	long lv;
	u64 u64v;
	s64 s64v;
	bool bv;
	enum color col;
	pid_t pid;
	__be16 port;
	void *ptr;
	const volatile u32 cvv;
	int (*fn)(int);
	unsigned __int128 big;
	__int128 sbig;
};

struct parts {
	char comm[16];
	struct inner in;
	struct inner ins[3];
	union small un;
	anon_t an;
	struct {
		u32 q;
		u16 r;
	};
	union {
		u32 z;
		u8 zz[4];
	};
	struct {
		int deep;
	} named;
	u8 last;
	char tail[0];
};

struct bits {
	u32 f1:3;
	u32 f2:5;
	u64 f3:40;
	int neg:4;
	bool flag:1;
	u16 after;
	u32 a:3;
	u32 :5;
	u32 b:8;
	u32 :0;
	u8 c:2;
};

struct packedbits {
	u8 a;
	u32 b:3;
	u32 c:7;
	u64 d;
} __attribute__((packed));

struct bitsafter {
	u8 a;
	u32 b:8;
	u32 c:20;
	u64 d:60;
	u8 e;
	u32 f:30;
	struct inner in;
	struct packed pk;
	struct inner more;
};

struct grid {
	u32 cells[2][3];
};

struct event {
	u64 ts;
	u32 pid;
	char comm[16];
	int ret;
};

typedef char comm_t[16];

BPF_HASH(scalars, struct scalars, anon_t);
BPF_HASH(parts, struct parts, struct inner);
BPF_HASH(bits, struct bits, union small);
BPF_HASH(packedbits, struct packedbits, struct packed);
BPF_HASH(bitsafter, struct bitsafter, struct wide);
BPF_HASH(grid, struct grid, enum color);
BPF_HASH(event, struct event, bool);
BPF_HASH(comm, comm_t, void *);
BPF_HASH(chars, char, unsigned __int128);
BPF_HASH(numbers, u64, u32);
