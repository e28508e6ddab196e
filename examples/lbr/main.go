// Command lbr shows the last branches that the processor took before a system
// call returned, from the records that it keeps by itself (last branch records).
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#define MOST 32

/* struct perf_branch_entry of the kernel. */
struct branch {
	u64 from;
	u64 to;
	u64 flags;
};

struct snapshot {
	u32 pid;
	s32 branches;
	struct branch branch[MOST];
};
BPF_PERF_OUTPUT(snapshots);

/* Too large for the stack. */
BPF_PERCPU_ARRAY(scratch, struct snapshot, 1);

int returns(void *ctx)
{
	int slot = 0;
	long bytes;
	struct snapshot *s;

	s = scratch.lookup(&slot);
	if (!s)
		return 0;
	/* Before anything else: what runs here takes branches, too. */
	bytes = bpf_get_branch_snapshot(s->branch, sizeof(s->branch), 0);
	s->pid = bpf_get_current_pid_tgid() >> 32;
#ifdef TARGET
	if (s->pid != TARGET)
		return 0;
#endif
	s->branches = bytes < 0 ? bytes : (u64)bytes / sizeof(struct branch);
	snapshots.perf_submit(ctx, s, sizeof(*s));
	return 0;
}`

type branch struct {
	From, To, Flags uint64
}

type snapshot struct {
	PID      uint32
	Branches int32
	Branch   [32]branch
}

// name shows an address of the kernel. Those of user space are left as they
// are: which process they belong to is not known of each branch.
func name(addr uint64) string {
	if addr>>63 == 0 {
		return fmt.Sprintf("%#x", addr)
	}
	return bccgo.KSym(addr, &bccgo.SymOptions{Offset: true})
}

// printSnapshot prints branches, the last one taken first.
func printSnapshot(w io.Writer, s *snapshot, name func(uint64) string) error {
	if s.Branches < 0 {
		_, err := fmt.Fprintf(w, "process %d: no branches: error %d\n\n", s.PID, -s.Branches)
		return err
	}
	fmt.Fprintf(w, "process %d: %d branches\n", s.PID, s.Branches)
	for _, b := range s.Branch[:s.Branches] {
		fmt.Fprintf(w, "\t%-40s -> %s\n", name(b.From), name(b.To))
	}
	_, err := fmt.Fprintln(w)
	return err
}

func run(ctx context.Context, call string, pid int) error {
	recording, err := startRecording()
	if err != nil {
		return err
	}
	defer recording.stop()

	o := &bccgo.Options{}
	if pid > 0 {
		o.Defines = map[string]string{"TARGET": strconv.Itoa(pid)}
	}
	m, err := bccgo.Load(program, o)
	if err != nil {
		return err
	}
	defer m.Close()
	snapshots := bccgo.Stream[snapshot](m, "snapshots", nil)
	if err := snapshots.Err(); err != nil {
		return err
	}
	function, err := bccgo.GetSyscallFnName(call)
	if err != nil {
		return err
	}
	link, err := m.AttachFirst("returns", "kretprobe:"+function, "tracepoint:syscalls:sys_exit_"+call)
	if err != nil {
		return err
	}
	log.Printf("Tracing %s; Ctrl-C ends it.", link.Target())
	return snapshots.Each(ctx, func(s *snapshot) error { return printSnapshot(os.Stdout, s, name) })
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	call := flag.String("s", "openat", "the system `call` to look at")
	pid := flag.Int("p", 0, "only this `process`")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *call, *pid); err != nil {
		log.Fatal(err)
	}
}
