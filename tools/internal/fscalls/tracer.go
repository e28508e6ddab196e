package fscalls

import (
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Tracer traces system calls.
type Tracer struct {
	Calls []Call
	// EntryOnly reports calls as they begin, without results.
	EntryOnly bool
	// Mounts finds each call's mount namespace, and Parents the process's parent.
	Mounts, Parents bool
	// Failed selects calls that fail.
	Failed bool

	pid        uint
	containers toolkit.Containers
	probes     toolkit.Syscalls
	// late tells that the mount namespace and the parent are looked up in /proc.
	late bool
}

// config is the program's struct config.
type config struct{ On, Failed, PID uint32 }

// Flags are --pid, those for containers, and --probes.
func (t *Tracer) Flags() []cli.Flag {
	own := []cli.Flag{&cli.UintFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`", Destination: &t.pid, DefaultText: "all"}}
	return append(append(own, t.containers.Flags()...), t.probes.Flags()...)
}

// Run calls print with each call until ctx ends, and heading before the first one.
func (t *Tracer) Run(ctx context.Context, s *toolkit.Session, heading func() error, print func(*Made) error) error {
	defines, err := t.define(s)
	if err != nil {
		return err
	}
	if s.EBPF {
		return s.PrintC(t.text(), defines)
	}
	m, err := bccgo.LoadContext(ctx, t.text(), &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{
		OnLost:    s.Losses.Add,
		Immediate: t.late, // the sooner /proc is read, the better
	})
	if err := t.probes.Attach(s, m); err != nil {
		return err
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	if err := toolkit.Configure(m, t.config()); err != nil {
		return err
	}
	if err := heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	c := &collector{calls: t.Calls, print: t.completed(print)}
	if err := stream.Each(ctx, func(ev *event) error { return c.record(ev, stream.Rest()) }); err != nil {
		return err
	}
	if err := c.finish(); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}

func (t *Tracer) config() config {
	c := config{On: 1, PID: uint32(t.pid)}
	if t.Failed {
		c.Failed = 1
	}
	return c
}

// define checks the flags and chooses what is compiled.
func (t *Tracer) define(s *toolkit.Session) (map[string]string, error) {
	if err := toolkit.CheckPID(t.pid); err != nil {
		return nil, err
	}
	own, err := s.OwnHeaders("parents and mount namespaces come from /proc, which is too late for processes that have ended")
	if err != nil {
		return nil, err
	}
	t.late = !own && (t.Mounts || t.Parents)
	defines := map[string]string{}
	if t.Mounts && own {
		defines["READ_MNTNS"] = ""
	}
	if t.Parents && own {
		defines["READ_PARENT"] = ""
	}
	if err := t.containers.Define(defines, own); err != nil {
		return nil, err
	}
	t.probes.EntryOnly = t.EntryOnly
	t.probes.Calls = nil
	for _, c := range t.Calls {
		t.probes.Calls = append(t.probes.Calls, c.Name)
	}
	return defines, t.probes.Define(s, defines)
}

func (t *Tracer) text() string {
	text := toolkit.ContainersC + toolkit.MissedC + program
	for i, c := range t.Calls {
		text += c.functions(i, t.EntryOnly)
	}
	return text
}

// completed adds to calls what the program could not find.
func (t *Tracer) completed(print func(*Made) error) func(*Made) error {
	if !t.late {
		return print
	}
	return func(m *Made) error {
		m.MountNS = mountNS(m.TID)
		if t.Parents {
			m.PPID = toolkit.ParentPID(m.PID)
			m.ParentComm = toolkit.Comm(m.PPID)
		}
		return print(m)
	}
}

// mountNS is the number of a thread's mount namespace, 0 if the thread is gone.
func mountNS(tid uint32) (number uint32) {
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", tid))
	if err != nil {
		return 0
	}
	if _, err := fmt.Sscanf(link, "mnt:[%d]", &number); err != nil {
		return 0
	}
	return number
}
