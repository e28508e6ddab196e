// Command bccgo is this project as a contender of scripts/bench.
//
//	bccgo hello FILE PID
//	bccgo events FILE PID EVENTS [immediate]
//	bccgo table FILE ENTRIES
//
// It prints a line when it is ready and a line of JSON as its result.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bccgo: ")
	if len(os.Args) < 4 {
		log.Fatal("usage: bccgo hello|events|table FILE NUMBER…")
	}
	modes := map[string]func(path string, args []string) (any, error){"hello": hello, "events": events, "table": table}
	result, err := modes[os.Args[1]](os.Args[2], os.Args[3:])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}

type helloEvent struct {
	NS, ID uint64
	Comm   bccgo.Comm
}

func hello(path string, args []string) (any, error) {
	m, err := bccgo.LoadFile(path, &bccgo.Options{Defines: map[string]string{"PRODUCER": args[0]}})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := bccgo.Stream[helloEvent](m, "events", nil).Err(); err != nil {
		return nil, err
	}
	fmt.Println("ready")
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
		return nil, err
	}
	children, err := usage(syscall.RUSAGE_CHILDREN)
	return map[string]any{"child_rss_kib": children.Maxrss}, err
}

type event struct {
	Nth, NS, ID uint64
	CPU, UID    uint32
}

func events(path string, args []string) (any, error) {
	want, err := strconv.ParseUint(args[1], 10, 64)
	if err != nil {
		return nil, err
	}
	m, err := bccgo.LoadFile(path, &bccgo.Options{Defines: map[string]string{"PRODUCER": args[0]}})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()

	var seen, sum, lost uint64
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{
		Immediate: len(args) > 2 && args[2] == "immediate",
		OnLost:    func(_ int, n uint64) { lost += n },
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin, err := cpuMicros()
	if err != nil {
		return nil, err
	}
	fmt.Println("ready")
	for ev, err := range stream.All(ctx) {
		if err != nil {
			return nil, err
		}
		seen++
		sum += ev.Nth
		if seen+lost >= want {
			break
		}
	}
	end, err := cpuMicros()
	if err != nil {
		return nil, err
	}
	runtime.ReadMemStats(&after)
	failed, err := ringLosses(m)
	return map[string]any{
		"events": seen, "lost": lost + failed, "sum": sum,
		"cpu_us": end - begin, "mallocs": after.Mallocs - before.Mallocs,
	}, err
}

// ringLosses is what a program with a ring buffer counted as lost.
func ringLosses(m *bccgo.Module) (uint64, error) {
	for _, name := range m.Tables() {
		if name == "lost" {
			lost, err := bccgo.Map[int32, uint64](m, name)
			if err != nil {
				return 0, err
			}
			return lost.Lookup(0)
		}
	}
	return 0, nil
}

type walk struct {
	Name    string  `json:"name"`
	Entries int     `json:"entries"`
	Sum     uint64  `json:"sum"`
	MS      float64 `json:"ms"`
}

func table(path string, args []string) (any, error) {
	entries, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil {
		return nil, err
	}
	m, err := bccgo.LoadFile(path, &bccgo.Options{Defines: map[string]string{"ENTRIES": args[0]}})
	if err != nil {
		return nil, err
	}
	defer m.Close()
	t, err := bccgo.Map[uint64, uint64](m, "table")
	if err != nil {
		return nil, err
	}
	for i := range entries {
		if err := t.Update(i, 2*i); err != nil {
			return nil, err
		}
	}
	fmt.Println("ready")
	typed := timed("TypedMap.All", func(w *walk) {
		for k, v := range t.All() {
			w.Entries++
			w.Sum += k + v
		}
	})
	if err := t.Err(); err != nil {
		return nil, err
	}
	var bad error
	untyped := timed("Table.Entries", func(w *walk) {
		for e, err := range m.Table("table").Entries() {
			if err != nil {
				bad = err
				return
			}
			w.Entries++
			k, _ := e.Key.Uint()
			v, _ := e.Value.Uint()
			w.Sum += k + v
		}
	})
	return map[string]any{"walks": []walk{typed, untyped}}, bad
}

func timed(name string, read func(*walk)) walk {
	w := walk{Name: name}
	begin := time.Now()
	read(&w)
	w.MS = time.Since(begin).Seconds() * 1e3
	return w
}

// cpuMicros is the processor time this process used so far.
func cpuMicros() (int64, error) {
	u, err := usage(syscall.RUSAGE_SELF)
	return (u.Utime.Nano() + u.Stime.Nano()) / 1e3, err
}

func usage(who int) (syscall.Rusage, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		return u, fmt.Errorf("getrusage: %w", err)
	}
	return u, nil
}
