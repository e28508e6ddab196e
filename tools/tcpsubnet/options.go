package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bccgo/bcc/tools/internal/netns"
	"github.com/bccgo/bcc/tools/internal/tcpbytes"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// defaultSubnets are this machine, what is for private use (RFC 1918), and all.
const defaultSubnets = "127.0.0.1/32,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,0.0.0.0/0"

// options are the flags and the argument.
type options struct {
	json            bool
	format, seconds string

	netns  netns.Filter
	probes tcpbytes.Probes
}

// units are what counts are shown in: so many bits each, as floating point numbers.
var units = map[string]float64{
	"b": 1, "k": 1 << 10, "m": 1 << 20, "B": 8, "K": 8 << 10, "M": 8 << 20,
}

// start is what the flags make of the program.
type start struct {
	defines  map[string]string
	config   config
	subnets  []subnet
	interval time.Duration
	unit     float64
}

// prepare checks the flags and turns them into what Load and the program need.
func (o *options) prepare(s *toolkit.Session) (*start, error) {
	unit, ok := units[o.format]
	if !ok {
		return nil, fmt.Errorf("--format %q: want one of b, k, m, B, K, M", o.format)
	}
	interval, err := toolkit.Seconds("--interval", o.seconds)
	if err != nil {
		return nil, err
	}
	if interval == 0 {
		return nil, fmt.Errorf("--interval %q: want a number of seconds above 0", o.seconds)
	}
	list := strings.Join(s.Args, "")
	if list == "" {
		list = defaultSubnets
	}
	subnets, err := parseSubnets(list)
	if err != nil {
		return nil, err
	}
	number, err := o.netns.Number()
	if err != nil {
		return nil, err
	}
	st := &start{defines: map[string]string{"SUBNETS": strconv.Itoa(len(subnets))}, config: config{1, number}, subnets: subnets, interval: interval, unit: unit}
	return st, o.probes.Define(s, st.defines)
}
