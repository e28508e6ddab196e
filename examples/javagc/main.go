// Command javagc shows how long a JVM collects garbage in each of its memory pools,
// and how much that frees.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

func load(where bccgo.USDTOptions) (*bccgo.Module, error) {
	probes, err := bccgo.NewUSDT(where)
	if err != nil {
		return nil, err
	}
	for probe, function := range map[string]string{"hotspot:mem__pool__gc__begin": "pool_begin", "hotspot:mem__pool__gc__end": "pool_end"} {
		if err := probes.EnableProbe(probe, function); err != nil {
			return nil, err
		}
	}
	return bccgo.Load(program, &bccgo.Options{USDT: []*bccgo.USDT{probes}})
}

// sum is what collections of a pool add up to.
type sum struct {
	collections int
	ns          uint64
}

const heading = "PID     COLLECTOR            POOL                                       MS   KiB BEFORE    KiB AFTER"

func show(to io.Writer, c collection) {
	fmt.Fprintf(to, "%-7d %-20s %-34s %10.3f %12d %12d\n", c.PID, bccgo.CString(c.Manager[:]), bccgo.CString(c.Pool[:]),
		float64(c.NS)/1e6, c.UsedBefore/1024, c.UsedAfter/1024)
}

// showSums shows the pools, the one that took longest first.
func showSums(to io.Writer, sums map[string]sum) {
	fmt.Fprintf(to, "\n%-34s %12s %10s\n", "POOL", "COLLECTIONS", "MS")
	pools := slices.SortedFunc(maps.Keys(sums), func(a, b string) int { return cmp.Or(cmp.Compare(sums[b].ns, sums[a].ns), cmp.Compare(a, b)) })
	for _, pool := range pools {
		fmt.Fprintf(to, "%-34s %12d %10.3f\n", pool, sums[pool].collections, float64(sums[pool].ns)/1e6)
	}
}

func run(ctx context.Context, where bccgo.USDTOptions) error {
	m, err := load(where)
	if err != nil {
		return err
	}
	defer m.Close()
	collections := bccgo.Stream[collection](m, "collections", &bccgo.StreamOptions{OrderBy: "end"})
	if err := collections.Err(); err != nil {
		return err
	}
	log.Print("Tracing garbage collections; Ctrl-C ends it.")
	fmt.Println(heading)
	sums := make(map[string]sum)
	for c, err := range collections.All(ctx) {
		if err != nil {
			return err
		}
		show(os.Stdout, c)
		s := sums[bccgo.CString(c.Pool[:])]
		sums[bccgo.CString(c.Pool[:])] = sum{s.collections + 1, s.ns + c.NS}
	}
	showSums(os.Stdout, sums)
	return collections.Err()
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "trace this `process` alone")
	flag.Parse()
	log.SetFlags(0)
	if *pid <= 0 && flag.NArg() != 1 {
		log.Fatal("javagc: name a process that runs Java, -p PID, or the libjvm.so that processes run")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, bccgo.USDTOptions{PID: *pid, Path: flag.Arg(0)}); err != nil {
		log.Fatal(err)
	}
}
