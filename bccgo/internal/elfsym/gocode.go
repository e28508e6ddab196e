package elfsym

import (
	"errors"
	"fmt"
	"os"

	"github.com/bccgo/bcc/bccgo/internal/gocode"
)

// GoCodeError means that a probe cannot be put into the code of a Go function.
type GoCodeError struct {
	Path, Symbol string
	// Reason says why; To is the function that returns in its place, where that is
	// known.
	Reason, To string
	Err        error // the cause, nil if the reason says it all
}

func (e *GoCodeError) Error() string {
	text := "Go function " + e.Symbol + " in " + e.Path + ": " + e.Reason
	if e.To != "" {
		text += ": probe " + e.To
	}
	return text
}

func (e *GoCodeError) Unwrap() error { return e.Err }

// maxGoCode is far above what Go's compiler makes of one function.
const maxGoCode = 64 << 20

// GoEntry returns where in the file a function of Go comes by once a call, with
// its arguments still in their registers: behind its check of the stack. Errors
// are *GoCodeError, or those of reading the file.
func (b *Binary) GoEntry(s Symbol) (uint64, error) {
	f, err := b.goFunction(s)
	if err != nil {
		return 0, err
	}
	return s.Offset + f.AfterStackCheck(), nil
}

// GoReturns lists where in the file a function of Go returns: its return
// instructions. Errors are *GoCodeError, or those of reading the file.
func (b *Binary) GoReturns(s Symbol) ([]uint64, error) {
	f, err := b.goFunction(s)
	if err != nil {
		return nil, err
	}
	found, err := f.Returns()
	if err != nil {
		return nil, b.goRefusal(s, err)
	}
	for i := range found {
		found[i] += s.Offset
	}
	return found, nil
}

func (b *Binary) goRefusal(s Symbol, err error) error {
	failed := &GoCodeError{Path: b.path, Symbol: s.Name, Reason: err.Error(), Err: err}
	var leave *gocode.LeaveError
	if errors.As(err, &leave) && leave.To != 0 {
		if offset, ok := b.offsetOf(leave.To); ok {
			if to, _, ok := b.At(offset); ok {
				failed.To = to.Name
			}
		}
	}
	return failed
}

// goFunction reads a function's code.
func (b *Binary) goFunction(s Symbol) (*gocode.Function, error) {
	refuse := func(reason string) (*gocode.Function, error) {
		return nil, &GoCodeError{Path: b.path, Symbol: s.Name, Reason: reason}
	}
	switch {
	case !b.isGo:
		return refuse("the file is not a Go program: probe it without the option Go")
	case !gocode.Supported(b.machine):
		return refuse(fmt.Sprintf("code for %s is not read, only that for x86-64 and arm64", b.machine))
	case s.Size == 0 || s.Size > maxGoCode:
		return refuse(fmt.Sprintf("the file says that it has %d bytes", s.Size))
	}
	file, err := os.Open(b.path)
	if err != nil {
		return nil, fmt.Errorf("read the code of %s: %w", s.Name, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the code of %s: %w", s.Name, err)
	}
	if end := s.Offset + s.Size; end < s.Offset || end > uint64(info.Size()) {
		return refuse("it is beyond the end of the file")
	}
	code := make([]byte, s.Size)
	if _, err := file.ReadAt(code, int64(s.Offset)); err != nil {
		return nil, fmt.Errorf("read the code of %s in %s: %w", s.Name, b.path, err)
	}
	return &gocode.Function{Machine: b.machine, Addr: s.Addr, Code: code}, nil
}
