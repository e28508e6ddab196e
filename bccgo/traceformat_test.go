package bccgo

import (
	"strings"
	"testing"
)

var formatLine = TraceLine{
	Task: "bäsh", PID: 1234, CPU: 3, Flags: "d..31", Timestamp: 1487.403384,
	Event: "bpf_trace_printk", Message: "GET: {x}",
}

// The wanted texts are what Python's str.format gives for the same fields.
func TestTraceFormat(t *testing.T) {
	for format, want := range map[string]string{
		"{1}: {5}":                      "1234: GET: {x}",
		"{0} {1} {2} {3} {4} {5}":       "bäsh 1234 3 d..31 1487.403384 GET: {x}",
		"{}/{}":                         "bäsh/1234",
		"{{{2}}} 100%":                  "{3} 100%",
		"plain":                         "plain",
		"{0:8}|{0:>8}|{0:^8}|{0:*<6}":   "bäsh    |    bäsh|  bäsh  |bäsh**",
		"{1:8}|{1:<8}|{1:^7}|{1:08d}":   "    1234|1234    | 1234  |00001234",
		"{4:.2f}|{4:12.3f}|{4:f}":       "1487.40|    1487.403|1487.403384",
		"{0:.2}|{0:4.1s}|{1:ä>6}":       "bä|b   |ää1234",
		"{1:2}|{0:06}|{1:<06}|{1:-<06}": "1234|bäsh00|123400|1234--",
	} {
		parsed, err := parseTraceFormat(format)
		if err != nil {
			t.Errorf("%q: %v", format, err)
			continue
		}
		if got := parsed.apply(formatLine); got != want {
			t.Errorf("%q gives %q, want %q", format, got, want)
		}
	}
}

func TestTraceFormatWholeTimestamp(t *testing.T) {
	parsed, err := parseTraceFormat("{4}")
	if err != nil {
		t.Fatal(err)
	}
	if got := parsed.apply(TraceLine{Timestamp: 2}); got != "2.0" {
		t.Errorf("got %q, want 2.0", got)
	}
}

func TestTraceFormatRefuses(t *testing.T) {
	for format, want := range map[string]string{
		"{6}":            "there is no field 6",
		"{-1}":           "there is no field -1",
		"{}{}{}{}{}{}{}": "there is no field 6",
		"{0}{}":          "number either all fields or none",
		"{}{0}":          "number either all fields or none",
		"{pid}":          `field "pid" is not a number`,
		"{1!r}":          `field "1!r" is not a number`,
		"{1":             "lone '{'",
		"1}":             "lone '}'",
		"{0:d}":          `"d" does not fit field 0`,
		"{1:s}":          `"s" does not fit field 1`,
		"{1:.2}":         "a precision needs",
		"{4:.2}":         "a precision needs",
		"{4:.f}":         "no number after the dot",
		"{0:99999}":      "wider than",
		"{4:.99999f}":    "wider than",
	} {
		_, err := parseTraceFormat(format)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), format) {
			t.Errorf("%q: error %v, want one with the format and %q", format, err, want)
		}
	}
}
