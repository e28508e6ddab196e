package runtimes

import (
	"errors"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// Every probe is of one of the runtime's providers, and each column has its rate.
func TestTable(t *testing.T) {
	for _, r := range all {
		var probes []string
		for _, m := range r.Methods {
			probes = append(probes, m.Entry, m.Return)
		}
		for _, c := range r.Collections {
			probes = append(probes, c.Begin, c.End)
			if c.Describe == nil || len(c.BeginNumbers) > 2 || len(c.EndNumbers) > 2 || len(c.Texts) > 2 {
				t.Errorf("%s: %+v", r.Language, c)
			}
		}
		for _, o := range r.Objects {
			probes = append(probes, o.Probe)
			if (o.Name == "") == (o.Type == Text{}) {
				t.Errorf("%s: %+v has to have a name or a type", r.Language, o)
			}
		}
		for _, rate := range r.Rates {
			probes = append(probes, rate.Probe)
		}
		for _, p := range probes {
			if provider, _, _ := strings.Cut(p, ":"); !slices.Contains(r.Providers, provider) {
				t.Errorf("%s: %s is of another provider", r.Language, p)
			}
		}
		if ByLanguage(r.Language) != r || r.Needs == "" || len(r.Files) == 0 {
			t.Errorf("%+v", r)
		}
	}
}

func TestDescribe(t *testing.T) {
	java := ByLanguage("java").Collections
	for want, got := range map[string]string{
		"Copy Eden used=10->2 max=none->9": java[0].Describe(Collected{Begin: [2]int64{10, -1}, End: [2]int64{2, 9}, Texts: [2]string{"Copy", "Eden"}}),
		"full collection":                  java[1].Describe(Collected{Begin: [2]int64{1}}),
		"collection":                       java[1].Describe(Collected{}),
		"gen 2 GC collected 7 objects":     ByLanguage("python").Collections[0].Describe(Collected{Begin: [2]int64{2}, End: [2]int64{7}}),
		"GC scavenge, GC weak callbacks":   describeNode(Collected{End: [2]int64{9}}),
		"GC of type 0":                     describeNode(Collected{}),
		"GC mark stage":                    ByLanguage("ruby").Collections[0].Describe(Collected{}),
		"GC sweep stage":                   ByLanguage("ruby").Collections[1].Describe(Collected{}),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestHandlers(t *testing.T) {
	want := `
int on_call(struct pt_regs *ctx)
{
	struct names n = {};

	bpf_usdt_readarg(2, ctx, &n.class);
	bpf_usdt_readarg(3, ctx, &n.class_size);
	bpf_usdt_readarg(4, ctx, &n.name);
	bpf_usdt_readarg(5, ctx, &n.name_size);
	return enter(ctx, &n);
}
`
	if got := java.Methods[0].Handler("on_call", "enter"); got != want {
		t.Errorf("got %s", got)
	}
	want = `
int on_begin_3(struct pt_regs *ctx)
{
	struct numbers n = {};
	u64 part = 0;

	bpf_usdt_readarg(1, ctx, &n.first);
	return begin(3, bpf_get_current_pid_tgid(), part, &n);
}

int on_end_3(struct pt_regs *ctx)
{
	struct numbers n = {};
	struct texts t = {};
	u64 part = 0;

	bpf_usdt_readarg(1, ctx, &n.first);
	return end(ctx, 3, bpf_get_current_pid_tgid(), part, &n, &t);
}
`
	if got := python.Collections[0].Handlers(3); got != want {
		t.Errorf("got %s", got)
	}
}

func TestMethodName(t *testing.T) {
	name := func(class, method string, flags uint32) MethodName {
		m := MethodName{Flags: flags}
		copy(m.Class[:], class)
		copy(m.Name[:], method)
		return m
	}
	for want, m := range map[string]MethodName{
		"A.m": name("A", "m", 0), "m": name("", "m", 0), `a\n....m...`: name("a\n", "m", 1|1<<2), "A.<unreadable>": name("A", "", 2<<2),
	} {
		if got := m.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestChoose(t *testing.T) {
	languages := []string{"java", "python", "ruby"}
	for _, c := range []struct {
		language string
		has      []string
		named    string // what the names of files say
		want     string // or the beginning of the error
	}{
		{"", []string{"python"}, "c", "python"},
		{"", []string{"libc", "hotspot", "hotspot_jni"}, "java", "java"},
		{"", []string{"python", "ruby"}, "ruby", "ruby"},
		{"", []string{"python", "ruby"}, "", "process 7 has the probes of several runtimes: choose one by --language: python, ruby"},
		{"", []string{"tcl"}, "", "process 7 runs no runtime of java, python, ruby"},
		{"", nil, "ruby", "process 7 has no probes of a runtime of ruby: "},
		{"ruby", []string{"python", "ruby"}, "python", "ruby"},
		{"ruby", []string{"python"}, "python", "process 7 has no probes of a runtime of ruby: "},
	} {
		detect := func([]string, int) (string, error) {
			if !slices.Contains(languages, c.named) {
				return "", nil
			}
			return c.named, nil
		}
		r, err := choose(7, c.language, languages, c.has, detect)
		if err == nil && r.Language != c.want || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: %+v, %v", c, r, err)
		}
	}
	lost := errors.New("gone")
	if _, err := choose(7, "", languages, nil, func([]string, int) (string, error) { return "", lost }); !errors.Is(err, lost) {
		t.Error(err)
	}
}

func TestFindRefuses(t *testing.T) {
	var none *NoProbesError
	if _, err := Find(os.Getpid(), "java", []string{"java"}); !errors.As(err, &none) || none.Runtime != java {
		t.Error(err)
	}
	var unknown *UnknownError
	if _, err := Find(os.Getpid(), "", []string{"java"}); !errors.As(err, &unknown) {
		t.Error(err)
	}
	if _, err := Find(1<<22+1, "", []string{"java"}); err == nil || !strings.Contains(err.Error(), "no such process") {
		t.Error(err)
	}
}

func TestSilence(t *testing.T) {
	testenv.NotEmulated(t)
	start := func(arg, env string) int {
		cmd := exec.Command("sleep", "60")
		cmd.Args[0] = arg
		cmd.Env = []string{env}
		return testenv.StartCmd(t, cmd).Pid()
	}
	for _, c := range []struct {
		runtime  *Runtime
		arg, env string
		of       Kind
		silent   bool
	}{
		{java, "java -XX:+ExtendedDTraceProbes", "A=B", Calls, false},
		{java, "java", "JAVA_TOOL_OPTIONS=-XX:+ExtendedDTraceProbes", Objects, false},
		{java, "java -XX:+DTraceMethodProbes", "A=B", Calls, false},
		{java, "java -XX:+DTraceMethodProbes", "A=B", Objects, true},
		{java, "java", "A=B", Calls, true},
		{php, "php", "USE_ZEND_DTRACE=1", Calls, false},
		{php, "php", "A=B", Calls, true},
		{ruby, "ruby", "A=B", Calls, false},
	} {
		p := &Process{PID: start(c.arg, c.env), Runtime: c.runtime}
		if got := p.Silence(c.of); (got != "") != c.silent {
			t.Errorf("%+v: %q", c, got)
		}
	}
	if got := (&Process{PID: 1<<22 + 1, Runtime: java}).Silence(Calls); got != "" {
		t.Error(got)
	}
}

func TestChoice(t *testing.T) {
	languages := []string{"java", "ruby", "none"}
	for _, c := range []struct{ argv0, tool, language string }{
		{"/usr/sbin/javagc", "javagc", "java"}, {"rubygc", "rubygc", "ruby"}, {"ugc", "ugc", ""},
		{"pythongc", "ugc", ""}, {"gc", "ugc", ""}, {"nonegc", "ugc", ""}, {"renamed", "ugc", ""},
	} {
		got := NewChoice("ugc", c.argv0, languages)
		if got.Tool != c.tool || got.Language != c.language || (len(got.Flags()) == 0) != (c.language != "") {
			t.Errorf("%s: %+v", c.argv0, got)
		}
	}
	c := NewChoice("ugc", "ugc", languages)
	for language, good := range map[string]bool{"": true, "java": true, "none": true, "python": false} {
		c.Language = language
		if err := c.Check(); (err == nil) != good {
			t.Errorf("%q: %v", language, err)
		}
	}
}

func TestArgs(t *testing.T) {
	for arg, want := range map[string]int{"17": 17, "0": 0, "-3": 0, "x": 0, "99999999999": 0} {
		if got, err := PIDArg([]string{arg}); got != want || (err == nil) != (want != 0) {
			t.Errorf("%s: %d, %v", arg, got, err)
		}
	}
	if _, err := PIDArg(nil); err == nil {
		t.Error("no PID, no error")
	}
	for arg, want := range map[string]time.Duration{"2": 2 * time.Second, "0.5": time.Second / 2, "1e-9": time.Millisecond, "0": 0, "-1": 0, "NaN": 0, "1e99": 0, "x": 0} {
		if got, err := IntervalArg([]string{"1", arg}, 1); got != want || (err == nil) != (want != 0) {
			t.Errorf("%s: %v, %v", arg, got, err)
		}
	}
	if got, err := IntervalArg([]string{"1"}, 1); got != 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// scripts/build makes a name for each tool and language that BCC has one for.
func TestWrappers(t *testing.T) {
	script, err := os.ReadFile("../../../scripts/build")
	if err != nil {
		t.Fatal(err)
	}
	fits := map[string]func(*Runtime) bool{
		"ucalls": func(r *Runtime) bool { return r.Methods != nil }, "uflow": func(r *Runtime) bool { return r.Methods != nil },
		"ugc": func(r *Runtime) bool { return r.Collections != nil }, "uobjnew": func(r *Runtime) bool { return r.Objects != nil },
		"ustat": func(r *Runtime) bool { return r.Rates != nil }, "uthreads": func(r *Runtime) bool { return r.Threads != nil },
	}
	for tool, fits := range fits {
		m := regexp.MustCompile(`(?m)^\tlink_languages ` + tool + ` (.*)$`).FindSubmatch(script)
		if m == nil {
			t.Errorf("%s has no wrappers", tool)
			continue
		}
		if got := strings.Fields(string(m[1])); !slices.Equal(got, Languages(fits)) {
			t.Errorf("%s is linked for %q, and fits %q", tool, got, Languages(fits))
		}
	}
}
