package probespec

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

var heads = Syntax{Kinds: "prtu"}

// shown is what was read of a text, in one line.
func shown(s *Spec) string {
	params := ""
	if s.Signature != nil {
		params = "()"
		for _, p := range s.Signature.Params {
			params += fmt.Sprintf(" %s|%s|%s", p.Text, p.Type, p.Name)
		}
	}
	return fmt.Sprintf("%c %s %s %s %d [%s] %s", s.Kind, s.Library, s.Group, s.Name, s.Offset, params, s.Rest())
}

func TestParseHead(t *testing.T) {
	for text, want := range map[string]string{
		"do_sys_open":                            "p   do_sys_open 0 [] ",
		"do_sys_open (arg1 > 0)":                 "p   do_sys_open 0 []  (arg1 > 0)",
		`c:open (arg2 == 42) "%s %d", arg1`:      `p c  open 0 []  (arg2 == 42) "%s %d", arg1`,
		"kfree_skb+0x12 (1)":                     "p   kfree_skb 18 []  (1)",
		"p::f+4(int a)":                          "p   f 4 [() int a|int|a] ",
		"p::f(struct timespec *ts) \"%d\", ts":   "p   f 0 [() struct timespec *ts|struct timespec *|ts]  \"%d\", ts",
		"r:bash:readline \"%s\", retval":         "r bash  readline 0 []  \"%s\", retval",
		"t:block:rq \"%d\", args->a":             "t  block rq 0 []  \"%d\", args->a",
		"u:pthread:lib:create (arg4 != 0)":       "u pthread lib create 0 []  (arg4 != 0)",
		"p:./x:ns::f (1)":                        "p ./x  ns::f 0 []  (1)",
		"f()(1)":                                 "p   f 0 [()] (1)",
		"f(void)":                                "p   f 0 [()] ",
		"f(const char *fmt, ...)":                "p   f 0 [() const char *fmt|const char *|fmt] ",
		"f( int (*g)(int, int), char b[16][4] )": "p   f 0 [() int (*g)(int, int)|void *|g char b[16][4]|char *|b] ",
		"f(unsigned long long int*p)":            "p   f 0 [() unsigned long long int*p|unsigned long long int*|p] ",
	} {
		s, err := heads.ParseHead(text, false)
		if err != nil || shown(s) != want {
			t.Errorf("%s:\ngot  %v, %v\nwant %s", text, s, err, want)
			if err == nil {
				t.Log(shown(s))
			}
		}
	}
	for text, want := range map[string]string{
		"p::__kmalloc(u64 size):u64:size#l":       "p   __kmalloc 0 [() u64 size|u64|size] :u64:size#l",
		"r:c:gets():char*:$retval":                "r c  gets 0 [()] :char*:$retval",
		"t:irq:entry():int:args->irq":             "t  irq entry 0 [()] :int:args->irq",
		"t:irq:entry:int:args->irq":               "t  irq entry 0 [] :int:args->irq",
		"p:c:write:u64:arg3":                      "p c  write 0 [] :u64:arg3",
		"u:pthread:lib:start():u64:arg2":          "u pthread lib start 0 [()] :u64:arg2",
		"u:pthread:start():u64:arg2":              "u pthread  start 0 [()] :u64:arg2",
		"u:pthread:lib:start:u64:arg2":            "u pthread lib start 0 [] :u64:arg2",
		"r::f(void *file, size_t n):u64:$latency": "r   f 0 [() void *file|void *|file size_t n|size_t|n] :u64:$latency",
	} {
		s, err := heads.ParseHead(text, true)
		if err != nil || shown(s) != want {
			t.Errorf("%s: got %v, %v, want %s", text, s, err, want)
		}
	}
}

func TestSignatureIndex(t *testing.T) {
	s, err := heads.ParseHead("f(int a, char *b)", false)
	if err != nil {
		t.Fatal(err)
	}
	g := s.Signature
	got := []int{g.Index("a"), g.Index("b"), g.Index("c"), (*Signature)(nil).Index("a"), g.Params[1].Start, s.RestAt()}
	if want := []int{0, 1, -1, -1, 9, 17}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The mark is below what is wrong, in all of the text.
func TestParseHeadErrors(t *testing.T) {
	for text, want := range map[string]string{
		"p:x (1)":           "something is missing: want [p::]FUNCTION or [p:]LIBRARY:FUNCTION\n    p:x (1)\n      ^",
		"f+q (1)":           "want an offset in bytes after +, such as +0x1f\n    f+q (1)\n     ^~",
		" (1)":              "there is no name at the end: want [p::]FUNCTION or [p:]LIBRARY:FUNCTION\n     (1)\n    ^",
		"f(int a":           "the signature has no closing parenthesis\n    f(int a\n     ^~~~~~",
		"f(int a, int) (1)": "want a parameter's type and its name, such as char *path\n    f(int a, int) (1)\n             ^~~",
		"f(int a,)":         "want a parameter's type and its name, such as char *path\n    f(int a,)\n            ^",
		"f(struct a)":       "want a parameter's type and its name, such as char *path\n    f(struct a)\n      ^~~~~~~~",
		"f(int a, u8 a)":    "there are two parameters called a\n    f(int a, u8 a)\n             ^~~~",
		"f(x; y)":           "want a parameter's type and its name, such as char *path\n    f(x; y)\n      ^~~~",
	} {
		_, err := heads.ParseHead(text, false)
		var e *Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%q: got\n%v\nwant\n%s", text, err, want)
		}
	}
}

// Whatever the text, what was read comes from it in order, and errors lie in it.
func FuzzParseHead(f *testing.F) {
	for _, text := range []string{"p::f+0x1(int a, char *b) (1)", "t:a:b():int:args->c", "u:x:y:z (", "f(void (*g)(int))", ":", "f([)]", "é(ü"} {
		f.Add(text, false)
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, colons bool) {
		s, err := heads.ParseHead(text, colons)
		var e *Error
		if err != nil {
			if !errors.As(err, &e) || e.Start > e.End || e.End > len(text) || err.Error() == "" {
				t.Errorf("%q: %#v", text, err)
			}
			return
		}
		if s.End > s.RestAt() || !strings.HasSuffix(text, s.Rest()) {
			t.Errorf("%q: %+v", text, s)
		}
		for i := range s.Signature.params() {
			p := s.Signature.Params[i]
			if text[p.Start:p.Start+len(p.Text)] != p.Text || !strings.Contains(p.Text, p.Name) {
				t.Errorf("%q: %+v", text, p)
			}
		}
	})
}

func (g *Signature) params() []Param {
	if g == nil {
		return nil
	}
	return g.Params
}
