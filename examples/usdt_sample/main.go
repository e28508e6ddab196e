// Command usdt_sample measures the time between two static probes of a program:
// that of each job, averages, or histograms. The program to trace is app/app.c.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// modes are what can be done with a job: the C function that does, and the Go
// function that shows it.
var modes = map[string]struct {
	finish string
	show   func(ctx context.Context, m *bccgo.Module) error
}{
	"each":      {finishEach, showEach},
	"average":   {finishSum, showAverages},
	"histogram": {finishHistogram, showHistograms},
}

const measuring = "Measuring jobs; Ctrl-C ends it."

type done struct {
	End  uint64
	ID   uint64
	NS   uint64
	PID  uint32
	Sum  int32
	Kind [32]byte
}

func showEach(ctx context.Context, m *bccgo.Module) error {
	jobs := bccgo.Stream[done](m, "jobs", &bccgo.StreamOptions{OrderBy: "end"})
	if err := jobs.Err(); err != nil {
		return err
	}
	log.Print(measuring)
	fmt.Printf("%-7s %-7s %-12s %12s %10s\n", "PID", "JOB", "KIND", "CHECKSUM", "MS")
	for d, err := range jobs.All(ctx) {
		if err != nil {
			return err
		}
		fmt.Printf("%-7d %-7d %-12s %12d %10.3f\n", d.PID, d.ID, bccgo.CString(d.Kind[:]), d.Sum, float64(d.NS)/1e6)
	}
	return jobs.Err()
}

type sum struct{ Jobs, NS uint64 }

func showAverages(ctx context.Context, m *bccgo.Module) error {
	log.Print(measuring)
	<-ctx.Done()
	sums, err := bccgo.Map[[32]byte, sum](m, "sums")
	if err != nil {
		return err
	}
	all := maps.Collect(sums.All())
	if err := sums.Err(); err != nil {
		return err
	}
	fmt.Printf("%-12s %7s %12s\n", "KIND", "JOBS", "AVERAGE MS")
	for _, kind := range slices.SortedFunc(maps.Keys(all), func(a, b [32]byte) int { return cmp.Compare(all[b].NS, all[a].NS) }) {
		s := all[kind]
		fmt.Printf("%-12s %7d %12.3f\n", bccgo.CString(kind[:]), s.Jobs, float64(s.NS)/float64(s.Jobs)/1e6)
	}
	return nil
}

func showHistograms(ctx context.Context, m *bccgo.Module) error {
	log.Print(measuring)
	<-ctx.Done()
	return m.Table("dist").PrintLog2Hist(os.Stdout, "usecs", &bccgo.HistogramOptions{SectionHeader: "kind"})
}

func run(ctx context.Context, mode string, where bccgo.USDTOptions) error {
	probes, err := bccgo.NewUSDT(where)
	if err != nil {
		return err
	}
	defer probes.Close()
	for probe, function := range map[string]string{"app:job__start": "job_start", "app:job__done": "job_done"} {
		if err := probes.EnableProbe(probe, function); err != nil {
			return err
		}
	}
	text := declarations + modes[mode].finish + handlers
	m, err := bccgo.Load(text, &bccgo.Options{USDT: []*bccgo.USDT{probes}})
	if err != nil {
		return err
	}
	defer m.Close()
	return modes[mode].show(ctx, m)
}

func main() {
	names := strings.Join(slices.Sorted(maps.Keys(modes)), ", ")
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "trace this `process` alone")
	mode := flag.String("m", "each", "what to show: "+names)
	flag.Parse()
	log.SetFlags(0)
	if modes[*mode].show == nil {
		log.Fatalf("usdt_sample: %q is no mode: choose one of %s", *mode, names)
	}
	if *pid == 0 && flag.NArg() != 1 {
		log.Fatal("usdt_sample: name the program that was built from app/app.c, or its process: -p PID")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, *mode, bccgo.USDTOptions{PID: *pid, Path: flag.Arg(0)}); err != nil {
		log.Fatal(err)
	}
}
