package main

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// bucket is what the C text computes.
func bucket(usecs uint64) int {
	if usecs < 16 {
		return int(usecs)
	}
	log := int(math.Log2(float64(usecs))) - 4
	return 16*log + int(usecs>>log)
}

func TestLimit(t *testing.T) {
	for b := range 400 {
		last := limit(b)
		if bucket(last) != b || bucket(last+1) != b+1 {
			t.Errorf("bucket %d ends at %d, which is in %d, and the next in %d", b, last, bucket(last), bucket(last+1))
		}
		if b > 0 && float64(last) > float64(limit(b-1)+1)*(1+1.0/16) {
			t.Errorf("bucket %d goes from %d to %d", b, limit(b-1)+1, last)
		}
	}
}

func TestPercentile(t *testing.T) {
	one, many, long := make(distribution, buckets), make(distribution, buckets), make(distribution, buckets)
	one[bucket(1000)] = 1
	long[bucket(7_654_321)] = 3
	for usecs := range uint64(1000) {
		many[bucket(usecs)]++
	}
	for name, c := range map[string]struct {
		d    distribution
		p    float64
		want string
	}{
		"none":         {make(distribution, buckets), 50, "-"},
		"one, first":   {one, 1, "1.02ms"},
		"one, last":    {one, 100, "1.02ms"},
		"a hundredth":  {many, 1, "9µs"},
		"half":         {many, 50, "511µs"},
		"all but some": {many, 99, "991µs"},
		"all":          {many, 100, "1.02ms"},
		"seconds":      {long, 50, "7.86s"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.d.show(c.p); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestFindDisk(t *testing.T) {
	old := sysBlock
	defer func() { sysBlock = old }()
	sysBlock = t.TempDir()
	for file, text := range map[string]string{"sda/dev": "8:16\n", "sda1/dev": "8:17\n", "sda1/partition": "1\n", "odd/dev": "8\n"} {
		path := filepath.Join(sysBlock, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"sda", "/dev/sda"} {
		if major, minor, err := findDisk(name); major != "8" || minor != "16" || err != nil {
			t.Errorf("%s: %s:%s, %v", name, major, minor, err)
		}
	}
	for name, want := range map[string]string{"sdb": "no disk sdb", "sda1": "is a partition", "odd": "not two numbers"} {
		if _, _, err := findDisk(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// TestFunctionsLoad has the kernel check the program, and attaches nothing.
func TestFunctionsLoad(t *testing.T) {
	testenv.Live(t)
	testenv.NeedHeaders(t)
	m, err := bccgo.Load(program, &bccgo.Options{
		Defines:      map[string]string{"DISK_MAJOR": "8", "DISK_MINOR": "0"},
		NoAutoAttach: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.LoadFuncs(); err != nil {
		t.Error(err)
	}
}

func command(t *testing.T, argv ...string) {
	t.Helper()
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
}

// durations reads the columns of an operation's line after the count.
func durations(t *testing.T, out, operation, count string) []time.Duration {
	t.Helper()
	m := regexp.MustCompile(`(?m)^ +` + operation + ` +` + count + ` +(.*)$`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("no line of %s %s in\n%s", count, operation, out)
	}
	var list []time.Duration
	for _, column := range strings.Fields(m[1]) {
		d, err := time.ParseDuration(column)
		if err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		list = append(list, d)
	}
	return list
}

// TestPercentilesOfADisk measures a disk of memory that takes 20 ms for each
// request.
func TestPercentilesOfADisk(t *testing.T) {
	testenv.VM(t)
	testenv.NeedHeaders(t)
	const takes = 20 * time.Millisecond
	command(t, "modprobe", "null_blk", "nr_devices=2", "irqmode=2", "completion_nsec=20000000", "gb=1")
	t.Cleanup(func() { command(t, "modprobe", "-r", "null_blk") })
	p := testenv.Start(t, testenv.Tool(t, "biolatpcts"), "-i", "1h", "nullb0")
	p.Await("Ctrl-C ends it", time.Minute)

	begin := time.Now()
	command(t, "dd", "if=/dev/zero", "of=/dev/nullb0", "bs=4k", "count=25", "oflag=direct")
	command(t, "dd", "if=/dev/nullb0", "of=/dev/null", "bs=4k", "count=40", "iflag=direct")
	command(t, "dd", "if=/dev/nullb1", "of=/dev/null", "bs=4k", "count=10", "iflag=direct")
	most := time.Since(begin)

	result := p.Stop()
	if result.ExitCode != 0 || !regexp.MustCompile(`^\d\d:\d\d:\d\d  nullb0      COUNT +p1 +p5 .* p99\.9 +p100\n`).MatchString(result.Stdout) {
		t.Errorf("heading: %v", result)
	}
	for operation, count := range map[string]string{"read": "40", "write": "25"} {
		times := durations(t, result.Stdout, operation, count)
		if len(times) != len(percents) || times[0] < takes || times[len(times)-1] > most {
			t.Errorf("%s takes %v, want %d from %v to %v: %v", operation, times, len(percents), takes, most, result)
		}
		for i := 1; i < len(times); i++ {
			if times[i] < times[i-1] {
				t.Errorf("%s: %v comes before %v", operation, times[i-1], times[i])
			}
		}
	}
	if !regexp.MustCompile(`(?m)^ +discard +0(?: +-){9}$`).MatchString(result.Stdout) {
		t.Errorf("nothing was discarded: %v", result)
	}
}

func TestRefusesBadArguments(t *testing.T) {
	testenv.Live(t)
	for _, args := range [][]string{nil, {"a", "b"}, {"-i", "0s", "sda"}, {"no_such_disk"}} {
		result := testenv.Run(t, time.Minute, append([]string{testenv.Tool(t, "biolatpcts")}, args...)...)
		if result.ExitCode != 1 || !strings.Contains(result.Stderr, "disk") {
			t.Errorf("%q: %v", args, result)
		}
	}
}
