package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// counted is what the program counts, in the order of its enum.
type counted struct{ accessed, added, dirtied, buffers uint64 }

func read(counts *bccgo.PerCPUMap[int32, uint64]) (c counted, err error) {
	for i, n := range []*uint64{&c.accessed, &c.added, &c.dirtied, &c.buffers} {
		values, err := counts.Lookup(int32(i))
		if err != nil {
			return c, fmt.Errorf("read the counts: %w", err)
		}
		*n = bccgo.Sum(values)
	}
	return c, nil
}

func (c counted) minus(o counted) counted {
	return counted{c.accessed - o.accessed, c.added - o.added, c.dirtied - o.dirtied, c.buffers - o.buffers}
}

// memory is how much the page cache holds, in KiB: for devices, and in all but that.
type memory struct{ buffers, cached uint64 }

// readMemory reads a text as of /proc/meminfo.
func readMemory(text []byte) (m memory, err error) {
	fields := map[string]*uint64{"Buffers": &m.buffers, "Cached": &m.cached}
	found := 0
	for line := range bytes.Lines(text) {
		name, value, _ := strings.Cut(string(line), ":")
		n := fields[name]
		if n == nil {
			continue
		}
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		if *n, err = strconv.ParseUint(number, 10, 64); err != nil {
			return m, fmt.Errorf("/proc/meminfo: %s: %w", name, err)
		}
		found++
	}
	if found != len(fields) {
		return m, fmt.Errorf("/proc/meminfo lacks Buffers or Cached")
	}
	return m, nil
}

// record is a line of --json.
type record struct {
	Time     time.Time `json:"time"`
	Seconds  float64   `json:"seconds"`
	Hits     uint64    `json:"hits"`
	Misses   uint64    `json:"misses"`
	Dirties  uint64    `json:"dirties"`
	HitRatio float64   `json:"hit_ratio"` // 0 to 1
	Buffers  uint64    `json:"buffers_kib"`
	Cached   uint64    `json:"cached_kib"`
	// What hits and misses are made of.
	Accessed uint64 `json:"accessed"`
	Added    uint64 `json:"added"`
	Dirtied  uint64 `json:"dirtied"`
}

// newRecord makes hits and misses of counts. What is added to the cache was missed,
// except to be written to; what is accessed without having been missed was hit. With
// pages that are read ahead more may be missed than accessed. Unless accesses are those
// of reads, each buffer that is made dirty is among them.
func newRecord(c counted, m memory, reads bool) record {
	r := record{Dirties: c.buffers, Buffers: m.buffers, Cached: m.cached, Accessed: c.accessed, Added: c.added, Dirtied: c.dirtied}
	total := c.accessed
	if !reads {
		total -= min(total, c.buffers)
	}
	r.Misses = min(c.added-min(c.added, c.dirtied), total)
	r.Hits = total - r.Misses
	if total > 0 {
		r.HitRatio = float64(r.Hits) / float64(total)
	}
	return r
}

// printer prints what was counted since the last time.
type printer struct {
	s         *toolkit.Session
	timestamp bool
	// reads is the plan's.
	reads bool
	// begin is when the interval began, and last what had been counted by then.
	begin time.Time
	last  counted
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	above := ""
	if p.timestamp {
		above = fmt.Sprintf("%-8s ", "TIME")
	}
	return p.s.Out.Printf("%s%8s %8s %8s %8s %12s %10s\n", above, "HITS", "MISSES", "DIRTIES", "HITRATIO", "BUFFERS_MB", "CACHED_MB")
}

// measure prints what the program has counted.
func (p *printer) measure(counts *bccgo.PerCPUMap[int32, uint64], now time.Time) error {
	c, err := read(counts)
	if err != nil {
		return err
	}
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return fmt.Errorf("find the size of the cache: %w", err)
	}
	m, err := readMemory(text)
	if err != nil {
		return err
	}
	r := newRecord(c.minus(p.last), m, p.reads)
	r.Time, r.Seconds = now, now.Sub(p.begin).Seconds()
	p.begin, p.last = now, c
	return p.print(r)
}

func (p *printer) print(r record) error {
	if p.s.JSON {
		return p.s.Out.JSON(r)
	}
	before := ""
	if p.timestamp {
		before = r.Time.Format("15:04:05 ")
	}
	return p.s.Out.Printf("%s%8d %8d %8d %7.2f%% %12.0f %10.0f\n",
		before, r.Hits, r.Misses, r.Dirties, 100*r.HitRatio, float64(r.Buffers)/1024, float64(r.Cached)/1024)
}
