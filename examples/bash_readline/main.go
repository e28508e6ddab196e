// Command bash_readline prints every line typed into an interactive bash, by a
// probe on the return of a function of bash itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/ptrace.h>

struct typed {
	u32 pid;
	char line[120];
};
BPF_PERF_OUTPUT(lines);

/* readline returns the line, or NULL at the end of the input. */
int line_typed(struct pt_regs *ctx)
{
	struct typed t = {};
	void *line = (void *)PT_REGS_RC(ctx);

	if (!line)
		return 0;
	t.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_probe_read_user_str(t.line, sizeof(t.line), line);
	lines.perf_submit(ctx, &t, sizeof(t));
	return 0;
}`

type typed struct {
	PID  uint32
	Line [120]byte
}

// attach finds readline in bash, or in the library that some distributions
// build bash with.
func attach(m *bccgo.Module) error {
	_, err := m.AttachUretprobe("bash", "readline", "line_typed", nil)
	var absent *bccgo.SymbolError
	if errors.As(err, &absent) {
		_, err = m.AttachUretprobe("readline", "readline", "line_typed", nil)
	}
	return err
}

func run(ctx context.Context) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := attach(m); err != nil {
		return err
	}

	lines := bccgo.Stream[typed](m, "lines", nil)
	if err := lines.Err(); err != nil {
		return err
	}
	log.Print("Listening to bash; Ctrl-C ends it.")
	fmt.Printf("%-8s %-7s %s\n", "TIME", "PID", "COMMAND")
	for t, err := range lines.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-8s %-7d %s\n", time.Now().Format(time.TimeOnly), t.PID, bccgo.CString(t.Line[:]))
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}
