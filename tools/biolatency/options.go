package main

import (
	"errors"
	"strconv"
	"time"

	"github.com/bccgo/bcc/tools/internal/blockio"
	"github.com/bccgo/bcc/tools/internal/hist"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags and arguments.
type options struct {
	queued, milliseconds            bool
	disks, byFlags, extension, json bool
	disk                            string
	follow                          blockio.Options
	report                          hist.Report
}

// prepare checks the flags and chooses how requests are followed.
func (o *options) prepare(s *toolkit.Session) (*blockio.Plan, error) {
	if o.disks && o.byFlags {
		return nil, errors.New("--disks and --flags: give one of them")
	}
	// Before disks are looked for: arguments are easier to mend.
	if _, err := hist.ParseRounds(s.Args); err != nil {
		return nil, err
	}
	p, err := o.follow.Plan(s, o.disk, blockio.Want{Disk: o.disks, FromQueue: o.queued})
	if err != nil {
		return nil, err
	}
	unit, _ := o.unit()
	p.Defines["UNIT"] = strconv.FormatInt(int64(unit), 10)
	if o.disks {
		p.Defines["BY_DISK"] = ""
	}
	if o.byFlags {
		p.Defines["BY_FLAGS"] = ""
	}
	return p, nil
}

// unit is what one of the histogram's units is, and its name.
func (o *options) unit() (time.Duration, string) {
	if o.milliseconds {
		return time.Millisecond, "msecs"
	}
	return time.Microsecond, "usecs"
}
