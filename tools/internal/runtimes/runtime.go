package runtimes

import "slices"

// Runtime is what runs programs of a language, with the probes that it has if it
// was built with them.
type Runtime struct {
	Language string
	// Providers are those of its probes; a process that has a probe of the first
	// one runs it.
	Providers []string
	// Files are how the names of the programs and libraries that have the probes
	// begin.
	Files []string
	// Needs says which builds have the probes.
	Needs string
	// Methods, Collections and Objects are what happens in it, Threads the probes
	// that tell of its threads, Rates which probes ustat counts in which column.
	Methods     []Method
	Collections []Collection
	Objects     []Object
	Threads     []Thread
	Rates       []Rate

	switches []aSwitch
}

// Text is an argument that points to text. Size is the argument with its length
// in bytes; 0 stands for text that ends by itself.
type Text struct{ Arg, Size int }

// Method are the probes at the calls of one kind of function. Both have the same
// arguments.
type Method struct {
	Entry, Return string
	// Class is what Name belongs to: a class, or a file; it may be missing.
	Class, Name Text
	// ReturnsOnly tells that versions of the runtime tell of all returns, but not
	// of all calls.
	ReturnsOnly bool
}

// Collection are the probes at the begin and the end of a garbage collection, or
// of a part of one.
type Collection struct {
	Begin, End string
	// Anywhere tells that it may end in another thread than it began.
	Anywhere bool
	// Of is the argument that tells collections of different parts apart, 0 if
	// there is nothing to tell.
	Of int
	// BeginNumbers and EndNumbers, two at most, and Texts, which are read at the
	// end, are the arguments that Describe gets.
	BeginNumbers, EndNumbers []int
	Texts                    []Text
	Describe                 func(Collected) string
}

// Collected are the arguments of a collection.
type Collected struct {
	Begin, End [2]int64
	Texts      [2]string
}

// Object is a probe where objects come into being.
type Object struct {
	Probe string
	// Name is what the objects are, if Type is missing.
	Name string
	Type Text
	// Size is the argument with the size, 0 if there is none.
	Size int
}

// Thread is a probe where threads start or stop.
type Thread struct {
	Probe string
	// Event is "start" or "stop".
	Event string
	Name  Text
	// ID is the argument with the runtime's own number, Native that with the
	// kernel's.
	ID, Native int
}

// Column is one of ustat's.
type Column int

// The columns in their order.
const (
	MethodColumn Column = iota
	CollectionColumn
	ObjectColumn
	ClassColumn
	ExceptionColumn
	ThreadColumn
	Columns // how many there are
)

// Rate says that a column counts a probe.
type Rate struct {
	Probe  string
	Column Column
}

// ByLanguage returns the runtime of a language, nil if there is none.
func ByLanguage(language string) *Runtime {
	i := slices.IndexFunc(all, func(r *Runtime) bool { return r.Language == language })
	if i < 0 {
		return nil
	}
	return all[i]
}

// Languages lists the languages whose runtime fits.
func Languages(fits func(*Runtime) bool) []string {
	var list []string
	for _, r := range all {
		if fits(r) {
			list = append(list, r.Language)
		}
	}
	return list
}
