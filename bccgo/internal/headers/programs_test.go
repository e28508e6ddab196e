package headers

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/internal/testenv"
)

// notRun are folders of examples that are no programs, and programs that do not
// come as far as to compile in the machine: they need a processor's help, a module,
// a disk, a process with static probes, a control group, or types that no header
// has.
var notRun = []string{
	"internal", "lbr", "kvm_hypercall", "biolatpcts", "usdt_sample", "15_http_requests", "python_calls", "javagc",
	"cgroup_egress_limit", "task_iter",
}

// tracers are the tools that need no arguments.
var tracers = []string{"bashreadline", "biolatency", "biosnoop", "execsnoop", "gethostlatency", "opensnoop", "tcpconnect"}

// arguments are those of the programs that need some.
var arguments = map[string][]string{
	"lsm_connect": {"192.0.2.1"}, "stacksnoop": {"ksys_sync"}, "mallocstacks": {"-p", "1"},
	"strlen_snoop": {"-p", "1"}, "stack_buildid_example": {"-p", "1"}, "trace_perf_output": {"-p", "1"},
	"sockmap_redirect": {"/"}, "xdp_redirect_map": {"-cost"}, "dns_matching": {"-cost"},
	"pinned_counter": {"cost"}, "learning_bridge": {"-cost"},
}

// TestProgramsAreTheSame compiles the tools and examples with headers made from
// the kernel's types and with installed ones: the instructions must be the same,
// byte for byte.
func TestProgramsAreTheSame(t *testing.T) {
	testenv.VM(t)
	functions := 0
	for _, name := range programNames(t) {
		t.Run(name, func(t *testing.T) {
			types, files := baked(t, name, FromTypes), baked(t, name, Installed)
			if len(types) != len(files) || len(types) == 0 {
				t.Fatalf("%d texts were compiled with types, %d with files", len(types), len(files))
			}
			for text, b := range types {
				if b.Headers != FromTypes {
					t.Errorf("compiled with %s", b.Headers)
				}
				functions += compareFunctions(t, b, files[text])
			}
		})
	}
	t.Logf("%d functions compared", functions)
	if functions < 60 {
		t.Errorf("%d functions are too few", functions)
	}
}

// programNames lists tools and examples.
func programNames(t *testing.T) []string {
	t.Helper()
	names := slices.Clone(tracers)
	entries, err := os.ReadDir("../../../examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(notRun, e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// tracing is what programs say when they have loaded everything. Those that say
// nothing get time for further texts after the last one that was compiled.
var tracing = regexp.MustCompile(`Ctrl-C|: tracing\n`)

const furtherTexts = 8 * time.Second

// baked runs a program until it traces, or ends, and returns what it compiled.
func baked(t *testing.T, name, choice string) map[string]*bundle.Bundle {
	t.Helper()
	dir := t.TempDir()
	args := arguments[name]
	if args == nil && slices.Contains(tracers, name) {
		args = []string{"-v"}
	}
	cmd := exec.Command(testenv.Tool(t, name), args...)
	cmd.Env = append(os.Environ(), "BCCGO_HEADERS="+choice, "BCCGO_BAKE="+dir, "BCCGO_CACHE=off")
	p := testenv.StartCmd(t, cmd)
	var files []string
	for last := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		now, err := filepath.Glob(filepath.Join(dir, "*.bundle"))
		if err != nil {
			t.Fatal(err)
		}
		if len(now) > len(files) {
			files, last = now, time.Now()
		}
		waited, limit := time.Since(last), time.Minute
		if len(files) > 0 {
			limit = furtherTexts
		}
		if waited > limit || ended(p) || tracing.MatchString(p.Stderr()+p.Stdout()) {
			break
		}
	}
	found := make(map[string]*bundle.Bundle)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if found[filepath.Base(file)], err = bundle.Unmarshal(data); err != nil {
			t.Fatal(err)
		}
	}
	if len(found) == 0 {
		t.Logf("%s said: %s", name, p.Stderr())
	}
	return found
}

// ended tells whether a process has ended, be it that nobody has waited for it.
func ended(p *testenv.Proc) bool {
	_, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(p.Pid()), "exe"))
	return err != nil
}

func compareFunctions(t *testing.T, types, files *bundle.Bundle) int {
	t.Helper()
	if files == nil || len(types.Functions) != len(files.Functions) {
		t.Fatal("the texts have not the same functions")
	}
	for i, f := range types.Functions {
		if other := files.Functions[i]; f.Name != other.Name || !bytes.Equal(f.Insns, other.Insns) {
			t.Errorf("%s: %d bytes of instructions with types, %d with files, and not the same", f.Name, len(f.Insns), len(other.Insns))
		}
	}
	return len(types.Functions)
}
