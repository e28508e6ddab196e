package stacks

import (
	"cmp"
	"fmt"
	"io"

	"github.com/google/pprof/profile"

	"github.com/bccgo/bcc/bccgo"
)

// WritePprof writes the samples as a compressed profile, which `go tool pprof` and
// its kin read. Processes are in the labels comm and pid.
func WritePprof(w io.Writer, r *Run) error {
	b := &pprof{
		Profile: &profile.Profile{
			SampleType:    []*profile.ValueType{{Type: r.Unit, Unit: "count"}},
			TimeNanos:     r.Begin.UnixNano(),
			DurationNanos: r.Took.Nanoseconds(),
			Comments:      []string{r.Title},
		},
		mappings:  make(map[string]*profile.Mapping),
		functions: make(map[functionID]*profile.Function),
		locations: make(map[locationID]*profile.Location),
	}
	for i := range r.Samples {
		b.add(&r.Samples[i])
	}
	if err := b.CheckValid(); err != nil {
		return fmt.Errorf("make a profile: %w", err)
	}
	return b.Write(w)
}

// pprof is a profile that grows.
type pprof struct {
	*profile.Profile
	mappings  map[string]*profile.Mapping
	functions map[functionID]*profile.Function
	locations map[locationID]*profile.Location
}

type functionID struct{ module, name string }

type locationID struct {
	functionID
	addr uint64
}

func (b *pprof) add(s *Sample) {
	one := &profile.Sample{Value: []int64{int64(s.Count)}}
	for _, frames := range [][]bccgo.Frame{s.Kernel, s.User} {
		for i := range frames {
			one.Location = append(one.Location, b.location(&frames[i]))
		}
	}
	if s.Comm != "" || s.PID != 0 {
		one.Label = map[string][]string{"comm": {s.Comm}}
		one.NumLabel = map[string][]int64{"pid": {int64(s.PID)}}
	}
	b.Sample = append(b.Sample, one)
}

func (b *pprof) location(f *bccgo.Frame) *profile.Location {
	id := locationID{functionID{f.Module, f.Format(nil)}, f.Addr}
	l := b.locations[id]
	if l == nil {
		l = &profile.Location{ID: uint64(len(b.Location) + 1), Address: f.Addr, Mapping: b.mapping(f.Module),
			Line: []profile.Line{{Function: b.function(id.functionID)}}}
		b.locations[id] = l
		b.Location = append(b.Location, l)
	}
	return l
}

func (b *pprof) function(id functionID) *profile.Function {
	f := b.functions[id]
	if f == nil {
		f = &profile.Function{ID: uint64(len(b.Function) + 1), Name: id.name, SystemName: id.name}
		b.functions[id] = f
		b.Function = append(b.Function, f)
	}
	return f
}

// mapping is a file or the kernel. Its functions are known, so that pprof does not
// look for them.
func (b *pprof) mapping(module string) *profile.Mapping {
	m := b.mappings[module]
	if m == nil {
		m = &profile.Mapping{ID: uint64(len(b.Mapping) + 1), File: cmp.Or(module, "[unknown]"), HasFunctions: true}
		b.mappings[module] = m
		b.Mapping = append(b.Mapping, m)
	}
	return m
}
