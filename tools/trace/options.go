package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	pages, pid, tid, stringSize, maxEvents int
	user, cgroup, name, message            string
	symbolFiles                            string
	verbose, includeSelf, binary           bool
	timestamp, unix, timeOfDay, printCPU   bool
	kernelStack, userStack, address        bool
	aggregate                              bool
	includes                               cli.StringSlice

	// headers are the includes as C has them.
	headers []string
}

// maxString is how many bytes of a string can be asked for.
const maxString = 4096

func (o *options) check() error {
	switch {
	case o.pages < 1 || o.pages&(o.pages-1) != 0:
		return fmt.Errorf("--buffer-pages %d: want a power of two", o.pages)
	case o.stringSize < 1 || o.stringSize > maxString:
		return fmt.Errorf("--string-size %d: want 1 to %d", o.stringSize, maxString)
	case o.maxEvents < -1 || o.maxEvents == 0:
		return fmt.Errorf("--max-events %d: want a number above 0", o.maxEvents)
	case o.unix && !o.timestamp:
		return errors.New("--unix-timestamp changes what --timestamp prints: give both")
	case o.timestamp && o.timeOfDay:
		return errors.New("--timestamp and --time: give one of them")
	case o.symbolFiles != "" && !o.userStack:
		return errors.New("--sym_file_list is for the stacks of --user-stack: give both")
	case o.address && !o.stacks():
		return errors.New("--address is for stacks: give --kernel-stack or --user-stack, too")
	case o.tid < 0 || o.tid > 0 && toolkit.KernelPID(o.tid) == 0:
		return fmt.Errorf("--tid %d: want a thread's number, in the initial PID namespace", o.tid)
	}
	if o.tid > 0 {
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", o.tid)); err != nil {
			return fmt.Errorf("--tid %d: there is no such thread", o.tid)
		}
	}
	return nil
}

// stacks tells that stacks are printed.
func (o *options) stacks() bool { return o.kernelStack || o.userStack }

// buildIDs tells that stacks of processes are kept by the build ids of files.
func (o *options) buildIDs() bool { return o.symbolFiles != "" }

// tracing is what to do.
type tracing struct {
	probes []*probe
	code   *code
	load   *bccgo.Options
	config config
}

// prepare reads the arguments, finds the places and writes the program.
func (o *options) prepare(s *toolkit.Session) (*tracing, error) {
	if len(s.Args) == 0 {
		return nil, errors.New(`no probe: say what to trace, such as 'c:open "%s", arg1'; see trace --help`)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	t := &tracing{}
	var err error
	if t.config, err = o.config(); err != nil {
		return nil, err
	}
	if o.headers, err = includes(o.includes.Value()); err != nil {
		return nil, err
	}
	if t.probes, err = parse(s.Args); err != nil {
		return nil, err
	}
	set := &probespec.Set{}
	for _, p := range t.probes {
		if p.places, err = set.Find(p.spec, o.pid); err != nil {
			return nil, err
		}
	}
	t.load = o.load(set)
	t.code, err = o.write(t.probes)
	return t, err
}

// load is how to load the program.
func (o *options) load(set *probespec.Set) *bccgo.Options {
	load := set.Options()
	load.FileName = fileName
	load.Defines = map[string]string{"UNREADABLE": fmt.Sprint(unreadable)}
	if o.cgroup != "" {
		load.Defines["BY_CGROUP"] = ""
	}
	if o.buildIDs() {
		load.Defines["BUILD_IDS"] = ""
	}
	return load
}

func parse(texts []string) ([]*probe, error) {
	var probes []*probe
	for _, text := range texts {
		p, err := parseProbe(text)
		if err != nil {
			return nil, err
		}
		probes = append(probes, p)
	}
	return probes, nil
}

// config is what the program is told.
func (o *options) config() (config, error) {
	c := config{On: 1, PID: toolkit.KernelPID(o.pid), TID: uint32(o.tid)}
	if !o.includeSelf {
		c.NotPID = toolkit.KernelPID(os.Getpid())
	}
	if o.user != "" {
		uid, err := toolkit.UserID(o.user)
		if err != nil {
			return c, err
		}
		c.ByUID, c.UID = 1, uid
	}
	return c, nil
}

// includes are header files as #include has them. Those that the working directory
// has are meant before the kernel's.
func includes(names []string) ([]string, error) {
	var list []string
	for _, name := range names {
		if strings.ContainsAny(name, "\n\"<>") || name == "" {
			return nil, fmt.Errorf("--include %q: want a file's name", name)
		}
		path, err := filepath.Abs(name)
		if err != nil {
			return nil, fmt.Errorf("--include %s: %w", name, err)
		}
		_, err = os.Stat(path)
		switch {
		case err == nil:
			list = append(list, `"`+path+`"`)
		case name[0] == '.' || name[0] == '/':
			return nil, fmt.Errorf("--include %s: %w", name, err)
		default:
			list = append(list, "<"+name+">")
		}
	}
	return list, nil
}
