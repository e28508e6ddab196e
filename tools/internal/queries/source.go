package queries

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Source is where queries are seen: probes of servers.
type Source struct {
	usdts     []*bccgo.USDT
	functions []function
	pids      []int
}

// function is a server's dispatch_command.
type function struct {
	program       toolkit.Program
	symbol, enter string
}

// Open finds the servers and their probes: static ones, or if a MySQL server has
// none the function that executes commands. Close the Source when done.
func (c *Choice) Open(s *toolkit.Session) (*Source, error) {
	all, err := c.find()
	if err != nil {
		return nil, err
	}
	src := &Source{pids: c.PIDs}
	for _, p := range all {
		if err := src.add(s, c.Engine, p); err != nil {
			return nil, errors.Join(err, src.Close())
		}
	}
	return src, nil
}

func (src *Source) add(s *toolkit.Session, engine string, p toolkit.Program) error {
	usdt, err := probes(engine, p)
	if err == nil {
		s.Notef("%s: static probes", p.Name)
		src.usdts = append(src.usdts, usdt)
		return nil
	}
	if engine != "mysql" {
		return fmt.Errorf("%s has no probes of PostgreSQL's queries, which it has if configured with --enable-dtrace: %w", p.Name, err)
	}
	f, none := dispatch(p)
	if none != nil {
		return fmt.Errorf("%w; nor has it static probes: %w", none, err)
	}
	s.Notef("%s: function %s, as it has no static probes", p.Name, f.symbol)
	src.functions = append(src.functions, f)
	return nil
}

// probes enables a server's static probes.
func probes(engine string, p toolkit.Program) (*bccgo.USDT, error) {
	provider := map[string]string{"mysql": "mysql", "postgres": "postgresql"}[engine]
	u, err := bccgo.NewUSDT(bccgo.USDTOptions{Path: p.Name, PID: p.PID})
	if err != nil {
		return nil, err
	}
	err = u.EnableProbe(provider+":query__start", "query_start")
	if err == nil {
		err = u.EnableProbe(provider+":query__done", "query_done")
	}
	if err != nil {
		return nil, errors.Join(err, u.Close())
	}
	return u, nil
}

// The function's name, with the parameters that the compiler puts into it.
var (
	takesData   = regexp.MustCompile(`^_Z16dispatch_commandP3THDPK?8COM_DATA19enum_server_command`)
	takesPacket = regexp.MustCompile(`^_Z16dispatch_command19enum_server_commandP3THDPcj`)
)

// dispatch finds the function that executes commands in a server of MySQL's kind.
func dispatch(p toolkit.Program) (function, error) {
	found, err := bccgo.UserFunctions(p.Path, `_Z\d+dispatch_command\w*`)
	if err != nil {
		return function{}, err
	}
	var names []string
	for _, f := range found {
		switch {
		case takesData.MatchString(f.Name):
			return function{p, f.Name, "enter_data"}, nil
		case takesPacket.MatchString(f.Name):
			return function{p, f.Name, "enter_packet"}, nil
		}
		names = append(names, f.Name)
	}
	if len(names) > 0 {
		return function{}, fmt.Errorf("%s: dispatch_command takes arguments that are not known: %v", p.Name, names)
	}
	return function{}, fmt.Errorf("%s has no function dispatch_command", p.Name)
}

// C completes TextC or CountC by the functions that are attached.
func (src *Source) C(text string) string {
	if len(src.usdts) > 0 {
		text += probesC
	}
	if len(src.functions) > 0 {
		text += dispatchC
	}
	return text
}

// Load loads a text that C completed.
func (src *Source) Load(ctx context.Context, text string, defines map[string]string) (*bccgo.Module, error) {
	return bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: maps.Clone(defines), USDT: src.usdts, NoAutoAttach: true})
}

// Attach hands over the settings and begins to trace queries of at least threshold.
func (src *Source) Attach(s *toolkit.Session, m *bccgo.Module, threshold time.Duration) error {
	byPID, err := src.choosePIDs(m)
	if err != nil {
		return err
	}
	for _, f := range src.functions {
		o := &bccgo.UprobeOptions{PID: f.program.PID}
		link, err := m.AttachUprobe(f.program.Name, f.symbol, f.enter, o)
		if err != nil {
			return err
		}
		s.Notef("%v", link)
		if _, err := m.AttachUretprobe(f.program.Name, f.symbol, "leave", o); err != nil {
			return err
		}
	}
	for _, u := range src.usdts {
		links, err := m.AttachUSDT(u)
		if err != nil {
			return err
		}
		for _, link := range links {
			s.Notef("%v", link)
		}
	}
	return toolkit.Configure(m, config{Threshold: uint64(threshold), On: 1, ByPID: byPID})
}

// choosePIDs tells the program the processes, and returns whether it did: it
// cannot where their numbers in the kernel are not known.
func (src *Source) choosePIDs(m *bccgo.Module) (uint32, error) {
	var known []uint32
	for _, pid := range src.pids {
		known = append(known, toolkit.KernelPID(pid))
	}
	if len(known) == 0 || slices.Contains(known, 0) {
		return 0, nil
	}
	pids, err := bccgo.Map[uint32, uint32](m, "pids")
	if err != nil {
		return 0, err
	}
	for _, pid := range known {
		if err := pids.Update(pid, 1); err != nil {
			return 0, fmt.Errorf("--pid %d: %w", pid, err)
		}
	}
	return 1, nil
}

// Close closes the static probes.
func (src *Source) Close() error {
	var errs []error
	for _, u := range src.usdts {
		errs = append(errs, u.Close())
	}
	return errors.Join(errs...)
}
