package source

import (
	"maps"
	"slices"
)

// Table is a use of one of libbcc's table macros at top level.
type Table struct {
	Macro string
	Name  string
	Line  int
	Args  []string // as written, each on one line
}

// tableMacros gives the position of the name among each macro's arguments.
var tableMacros = map[string]int{
	"BPF_HASH":                  0,
	"BPF_ARRAY":                 0,
	"BPF_HISTOGRAM":             0,
	"BPF_PERCPU_HASH":           0,
	"BPF_PERCPU_ARRAY":          0,
	"BPF_LPM_TRIE":              0,
	"BPF_STACK_TRACE":           0,
	"BPF_STACK_TRACE_BUILDID":   0,
	"BPF_PROG_ARRAY":            0,
	"BPF_PERF_OUTPUT":           0,
	"BPF_PERF_ARRAY":            0,
	"BPF_RINGBUF_OUTPUT":        0,
	"BPF_CGROUP_ARRAY":          0,
	"BPF_DEVMAP":                0,
	"BPF_CPUMAP":                0,
	"BPF_XSKMAP":                0,
	"BPF_ARRAY_OF_MAPS":         0,
	"BPF_HASH_OF_MAPS":          0,
	"BPF_STACK":                 0,
	"BPF_QUEUE":                 0,
	"BPF_SOCKMAP":               0,
	"BPF_SOCKHASH":              0,
	"BPF_SK_STORAGE":            0,
	"BPF_INODE_STORAGE":         0,
	"BPF_TASK_STORAGE":          0,
	"BPF_CGROUP_STORAGE":        0,
	"BPF_PERCPU_CGROUP_STORAGE": 0,
	"BPF_QUEUESTACK":            1,
	"BPF_QUEUESTACK_PINNED":     1,
	"BPF_QUEUESTACK_PUBLIC":     1,
	"BPF_QUEUESTACK_SHARED":     1,
	"BPF_XDP_REDIRECT_MAP":      2,
	"BPF_TABLE":                 3,
	"BPF_F_TABLE":               3,
	"BPF_TABLE_PINNED":          3,
	"BPF_TABLE_PUBLIC":          3,
	"BPF_TABLE_SHARED":          3,
}

// table reads a table macro at the current place, with the semicolon after it
// if there is one.
func (s *scanner) table() bool {
	t := s.tokens[s.pos]
	at, ok := tableMacros[t.Text]
	if !ok || s.pos+1 == len(s.tokens) || !s.tokens[s.pos+1].is("(") {
		return false
	}
	end := matching(s.tokens, s.pos+1)
	args := joinAll(splitArgs(s.tokens, s.pos+1, end))
	table := Table{Macro: t.Text, Line: t.Line, Args: args}
	if at < len(args) {
		table.Name = args[at]
	}
	s.sum.Tables = append(s.sum.Tables, table)
	s.pos = end + 1
	if s.pos < len(s.tokens) && s.tokens[s.pos].is(";") {
		s.pos++
	}
	return true
}

// Macros lists libbcc's macros that declare tables and functions, sorted.
func Macros() []string {
	list := slices.AppendSeq(slices.Collect(maps.Keys(tableMacros)), maps.Keys(probeMacros))
	slices.Sort(list)
	return list
}
