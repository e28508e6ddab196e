package probe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParseFormat(t *testing.T) {
	got, err := ParseFormat(readTestdata(t, "format/sched_process_exec"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Field{
		{Type: "unsigned short", Name: "common_type", Offset: 0, Size: 2},
		{Type: "unsigned char", Name: "common_flags", Offset: 2, Size: 1},
		{Type: "unsigned char", Name: "common_preempt_count", Offset: 3, Size: 1},
		{Type: "int", Name: "common_pid", Offset: 4, Size: 4, Signed: true},
		{Type: "char[]", Name: "filename", Offset: 8, Size: 4, DataLoc: true},
		{Type: "pid_t", Name: "pid", Offset: 12, Size: 4, Signed: true},
		{Type: "pid_t", Name: "old_pid", Offset: 16, Size: 4, Signed: true},
	}
	if got.Name != "sched_process_exec" || got.ID != 365 || !slices.Equal(got.Fields, want) {
		t.Errorf("got %+v", got)
	}
	if !strings.HasPrefix(got.Print, `"filename=%s pid=%d`) || !strings.HasSuffix(got.Print, "REC->old_pid") {
		t.Errorf("print is %q", got.Print)
	}
	if !want[0].IsCommon() || want[4].IsCommon() {
		t.Error("IsCommon is wrong")
	}
}

func TestParseDeclaration(t *testing.T) {
	for text, want := range map[string]Field{
		"char comm[16]":                {Type: "char[16]", Name: "comm"},
		"char comm[TASK_COMM_LEN]":     {Type: "char[TASK_COMM_LEN]", Name: "comm"},
		"const char *const * argv":     {Type: "const char *const *", Name: "argv"},
		"void *function":               {Type: "void *", Name: "function"},
		"__data_loc u64[] addrs":       {Type: "u64[]", Name: "addrs", DataLoc: true},
		"__rel_loc char[] name":        {Type: "char[]", Name: "name", DataLoc: true, RelLoc: true},
		"__data_loc unsigned int[] xs": {Type: "unsigned int[]", Name: "xs", DataLoc: true},
		"unsigned long args[]":         {Type: "unsigned long[]", Name: "args"},
		"enum hrtimer_mode mode":       {Type: "enum hrtimer_mode", Name: "mode"},
	} {
		if got, err := parseDeclaration(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "int", "char 16]", "int *", "[3]"} {
		if got, err := parseDeclaration(bad); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

func TestParseFormatRefuses(t *testing.T) {
	const field = "\tfield:int x;\toffset:0;\tsize:4;\tsigned:1;\n"
	for text, want := range map[string]string{
		"":                         "no name",
		"name: a\n":                "no fields",
		field:                      "no name",
		"name: a\nID: x\n" + field: "line 2: ID",
		"name: a\nnonsense\n":      "line 2: cannot read",
		"name: a\n\tfield:int x;\tsize:4;\tsigned:1;\n":             "has no offset",
		"name: a\n\tfield:int x;\toffset:-1;\tsize:4;\tsigned:1;\n": "no number",
		"name: a\n\tfield:int;\toffset:0;\tsize:4;\tsigned:1;\n":    "not a type and a name",
	} {
		if _, err := ParseFormat(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParseFormat(f *testing.F) {
	files, err := filepath.Glob("testdata/format/*")
	if err != nil || len(files) == 0 {
		f.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		format, err := ParseFormat(text)
		if err != nil {
			return
		}
		for _, field := range format.Fields {
			if field.Name == "" || field.Type == "" || field.Offset < 0 || field.Size < 0 || field.RelLoc && !field.DataLoc {
				t.Fatalf("%q gave %+v", text, field)
			}
		}
	})
}
