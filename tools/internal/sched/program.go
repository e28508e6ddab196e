package sched

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Events at which the programs run.
var (
	// Switches are for SwitchC.
	Switches = []string{"sched_switch"}
	// Waits are for WaitC and SwitchC.
	Waits = []string{"sched_switch", "sched_wakeup", "sched_wakeup_new"}
)

// Define checks that the kernel has the events of the scheduler that a text probes,
// and adds to the defines what ThreadC needs. own tells that threads are read from
// task structures.
func Define(s *toolkit.Session, events []string, defines map[string]string) (own bool, err error) {
	own, err = s.OwnHeaders("which process a thread belongs to is known once it has left a processor")
	if err != nil {
		return false, err
	}
	kind := "tracepoint:sched:"
	if own {
		kind = "raw_tracepoint:"
		defines["OWN_HEADERS"] = ""
		nameState(s, defines)
	}
	for _, event := range events {
		if _, err := bccgo.FirstProbe(kind + event); err != nil {
			return false, err
		}
	}
	return own, nil
}

// nameState tells the program what the field for a task's state is called. Where
// the kernel does not describe its types the version decides.
func nameState(s *toolkit.Session, defines map[string]string) {
	switch renamed, err := bccgo.KernelStructHasField("task_struct", "__state"); {
	case err != nil:
		s.Notef("states of tasks: the kernel's version tells where to find them: %v", err)
	case renamed:
		defines["TASK_STATE"] = "__state"
	default:
		defines["TASK_STATE"] = "state"
	}
}

// Load compiles and loads a text, which attaches its probes.
func Load(ctx context.Context, s *toolkit.Session, text string, defines map[string]string) (*bccgo.Module, error) {
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return nil, err
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return m, nil
}

// Begin tells a program without OWN_HEADERS which process each thread of the system
// belongs to, and hands over the settings.
func Begin(m *bccgo.Module, own bool, config Config) error {
	if !own {
		if err := fillProcesses(m); err != nil {
			return err
		}
	}
	return toolkit.Configure(m, config)
}

func fillProcesses(m *bccgo.Module) error {
	processes, err := bccgo.Map[uint32, uint32](m, "processes")
	if err != nil {
		return err
	}
	for _, pid := range numbersIn("/proc") {
		for _, tid := range numbersIn(fmt.Sprintf("/proc/%d/task", pid)) {
			if err := processes.Update(tid, pid); err != nil {
				return fmt.Errorf("note the process of thread %d: %w", tid, err)
			}
		}
	}
	return nil
}

// numbersIn lists the entries of a folder of /proc that are numbers. A folder that
// is gone, as its process is, has none.
func numbersIn(dir string) (numbers []uint32) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if n, err := strconv.ParseUint(e.Name(), 10, 32); err == nil {
			numbers = append(numbers, uint32(n))
		}
	}
	return numbers
}
