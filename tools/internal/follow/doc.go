// Package follow has the C text by which tools follow calls of functions from the
// entry to the return: those of user space and those of the kernel, also calls
// within each other.
//
// A tool's own text goes before it, and has
//
//	struct call { u64 place; u64 begin; … };
//
// and static inline functions:
//
//	int wanted(void)                   whether to follow what runs now
//	int counts(u64 begin)              whether a call that began then is of interest
//	void began(ctx, call)              keeps more of a call that begins
//	void ended(ctx, call, int kernel)  a call has returned
//
// with a struct pt_regs *ctx and a struct call *call; kernel tells that the
// function is the kernel's. What cannot be followed is
// counted by miss(MISSED_CALLS) of package toolkit.
package follow

import (
	"fmt"
	"strings"

	"github.com/bccgo/bcc/tools/internal/probespec"
)

// Text returns all that follows calls: of functions of user space, of the kernel,
// or both.
func Text(user, kernel bool) string {
	text := ""
	if user {
		text += userC
	}
	if kernel {
		text += kernelC
	}
	return text
}

// Functions returns the programs for the entries and the returns of the places of
// a text. The index tells texts apart.
func Functions(p *probespec.Places, index int) string {
	kind := "user"
	if p.InKernel() {
		kind = "kernel"
	}
	var b strings.Builder
	for _, entry := range p.Programs() {
		fmt.Fprintf(&b, `
int %s(%s)
{
	u64 place = %s;

	return %s_enter(ctx, place >> 63 ? place : %dULL << 32 | place);
}
`, entry.Function, entry.Context, entry.Place, kind, index)
	}
	for i, leave := range p.ReturnPrograms() {
		fmt.Fprintf(&b, `
int %s(%s)
{
	return %s_leave(ctx, %#x);
}
`, leave.Function, leave.Context, kind, index<<20|i)
	}
	return b.String()
}

// Place divides a call's place into the index of its text and the place's number
// there. An address of the kernel, which places that match a pattern have, is in
// no text of its own, and ok is false.
func Place(place uint64) (index int, number uint64, ok bool) {
	if place>>63 != 0 {
		return 0, place, false
	}
	return int(place >> 32), place & (1<<32 - 1), true
}
