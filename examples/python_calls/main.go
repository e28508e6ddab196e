// Command python_calls prints the calls and returns of functions in Python
// programs, at static probes of the interpreter.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

func load(where bccgo.USDTOptions) (*bccgo.Module, error) {
	probes, err := bccgo.NewUSDT(where)
	if err != nil {
		return nil, err
	}
	for probe, function := range map[string]string{"python:function__entry": "on_call", "python:function__return": "on_return"} {
		if err := probes.EnableProbe(probe, function); err != nil {
			return nil, err
		}
	}
	return bccgo.Load(program, &bccgo.Options{USDT: []*bccgo.USDT{probes}})
}

func run(ctx context.Context, where bccgo.USDTOptions) error {
	m, err := load(where)
	if err != nil {
		return err
	}
	defer m.Close()
	events := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OrderBy: "ns"})
	if err := events.Err(); err != nil {
		return err
	}
	log.Print("Tracing Python's calls; Ctrl-C ends it.")
	fmt.Print(heading)
	f := flow{to: os.Stdout, open: make(map[uint32][]event)}
	for e, err := range events.All(ctx) {
		if err != nil {
			return err
		}
		f.print(e)
	}
	if f.untold > f.calls {
		log.Printf("%d returns are of calls that were not told: Python 3.11 tells of them only in threads that are profiled, as by -m cProfile.", f.untold)
	}
	return events.Err()
}

func main() {
	duration := flag.Duration("d", 0, "end after this `time`, such as 10s")
	pid := flag.Int("p", 0, "trace this `process` alone")
	flag.Parse()
	log.SetFlags(0)
	if *pid <= 0 && flag.NArg() != 1 {
		log.Fatal("python_calls: name an interpreter with probes, as /usr/bin/python3.11, or a process that runs one: -p PID")
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
