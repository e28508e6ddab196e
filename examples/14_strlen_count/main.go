// Command 14_strlen_count counts the strings that programs hand to strlen of the
// C library, and prints how often it was each when it ends.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
#include <uapi/linux/ptrace.h>

struct key {
	char text[80];
};
BPF_HASH(counts, struct key);

int count_text(struct pt_regs *ctx)
{
	struct key k = {};

	bpf_probe_read_user_str(k.text, sizeof(k.text), (void *)PT_REGS_PARM1(ctx));
	counts.atomic_increment(k);
	return 0;
}`

type key struct {
	Text [80]byte
}

func run(ctx context.Context, pid int) error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	if _, err := m.AttachUprobe("c", "strlen", "count_text", &bccgo.UprobeOptions{PID: pid}); err != nil {
		return err
	}
	counts, err := bccgo.Map[key, uint64](m, "counts")
	if err != nil {
		return err
	}

	log.Print("Counting strings; Ctrl-C prints them.")
	<-ctx.Done()
	return printCounts(counts)
}

type row struct {
	text  string
	count uint64
}

// printCounts prints the most frequent strings last, next to the prompt.
func printCounts(counts *bccgo.TypedMap[key, uint64]) error {
	var rows []row
	for k, n := range counts.All() {
		rows = append(rows, row{bccgo.CString(k.Text[:]), n})
	}
	if err := counts.Err(); err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.count, b.count), cmp.Compare(a.text, b.text))
	})
	fmt.Printf("%10s %s\n", "COUNT", "STRING")
	for _, r := range rows {
		fmt.Printf("%10d %q\n", r.count, r.text)
	}
	return nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "count the strings of this `process` only")
	flag.Parse()
	log.SetFlags(0)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *pid); err != nil {
		log.Fatal(err)
	}
}
