package main

import (
	"errors"
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
	var err error
	if o.interval, o.count, err = toolkit.IntervalCount(s.Args); err != nil {
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

// unit is what one of the histogram's units is, and its name.
func (o *options) unit() (time.Duration, string) {
	if o.milliseconds {
		return time.Millisecond, "msecs"
	}
	return time.Microsecond, "usecs"
}
