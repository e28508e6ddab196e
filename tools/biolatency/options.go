package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags and arguments.
type options struct {
	timestamp, queued, milliseconds bool
	disks, byFlags, extension, json bool
	bySector                        bool
	disk                            string
	ways                            toolkit.Ways
	// interval is 0 for one output at the end, count 0 for no end.
	interval time.Duration
	count    int
}

// prepare checks the flags and turns them into what Load and the program need.
func (o *options) prepare(s *toolkit.Session) (*plan, error) {
	if o.disks && o.byFlags {
		return nil, errors.New("--disks and --flags: give one of them")
	}
	if err := o.parseArgs(s.Args); err != nil {
		return nil, err
	}
	conf := config{On: 1}
	if o.disk != "" {
		dev, err := newDisks("/").number(o.disk)
		if err != nil {
			return nil, err
		}
		conf.ByDisk, conf.Disk = 1, dev
	}
	p, err := o.choose(s)
	if err != nil {
		return nil, err
	}
	p.config = conf
	return p, nil
}

// parseArgs reads the interval and the count.
func (o *options) parseArgs(args []string) error {
	if len(args) > 0 {
		seconds, err := strconv.ParseFloat(args[0], 64)
		if err != nil || !(seconds > 0) || seconds > math.MaxInt32 {
			return fmt.Errorf("interval %q: want a number of seconds above 0", args[0])
		}
		o.interval = max(time.Millisecond, time.Duration(seconds*float64(time.Second)))
	}
	if len(args) > 1 {
		n, err := strconv.ParseUint(args[1], 10, 31)
		if err != nil || n == 0 {
			return fmt.Errorf("count %q: want a whole number above 0", args[1])
		}
		o.count = int(n)
	}
	return nil
}

// unit is what one of the histogram's units is, and its name.
func (o *options) unit() (time.Duration, string) {
	if o.milliseconds {
		return time.Millisecond, "msecs"
	}
	return time.Microsecond, "usecs"
}
