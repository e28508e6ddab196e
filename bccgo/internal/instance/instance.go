// Package instance makes tracefs instances: traces of a process's own, with a
// copy of what programs print by bpf_trace_printk.
//
// An instance is a directory and outlives its process. Its name tells whose it
// is, so that the next process that makes one can remove what a killed one left
// behind.
package instance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// printkEvent is the event that bpf_trace_printk raises since Linux 5.9.
const printkEvent = "events/bpf_trace/bpf_trace_printk"

// Options say what goes into an instance.
type Options struct {
	// PIDs are the processes whose lines are wanted; none means all.
	PIDs []int
	// Children wants those of what the processes start from now on, too.
	Children bool
	// Buffer is the size of the trace in KiB for each CPU; 0 leaves it to the
	// kernel.
	Buffer int
}

// Create makes an instance and returns its directory. Errors are
// *probe.TracefsError and *probe.UnsupportedError.
func Create(k *probe.Kernel, o Options) (string, error) {
	top, err := k.Tracefs()
	if err != nil {
		return "", err
	}
	top = k.Root().Path(top)
	if err := supported(top); err != nil {
		return "", err
	}
	self, err := owner(k.Root())
	if err != nil {
		return "", err
	}
	all := filepath.Join(top, "instances")
	self.removeStale(all)
	dir := filepath.Join(all, self.next())
	err = os.Mkdir(dir, 0o700)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "", &probe.TracefsError{Reason: probe.TracefsNotReadable, Path: top, Err: err}
	case err != nil:
		return "", fmt.Errorf("make a trace instance: %w", err)
	}
	if err := configure(dir, o); err != nil {
		return "", errors.Join(fmt.Errorf("set up the trace instance %s: %w", dir, err), Remove(dir))
	}
	return dir, nil
}

// Remove removes an instance, which nobody may read any more.
func Remove(dir string) error {
	err := os.Remove(dir)
	if errors.Is(err, unix.EBUSY) {
		return fmt.Errorf("remove trace instance: %w; somebody else reads it: fuser -v %s/trace_pipe shows who", err, dir)
	}
	if err != nil {
		return fmt.Errorf("remove trace instance: %w", err)
	}
	return nil
}

// supported tells whether there can be instances that bpf_trace_printk's lines
// reach.
func supported(top string) error {
	for _, need := range []struct{ path, reason string }{
		{printkEvent, "bpf_trace_printk writes to the machine's one trace: it is an event, bpf_trace:bpf_trace_printk, only since Linux 5.9 and with CONFIG_BPF_EVENTS"},
		{"instances", "this kernel's tracefs has no directory for them"},
	} {
		_, err := os.Stat(filepath.Join(top, need.path))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return &probe.UnsupportedError{Feature: "trace instances", Reason: need.reason,
				Fix: "read the machine's trace instead (TracePrint, OpenTracePipe)"}
		case err != nil:
			return &probe.TracefsError{Reason: probe.TracefsNotReadable, Path: top, Err: err}
		}
	}
	return nil
}

// configure chooses what the trace takes. The event comes last, so that nothing
// else is ever in it.
func configure(dir string, o Options) error {
	if o.Buffer > 0 {
		if err := set(dir, "buffer_size_kb", strconv.Itoa(o.Buffer)); err != nil {
			return err
		}
	}
	if o.Children {
		if err := set(dir, "options/event-fork", "1"); err != nil {
			return err
		}
	}
	for _, pid := range o.PIDs {
		if err := follow(dir, pid); err != nil {
			return err
		}
	}
	// The kernel turns the event on in the machine's trace, whenever a program
	// that prints is loaded, but not in instances.
	return set(dir, printkEvent+"/enable", "1")
}

// follow adds the threads of a process, which is what the kernel tells apart.
func follow(dir string, pid int) error {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return fmt.Errorf("find process %d: %w", pid, err)
	}
	for _, thread := range threads {
		if err := add(dir, "set_event_pid", thread.Name()); err != nil {
			return err
		}
	}
	return nil
}

func set(dir, file, value string) error {
	return os.WriteFile(filepath.Join(dir, file), []byte(value), 0)
}

// add writes to a file without emptying it first.
func add(dir, file, value string) error {
	f, err := os.OpenFile(filepath.Join(dir, file), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value + "\n")
	return errors.Join(err, f.Close())
}
