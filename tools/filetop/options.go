package main

import (
	"errors"
	"fmt"

	"github.com/bccgo/bcc/tools/internal/fsops"
	"github.com/bccgo/bcc/tools/internal/screen"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// maxDepth is how many directories there may be between a file and the directory
// asked for.
const maxDepth = "50"

// options are the flags.
type options struct {
	screen.Options
	all, readOnly, writeOnly bool
	sort, directory          string
	pid                      uint
	io                       fsops.IO
}

// prepare checks the flags and turns them into what the program needs.
func (o *options) prepare(s *toolkit.Session) (fsops.IOConfig, map[string]string, error) {
	conf := fsops.IOConfig{On: 1}
	defines := map[string]string{}
	if err := o.Parse(s.Args); err != nil {
		return conf, nil, err
	}
	if orders[o.sort] == nil {
		return conf, nil, fmt.Errorf("--sort %q: want all, reads, writes, rbytes or wbytes", o.sort)
	}
	switch {
	case o.readOnly && o.writeOnly:
		return conf, nil, errors.New("--read-only and --write-only: give one of them")
	case o.readOnly:
		o.io.Only = "read"
	case o.writeOnly:
		o.io.Only = "write"
	}
	if o.all {
		conf.All = 1
	}
	var err error
	if conf.PID, err = fsops.KernelPID(o.pid); err != nil {
		return conf, nil, err
	}
	if o.directory != "" {
		if conf.Device, conf.Directory, err = fsops.DirectoryID(o.directory); err != nil {
			return conf, nil, fmt.Errorf("--directory %s: %w", o.directory, err)
		}
		defines["DEPTH"] = maxDepth
	}
	return conf, defines, o.io.Define(s, defines)
}
