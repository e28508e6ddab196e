package bccgo

import (
	"reflect"
	"testing"
)

func TestParseDiagnostics(t *testing.T) {
	output := `In file included from <built-in>:3:
a.c:2:9: error: use of undeclared identifier 'x'
        return x;
               ^
a.c:5:1: warning: unused variable 'y' [-Wunused-variable]
int y = 1;
    ^~~~~
    y
b.h:7:3: fatal error: 'no.h' file not found
2 errors generated.
error: a.c:5:10: in function f i32 (i8*): Looks like the BPF stack limit of 512 bytes is exceeded.
`
	want := []Diagnostic{
		{File: "a.c", Line: 2, Col: 9, Severity: "error", Message: "use of undeclared identifier 'x'",
			Excerpt: "        return x;\n               ^"},
		{File: "a.c", Line: 5, Col: 1, Severity: "warning", Message: "unused variable 'y' [-Wunused-variable]",
			Excerpt: "int y = 1;\n    ^~~~~\n    y", Suggestion: "y"},
		{File: "b.h", Line: 7, Col: 3, Severity: "error", Message: "'no.h' file not found"},
		{File: "a.c", Line: 5, Col: 10, Severity: "error",
			Message: "in function f i32 (i8*): Looks like the BPF stack limit of 512 bytes is exceeded."},
	}
	if got := parseDiagnostics(output); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
