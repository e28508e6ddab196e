package stacks

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"github.com/google/pprof/profile"

	"github.com/bccgo/bcc/bccgo"
)

// WritePprof writes the samples as a compressed profile, which `go tool pprof` and
// its kin read. Processes are in the labels comm and pid, threads in tid, and wakers
// in waker_comm, waker_pid and waker_tid.
func WritePprof(w io.Writer, r *Run) error {
	b := &pprof{
		Profile: &profile.Profile{
			SampleType:    []*profile.ValueType{r.valueType()},
			TimeNanos:     r.Begin.UnixNano(),
			DurationNanos: r.Took.Nanoseconds(),
			Comments:      []string{r.Title},
		},
		mappings:  make(map[string]*profile.Mapping),
		functions: make(map[functionID]*profile.Function),
		locations: make(map[locationID]*profile.Location),
		people:    make(map[who]labels),
	}
	for i := range r.Samples {
		b.add(&r.Samples[i])
	}
	if err := b.CheckValid(); err != nil {
		return fmt.Errorf("make a profile: %w", err)
	}
	return b.Write(w)
}

func (r *Run) valueType() *profile.ValueType {
	if r.Measure == "" {
		return &profile.ValueType{Type: r.Unit, Unit: "count"}
	}
	return &profile.ValueType{Type: r.Measure, Unit: r.Unit}
}

// pprof is a profile that grows.
type pprof struct {
	*profile.Profile
	mappings  map[string]*profile.Mapping
	functions map[functionID]*profile.Function
	locations map[locationID]*profile.Location
	people    map[who]labels
}

type functionID struct{ module, name string }

type locationID struct {
	functionID
	addr uint64
}

func (b *pprof) add(s *Sample) {
	one := &profile.Sample{Value: []int64{int64(s.Count)}}
	if w := s.Waker; w != nil {
		// Upside down: the innermost place is the waker's outermost one.
		for _, places := range []Stack{w.User, w.Kernel} {
			for _, f := range slices.Backward(places) {
				one.Location = append(one.Location, b.location(f))
			}
		}
	}
	for _, places := range []Stack{s.Kernel, s.User} {
		for _, f := range places {
			one.Location = append(one.Location, b.location(f))
		}
	}
	one.Label, one.NumLabel = b.labels(s)
	b.Sample = append(b.Sample, one)
}

// who a sample is of, as far as that is known.
type who struct {
	comm, wakerComm              string
	pid, tid, wakerPID, wakerTID uint32
}

// labels are the texts and numbers by which pprof knows who a sample is of. Samples
// of the same share them.
type labels struct {
	texts   map[string][]string
	numbers map[string][]int64
}

func (b *pprof) labels(s *Sample) (map[string][]string, map[string][]int64) {
	id := who{comm: s.Comm, pid: s.PID, tid: s.TID}
	if w := s.Waker; w != nil {
		id.wakerComm, id.wakerPID, id.wakerTID = w.Comm, w.PID, w.TID
	}
	known, ok := b.people[id]
	if !ok {
		known = id.labels()
		b.people[id] = known
	}
	return known.texts, known.numbers
}

func (w who) labels() labels {
	all := labels{make(map[string][]string), make(map[string][]int64)}
	for key, text := range map[string]string{"comm": w.comm, "waker_comm": w.wakerComm} {
		if text != "" {
			all.texts[key] = []string{text}
		}
	}
	for key, n := range map[string]uint32{"pid": w.pid, "tid": w.tid, "waker_pid": w.wakerPID, "waker_tid": w.wakerTID} {
		if n != 0 {
			all.numbers[key] = []int64{int64(n)}
		}
	}
	return all
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
