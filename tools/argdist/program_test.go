package main

import (
	"os"
	"strings"
	"testing"

	"github.com/bccgo/bcc/tools/internal/probespec"
)

// assumed writes the program for specifiers of functions, which need not be there.
func assumed(t *testing.T, specs ...string) (string, error) {
	t.Helper()
	o := &options{counts: specs, stringSize: 80, seconds: "1", number: notGiven, top: notGiven}
	probes, err := o.probes()
	if err != nil {
		t.Fatal(err)
	}
	var set probespec.Set
	w, err := o.write(probes, func(s *probespec.Spec) (*probespec.Places, error) { return set.Assume(s), nil })
	if err != nil {
		return "", err
	}
	return w.String(), nil
}

// The program for two specifiers, behind what all programs have.
func TestProgram(t *testing.T) {
	text, err := assumed(t,
		`p:c:open(const char *name, int flags):char*,int:name,flags & 3:flags > 1#label`,
		"r::vfs_read(struct file *file, void *buf, const size_t count):u64:$latency / $entry(count):$retval > 0")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ = strings.Cut(text, programC)
	const golden = "testdata/program.golden"
	if os.Getenv("BCCGO_UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the program is not that of %s, which BCCGO_UPDATE_GOLDEN=1 writes anew:\n%s", golden, text)
	}
}

// Strings are read from where they are.
func TestInUser(t *testing.T) {
	for spec, want := range map[string]string{
		"p:c:f(char *a):char*:a":                        "user",
		"r:c:f(char *a):char*:$entry(a)":                "user",
		"p:c:f():char*:$COMM":                           "kernel",
		"p::f(char *a):char*:a":                         "kernel",
		"p::f(char __user *a, char *b):char*:a":         "user",
		"p::f(char __user *a, char *b):char*:b":         "kernel",
		"r::f(char __user *a):char*:$entry(a)":          "user",
		"p::f(char *a):char*:a@user":                    "user",
		`p::f(char __user *a):int:1:STRCMP("x", a)`:     "user",
		`p::f(char *a):int:1:STRCMP("x", a)`:            "kernel",
		`p:c:f(char *a):int:1:STRCMP("x", a)`:           "user",
		`p:c:f(char *a):int:1:STRCMP("command", $COMM)`: "kernel",
	} {
		text, err := assumed(t, spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		for _, space := range []string{"user", "kernel"} {
			if got := strings.Count(text, "bpf_probe_read_"+space+"_str("); (got == 1) != (space == want) || got > 1 {
				t.Errorf("%s: %d reads from the %s's memory", spec, got, space)
			}
		}
	}
}

// The mark is below the name that is wrong.
func TestNameErrors(t *testing.T) {
	for spec, want := range map[string]string{
		"p:c:f():int:$x": "there is no $x: want $retval, $entry(PARAMETER), $latency, $PID or $COMM\n" +
			"    p:c:f():int:$x\n                ^~",
		"p:c:f():int:1:$retval == 1": "$retval is for returns: begin the specifier with r\n" +
			"    p:c:f():int:1:$retval == 1\n                  ^~~~~~~",
		"p:c:f(int a):int:$entry(a)": "$entry is for returns: begin the specifier with r\n" +
			"    p:c:f(int a):int:$entry(a)\n                     ^~~~~~~~~",
		"r:c:f(int a):int:a + 1": "a is known when the function begins: want $entry(a)\n" +
			"    r:c:f(int a):int:a + 1\n                     ^",
		"r:c:f(int a):int:$entry(b)": "the function has no parameter called b in the specifier\n" +
			"    r:c:f(int a):int:$entry(b)\n                            ^",
		"r:c:f():int:arg1": "arg1 is known when the function begins: want a parameter, and $entry(PARAMETER)\n" +
			"    r:c:f():int:arg1\n                ^~~~",
		"p:c:f():int:arg7": "only the first 6 arguments are in registers\n" +
			"    p:c:f():int:arg7\n                ^~~~",
		"p:c:f():int:1:STRCMP(a, b)": "want a text in quotes, \"like this\"\n" +
			"    p:c:f():int:1:STRCMP(a, b)\n                         ^",
	} {
		if _, err := assumed(t, spec); err == nil || err.Error() != want {
			t.Errorf("%s: got\n%v\nwant\n%s", spec, err, want)
		}
	}
}
