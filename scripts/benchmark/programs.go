package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// The largest tools: tcpconnect takes longest to compile, opensnoop has the
// longest text and the most instructions.
var largest = []program{
	tool("tcpconnect", "-p", ofProcess), tool("opensnoop", "-p", ofProcess),
}

// programs are 40 tools and examples: all there are, but lbr, which needs a
// processor's help, stacksnoop, whose text has the process in it and is compiled
// each time, kvm_hypercall, which needs a module, and those that trace static
// probes, which need a program that has them.
var programs = append([]program{
	tool("biolatency"), tool("execsnoop", "-P", ofProcess),
	example("01_hello_world"), example("02_sys_sync"), example("03_hello_fields"), example("04_sync_timing"),
	example("05_sync_count"), example("06_disksnoop"), example("07_hello_perf_output"), example("08_sync_perf_output"),
	example("09_bitehist"), example("10_disklatency"), example("11_vfsreadlat"), example("12_urandomread"),
	example("13_disksnoop_tracepoints"), example("14_strlen_count"), example("16_task_switch"), example("17_networking"),
	example("bash_readline"), example("biolatpcts", disk()), example("dddos"), example("hello_perf_output_using_ns"),
	example("hello_tracepoint"), example("mallocstacks", "-p", ofProcess), example("nflatency"), example("setuid_monitor"),
	example("socket_protocols"), example("stack_buildid_example", "-p", ofProcess), example("strlen_hist"),
	example("strlen_hist_ifunc"), example("strlen_snoop", "-p", ofProcess), example("tcpv4connect"), example("trace_fields"),
	example("trace_open_perf"), example("trace_open_print"), example("trace_perf_output", "-p", ofProcess),
	example("undump"), example("urandomread_explicit"),
}, largest...)

// tool is a tool that is told to say when it traces.
func tool(name string, args ...string) program {
	return program{filepath.Join("tools", name), append([]string{"-v"}, args...)}
}

func example(name string, args ...string) program {
	return program{filepath.Join("examples", name), args}
}

// disk is any disk, for the example that wants one.
func disk() string {
	disks, err := os.ReadDir("/sys/block")
	if err != nil || len(disks) == 0 {
		return "vda"
	}
	return disks[0].Name()
}

// compared are the tools that are started beside Python BCC.
var compared = append([]program{tool("execsnoop", "-P", ofProcess)}, largest...)

// measureTools starts the tools: compiling with headers of either kind, from the
// cache, and their texts by Python BCC, whose own tools of these names need
// kprobes.
func (b *bench) measureTools() error {
	for _, p := range compared {
		for name, env := range map[string][]string{
			p.name():             withHeaders("kernel", []string{"BCCGO_CACHE=off"}),
			p.name() + fromTypes: withHeaders("btf", []string{"BCCGO_CACHE=off"}),
			p.name() + fromCache: {"BCCGO_CACHE=" + b.cache},
		} {
			s, err := b.startOnce(p, name, env)
			if err != nil {
				return err
			}
			b.add(name, "start ms", s.took.Seconds()*1e3)
			b.add(name, "rss MiB", s.rss)
		}
		if err := b.measurePythonText(p); err != nil {
			return err
		}
	}
	return nil
}

// startOnce starts a program beside a process that it may be limited to, which
// uses libc and rests.
func (b *bench) startOnce(p program, name string, env []string) (started, error) {
	beside, err := start("a process to look at", nil, "/bin/sh", "-c", "echo ready; read line")
	if err != nil {
		return started{}, err
	}
	defer beside.kill()
	if _, err := beside.ready(); err != nil {
		return started{}, err
	}
	return startProgram(name, env, p.command(b.programs, beside.pid())...)
}

// textOf is the file with a tool's text.
func (b *bench) textOf(p program) string { return filepath.Join(b.texts, p.name()+".c") }

// writeText has a tool print its text.
func (b *bench) writeText(p program) error {
	command := p.command(b.programs, "1")
	text, err := exec.Command(command[0], append(command[1:], "--ebpf")...).Output()
	if err != nil {
		return fmt.Errorf("print the text of %s: %w", p.name(), err)
	}
	return os.WriteFile(b.textOf(p), text, 0o644)
}

// measurePythonText has Python BCC load and attach a tool's text.
func (b *bench) measurePythonText(p program) error {
	name := pythonTextOf(p)
	c, err := start(name, nil, append(b.python(), "text", b.textOf(p))...)
	if err != nil {
		return err
	}
	defer c.kill()
	took, err := c.ready()
	if err != nil {
		return err
	}
	rss, err := c.peakRSS()
	if err != nil {
		return err
	}
	b.add(name, "start ms", took.Seconds()*1e3)
	b.add(name, "rss MiB", rss)
	return nil
}

func pythonTextOf(p program) string { return p.name() + "'s text, " + python }

// The figures of all programs together.
const (
	allPrograms = "all programs"
	fromCache   = ", from the cache"
	fromTypes   = ", headers made from types"
)

// measurePrograms starts all programs one after the other. The time is what they
// took to attach, without that of their ends.
func (b *bench) measurePrograms(name string) error {
	var total, slowest time.Duration
	attached := 0
	for _, p := range programs {
		s, err := b.startOnce(p, p.name(), []string{"BCCGO_CACHE=" + b.cache})
		if err != nil {
			return err
		}
		if !s.refused {
			attached++
		}
		total += s.took
		slowest = max(slowest, s.took)
	}
	b.add(name, "total s", total.Seconds())
	b.add(name, "slowest ms", slowest.Seconds()*1e3)
	b.add(name, "attached", float64(attached))
	return nil
}
