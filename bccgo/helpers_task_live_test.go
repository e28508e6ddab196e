package bccgo

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/internal/testenv"
)

// helperInput is struct input of testdata/helpers/task.c.
type helperInput struct {
	Number uint64
	Text   [24]byte
}

// given is what the functions are given the address of.
var given = &helperInput{Number: 42}

const givenText = "a text of the test"

func init() { copy(given.Text[:], givenText) }

func givenAddress() uint64 { return uint64(reflect.ValueOf(given).Pointer()) }

func addressOf(b []byte) uint64 { return uint64(reflect.ValueOf(b).Pointer()) }

// taskHelpers are helpers that tell of the current task, the clock or the
// machine, or work on memory; each with what is right.
var taskHelpers = map[string]func(*testing.T, *helpers){
	"bpf_probe_read":      readsNumber,
	"bpf_probe_read_user": readsNumber,
	"bpf_probe_read_str":  readsText,

	"bpf_probe_read_user_str": readsText,
	"bpf_probe_read_kernel": func(t *testing.T, h *helpers) {
		h.run(t, givenAddress())
		if h.is(t, int64(os.Getpid()), 0); int64(h.out[2]) >= 0 {
			t.Error("it read user space")
		}
	},
	"bpf_probe_read_kernel_str": func(t *testing.T, h *helpers) {
		h.run(t)
		name := ownThreadName(t)
		h.is(t, int64(len(name)+1))
		h.says(t, name)
	},
	"bpf_get_current_comm": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0)
		h.says(t, ownThreadName(t))
	},
	"bpf_ktime_get_ns":      func(t *testing.T, h *helpers) { isTime(t, h, unix.CLOCK_MONOTONIC) },
	"bpf_ktime_get_boot_ns": func(t *testing.T, h *helpers) { isTime(t, h, unix.CLOCK_BOOTTIME) },
	"bpf_ktime_get_tai_ns":  func(t *testing.T, h *helpers) { isTime(t, h, unix.CLOCK_TAI) },
	"bpf_jiffies64":         jiffies,
	"bpf_get_prandom_u32": func(t *testing.T, h *helpers) {
		h.run(t)
		first := slices.Clone(h.out[:3])
		if h.run(t); slices.Equal(first, h.out[:3]) || max(first[0], first[1], first[2]) > 1<<32-1 {
			t.Errorf("%d, then %d", first, h.out[:3])
		}
	},
	"bpf_get_smp_processor_id": func(t *testing.T, h *helpers) {
		for _, cpu := range must(OnlineCPUs())(t) {
			pinTo(t, cpu)
			h.run(t)
			h.is(t, int64(cpu))
		}
	},
	"bpf_num_cpus": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, int64(len(must(OnlineCPUs())(t))))
	},
	"bpf_get_numa_node_id": func(t *testing.T, h *helpers) {
		cpu := must(OnlineCPUs())(t)[0]
		pinTo(t, cpu)
		h.run(t)
		h.is(t, nodeOf(cpu))
	},
	"bpf_get_current_pid_tgid": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, int64(os.Getpid())<<32|int64(unix.Gettid()))
	},
	"bpf_get_current_uid_gid": func(t *testing.T, h *helpers) {
		if err := unix.Setresgid(-1, 4711, -1); err != nil {
			t.Fatal(err)
		}
		defer unix.Setresgid(-1, 0, -1)
		h.run(t)
		h.is(t, int64(os.Getgid())<<32|int64(os.Getuid()))
	},
	"bpf_get_current_task": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, int64(unix.Gettid()))
	},
	"bpf_get_current_task_btf": func(t *testing.T, h *helpers) {
		h.run(t)
		if h.out[0] == 0 || h.out[0] != h.out[1] {
			t.Errorf("the task is at %x, and by bpf_get_current_task at %x", h.out[0], h.out[1])
		}
	},
	"bpf_get_ns_current_pid_tgid": func(t *testing.T, h *helpers) {
		var ns unix.Stat_t
		if err := unix.Stat("/proc/self/ns/pid", &ns); err != nil {
			t.Fatal(err)
		}
		h.run(t, 0, ns.Dev, ns.Ino)
		h.is(t, int64(unix.Gettid()), int64(os.Getpid()), 0)
		h.run(t, 0, ns.Dev, ns.Ino+1)
		h.is(t, 0, 0, -int64(unix.EINVAL))
	},
	"bpf_get_current_cgroup_id":          func(t *testing.T, h *helpers) { isCgroup(t, h, ownCgroup(t)) },
	"bpf_get_current_ancestor_cgroup_id": func(t *testing.T, h *helpers) { isCgroup(t, h, "/") },

	"bpf_send_signal":        isSignalled,
	"bpf_send_signal_thread": isSignalled,
	"bpf_task_pt_regs": func(t *testing.T, h *helpers) {
		h.run(t)
		if !mapped(t, h.out[0], 'x') || !mapped(t, h.out[1], 'w') {
			t.Errorf("code at %x, stack at %x", h.out[0], h.out[1])
		}
	},
	"bpf_get_stack":      isStack,
	"bpf_get_task_stack": isStack,
	"bpf_snprintf": func(t *testing.T, h *helpers) {
		h.run(t, givenAddress())
		h.says(t, fmt.Sprintf("7 at %x", givenAddress()))
		h.is(t, int64(len(h.text)+1))
	},
	"bpf_snprintf_btf": func(t *testing.T, h *helpers) {
		kernel := must(btf.LoadKernelSpec())(t)
		var list *btf.Struct
		if err := kernel.TypeByName("timespec64", &list); err != nil {
			t.Fatal(err)
		}
		h.run(t, givenAddress(), uint64(must(kernel.TypeID(list))(t)))
		// The kernel does not follow an address of user space, and says so in the text.
		if !strings.Contains(h.text, "timespec64") && int64(h.out[0]) >= 0 {
			t.Errorf("text %q, answers %d", h.text, h.out)
		}
	},
	"bpf_strncmp": func(t *testing.T, h *helpers) {
		h.run(t, givenAddress())
		if h.is(t, 0); int64(h.out[1]) <= 0 {
			t.Errorf("a later text compares as %d", int64(h.out[1]))
		}
	},
	"bpf_trace_vprintk": func(t *testing.T, h *helpers) {
		h.run(t, 0, 5)
		h.is(t, int64(len("5 5 5 5")))
	},
	"bpf_probe_write_user": func(t *testing.T, h *helpers) {
		defer func() { given.Number = 42 }()
		h.run(t, givenAddress())
		if h.is(t, 0); given.Number != 4711 {
			t.Errorf("the number is %d", given.Number)
		}
	},
	"bpf_dynptr_read": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, 0, 0, 99, 99)
	},
	"bpf_map_update_elem": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, 7, -int64(unix.EEXIST), 0, 1, -int64(unix.ENOENT))
	},
	"bpf_map_push_elem": func(t *testing.T, h *helpers) {
		h.run(t)
		h.is(t, 0, 0, -int64(unix.E2BIG), 0, 1, 0, 2, -int64(unix.ENOENT))
	},
	"bpf_get_branch_snapshot": func(t *testing.T, h *helpers) {
		h.run(t)
		const entry = 24
		if n := int64(h.out[0]); n != -int64(unix.ENOENT) && (n <= 0 || n%entry != 0) {
			t.Errorf("%d bytes of branches", n)
		}
	},
	"bpf_ringbuf_output":    func(t *testing.T, h *helpers) { sends(t, h, "ring", 3, 4) },
	"bpf_perf_event_output": func(t *testing.T, h *helpers) { sends(t, h, "events", 5) },
}

// onlyInVM are helpers that this machine's kernel may deny to all.
var onlyInVM = []string{"bpf_probe_write_user"}

func TestLiveTaskHelpers(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	runtime.LockOSThread() // and never unlocked: the tests change it
	h := loadHelpers(t, "task.c", RawTracepoint)
	h.freeze(t, "format", "%d at %lx")
	h.freeze(t, "model", givenText)
	for item, check := range taskHelpers {
		t.Run(item, func(t *testing.T) {
			if slices.Contains(onlyInVM, item) {
				testenv.VM(t)
			}
			runtime.LockOSThread()
			h.need(t, item)
			check(t, h)
		})
	}
}

// freeze makes a text constant.
func (h *helpers) freeze(t *testing.T, table, text string) {
	t.Helper()
	to, err := Map[int32, [128]byte](h.m, table)
	if err != nil {
		t.Fatal(err)
	}
	var b [128]byte
	copy(b[:], text)
	if err := to.Update(0, b); err != nil {
		t.Fatal(err)
	}
	if err := to.Table().Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := to.Update(0, b); !errors.Is(err, unix.EPERM) {
		t.Errorf("a frozen table was written to: %v", err)
	}
	if err := to.Table().Freeze(); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("frozen twice: %v", err)
	}
}

func (h *helpers) says(t *testing.T, want string) {
	t.Helper()
	if h.text != want {
		t.Errorf("text %q, want %q", h.text, want)
	}
}

func readsNumber(t *testing.T, h *helpers) {
	h.run(t, givenAddress())
	h.is(t, 42, 0)
	h.run(t, 8)
	h.is(t, 0, -int64(unix.EFAULT))
}

func readsText(t *testing.T, h *helpers) {
	h.run(t, givenAddress())
	h.is(t, int64(len(givenText)+1))
	h.says(t, givenText)
}

func ownThreadName(t *testing.T) string {
	t.Helper()
	name := must(os.ReadFile(fmt.Sprintf("/proc/self/task/%d/comm", unix.Gettid())))(t)
	return strings.TrimSuffix(string(name), "\n")
}

// isTime wants a time between now and then.
func isTime(t *testing.T, h *helpers, clock int32) {
	t.Helper()
	before := clockNow(t, clock)
	h.run(t)
	if after := clockNow(t, clock); h.out[0] < before || h.out[0] > after {
		t.Errorf("%d is not from %d to %d", h.out[0], before, after)
	}
}

func clockNow(t *testing.T, clock int32) uint64 {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(clock, &now); err != nil {
		t.Fatal(err)
	}
	return uint64(now.Nano())
}

// jiffies wants the count to go by one of the usual frequencies.
func jiffies(t *testing.T, h *helpers) {
	h.run(t)
	first, begin := h.out[0], time.Now()
	time.Sleep(200 * time.Millisecond)
	h.run(t)
	hertz := float64(h.out[0]-first) / time.Since(begin).Seconds()
	if hertz < 50 || hertz > 1500 {
		t.Errorf("%.0f jiffies a second", hertz)
	}
}

// pinTo keeps this thread on a processor.
func pinTo(t *testing.T, cpu int) {
	t.Helper()
	var set, old unix.CPUSet
	if err := unix.SchedGetaffinity(0, &old); err != nil {
		t.Fatal(err)
	}
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.SchedSetaffinity(0, &old) })
}

// nodeOf is the memory node of a processor, 0 on machines without nodes.
func nodeOf(cpu int) int64 {
	var node int64
	found, _ := filepath.Glob(fmt.Sprintf("/sys/devices/system/cpu/cpu%d/node*", cpu))
	if len(found) > 0 {
		fmt.Sscanf(filepath.Base(found[0]), "node%d", &node)
	}
	return node
}

// ownCgroup is the path of this process's control group of version 2.
func ownCgroup(t *testing.T) string {
	t.Helper()
	list := must(os.ReadFile("/proc/self/cgroup"))(t)
	_, path, _ := strings.Cut("\n"+string(list), "\n0::")
	path, _, _ = strings.Cut(path, "\n")
	return path
}

// isCgroup wants the number of a control group's folder.
func isCgroup(t *testing.T, h *helpers, path string) {
	t.Helper()
	ownMounts(t)
	top := t.TempDir()
	if err := unix.Mount("cgroup2", top, "cgroup2", 0, ""); err != nil {
		t.Skip("this kernel has no control groups of version 2: ", err)
	}
	defer unix.Unmount(top, 0)
	var group unix.Stat_t
	if err := unix.Stat(filepath.Join(top, path), &group); err != nil {
		t.Fatal(err)
	}
	h.run(t)
	h.is(t, int64(group.Ino))
}

func isSignalled(t *testing.T, h *helpers) {
	got := make(chan os.Signal, 1)
	signal.Notify(got, syscall.SIGUSR2)
	defer signal.Stop(got)
	h.run(t)
	h.is(t, 0)
	select {
	case <-got:
	case <-time.After(testenv.Timeout(5 * time.Second)):
		t.Error("no signal came")
	}
}

// isStack wants addresses of code.
func isStack(t *testing.T, h *helpers) {
	h.run(t)
	n := int(h.out[0]) / 8
	if n < 2 || h.out[0]%8 != 0 {
		t.Fatalf("a stack of %d bytes", int64(h.out[0]))
	}
	for i := range n {
		if at := h.word(t, 8*i); !mapped(t, at, 'x') {
			t.Errorf("frame %d is at %x", i, at)
		}
	}
}

// mapped reports whether an address of this process lies in memory that has a
// right: 'r', 'w' or 'x'.
func mapped(t *testing.T, address uint64, right rune) bool {
	t.Helper()
	file, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var from, to uint64
		var rights string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &rights); err != nil {
			t.Fatal(err)
		}
		if address >= from && address < to {
			return strings.ContainsRune(rights, right)
		}
	}
	return false
}

// sends wants events in a buffer.
func sends(t *testing.T, h *helpers, buffer string, want ...uint64) {
	t.Helper()
	s := Stream[uint64](h.m, buffer, nil)
	defer s.Close()
	h.run(t)
	h.is(t, 0)
	for e, err := range s.All(t.Context()) {
		if err != nil || e != want[0] {
			t.Fatalf("got %d, %v, want %d", e, err, want[0])
		}
		if want = want[1:]; len(want) == 0 {
			return
		}
	}
}
