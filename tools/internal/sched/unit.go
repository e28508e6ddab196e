package sched

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

// Unit is that of a histogram's times: microseconds, or with the flag --milliseconds
// these.
type Unit struct {
	milliseconds bool
}

// Flag is --milliseconds.
func (u *Unit) Flag() cli.Flag {
	return &cli.BoolFlag{Name: "milliseconds", Aliases: []string{"m"}, Usage: "show milliseconds in place of microseconds", Destination: &u.milliseconds}
}

// Label is the unit's name.
func (u *Unit) Label() string {
	if u.milliseconds {
		return "msecs"
	}
	return "usecs"
}

// Duration is how long one is.
func (u *Unit) Duration() time.Duration {
	if u.milliseconds {
		return time.Millisecond
	}
	return time.Microsecond
}

// Define is the value of a define: the unit in nanoseconds.
func (u *Unit) Define() string { return strconv.FormatInt(u.Duration().Nanoseconds(), 10) }

// Sections are groups of counts in the order of their numbers, with the names that
// name gives them.
func Sections[K cmp.Ordered](groups map[K][]uint64, name func(K) string) []bccgo.Section {
	var sections []bccgo.Section
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		sections = append(sections, bccgo.Section{Key: name(group), Counts: groups[group]})
	}
	return sections
}
