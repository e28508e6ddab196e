package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// contender is one way to do the work.
type contender struct {
	name string
	text string   // the C text
	args []string // the program
	more []string // arguments after the common ones
	env  []string // more environment
	// sameText starts one program again and again, not one for each producer.
	sameText bool
}

func (c contender) command(b *bench, mode string, args ...string) []string {
	out := append(append([]string{}, c.args...), mode, b.file(c.text))
	return append(append(out, args...), c.more...)
}

// startProducer starts a process whose system calls become events.
func startProducer(count int) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	p, err := start("the producer", nil, self, "produce", strconv.Itoa(count))
	if err != nil {
		return nil, err
	}
	if _, err := p.ready(); err != nil {
		p.kill()
		return nil, err
	}
	return p, nil
}

// begin starts a producer, and a contender that watches it.
func (b *bench) begin(c contender, mode string, count int, args ...string) (producer, consumer *process, took time.Duration, err error) {
	producer, err = startProducer(count)
	if err != nil {
		return nil, nil, 0, err
	}
	pid := producer.pid()
	if c.sameText {
		pid = "1"
	}
	args = append([]string{pid}, args...)
	consumer, err = start(c.name, c.env, c.command(b, mode, args...)...)
	if err != nil {
		producer.kill()
		return nil, nil, 0, err
	}
	if took, err = consumer.ready(); err != nil {
		producer.kill()
		consumer.kill()
		return nil, nil, 0, err
	}
	return producer, consumer, took, nil
}

// measureStart runs hello world until it is attached. The producer's pid is
// part of the text, so that no result of an earlier compile is used, unless that
// is what is measured.
func (b *bench) measureStart(c contender) error {
	producer, consumer, took, err := b.begin(c, "hello", 0)
	if err != nil {
		return err
	}
	defer producer.kill()
	defer consumer.kill()
	rss, err := consumer.peakRSS()
	if err != nil {
		return err
	}
	if err := consumer.tell(); err != nil {
		return err
	}
	var r struct {
		Child float64 `json:"child_rss_kib"`
	}
	if err := consumer.result(&r); err != nil {
		return err
	}
	b.add(c.name, "start ms", took.Seconds()*1e3)
	b.add(c.name, "rss MiB", rss)
	if r.Child > 0 {
		b.add(c.name, "child MiB", r.Child/1024)
	}
	return nil
}

// grace is how long after the producer's end a consumer may go on before it is
// told to stop.
const grace = 2 * time.Second

// consumed is a consumer's result.
type consumed struct {
	Events  uint64   `json:"events"`
	Lost    uint64   `json:"lost"`
	Sum     uint64   `json:"sum"`
	CPU     float64  `json:"cpu_us"`
	Mallocs *float64 `json:"mallocs"`
}

// check makes sure that every event came or was reported as lost, and with the
// right content.
func (r consumed) check(count int) error {
	n := uint64(count)
	switch want := n * (n + 1) / 2; {
	case r.Events+r.Lost > n || r.Events == 0:
		return fmt.Errorf("%d events and %d lost of %d", r.Events, r.Lost, n)
	case r.Lost == 0 && r.Events == n && r.Sum != want:
		return fmt.Errorf("the events' numbers add up to %d, not %d", r.Sum, want)
	}
	return nil
}

// measureEvents lets a contender receive one producer's events. An event that
// neither came nor was reported counts as lost.
func (b *bench) measureEvents(c contender) error {
	producer, consumer, _, err := b.begin(c, "events", b.events, strconv.Itoa(b.events))
	if err != nil {
		return err
	}
	defer producer.kill()
	defer consumer.kill()
	if err := producer.tell(); err != nil {
		return err
	}
	var p produced
	if err := producer.result(&p); err != nil {
		return err
	}
	defer time.AfterFunc(grace, consumer.stop).Stop()
	var r consumed
	if err := consumer.result(&r); err != nil {
		return err
	}
	if err := r.check(b.events); err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	b.add(c.name, "µs/event", r.CPU/float64(r.Events))
	b.add(c.name, "events/s", float64(r.Events)/(float64(p.NS)/1e9))
	b.add(c.name, "lost", float64(uint64(b.events)-r.Events))
	if r.Mallocs != nil {
		b.add(c.name, "mallocs/event", *r.Mallocs/float64(r.Events))
	}
	return nil
}

// measureTable lets a contender fill a hash and read it in its ways.
func (b *bench) measureTable(c contender) error {
	p, err := start(c.name, c.env, c.command(b, "table", strconv.Itoa(b.entries))...)
	if err != nil {
		return err
	}
	defer p.kill()
	if _, err := p.ready(); err != nil {
		return err
	}
	var r struct {
		Walks []struct {
			Name    string
			Entries int
			Sum     uint64
			MS      float64
		}
	}
	if err := p.result(&r); err != nil {
		return err
	}
	n := uint64(b.entries)
	for _, w := range r.Walks {
		if want := 3 * n * (n - 1) / 2; w.Entries != b.entries || w.Sum != want {
			return fmt.Errorf("%s: %s read %d entries with the sum %d, not %d with %d", c.name, w.Name, w.Entries, w.Sum, n, want)
		}
		b.add(c.name+" "+w.Name, "read ms", w.MS)
	}
	return nil
}
