package main

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// start starts the program for this process alone.
func start(t *testing.T) *testenv.Proc {
	t.Helper()
	p := testenv.Start(t, testenv.Tool(t, "12_urandomread"), "-p", fmt.Sprint(os.Getpid()))
	p.Await("Ctrl-C ends it", time.Minute)
	return p
}

// buffer is where random bytes go.
var buffer [256]byte

// getRandom asks the kernel itself: since Linux 6.11 libraries, Go's among
// them, make random numbers without it.
func getRandom(t *testing.T, sizes ...int) (tid int) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for _, size := range sizes {
		n, _, errno := unix.Syscall(unix.SYS_GETRANDOM, reflect.ValueOf(&buffer).Pointer(), uintptr(size), 0)
		if errno != 0 || n != uintptr(size) {
			t.Fatalf("getrandom of %d bytes: %d, %v", size, n, errno)
		}
	}
	return unix.Gettid()
}

// The program has to say which tracepoint it uses, and to see the calls there.
func TestShowsEachRead(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracefs(t)
	testenv.NeedHeaders(t)
	p := start(t)
	sizes := []int{17, 3, 255}
	tid := getRandom(t, sizes...)
	line := fmt.Sprintf(`^\d+\.\d{6} \S+ \(%d\) reads (\d+) bytes$`, tid)
	p.Await(fmt.Sprintf(`\(%d\) reads 255 bytes$`, tid), 10*time.Second)

	result := p.Stop()
	var got []string
	for _, m := range regexp.MustCompile("(?m)"+line).FindAllStringSubmatch(result.Stdout, -1) {
		got = append(got, m[1])
	}
	if want := strings.Fields(strings.Trim(fmt.Sprint(sizes), "[]")); result.ExitCode != 0 || !slices.Equal(got, want) {
		t.Errorf("%q bytes, want %q: %v", got, want, result)
	}
	exists, err := bccgo.TracepointExists("random", "urandom_read")
	if err != nil {
		t.Fatal(err)
	}
	if says := strings.Contains(result.Stderr, "Linux 5.18 removed it"); says == exists {
		t.Errorf("random:urandom_read is there: %v, but the program says %v", exists, result)
	}
}

// TestOldPlace compiles and loads the program of kernels up to 5.17 with the
// tracepoint's description from there.
func TestOldPlace(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	target, err := bccgo.HostTarget()
	if err != nil {
		t.Fatal(err)
	}
	target.EventsDir = "testdata/events"
	m, err := bccgo.Load(places[0].program, &bccgo.Options{
		Target: target, NoAutoAttach: true, Defines: map[string]string{"TARGET_PID": "1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.LoadFuncs(); err != nil {
		t.Error(err)
	}
}

// Each place's program has to be for the tracepoint that is looked for.
func TestPlaces(t *testing.T) {
	for _, p := range places {
		fields := strings.Split(p.probe, ":")
		if want := fmt.Sprintf("TRACEPOINT_PROBE(%s, %s)", fields[1], fields[2]); !strings.Contains(p.program, want) {
			t.Errorf("%s: the program has no %s", p.probe, want)
		}
		if !strings.Contains(p.note, "Tracing "+fields[1]+":"+fields[2]) {
			t.Errorf("%s: the note does not name it: %s", p.probe, p.note)
		}
	}
}
