package host

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/rootfs"
)

// capability is a bit of the effective set (linux/capability.h).
type capability uint

const (
	capSysPtrace   capability = 19
	capSysAdmin    capability = 21
	capSysResource capability = 24
	capSyslog      capability = 34
	capPerfmon     capability = 38
	capBPF         capability = 39
)

// told are the capabilities that matter here, with their names.
var told = []struct {
	bit  capability
	name string
}{
	{capSysAdmin, "cap_sys_admin"}, {capBPF, "cap_bpf"}, {capPerfmon, "cap_perfmon"},
	{capSysResource, "cap_sys_resource"}, {capSysPtrace, "cap_sys_ptrace"}, {capSyslog, "cap_syslog"},
}

// process is what the kernel lets this process do.
type process struct {
	uid       int // effective
	effective uint64
}

func readProcess(root rootfs.FS) (process, error) {
	text, err := root.ReadFile("/proc/self/status")
	if err != nil {
		return process{}, fmt.Errorf("read this process's capabilities: %w", err)
	}
	return parseStatus(string(text))
}

func parseStatus(text string) (process, error) {
	p := process{uid: -1}
	seen := false
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, ":")
		fields := strings.Fields(value)
		var err error
		switch {
		case key == "Uid" && len(fields) > 1:
			p.uid, err = strconv.Atoi(fields[1])
		case key == "CapEff" && len(fields) > 0:
			p.effective, err = strconv.ParseUint(fields[0], 16, 64)
			seen = true
		}
		if err != nil {
			return process{}, fmt.Errorf("read this process's capabilities: %w", err)
		}
	}
	if p.uid < 0 || !seen {
		return process{}, fmt.Errorf("read this process's capabilities: no Uid and CapEff in /proc/self/status")
	}
	return p, nil
}

func (p process) has(c capability) bool {
	return p.effective&(1<<c) != 0
}

// mayLoad reports whether the process may load tracing programs. Kernels
// before 5.8 have cap_sys_admin only, and none grants the others there.
func (p process) mayLoad() bool {
	return p.has(capSysAdmin) || p.has(capBPF) && p.has(capPerfmon)
}

// mayTrace is the same for perf events.
func (p process) mayTrace() bool {
	return p.has(capSysAdmin) || p.has(capPerfmon)
}

// String tells the user, and of the capabilities those that matter.
func (p process) String() string {
	who := "user " + strconv.Itoa(p.uid)
	if p.uid == 0 {
		who = "root"
	}
	var names []string
	for _, one := range told {
		if p.has(one.bit) {
			names = append(names, one.name)
		}
	}
	switch len(names) {
	case len(told):
		return who + ", every capability needed"
	case 0:
		return who + ", none of the capabilities needed"
	}
	return who + ", " + strings.Join(names, " ")
}
