package testenv

import (
	"fmt"
	"testing"
)

// fakeTB records how a test under test ended. It ends it by a panic, which
// outcome catches.
type fakeTB struct {
	testing.TB
	how, why string
	cleanups []func()
}

type ending struct{}

func (f *fakeTB) Helper() {}

func (f *fakeTB) Cleanup(fn func()) { f.cleanups = append(f.cleanups, fn) }

func (f *fakeTB) Errorf(format string, args ...any) {
	f.how, f.why = "error", fmt.Sprintf(format, args...)
}

func (f *fakeTB) Skip(args ...any) { f.end("skip", fmt.Sprint(args...)) }

func (f *fakeTB) Fatal(args ...any) { f.end("fatal", fmt.Sprint(args...)) }

func (f *fakeTB) Fatalf(format string, args ...any) { f.end("fatal", fmt.Sprintf(format, args...)) }

func (f *fakeTB) end(how, why string) {
	f.how, f.why = how, why
	panic(ending{})
}

// outcome runs a piece of a test and returns how it ended ("run", "skip",
// "fatal" or "error") and the reason given.
func outcome(body func(testing.TB)) (how, why string) {
	f := &fakeTB{how: "run"}
	func() {
		defer func() {
			if r := recover(); r != nil && r != (ending{}) {
				panic(r)
			}
		}()
		body(f)
	}()
	for _, cleanup := range f.cleanups {
		cleanup()
	}
	return f.how, f.why
}
