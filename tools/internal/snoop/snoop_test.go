package snoop

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/internal/testenv"
)

func TestMain(m *testing.M) { testenv.Main(m) }

func TestCheck(t *testing.T) {
	self, nobody := uint(os.Getpid()), uint(4194305) // behind the largest possible one
	for _, test := range []struct {
		tasks Tasks
		want  string
	}{
		{Tasks{}, ""},
		{Tasks{PID: self, TID: self, user: "root"}, ""},
		{Tasks{PID: nobody}, "--pid 4194305: there is no such process"},
		{Tasks{TID: nobody}, "--tid 4194305: there is no such thread"},
		{Tasks{user: "no such user"}, `user "no such user"`},
	} {
		err := test.tasks.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%+v: got %v, want %q", test.tasks, err, test.want)
		}
	}
}

func TestHead(t *testing.T) {
	w := Who{Time: bccgo.MonotonicTime(), PID: 1, TID: 2, UID: 3}
	copy(w.Comm[:], "sh")
	h := w.Head()
	if h.PID != 1 || h.TID != 2 || h.UID != 3 || h.Comm != "sh" || time.Since(h.Time) > time.Minute {
		t.Errorf("got %+v", h)
	}
	if at, err := time.ParseInLocation("15:04:05", h.Clock(), time.Local); err != nil || at.Second() != h.Time.Second() {
		t.Errorf("got %s of %v, %v", h.Clock(), h.Time, err)
	}
}

func TestPIDWidth(t *testing.T) {
	if n, err := PIDWidth(); err != nil || n < len("32768")+1 || n > len("4194304")+1 {
		t.Errorf("got %d, %v", n, err)
	}
}
