package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo"
)

const heading = "TIME(s)        PID     TID             MS CALL OR RETURN\n"

// flow prints calls and returns, and remembers the calls that have not returned.
type flow struct {
	to            io.Writer
	open          map[uint32][]event // by thread, the innermost call last
	calls, untold int                // untold are returns without a call
}

func (f *flow) print(e event) {
	if e.IsReturn == 0 {
		f.calls++
		f.row(e, "", "->")
		f.open[e.TID] = append(f.open[e.TID], e)
		return
	}
	if call, ok := f.close(e); ok {
		f.row(e, fmt.Sprintf("%.3f", float64(e.NS-call.NS)/1e6), "<-")
		return
	}
	f.untold++
	f.row(e, "-", "<-")
}

// close takes the innermost call of the function that returns, and what was
// called by that, from the open ones. There is none if the call was before we
// began, or if the interpreter did not tell.
func (f *flow) close(e event) (call event, ok bool) {
	open := f.open[e.TID]
	for i := len(open) - 1; i >= 0; i-- {
		if open[i].Function == e.Function && open[i].File == e.File {
			f.open[e.TID] = open[:i]
			return open[i], true
		}
	}
	return event{}, false
}

func (f *flow) row(e event, ms, arrow string) {
	fmt.Fprintf(f.to, "%-14.6f %-7d %-7d %10s %s%s %s %s:%d\n", float64(e.NS)/1e9, e.PID, e.TID, ms,
		strings.Repeat("  ", len(f.open[e.TID])), arrow, printable(e.Function[:]), filepath.Base(printable(e.File[:])), e.Line)
}

// printable escapes what a terminal would obey: any user may have chosen these
// texts.
func printable(text []byte) string {
	quoted := strconv.Quote(bccgo.CString(text))
	return quoted[1 : len(quoted)-1]
}
