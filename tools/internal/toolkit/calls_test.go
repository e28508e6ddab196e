package toolkit

import (
	"slices"
	"testing"
)

func TestCalls(t *testing.T) {
	type call struct {
		id    CallID
		parts int
	}
	var calls Calls[call]
	add := func(task, time uint64) *call {
		id := CallID{task, time}
		c := calls.Open(id, func() *call { return &call{id: id} })
		c.parts++
		return c
	}
	// Two tasks' calls at the same time, a third call later and one complete.
	add(2, 10)
	add(1, 10)
	add(2, 10)
	add(3, 5)
	if done := add(4, 1); done.parts != 1 {
		t.Errorf("got %+v", done)
	}
	calls.Complete(CallID{4, 1})
	var got []call
	for c := range calls.Incomplete() {
		got = append(got, *c)
	}
	want := []call{{CallID{3, 5}, 1}, {CallID{1, 10}, 1}, {CallID{2, 10}, 2}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if again := add(4, 1); again.parts != 1 {
		t.Errorf("a complete call went on: %+v", again)
	}
	for range calls.Incomplete() {
		break
	}
}
