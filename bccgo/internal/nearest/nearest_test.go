package nearest

import (
	"slices"
	"testing"
)

var kernel = []string{
	"vfs_open", "vfs_read", "vfs_write", "vfs_fsync", "do_sys_open",
	"do_sys_openat2", "__x64_sys_openat", "tcp_v4_connect", "tcp_v6_connect", "ip",
}

func TestIn(t *testing.T) {
	tests := []struct {
		name string
		n    int
		want []string
	}{
		{"vfs_opne", 1, []string{"vfs_open"}},
		{"tcp_v5_connect", 3, []string{"tcp_v4_connect", "tcp_v6_connect"}},
		{"VFS_READ", 1, []string{"vfs_read"}},
		{"do_sys_openat", 2, []string{"do_sys_openat2", "do_sys_open"}},
		{"openat", 3, []string{"do_sys_openat2", "__x64_sys_openat"}},
		{"tcp_v4_connect", 3, []string{"tcp_v6_connect"}},
		{"zzzzzzzzzz", 3, nil},
		{"sched_swich_x", 3, nil},
		{"ipx", 3, []string{"ip"}},
		{"q", 3, nil},
		{"", 3, nil},
		{"vfs_opne", 0, nil},
	}
	for _, tt := range tests {
		got := In(tt.name, kernel, tt.n)
		if !slices.Equal(got, tt.want) {
			t.Errorf("In(%q, %d) = %v, want %v", tt.name, tt.n, got, tt.want)
		}
	}
}

func TestFarOnesYieldToANearOne(t *testing.T) {
	got := In("sched:sched_swich", []string{"sched:sched_waking", "sched:sched_switch"}, 3)
	if want := []string{"sched:sched_switch"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestRepeatsAreOne(t *testing.T) {
	got := In("abce", []string{"abcd", "abcd", "abcf", "abcd"}, 3)
	if want := []string{"abcd", "abcf"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPhrase(t *testing.T) {
	for want, names := range map[string][]string{
		"":                          nil,
		"; did you mean a?":         {"a"},
		"; did you mean a or b?":    {"a", "b"},
		"; did you mean a, b or c?": {"a", "b", "c"},
	} {
		if got := Phrase(names); got != want {
			t.Errorf("Phrase(%v) = %q, want %q", names, got, want)
		}
	}
}

// slow is the textbook definition, to hold the pruned one against.
func slow(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

func FuzzDistance(f *testing.F) {
	f.Add("vfs_open", "vfs_opne")
	f.Add("a", "")
	f.Add("abcdefghijkl", "bacdefghijlk")
	f.Fuzz(func(t *testing.T, a, b string) {
		if a == "" || len(a) > 40 || len(b) > 40 {
			return
		}
		m := newMatcher(a)
		want := slow(m.lower, b)
		got := m.distance(b)
		if want <= m.limit && got != want {
			t.Fatalf("distance(%q, %q) = %d, want %d", m.lower, b, got, want)
		}
		if want > m.limit && got <= m.limit {
			t.Fatalf("distance(%q, %q) = %d, but it is %d", m.lower, b, got, want)
		}
	})
}
