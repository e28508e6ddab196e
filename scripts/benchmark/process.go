package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a contender may take for one step.
const patience = 5 * time.Minute

// process is a running contender or producer, which prints "ready" and then,
// as the next line, a result.
type process struct {
	name  string
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Reader
	begin time.Time
	// watchdog kills a process that hangs.
	watchdog *time.Timer
}

func start(name string, env []string, args ...string) (*process, error) {
	p := newProcess(name, env, args...)
	p.cmd.Stderr = os.Stderr
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p.stdin, p.lines = stdin, bufio.NewReader(stdout)
	return p, p.run()
}

func newProcess(name string, env []string, args ...string) *process {
	p := &process{name: name, cmd: exec.Command(args[0], args[1:]...)}
	p.cmd.Env = append(os.Environ(), env...)
	return p
}

func (p *process) run() error {
	p.begin = time.Now()
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	p.watchdog = time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	return nil
}

// ready waits until the process says so, and returns how long that took from
// its start.
func (p *process) ready() (time.Duration, error) {
	line, err := p.lines.ReadString('\n')
	if err == nil && line != "ready\n" {
		err = fmt.Errorf("it printed %q", line)
	}
	if err != nil {
		return 0, fmt.Errorf("wait until %s is ready: %w", p.name, err)
	}
	return time.Since(p.begin), nil
}

// tell sends a line; what for is up to the process.
func (p *process) tell() error {
	if _, err := io.WriteString(p.stdin, "\n"); err != nil {
		return fmt.Errorf("tell %s to go on: %w", p.name, err)
	}
	return nil
}

// result reads the process's result and waits for its end.
func (p *process) result(v any) error {
	line, err := p.lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, v)
	}
	if err == nil {
		err = p.cmd.Wait()
		p.watchdog.Stop()
	}
	if err != nil {
		return fmt.Errorf("read the result of %s: %w", p.name, err)
	}
	return nil
}

// stop makes a consumer report what it has got so far.
func (p *process) stop() { _ = p.cmd.Process.Signal(syscall.SIGTERM) }

// kill ends a process that is not wanted any more; harmless after its end.
func (p *process) kill() {
	p.watchdog.Stop()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *process) pid() string { return strconv.Itoa(p.cmd.Process.Pid) }

// peakRSS is the process's own peak of resident memory in MiB since exec,
// which wait4's ru_maxrss is not: that remembers the parent's memory at fork.
func (p *process) peakRSS() (float64, error) {
	status, err := os.ReadFile("/proc/" + p.pid() + "/status")
	if err != nil {
		return 0, fmt.Errorf("read the memory of %s: %w", p.name, err)
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib / 1024, nil
		}
	}
	return 0, fmt.Errorf("read the memory of %s: no VmHWM in its status", p.name)
}
