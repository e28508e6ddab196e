package main

import (
	"math"
	"time"
)

// buckets is BUCKETS of the C text.
const buckets = 512

// percents are the columns.
var percents = []float64{1, 5, 25, 50, 75, 95, 99, 99.9, 100}

// distribution is how many requests are in each bucket.
type distribution []uint64

func (d distribution) total() (sum uint64) {
	for _, n := range d {
		sum += n
	}
	return sum
}

// limit returns the longest time that belongs into a bucket, in microseconds.
// It undoes what bucket does in the C text.
func limit(bucket int) uint64 {
	if bucket < 16 {
		return uint64(bucket)
	}
	log := uint(bucket)/16 - 1
	first := uint64(16+bucket%16) << log
	return first + 1<<log - 1
}

// percentile returns a time within which that part of the requests was done. ok
// is false if there were none.
func (d distribution) percentile(p float64) (at time.Duration, ok bool) {
	total := d.total()
	if total == 0 {
		return 0, false
	}
	rank := max(1, uint64(math.Ceil(float64(total)*p/100)))
	for bucket, n := range d {
		if n >= rank {
			return time.Duration(limit(bucket)) * time.Microsecond, true
		}
		rank -= n
	}
	return 0, false
}

// show prints a percentile to three digits.
func (d distribution) show(p float64) string {
	at, ok := d.percentile(p)
	if !ok {
		return "-"
	}
	unit := time.Microsecond
	for _, u := range []time.Duration{10 * time.Microsecond, 100 * time.Microsecond, time.Millisecond, 10 * time.Millisecond} {
		if at >= 100*u {
			unit = u
		}
	}
	return at.Round(unit).String()
}

// since returns how much counts have grown.
func since(before, now [][]uint64) [][]uint64 {
	grown := make([][]uint64, len(now))
	for i := range now {
		grown[i] = make([]uint64, len(now[i]))
		for j := range now[i] {
			grown[i][j] = now[i][j] - before[i][j]
		}
	}
	return grown
}
