// Command 11_vfsreadlat prints how long reads take, as a histogram for each
// interval. Its C text is a file of its own.
package main

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

//go:embed vfsreadlat.c
var program string

func run(ctx context.Context, interval time.Duration, count int, pid uint) error {
	m, err := bccgo.Load(program, &bccgo.Options{
		FileName: "vfsreadlat.c",
		Defines:  map[string]string{"TARGET_PID": strconv.FormatUint(uint64(pid), 10)},
	})
	if err != nil {
		return err
	}
	defer m.Close()
	if _, err := m.AttachKprobe("vfs_read", "read_begins", nil); err != nil {
		return err
	}
	if _, err := m.AttachKretprobe("vfs_read", "read_ends", nil); err != nil {
		return err
	}

	log.Print("Timing reads; Ctrl-C ends it.")
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for n := 0; count == 0 || n < count; n++ {
		select {
		case <-ctx.Done():
			return printAndClear(m.Table("latency"))
		case <-tick.C:
			if err := printAndClear(m.Table("latency")); err != nil {
				return err
			}
		}
	}
	return nil
}

func printAndClear(latency *bccgo.Table) error {
	fmt.Println(time.Now().Format(time.TimeOnly))
	if err := latency.PrintLog2Hist(os.Stdout, "usecs", nil); err != nil {
		return err
	}
	fmt.Println()
	return latency.Clear()
}

// parseArgs reads the interval in seconds and the number of histograms.
func parseArgs(args []string) (interval time.Duration, count int, err error) {
	interval = 5 * time.Second
	if len(args) > 2 {
		return 0, 0, fmt.Errorf("%d arguments: want interval and count at most", len(args))
	}
	if len(args) > 0 {
		seconds, err := strconv.ParseUint(args[0], 10, 31)
		if err != nil || seconds == 0 {
			return 0, 0, fmt.Errorf("interval %q: want a whole number of seconds, 1 or more", args[0])
		}
		interval = time.Duration(seconds) * time.Second
	}
	if len(args) > 1 {
		count, err = strconv.Atoi(args[1])
		if err != nil || count < 1 {
			return 0, 0, fmt.Errorf("count %q: want a whole number, 1 or more", args[1])
		}
	}
	return interval, count, nil
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Uint("p", 0, "time the reads of this `process` only")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: 11_vfsreadlat [-d TIME] [-p PROCESS] [INTERVAL [COUNT]]")
		flag.PrintDefaults()
	}
	flag.Parse()
	log.SetFlags(0)
	interval, count, err := parseArgs(flag.Args())
	if err != nil {
		log.Fatal(err)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *duration > 0 {
		time.AfterFunc(*duration, stop)
	}
	if err := run(ctx, interval, count, *pid); err != nil {
		log.Fatal(err)
	}
}
