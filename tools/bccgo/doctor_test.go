package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo"
)

func TestDiagnose(t *testing.T) {
	good := bccgo.HostCheck{ID: "a", Name: "First", Status: bccgo.HostOK, Value: "fine"}
	limited := bccgo.HostCheck{ID: "b", Name: "Second", Status: bccgo.HostWarn, Why: "it is <old>", Fix: []string{"renew it"}}
	failing := bccgo.HostCheck{ID: "c", Name: "Third", Status: bccgo.HostFail, Why: "it is not there", Fix: []string{"install it"}}
	for _, test := range []struct {
		name   string
		checks []bccgo.HostCheck
		want   error
	}{
		{"good", []bccgo.HostCheck{good, limited}, nil},
		{"failing", []bccgo.HostCheck{good, failing, limited}, errUnfit},
	} {
		var text, data bytes.Buffer
		if err := diagnose(&text, test.checks, false, false); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v", test.name, err)
		}
		if err := diagnose(&data, test.checks, true, false); !errors.Is(err, test.want) {
			t.Errorf("%s as JSON: got %v", test.name, err)
		}
		for _, c := range test.checks {
			for _, want := range append(c.Fix, c.Name, c.Why) {
				if !strings.Contains(text.String(), want) {
					t.Errorf("%s: no %q in\n%s", test.name, want, text.String())
				}
			}
		}
		var back []bccgo.HostCheck
		if err := json.Unmarshal(data.Bytes(), &back); err != nil || !reflect.DeepEqual(back, test.checks) {
			t.Errorf("%s: JSON gives %+v, %v", test.name, back, err)
		}
	}
	if err := diagnose(broken{}, []bccgo.HostCheck{good}, true, false); !errors.Is(err, errBroken) {
		t.Errorf("broken writer: got %v", err)
	}
}

func TestDiagnoseColors(t *testing.T) {
	checks := []bccgo.HostCheck{{Name: "First", Status: bccgo.HostOK}}
	for _, color := range []bool{true, false} {
		var out bytes.Buffer
		if err := diagnose(&out, checks, false, color); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "\x1b[") != color {
			t.Errorf("color %v: %q", color, out.String())
		}
	}
}
