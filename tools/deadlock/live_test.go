package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

func needs(t *testing.T) {
	t.Helper()
	testenv.Live(t)
	testenv.NeedUprobes(t)
	testenv.NeedHeaders(t)
	testenv.NeedTracefs(t)
}

// here is needs for what the virtual machine, which is slow, has shown by another
// test.
func here(t *testing.T) {
	t.Helper()
	if testenv.Current() == testenv.StageVM {
		t.Skip("shown by another test there")
	}
	needs(t)
}

// startTool starts deadlock and waits until it traces.
func startTool(t *testing.T, args ...string) *testenv.Proc {
	t.Helper()
	p := testenv.Start(t, append([]string{testenv.Tool(t, "deadlock"), "-v"}, args...)...)
	p.Await("(?m)^deadlock: tracing$", time.Minute)
	return p
}

// finds waits for the tool to find a deadlock.
func finds(t *testing.T, p *testenv.Proc) testenv.Result {
	t.Helper()
	r := p.Wait(time.Minute)
	if r.ExitCode != 1 || !strings.HasSuffix(r.Stderr, "\ndeadlock: a potential deadlock was found\n") {
		t.Fatalf("%v", r)
	}
	return r
}

// Orders that contradict each other are found, with the functions that took the
// mutexes and where the threads come from; also if the threads are stuck in them.
func TestLiveCycles(t *testing.T) {
	needs(t)
	path := buildOrders(t)
	for kind, want := range map[string]string{
		// Mutex held, taken; functions of both; the function that created the thread.
		"two":   "a b take_a/a_then_b take_b/a_then_b start/run\nb a take_b/b_then_a take_a/b_then_a start/run\n",
		"three": "a b take_a/a_then_b take_b/a_then_b start/run\nb c take_b/b_then_c take_c/b_then_c start/run\nc a take_c/c_then_a take_a/c_then_a start/run\n",
		"stuck": "a b take_a/stuck_one take_b/stuck_one start/main\nb a take_b/stuck_two take_a/stuck_two start/main\n",
	} {
		t.Run(kind, func(t *testing.T) {
			if kind != "stuck" {
				here(t)
			}
			o := startOrders(t, path, kind)
			p := startTool(t, "--json", fmt.Sprint(o.Pid()))
			o.run()
			var d deadlock
			if err := json.Unmarshal([]byte(finds(t, p).Stdout), &d); err != nil {
				t.Fatal(err)
			}
			if got := cycleOf(t, &d, o); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// cycleOf shows a cycle, begun with mutex a.
func cycleOf(t *testing.T, d *deadlock, o *orders) string {
	t.Helper()
	names := o.names()
	created := map[uint32]creator{}
	for _, c := range d.Threads {
		if c.By != uint32(o.Pid()) || c.Comm != "orders" || c.ByOf != "orders" || !strings.HasPrefix(c.Stack[0], "pthread_create+0x0 [") {
			t.Errorf("created: %+v", c)
		}
		created[c.TID] = c
	}
	var first, rest strings.Builder
	out := &rest
	for i, m := range d.Mutexes {
		if d.Names[i] != names[m] {
			t.Errorf("mutex %s is called %s, not %s", m, d.Names[i], names[m])
		}
	}
	for i, st := range d.Steps {
		if st.Held != d.Mutexes[i] || st.Taken != d.Mutexes[(i+1)%len(d.Mutexes)] || st.Comm != "orders" {
			t.Errorf("step %d: %+v of %v", i, st, d.Mutexes)
		}
		if names[st.Held] == "a" {
			out = &first
		}
		fmt.Fprintln(out, names[st.Held], names[st.Taken], two(t, st.HeldFrom), two(t, st.TakenFrom), two(t, created[st.TID].Stack))
	}
	return first.String() + rest.String()
}

// two are the functions that called the innermost one.
func two(t *testing.T, stack []string) string {
	t.Helper()
	if len(stack) < 3 || !strings.HasPrefix(stack[0], "pthread_") {
		t.Fatalf("stack %v", stack)
	}
	name := regexp.MustCompile(`\+0x[0-9a-f]+ \[orders\]$`)
	return name.ReplaceAllString(stack[1], "") + "/" + name.ReplaceAllString(stack[2], "")
}

// What cannot wait for ever is no deadlock: one order in many threads, locks that
// are tried or taken again, other mutexes at the same place, a condition's mutex.
func TestLiveHarmless(t *testing.T) {
	here(t)
	path := buildOrders(t)
	for kind, edges := range map[string]int{"ordered": 3, "harmless": 2, "renewed": 2, "waits": 1} {
		t.Run(kind, func(t *testing.T) {
			o := startOrders(t, path, kind)
			p := startTool(t, fmt.Sprint(o.Pid()))
			o.run()
			o.input.Close()
			r := p.Wait(time.Minute)
			last := regexp.MustCompile(`(?s).*\ndeadlock: Mutexes: \d+, Edges: (\d+)\n$`).FindStringSubmatch(r.Stderr)
			if r.ExitCode != 0 || r.Stdout != "Tracing... Hit Ctrl-C to end.\n" || last == nil || last[1] != fmt.Sprint(edges) {
				t.Errorf("want %d edges: %v", edges, r)
			}
		})
	}
}

// Functions of the program's own are followed, and the orders go into a file.
func TestLiveOwnLocks(t *testing.T) {
	here(t)
	o := startOrders(t, buildOrders(t), "own")
	graph := filepath.Join(t.TempDir(), "graph.json")
	p := startTool(t, fmt.Sprint(o.Pid()), "--lock-symbols", "own_lock", "--unlock-symbols", "own_unlock", "--dump-graph", graph)
	o.run()
	out := finds(t, p).Stdout
	if !regexp.MustCompile(`(?m)^Mutex M1 \(locks\.\d+ 0x[0-9a-f]{16}\) acquired here while holding Mutex M0 \(locks\.\d+ 0x[0-9a-f]{16}\) in Thread ` +
		fmt.Sprint(o.Pid()) + ` \(orders\):\n@ [0-9a-f]{16} own_lock\+0x0 \[orders\]\n@ [0-9a-f]{16} own\+0x[0-9a-f]+ \[orders\]\n@ .* main\+`).MatchString(out) {
		t.Errorf("%s", out)
	}
	text, err := os.ReadFile(graph)
	if err != nil {
		t.Fatal(err)
	}
	var g struct {
		Nodes []struct{ ID string }
		Links []struct{ Source, Target string }
	}
	if err := json.Unmarshal(text, &g); err != nil || len(g.Nodes) != 2 || len(g.Links) != 2 || g.Links[0].Source != g.Links[1].Target {
		t.Errorf("%v: %s", err, text)
	}
}
