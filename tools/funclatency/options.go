package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/follow"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// maxLevels bounds the memory for the calls of a thread.
const maxLevels = 128

// places reads the arguments.
func (o *options) places(s *toolkit.Session) (*probespec.Places, error) {
	if len(s.Args) == 0 {
		return nil, errors.New("no pattern: name what to time, such as c:read; see funclatency --help")
	}
	o.pattern = s.Args[0]
	var err error
	if o.interval, err = toolkit.Seconds("--interval", o.seconds); err != nil {
		return nil, err
	}
	if o.inMicroseconds && o.inMilliseconds {
		return nil, errors.New("--microseconds and --milliseconds: give one of them")
	}
	if o.level < 1 || o.level > maxLevels {
		return nil, fmt.Errorf("--level %d: want 1 to %d", o.level, maxLevels)
	}
	spec, err := probespec.Syntax{Kinds: "p", Regexp: o.regexp, NoOffset: true}.Parse(o.pattern)
	if err != nil {
		return nil, err
	}
	return spec.Find(o.pid)
}

// program is the C text for the places, and how to load it.
func (o *options) program(places *probespec.Places) (string, *bccgo.Options) {
	unit, _ := o.unit()
	load := places.Options()
	load.Defines = map[string]string{
		"UNIT":   strconv.Itoa(int(unit)),
		"PLACES": strconv.Itoa(places.Slots()),
		// A function's times spread over some of the 64 slots.
		"SLOTS": strconv.Itoa(places.Slots() * 16),
	}
	kernel := places.InKernel()
	if kernel {
		load.Defines["LEVELS"] = strconv.Itoa(o.level)
	}
	return toolkit.MissedC + programC + follow.Text(!kernel, kernel) + follow.Functions(places, 0), load
}

// unit is what one of the histogram's units is, and its name.
func (o *options) unit() (time.Duration, string) {
	switch {
	case o.inMilliseconds:
		return time.Millisecond, "msecs"
	case o.inMicroseconds:
		return time.Microsecond, "usecs"
	}
	return time.Nanosecond, "nsecs"
}
