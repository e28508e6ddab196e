package main

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
	"github.com/bccgo/bcc/internal/testenv/runtimetest"
	"github.com/bccgo/bcc/tools/internal/tooltest"
)

func needs(t *testing.T) {
	t.Helper()
	runtimetest.Needs(t)
	testenv.NeedTracepoint(t, "task:task_newtask")
}

// Threads in Java are there by their names, in their order, and by the kernel's
// numbers.
func TestLiveJava(t *testing.T) {
	needs(t)
	g := runtimetest.Java(t, "-Xint")
	p := tooltest.Start(t, "uthreads", "--json", g.PIDText())
	begin := time.Now()
	g.Tell("first 1", "grüße 2")
	end := time.Now()
	var got []string
	made := make(map[uint64]bool)
	const slack = 10 * time.Millisecond // between the clocks
	for _, e := range runtimetest.Lines[thread](t, tooltest.Stop(t, p).Stdout) {
		if e.PID != uint32(g.Pid()) || e.TID == 0 || e.Time.Before(begin.Add(-slack)) || e.Time.After(end.Add(slack)) {
			t.Errorf("%+v", e)
		}
		switch {
		case e.Type == "pthread":
			made[e.TID] = true
			if e.Description != "thread_native_entry(Thread*) [libjvm.so]" {
				t.Errorf("%+v", e)
			}
		case !made[e.TID] || e.ID == 0:
			t.Errorf("%+v, of threads %v", e, made)
		}
		if e.Description == "first" || e.Description == "grüße" {
			got = append(got, e.Type+" "+e.Description)
		}
	}
	if want := []string{"start first", "stop first", "start grüße", "stop grüße"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// Threads of a C program are there by their function and number, whether the C
// library tells of them or not; those of another process are not.
func TestLiveC(t *testing.T) {
	needs(t)
	for _, c := range []struct {
		kind  string
		flags []string
		args  []string
	}{
		{"c", nil, nil},
		{"c", []string{"-static"}, []string{"-l", "none"}},
		{"libc", nil, []string{"-l", "c"}},
	} {
		g, other := runtimetest.Fake(t, c.kind, "primes", c.flags...), runtimetest.Fake(t, c.kind, "primes", c.flags...)
		p := tooltest.Start(t, "uthreads", append(c.args, g.PIDText())...)
		g.Tell("thread - - 3")
		other.Tell("thread - - 1")
		out := tooltest.Stop(t, p).Stdout
		want := "^TIME     ID               TYPE     DESCRIPTION\n"
		said := regexp.MustCompile(`(?m)^thread (\d+)$`).FindAllStringSubmatch(g.Stdout(), -1)
		for _, m := range said {
			want += fmt.Sprintf(`\d+\.\d{3} +%-16s pthread  primes_thread \[primes\]`+"\n", m[1])
		}
		if len(said) != 3 || !regexp.MustCompile(want+"$").MatchString(out) {
			t.Errorf("%+v: got\n%swant\n%s", c, out, want)
		}
	}
}
