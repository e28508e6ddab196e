package bccgo

import (
	"errors"
	"testing"

	"github.com/bccgo/bcc/internal/testenv"
)

func TestLiveTracepointFields(t *testing.T) {
	testenv.Live(t)
	testenv.NeedTracepoint(t, "sched:sched_process_exec")
	fields, err := TracepointFields("sched:sched_process_exec")
	if err != nil || len(fields) != 3 || fields[0].Name != "filename" || !fields[0].DataLoc || fields[0].Type != "char[]" ||
		fields[1] != (TracepointField{Type: "pid_t", Name: "pid", Offset: 12, Size: 4, Signed: true}) {
		t.Errorf("%+v, %v", fields, err)
	}
	var unknown *UnknownHookError
	for _, name := range []string{"sched:sched_process_exek", "sched", ""} {
		if _, err := TracepointFields(name); !errors.As(err, &unknown) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
