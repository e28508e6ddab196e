package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/probespec"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// notGiven is the value of flags that must be above 0.
const notGiven = -1

// list is a flag that may be repeated. Its values may have commas in them.
type list []string

// Set adds a value. The command line library copies what String returns from one
// name of a flag to the other.
func (l *list) Set(value string) error {
	if value != "" || len(*l) == 0 {
		*l = append(*l, value)
	}
	return nil
}

// String is for the flag's help.
func (l *list) String() string { return "" }

// probes reads the flags.
func (o *options) probes() ([]*probe, error) {
	var err error
	if o.interval, err = toolkit.Seconds("--interval", o.seconds); err != nil {
		return nil, err
	}
	if o.interval == 0 {
		return nil, errors.New("--interval: want a number of seconds above 0")
	}
	for flag, n := range map[string]int{"--string-size": o.stringSize, "--number": o.number, "--top": o.top} {
		if n == 0 || n < notGiven || n < 0 && flag == "--string-size" {
			return nil, fmt.Errorf("%s %d: want a number above 0", flag, n)
		}
	}
	if err := o.checkThread(); err != nil {
		return nil, err
	}
	var all []*probe
	for i, text := range append(o.counts[:len(o.counts):len(o.counts)], o.histograms...) {
		p, err := parse(text, i >= len(o.counts))
		if err != nil {
			return nil, err
		}
		p.number = i
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, errors.New("nothing to trace: give a specifier with -C or -H; see argdist --help")
	}
	return all, o.checkStack(all)
}

// checkStack refuses strings for which a program has no room.
func (o *options) checkStack(all []*probe) error {
	const room = 384 // of 512 bytes
	for _, p := range all {
		strings := 0
		for _, v := range p.values {
			if v.isString() {
				strings++
			}
		}
		if strings > 0 && strings*(o.stringSize+1) > room {
			return fmt.Errorf("--string-size %d: want at most %d for the %d strings of %s", o.stringSize, room/strings-1, strings, p.name())
		}
	}
	return nil
}

// checkThread finds the process of --tid.
func (o *options) checkThread() error {
	if o.tid == 0 {
		return nil
	}
	pid, err := processOf(o.tid)
	if err != nil {
		return err
	}
	if o.pid != 0 && o.pid != pid {
		return fmt.Errorf("--tid %d: this is a thread of process %d, not of %d", o.tid, pid, o.pid)
	}
	if toolkit.KernelPID(o.tid) == 0 {
		return fmt.Errorf("--tid %d: this is a PID namespace of its own, where the kernel's number of the thread is not known: "+
			"run it in the initial namespace", o.tid)
	}
	o.pid = pid
	return nil
}

// processOf is the process that a thread belongs to.
func processOf(tid int) (int, error) {
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", tid))
	if errors.Is(err, os.ErrNotExist) {
		return 0, fmt.Errorf("--tid %d: there is no such thread", tid)
	}
	if err != nil {
		return 0, fmt.Errorf("--tid %d: find its process: %w", tid, err)
	}
	defer status.Close()
	lines := bufio.NewScanner(status)
	for lines.Scan() {
		if pid, ok := strings.CutPrefix(lines.Text(), "Tgid:"); ok {
			return strconv.Atoi(strings.TrimSpace(pid))
		}
	}
	return 0, fmt.Errorf("--tid %d: the thread has ended", tid)
}

// includes are the lines for the headers that were asked for, and for those that
// the specifiers call for.
func (o *options) includes(all []*probe) (string, error) {
	var b strings.Builder
	b.WriteString("#include <uapi/linux/ptrace.h>\n#include <linux/version.h>\n")
	for _, h := range o.headers {
		if h == "" || strings.ContainsAny(h, "\"<>\n") {
			return "", fmt.Errorf("--include %q: this is no header's name", h)
		}
		if h[0] != '.' && h[0] != '/' {
			fmt.Fprintf(&b, "#include <%s>\n", h)
			continue
		}
		path, err := filepath.Abs(h)
		if err != nil {
			return "", fmt.Errorf("--include %s: %w", h, err)
		}
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("--include %s: %w", h, err)
		}
		fmt.Fprintf(&b, "#include \"%s\"\n", path)
	}
	var words []string
	for _, p := range all {
		words = append(words, p.Text)
	}
	b.WriteString(bccgo.GenerateAutoIncludes(words...))
	return b.String(), nil
}

// load is how to load the text.
func (o *options) load(set *probespec.Set) *bccgo.Options {
	load := set.Options()
	load.Defines = map[string]string{"STRING_SIZE": strconv.Itoa(o.stringSize)}
	load.FileName = fileName
	return load
}
