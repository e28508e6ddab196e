package verifier

// The kinds of refusals.
const (
	MissingNullCheck  Kind = "missing null check"
	NotRewritten      Kind = "pointer into the kernel"
	UnboundedSize     Kind = "unbounded size"
	UnboundedIndex    Kind = "unbounded index"
	BeyondValue       Kind = "beyond a table's value"
	BeyondPacket      Kind = "beyond the packet"
	BeyondStack       Kind = "beyond the stack"
	StackTooLarge     Kind = "stack too large"
	Uninitialised     Kind = "uninitialised memory"
	NoValue           Kind = "variable without a value"
	Loop              Kind = "loop"
	TooComplex        Kind = "too complex"
	HelperForOthers   Kind = "function for other programs"
	HelperUnknown     Kind = "function unknown to the kernel"
	GPLOnly           Kind = "license"
	ContextAccess     Kind = "context"
	ContextModified   Kind = "address in the context"
	Leak              Kind = "not given back"
	NotAcquired       Kind = "given back twice"
	WrongArgument     Kind = "wrong argument"
	WrongTable        Kind = "wrong table"
	PointerArithmetic Kind = "arithmetic with pointers"
	ReturnValue       Kind = "return value"
	ReadOnly          Kind = "read-only memory"
	Atomic            Kind = "atomic operation"
	Misaligned        Kind = "misaligned"
	Sleeping          Kind = "sleeping function"
	SpinLock          Kind = "spin lock"
	Unreachable       Kind = "code that is never reached"
	AddressLeak       Kind = "address given away"
	TypeAccess        Kind = "member of a kernel structure"
	NotTraceable      Kind = "function that cannot be traced"
)

// rules are tried in this order; the first that matches one of a log's last lines
// counts.
var rules = []rule{
	{MissingNullCheck, `R\d+ invalid mem access '(?:map_value|mem|alloc_mem|ringbuf_mem|rdonly_mem|ptr)_or_null_?'`,
		"a pointer is used that may be NULL: a table's lookup finds nothing where there is no entry, and a buffer may be full",
		"check it first: if (!p) return 0;"},
	{MissingNullCheck, `R\d+ (?:invalid mem access|type=)\s*'?(?:sock|sock_common|tcp_sock|xdp_sock|ptr)_or_null_?`,
		"a pointer to a socket or the like is used that may be NULL",
		"check it first: if (!p) return 0;"},
	{NotRewritten, `R\d+ invalid mem access '(?:inv|scalar|untrusted_ptr_|ptr_)'`,
		"memory is read through a pointer that the verifier does not know: one into the kernel or a process, which the compile step could not turn into a call",
		"copy it: bpf_probe_read_kernel(&value, sizeof(value), pointer), or bpf_probe_read_user for a process's memory; a pointer that is a parameter of the function is read without that"},
	{NotRewritten, `R\d+ invalid mem access 'map_ptr'`,
		"a table is read as if it were memory",
		"use its methods: table.lookup(&key)"},
	{UnboundedSize, `R\d+ min value is negative, either use unsigned or 'var &= const'`,
		"a size may be negative or larger than the memory, as far as the verifier can tell",
		"bound it right before its use: if (n > sizeof(buf)) n = sizeof(buf); with n unsigned, or n &= sizeof(buf) - 1 for a power of two"},
	{UnboundedSize, `R\d+ unbounded memory access, use 'var &= const' or 'if \(var < const\)'`,
		"a size has no upper bound",
		"bound it right before its use: if (n > sizeof(buf)) n = sizeof(buf);"},
	{UnboundedIndex, `math between (\w+) pointer and register with unbounded min value is not allowed`,
		"an index may be negative or of any size",
		"use an unsigned index and bound it right before its use: if (i >= COUNT) return 0;"},
	{UnboundedIndex, `value -?\d+ makes (\w+) pointer be out of bounds`,
		"an offset leads out of the memory that a pointer is for",
		"bound it right before its use"},
	{UnboundedIndex, `R\d+ unbounded memory access, make sure to bounds check any such access`,
		"an index has no upper bound",
		"bound it right before its use: if (i >= COUNT) return 0;"},
	{UnboundedIndex, `invalid (?:unbounded )?variable-offset (?:read from|write to|indirect access to) stack|variable stack (?:access|read)`,
		"an array on the stack is indexed with a number that has no bounds",
		"bound the index right before its use (if (i >= COUNT) return 0;), or keep the array in a BPF_PERCPU_ARRAY"},
	{BeyondPacket, `invalid access to packet, off=(-?\d+) size=(\d+)`,
		"$2 bytes of the packet at offset $1 are read, which may not be there",
		"compare with the end first: if ((void *)(header + 1) > data_end) return XDP_PASS;"},
	{BeyondValue, `invalid access to (?:map value|memory|mem|map key), (?:value|mem|key)_size=(\d+) off=(-?\d+) size=(\d+)`,
		"$3 bytes at offset $2 are used of something that has $1 bytes",
		"check the index and the type: the last element of COUNT is COUNT - 1"},
	{BeyondValue, `R\d+ (?:min|max) value is outside of the allowed memory range`,
		"an index leads out of a table's value or a buffer",
		"check the bounds: the last element of COUNT is COUNT - 1"},
	{StackTooLarge, `combined stack size of (\d+) calls is (\d+)\. Too large`,
		"$1 functions that call each other need $2 bytes of stack together, and have 512",
		"keep large variables in a BPF_PERCPU_ARRAY with one entry"},
	{StackTooLarge, `(?:invalid (?:write to|read from|indirect access to) stack|invalid stack).* off=-?(?:51[3-9]|5[2-9]\d|[6-9]\d\d|\d{4,})\b`,
		"variables need more than the 512 bytes of stack that there are",
		"keep the large ones in a BPF_PERCPU_ARRAY with one entry"},
	{Uninitialised, `invalid (?:indirect )?read from stack (?:R\d+ )?off`,
		"memory on the stack is used before everything in it has a value; that may be the gaps between the members of a struct",
		"clear it when it is declared: struct event e = {}; or __builtin_memset(&e, 0, sizeof(e)) for structs with gaps"},
	{BeyondStack, `invalid (?:write to|read from|indirect access to|zero-sized read|stack type) ?(?:stack)?.*R\d+`,
		"memory outside of the variable on the stack is used",
		"check sizes and indices against the variable's type"},
	{NoValue, `R0 !read_ok`,
		"the function ends without a return value, or returns a variable that has none",
		"return a value on every path: return 0;"},
	{NoValue, `R(\d+) !read_ok`,
		"a variable or an argument is used that has no value on this path, or after a call that made it invalid",
		"give it a value when it is declared"},
	{Loop, `back-edge from insn \d+ to \d+|infinite loop detected|loop detected`,
		"a loop has no end that the verifier can see; before Linux 5.3 there must be none at all",
		"count to a constant (for (i = 0; i < 16; i++)), with #pragma unroll for kernels before 5.3"},
	{TooComplex, `BPF program is too large\. Processed|The sequence of \d+ jumps is too complex|program too large|too many states`,
		"there are more ways through the program than the verifier looks at (a million instructions, 4096 before Linux 5.2)",
		"make loops shorter, branches fewer, or divide the program by tail calls (BPF_PROG_ARRAY)"},
	{HelperForOthers, `program of this type cannot use helper (\w+)#\d+`,
		"$1 is not for programs of this type",
		"attach the function to a hook whose programs may call it, or do it in Go"},
	{HelperUnknown, `unknown func (\w+)#\d+`,
		"$1 is not for programs of this type, or this kernel does not have it",
		"see which kernel has it for which programs (man bpf-helpers), or do it in Go"},
	{HelperUnknown, `invalid func (\w+)#\d+`,
		"this kernel has no function $1",
		"use an older one, or a later kernel"},
	{GPLOnly, `cannot call GPL-restricted function|cannot call GPL only function`,
		"the function called is for programs with a license compatible with the GPL",
		"take BPF_LICENSE out of the text (it is GPL by default), or write #define BPF_LICENSE Dual BSD/GPL"},
	{ContextModified, `dereference of modified ctx ptr|variable ctx access var_off`,
		"the context is read at an address that was computed",
		"read members of the context by name, and copy what has to be indexed"},
	{ContextAccess, `invalid bpf_context access off=(\d+) size=(\d+)`,
		"the context has nothing at offset $1 that may be read or written with $2 bytes",
		"use only the members that the type of program has; most may be read only, and some with their own size only"},
	{Leak, `Unreleased reference id=\d+`,
		"what was reserved or taken is not given back on some path: a record of a ring buffer, or a socket",
		"call ringbuf_submit or ringbuf_discard (bpf_sk_release for sockets) on every path, also where the function returns early"},
	{NotAcquired, `reference has not been acquired before|release helper \w+ expects referenced`,
		"something is given back that was not taken, or twice",
		"submit or discard a record once, and do not touch it afterwards"},
	{WrongTable, `cannot pass map_type (\d+) into func (\w+)#\d+`,
		"$2 does not work on tables of this type",
		"use the methods that the type of table has (docs/reference.md)"},
	{AddressLeak, `leaks addr|R\d+ pointer comparison prohibited`,
		"an address would get where programs without privileges can read it",
		"run as root, or with CAP_PERFMON"},
	{PointerArithmetic, `R\d+ (?:pointer [-+*/|&^]+=? pointer prohibited|bitwise operator \S+ on pointer prohibited|pointer arithmetic (?:on|with) .* prohibited|32-bit pointer arithmetic prohibited|subtraction from stack pointer prohibited)|R\d+ tried to (?:add|subtract) from different`,
		"an address is computed in a way that the verifier does not follow",
		"add bounded numbers to pointers, nothing else; compute with u64 copies where the result is no address"},
	{SpinLock, `bpf_spin_lock`,
		"a spin lock is used where it cannot be, or is not given back",
		"use lock_xadd for counters; locks are for tables of programs that are not for tracing, and need bpf_spin_unlock on every path"},
	{WrongArgument, `R(\d) type=(\S+) expected=(\S+)`,
		"argument $1 of the function called is a $2, and has to be a $3",
		"pass the address of a variable or of a table's value (&key), the context, or a number, as the function wants"},
	{WrongArgument, `invalid zero-sized read`,
		"a size may be 0, and the function called needs at least one byte",
		"check it first: if (n == 0) return 0;"},
	{ReturnValue, `At program exit the register R0 has|R0 has (?:unknown|smin).* should have been in|has value \(0x[0-9a-f]+; 0x[0-9a-f]+\) should have been in`,
		"the function returns a number that means nothing for this type of program",
		"return one of the values that it has, 0 as a rule"},
	{ReadOnly, `write into map forbidden|cannot write into rdonly_|writes? into rdonly|only read is supported`,
		"memory is written that is for reading only",
		"copy it and write to the copy; kernel structures cannot be written"},
	{Atomic, `BPF_(?:ATOMIC|XADD) stores into R\d+ (\w+) is not allowed`,
		"an atomic operation is for tables' values and the stack only",
		"use it on a value that a lookup returned"},
	{Misaligned, `misaligned (\w+) access`,
		"something is read at an address that is no multiple of its size",
		"take __attribute__((packed)) from the struct, or copy the member by bytes"},
	{Sleeping, `(?:helper|kernel func \S+) ?(?:call )?(?:might sleep|is sleepable)|sleepable helper`,
		"the function called may sleep, and this program must not",
		"use one that does not, such as bpf_probe_read_user in place of bpf_copy_from_user"},
	{Unreachable, `unreachable insn \d+|jump out of range|last insn is not an exit or jmp`,
		"there is code that no path leads to, or a path that leads out of the program",
		"compile with this library's own options; report the text if it is so still"},
	{TypeAccess, `access beyond (?:the end of member \w+ of )?struct (\w+)|cannot access ptr member (\w+)`,
		"a kernel structure does not have what is read there",
		"check the type of the pointer against that of the function's parameter"},
	{NotTraceable, `attach_btf_id \d+ is not a function|(\w+)\(\) is not modifiable|arg\d+ type .* is not a struct`,
		"the kernel function cannot be traced so",
		"use a kprobe, or another function"},
}
