package callcount

import (
	"slices"
	"testing"
)

// What is printed is what came since the last time, the most last.
func TestFresh(t *testing.T) {
	c := &Counter{seen: map[string]uint64{}}
	first := c.fresh(map[string]uint64{"b": 2, "a": 2, "c": 1, "none": 0})
	if want := []Calls{{"c", 1}, {"a", 2}, {"b", 2}}; !slices.Equal(first, want) {
		t.Errorf("got %v", first)
	}
	second := c.fresh(map[string]uint64{"b": 2, "a": 12, "c": 2})
	if want := []Calls{{"c", 1}, {"a", 10}}; !slices.Equal(second, want) {
		t.Errorf("then %v", second)
	}
}
