package bccgo

import (
	"errors"
	"testing"
)

func TestMarksAreTold(t *testing.T) {
	k := newMarker(nil, 1)
	mark := append(append([]byte(nil), k.nonce[:]...), 0, 0, 0, 0)
	if k.took(mark) {
		t.Error("a mark came before any was sent")
	}
	k.sent = 1
	for name, data := range map[string][]byte{"empty": nil, "short": mark[:8], "long": append(mark, 0, 0, 0, 0, 0, 0, 0, 0), "another": make([]byte, len(mark))} {
		if k.took(data) {
			t.Errorf("%s: an event was taken for a mark", name)
		}
	}
	if !k.took(mark) || k.took(mark) {
		t.Error("a mark must be taken once")
	}
	if n := testing.AllocsPerRun(10, func() { k.took(mark) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestLostMarks takes the marks that were lost themselves out of the losses.
func TestLostMarks(t *testing.T) {
	k := newMarker(nil, 2)
	k.failed[1] = 2
	for _, tc := range []struct {
		cpu        int
		lost, want uint64
	}{{0, 5, 5}, {1, 1, 0}, {1, 10, 9}, {1, 3, 3}} {
		if got := k.notMarks(tc.cpu, tc.lost); got != tc.want {
			t.Errorf("CPU %d, %d lost: %d, want %d", tc.cpu, tc.lost, got, tc.want)
		}
	}
}

// TestMarksFail tells why marks cannot be sent, and that counts may be short.
func TestMarksFail(t *testing.T) {
	k := newMarker(&Table{}, 1)
	k.send()
	if err := k.failure(); !errors.Is(err, errNoTable) || k.sent != 0 {
		t.Errorf("%v, %d sent", err, k.sent)
	}
	s := &RawEventStream{src: &perfSource{marks: k}}
	if l := s.Lost(); !l.AtLeast {
		t.Errorf("%+v", l)
	}
	if err := errors.Join(k.close(), k.close()); err != nil {
		t.Error(err)
	}
	k = newMarker(&Table{}, 1)
	if err := k.close(); err != nil {
		t.Error(err)
	}
	if k.send(); k.failure() != nil {
		t.Errorf("a closed one tried: %v", k.failure())
	}
}
