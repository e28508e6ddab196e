package toolkit

import (
	"sync"

	"github.com/bccgo/bcc/bccgo"
)

// Detach takes all probes of a module off at the same time, before it is closed.
// Closing does it one after the other, and for each one the kernel waits until no
// processor is in it any more, 50 ms or so.
func Detach(m *bccgo.Module) {
	var all sync.WaitGroup
	for _, l := range m.Links() {
		all.Add(1)
		go func() {
			defer all.Done()
			_ = l.Close() // the process ends, which detaches what is left
		}()
	}
	all.Wait()
}
