package probespec

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]Spec{
		"vfs_read":              {Kind: Entry, Name: "vfs_read"},
		"p::vfs_*":              {Kind: Entry, Name: "vfs_*"},
		"c:malloc":              {Kind: Entry, Library: "c", Name: "malloc"},
		"p:c:malloc":            {Kind: Entry, Library: "c", Name: "malloc"},
		"/bin/x:main.work":      {Kind: Entry, Library: "/bin/x", Name: "main.work"},
		"./x:ns::f":             {Kind: Entry, Library: "./x", Name: "ns::f"},
		"r::vfs_read":           {Kind: Return, Name: "vfs_read"},
		"r:c:read":              {Kind: Return, Library: "c", Name: "read"},
		"t:sched:sched_switch":  {Kind: Tracepoint, Group: "sched", Name: "sched_switch"},
		"t:sys*:*":              {Kind: Tracepoint, Group: "sys*", Name: "*"},
		"u:jvm:gc*":             {Kind: Static, Library: "jvm", Name: "gc*"},
		"u:jvm:hotspot:gc*":     {Kind: Static, Library: "jvm", Group: "hotspot", Name: "gc*"},
		"u::gc":                 {Kind: Static, Name: "gc"},
		"::vfs_read":            {Kind: Entry, Name: "vfs_read"},
		":c:malloc":             {Kind: Entry, Library: "c", Name: "malloc"},
		"p:x:0x1f40":            {Kind: Entry, Library: "x", Name: "0x1f40", Address: 0x1f40},
		"r:x:0x1f40":            {Kind: Return, Library: "x", Name: "0x1f40", Address: 0x1f40},
		"0x10+0x2":              {Kind: Entry, Name: "0x10", Offset: 2, Address: 0x12},
		"do_exit+0x1f":          {Kind: Entry, Name: "do_exit", Offset: 31},
		"p:c:read+8":            {Kind: Entry, Library: "c", Name: "read", Offset: 8},
		"u:x:+8":                {Kind: Static, Library: "x", Name: "+8"},
		"-r vfs_(read|write)":   {Kind: Entry, Name: "vfs_(read|write)", Regexp: true},
		"-r c:mem.+":            {Kind: Entry, Library: "c", Name: "mem.+", Regexp: true},
		"-r t:(?:a|b):c":        {Kind: Tracepoint, Group: "(?:a|b)", Name: "c", Regexp: true},
		"-r u:jvm:(?:gc|mem).*": {Kind: Static, Library: "jvm", Name: "(?:gc|mem).*", Regexp: true},
	} {
		text, isRegexp := strings.CutPrefix(text, "-r ")
		want.Text, want.End = text, len(text)
		got, err := Syntax{Kinds: "prtu", Regexp: isRegexp}.Parse(text)
		if err == nil {
			want.at, want.nameAt = got.at, got.nameAt
		}
		if err != nil || *got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
}

// The mark is below what is wrong.
func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"": `there is no name at the end: want [p::]FUNCTION or [p:]LIBRARY:FUNCTION
    
    ^`,
		"p:x": `something is missing: want [p::]FUNCTION or [p:]LIBRARY:FUNCTION
    p:x
      ^`,
		"t:sched": `something is missing: want t:CATEGORY:EVENT
    t:sched
      ^~~~~`,
		"t::x": `there is no category: want t:CATEGORY:EVENT
    t::x
     ^~`,
		"u:grün:": `there is no name at the end: want u:LIBRARY:[PROVIDER:]PROBE
    u:grün:
           ^`,
		":f": `there is no library before the colon
    :f
    ^`,
		"x:c:f": `"x" is no kind of probe: want [p::]FUNCTION or [p:]LIBRARY:FUNCTION or t:CATEGORY:EVENT or u:LIBRARY:[PROVIDER:]PROBE
    x:c:f
    ^`,
		"r:c:f": `this kind of probe cannot be traced here: want [p::]FUNCTION or [p:]LIBRARY:FUNCTION or t:CATEGORY:EVENT or u:LIBRARY:[PROVIDER:]PROBE
    r:c:f
    ^`,
		"p:x:0x1g": `want a function's name, or an address such as 0x1f40
    p:x:0x1g
        ^~~~`,
		"c:f+q": `want an offset in bytes after +, such as +0x1f
    c:f+q
       ^~`,
		"c:f*+1": `an offset is in one function: it goes with no *
    c:f*+1
        ^~`,
		"a\nb:f+": `want an offset in bytes after +, such as +0x1f, in "a\nb:f+"`,
	} {
		_, err := Syntax{Kinds: "ptu"}.Parse(text)
		var e *Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%q: got\n%v\nwant\n%s", text, err, want)
		}
	}
	_, err := Syntax{Kinds: "pr", Regexp: true}.Parse("c:mem(cpy")
	if want := "error parsing regexp: missing closing ): `mem(cpy`\n    c:mem(cpy\n      ^~~~~~~"; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	_, err = Syntax{Kinds: "pr"}.Parse("r::f+1")
	if want := "a return has no offset\n    r::f+1\n        ^~"; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// A * stands for any characters, other characters for themselves.
func TestExpression(t *testing.T) {
	for pattern, want := range map[string]string{"vfs_*": "vfs_.*", "a.b": `a\.b`, "*": ".*", "x(y)|z": `x\(y\)\|z`} {
		s := &Spec{Name: pattern}
		if got := s.expression(pattern); got != want || s.IsPattern() != strings.Contains(pattern, "*") {
			t.Errorf("%s: got %s, %v", pattern, got, s.IsPattern())
		}
		s.Regexp = true
		if got := s.expression(pattern); got != pattern || !s.IsPattern() {
			t.Errorf("-r %s: got %s", pattern, got)
		}
	}
}

// Whatever the text, an error's mark lies in it, and what was read comes from it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"vfs_*", "p::f+0x1", "r:c:f", "t:a:b", "u:x:y:z", "(?:a|b):c", ":", "é:ü+"} {
		f.Add(text, false)
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, isRegexp bool) {
		s, err := Syntax{Kinds: "prtu", Regexp: isRegexp}.Parse(text)
		var e *Error
		switch {
		case err == nil:
			for _, part := range []string{s.Library, s.Group, s.Name} {
				if !strings.Contains(text, part) {
					t.Errorf("%q is not in %q", part, text)
				}
			}
			_ = s.atName(errors.New("x")).Error()
			_ = s.atLibrary(errors.New("x")).Error()
		case !errors.As(err, &e) || e.Start > e.End || e.End > len(text) || err.Error() == "":
			t.Errorf("%q: %#v", text, err)
		}
	})
}
