package toolkit

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestEvery(t *testing.T) {
	for _, test := range []struct {
		name                          string
		interval, duration, interrupt time.Duration
		want                          []time.Duration // the last one is the last report
	}{
		{"at the end", 0, 0, 7, []time.Duration{7}},
		{"after a time", 0, 5, 0, []time.Duration{5}},
		{"intervals", 2, 0, 5, []time.Duration{2, 4, 5}},
		{"whole intervals", 2, 6, 0, []time.Duration{2, 4, 6}},
		{"a part at the end", 2, 5, 0, []time.Duration{2, 4, 5}},
		{"interrupted", 2, 60, 3, []time.Duration{2, 3}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.interrupt > 0 {
					time.AfterFunc(test.interrupt*time.Second, cancel)
				}
				s := &Session{Common: Common{Duration: test.duration * time.Second}}
				begin := time.Now()
				var got []time.Duration
				var lasts []bool
				err := s.Every(ctx, test.interval*time.Second, func(now time.Time, last bool) error {
					got, lasts = append(got, now.Sub(begin)/time.Second), append(lasts, last)
					return nil
				})
				if err != nil || !slices.Equal(got, test.want) || slices.Index(lasts, true) != len(test.want)-1 {
					t.Errorf("got %d, %v, %v, want %d", got, lasts, err, test.want)
				}
			})
		})
	}
}

func TestEveryEndsWithAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("it broke")
		n := 0
		err := new(Session).Every(t.Context(), time.Second, func(time.Time, bool) error { n++; return broken })
		if err != broken || n != 1 {
			t.Errorf("got %v after %d reports", err, n)
		}
	})
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]time.Duration{"": 0, "1": time.Second, "0.25": 250 * time.Millisecond, "1e-9": time.Millisecond} {
		if got, err := Seconds("-i", text); got != want || err != nil {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"0", "-1", "x", "NaN", "1e10", "1s"} {
		if _, err := Seconds("--interval", text); err == nil || !strings.HasPrefix(err.Error(), "--interval "+text+": ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
