package main

import (
	"strings"
	"testing"
)

// told is an event of a thread, as an interpreter in a folder tells it.
func told(ms uint64, tid uint32, isReturn bool, function string) event {
	e := event{NS: ms * 1e6, PID: 7, TID: tid, Line: int32(ms)}
	if isReturn {
		e.IsReturn = 1
	}
	copy(e.Function[:], function)
	copy(e.File[:], "/srv/app.py")
	return e
}

func TestFlow(t *testing.T) {
	var text strings.Builder
	f := flow{to: &text, open: make(map[uint32][]event)}
	for _, e := range []event{
		told(1, 7, true, "before"),
		told(2, 7, false, "fact"),
		told(3, 7, false, "fact"),
		told(4, 8, false, "thread"),
		told(5, 7, true, "untold"),
		told(6, 7, true, "fact"),
		told(7, 8, true, "thread"),
		told(8, 7, false, "never\nreturns"),
		told(20, 7, true, "fact"),
		told(21, 7, true, "fact"),
	} {
		f.print(e)
	}
	want := `
0.001000       7       7                - <- before app.py:1
0.002000       7       7                  -> fact app.py:2
0.003000       7       7                    -> fact app.py:3
0.004000       7       8                  -> thread app.py:4
0.005000       7       7                -     <- untold app.py:5
0.006000       7       7            3.000   <- fact app.py:6
0.007000       7       8            3.000 <- thread app.py:7
0.008000       7       7                    -> never\nreturns app.py:8
0.020000       7       7           18.000 <- fact app.py:20
0.021000       7       7                - <- fact app.py:21
`
	if got := "\n" + text.String(); got != want {
		t.Errorf("printed:%s\nwant:%s", got, want)
	}
	if f.calls != 4 || f.untold != 3 {
		t.Errorf("%d calls, %d returns without", f.calls, f.untold)
	}
}
