// Command gobpf is github.com/iovisor/gobpf/bcc, used directly, as a contender
// of scripts/bench.
//
//	gobpf hello FILE PID
//	gobpf events FILE PID EVENTS
//	gobpf table FILE ENTRIES
//
// It prints a line when it is ready and a line of JSON as its result.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/iovisor/gobpf/bcc"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("gobpf: ")
	if len(os.Args) < 4 {
		log.Fatal("usage: gobpf hello|events|table FILE NUMBER…")
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

func compile(path, define, value string) (*bcc.Module, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := bcc.NewModule(string(text), []string{"-D" + define + "=" + value})
	if m == nil {
		return nil, errors.New("the text did not compile")
	}
	return m, nil
}

// attach loads and attaches the text's one function.
func attach(m *bcc.Module) error {
	fd, err := m.LoadTracepoint("tracepoint__syscalls__sys_enter_getppid")
	if err != nil {
		return err
	}
	return m.AttachTracepoint("syscalls:sys_enter_getppid", fd)
}

func hello(path string, args []string) (any, error) {
	m, err := compile(path, "PRODUCER", args[0])
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := attach(m); err != nil {
		return nil, err
	}
	perf, err := bcc.InitPerfMap(bcc.NewTable(m.TableId("events"), m), make(chan []byte), make(chan uint64))
	if err != nil {
		return nil, err
	}
	perf.Start()
	fmt.Println("ready")
	if _, err := os.Stdin.Read(make([]byte, 1)); err != nil {
		return nil, err
	}
	perf.Stop()
	return struct{}{}, nil
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
	m, err := compile(path, "PRODUCER", args[0])
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if err := attach(m); err != nil {
		return nil, err
	}
	received, losses := make(chan []byte, 1000), make(chan uint64, 1000)
	perf, err := bcc.InitPerfMap(bcc.NewTable(m.TableId("events"), m), received, losses)
	if err != nil {
		return nil, err
	}
	perf.Start()
	defer perf.Stop()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin, err := cpuMicros()
	if err != nil {
		return nil, err
	}
	fmt.Println("ready")
	var seen, sum, lost uint64
	for stopped := false; seen+lost < want && !stopped; {
		select {
		case data := <-received:
			var ev event
			if err := binary.Read(bytes.NewReader(data), bcc.GetHostByteOrder(), &ev); err != nil {
				return nil, err
			}
			seen++
			sum += ev.Nth
		case n := <-losses:
			lost += n
		case <-stop:
			stopped = true
		}
	}
	end, err := cpuMicros()
	if err != nil {
		return nil, err
	}
	runtime.ReadMemStats(&after)
	return map[string]any{
		"events": seen, "lost": lost, "sum": sum,
		"cpu_us": end - begin, "mallocs": after.Mallocs - before.Mallocs,
	}, nil
}

func table(path string, args []string) (any, error) {
	entries, err := strconv.ParseUint(args[0], 10, 64)
	if err != nil {
		return nil, err
	}
	m, err := compile(path, "ENTRIES", args[0])
	if err != nil {
		return nil, err
	}
	defer m.Close()
	t := bcc.NewTable(m.TableId("table"), m)
	key, leaf := make([]byte, 8), make([]byte, 8)
	for i := range entries {
		binary.NativeEndian.PutUint64(key, i)
		binary.NativeEndian.PutUint64(leaf, 2*i)
		if err := t.Set(key, leaf); err != nil {
			return nil, err
		}
	}
	fmt.Println("ready")
	var seen, sum uint64
	begin := time.Now()
	it := t.Iter()
	for it.Next() {
		seen++
		sum += binary.NativeEndian.Uint64(it.Key()) + binary.NativeEndian.Uint64(it.Leaf())
	}
	elapsed := time.Since(begin)
	if err := it.Err(); err != nil {
		return nil, err
	}
	return map[string]any{"walks": []map[string]any{
		{"name": "table iterator", "entries": seen, "sum": sum, "ms": elapsed.Seconds() * 1e3},
	}}, nil
}

// cpuMicros is the processor time this process used so far.
func cpuMicros() (int64, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return (u.Utime.Nano() + u.Stime.Nano()) / 1e3, nil
}
