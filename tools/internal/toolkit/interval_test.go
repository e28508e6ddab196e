package toolkit

import (
	"testing"
	"time"
)

func TestIntervalCount(t *testing.T) {
	for _, test := range []struct {
		args     []string
		interval time.Duration
		count    int
		want     string
	}{
		{nil, 0, 0, ""},
		{[]string{"5"}, 5 * time.Second, 0, ""},
		{[]string{"0.25", "3"}, 250 * time.Millisecond, 3, ""},
		{[]string{"0"}, 0, 0, `interval "0": want a number of seconds above 0`},
		{[]string{"-1"}, 0, 0, `interval "-1": want a number of seconds above 0`},
		{[]string{"NaN"}, 0, 0, `interval "NaN": want a number of seconds above 0`},
		{[]string{"1e99"}, 0, 0, `interval "1e99": want a number of seconds above 0`},
		{[]string{"1", "0"}, 0, 0, `count "0": want a whole number above 0`},
		{[]string{"1", "1.5"}, 0, 0, `count "1.5": want a whole number above 0`},
	} {
		interval, count, err := IntervalCount(test.args)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != test.want || err == nil && (interval != test.interval || count != test.count) {
			t.Errorf("%q: %v, %d, %v", test.args, interval, count, err)
		}
	}
}

func TestIntervals(t *testing.T) {
	for _, test := range []struct {
		args           []string
		duration       time.Duration
		interval, ends time.Duration
	}{
		{nil, 0, time.Second, 0},
		{nil, time.Minute, time.Second, time.Minute},
		{[]string{"2"}, 0, 2 * time.Second, 0},
		{[]string{"2", "5"}, 0, 2 * time.Second, 10 * time.Second},
		{[]string{"2", "5"}, time.Second, 2 * time.Second, time.Second},
		{[]string{"2", "5"}, time.Minute, 2 * time.Second, 10 * time.Second},
	} {
		s := &Session{Common: Common{Duration: test.duration}, Args: test.args}
		if interval, err := s.Intervals(time.Second); err != nil || interval != test.interval || s.Duration != test.ends {
			t.Errorf("%q, %v: got %v, %v, %v", test.args, test.duration, interval, s.Duration, err)
		}
	}
	if _, err := (&Session{Args: []string{"0"}}).Intervals(time.Second); err == nil {
		t.Error("0 was taken")
	}
}
