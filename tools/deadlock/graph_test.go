package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

// edgesOf makes edges of text such as "12 23": mutex 2 was taken while 1 was held.
func edgesOf(text string) map[edge]taken {
	edges := map[edge]taken{}
	for _, e := range strings.Fields(text) {
		edges[edge{mutex{Address: uint64(e[0] - '0')}, mutex{Address: uint64(e[1] - '0')}}] = taken{}
	}
	return edges
}

func TestCycle(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"12 23 34 14 13":          "",
		"12 21":                   "12",
		"12 23 31":                "123",
		"12 23 34 41 56 65":       "56",
		"12 23 34 45 53":          "345",
		"12 23 34 41 24 42":       "24",
		"19 29 39 49 91 12 23 34": "19",
	} {
		got := ""
		for _, m := range newGraph(edgesOf(text)).cycle() {
			got += string(rune('0' + m.Address))
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// The same address is another mutex when it was made again.
func TestCycleOfOtherLives(t *testing.T) {
	a, b, again := mutex{1, 0}, mutex{2, 0}, mutex{1, 1}
	if c := newGraph(map[edge]taken{{a, b}: {}, {b, again}: {}}).cycle(); c != nil {
		t.Errorf("got %v", c)
	}
	if a.String() != "0x0000000000000001" || again.String() != "0x0000000000000001#1" {
		t.Errorf("%v, %v", a, again)
	}
}

// In graphs with an order there is no cycle, and one edge against it makes one.
func TestCycleRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		edges := map[edge]taken{}
		for range 300 {
			a, b := random.Uint64N(100), random.Uint64N(100)
			if a != b {
				edges[edge{mutex{Address: min(a, b)}, mutex{Address: max(a, b)}}] = taken{}
			}
		}
		if c := newGraph(edges).cycle(); c != nil {
			t.Fatalf("a cycle without one: %v", c)
		}
		for e := range edges {
			edges[edge{e.Then, e.First}] = taken{}
			break
		}
		c := newGraph(edges).cycle()
		if len(c) != 2 {
			t.Fatalf("no cycle of two: %v", c)
		}
		for i, m := range c {
			if _, ok := edges[edge{m, c[(i+1)%len(c)]}]; !ok {
				t.Fatalf("%v: no edge from %v", c, m)
			}
		}
	}
}

func TestText(t *testing.T) {
	frames := func(name string) []bccgo.Frame {
		return []bccgo.Frame{{Addr: 0x12, Symbol: bccgo.Symbol{Name: name, Offset: 3, Module: "/bin/shop"}}}
	}
	d := &deadlock{
		Mutexes: []string{"0x1", "0x2"},
		Names:   []string{"", "till"},
		Steps: []step{
			{Held: "0x1", Taken: "0x2", TID: 7, Comm: "cook", heldFrames: frames("f"), takenFrames: frames("g")},
			{Held: "0x2", Taken: "0x1", TID: 8, Comm: "a\nb", heldFrames: frames("h"), takenFrames: nil},
		},
		Threads: []creator{{TID: 7, Comm: "cook", By: 5, ByOf: "main", frames: frames("begin")}},
	}
	const want = `----------------
Potential Deadlock Detected!

Cycle in lock order graph: Mutex M0 (0x1) => Mutex M1 (till 0x2) => Mutex M0 (0x1)

Mutex M1 (till 0x2) acquired here while holding Mutex M0 (0x1) in Thread 7 (cook):
@ 0000000000000012 g+0x3 [shop]

Mutex M0 (0x1) acquired before that by the same thread here:
@ 0000000000000012 f+0x3 [shop]

Mutex M0 (0x1) acquired here while holding Mutex M1 (till 0x2) in Thread 8 (a\nb):
@ [unknown: no room for another stack]

Mutex M1 (till 0x2) acquired before that by the same thread here:
@ 0000000000000012 h+0x3 [shop]

Thread 7 (cook) was created by Thread 5 (main) here:
@ 0000000000000012 begin+0x3 [shop]
`
	if got := d.text(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestObjects(t *testing.T) {
	const maps = `55d0c0a00000-55d0c0a01000 r--p 00000000 fe:00 123    /bin/shop
55d0c0a01000-55d0c0a02000 r-xp 00001000 fe:00 123    /bin/shop
55d0c1000000-55d0c1021000 rw-p 00000000 00:00 0      [heap]
7f0000000000-7f0000021000 rw-p 00000000 00:00 0
7f0000100000-7f0000101000 r--p 00000000 fe:00 99     /lib/libshop.so
broken
`
	want := []object{{"/bin/shop", 0x55d0c0a00000}, {"/lib/libshop.so", 0x7f0000100000}}
	if got := objects(maps); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Faults in the command line are found before anything is compiled.
func TestBadFlags(t *testing.T) {
	for args, want := range map[string]string{
		"":                     "which process?",
		"0":                    `process "0"`,
		"init":                 `process "init"`,
		"4194999":              "there is no such process",
		"1 2":                  `unexpected argument "2"`,
		"1 -t 0":               "--threads 0",
		"1 -e 99999999":        "--edges 99999999",
		"1 -s -1":              "--stacktraces -1",
		"1 --lock-symbols a,,": "--lock-symbols",
		"1 --unlock-symbols ,": "--unlock-symbols",
	} {
		var stdout, stderr bytes.Buffer
		argv := slices.Concat([]string{"deadlock"}, strings.Fields(args))
		code := tool().Execute(context.Background(), argv, &stdout, &stderr)
		if code != 1 || stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: status %d, %q, want %q", args, code, stderr.String(), want)
		}
	}
}
