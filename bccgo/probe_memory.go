package bccgo

import (
	"errors"
	"sync"

	"github.com/bccgo/bcc/bccgo/internal/cache"
	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// probeMemory keeps in the cache which places the running kernel has: to look
// through its lists of functions takes longer than to load a program.
type probeMemory struct{ store *cache.Store }

// lookAt begins a look at places. done ends it.
func lookAt(places []probe.Place) (look *probe.Look, done func()) {
	store, err := openFacts()
	if err != nil { // Load says so where it matters
		return probe.Running().Look(places, nil), func() {}
	}
	return probe.Running().Look(places, probeMemory{store}), func() { store.Close() }
}

func openFacts() (*cache.Store, error) {
	if proberIdentity() == nil {
		return nil, errors.New("this program's file is too new to be told from a later one")
	}
	dir, err := cacheDir("")
	if err != nil {
		return nil, err
	}
	return cache.Open(dir, 0)
}

// Recall implements probe.Memory.
func (m probeMemory) Recall(question string) ([]byte, bool) {
	answer, ok := m.store.Fact(factKey(question))
	return []byte(answer), ok
}

// Keep implements probe.Memory. What cannot be stored is looked for again.
func (m probeMemory) Keep(question string, answer []byte) {
	_ = m.store.PutFact(factKey(question), string(answer), nil)
}

// factKey tells the questions of this library's version from those of others.
func factKey(question string) cache.Key {
	h := cache.NewHash()
	h.Add("probe", proberIdentity()...)
	h.Add("question", question)
	return h.Key()
}

// proberIdentity names what looks for places: this library's version, or where it
// has none the program's file; nil where that cannot be told.
var proberIdentity = sync.OnceValue(func() []string {
	if version := libraryVersion(); version != nil {
		return version
	}
	return thisFile()
})
