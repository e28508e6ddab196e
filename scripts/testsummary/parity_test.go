package main

import (
	"path/filepath"
	"strings"
	"testing"
)

const parityEvents = `{"Action":"run","Package":"m/tools/one","Test":"TestVMSideBySide"}
{"Action":"attr","Package":"m/tools/one","Test":"TestVMSideBySide","Key":"parity","Value":"{\"tool\":\"one\",\"rows\":3,\"fields\":12,\"ours\":{\"memory\":10240,\"cpu\":50000000},\"theirs\":{\"memory\":209920,\"cpu\":1500000000}}"}
{"Action":"pass","Package":"m/tools/one","Test":"TestVMSideBySide","Elapsed":30.2}
{"Action":"pass","Package":"m/tools/one","Elapsed":30.2}
{"Action":"attr","Package":"m/tools/two","Test":"TestVMSideBySide","Key":"parity","Value":"{\"tool\":\"two\",\"rows\":1,\"fields\":2,\"different\":[{\"field\":\"PID\",\"why\":\"theirs is of the thread\"}]}"}
{"Action":"pass","Package":"m/tools/two","Test":"TestVMSideBySide","Elapsed":10}
{"Action":"pass","Package":"m/tools/two","Test":"TestVMOther","Elapsed":10}
{"Action":"pass","Package":"m/tools/two","Elapsed":10}
`

const brokenEvents = `{"Action":"output","Package":"m/tools/bad","Test":"TestVMSideBySide","Output":"    vm_test.go:7: PID differs\n"}
{"Action":"fail","Package":"m/tools/bad","Test":"TestVMSideBySide","Elapsed":1}
{"Action":"fail","Package":"m/tools/bad","Elapsed":1}
`

func TestParityTable(t *testing.T) {
	for _, c := range []struct {
		name, events string
		ok           bool
		want         []string
	}{
		{"equal", parityEvents, true, []string{
			"one   equal      1      3     12      0          10.0  0.05   205.0      1.50   30\n",
			"two   explained  1      1     2       1          -     -      -          -      10\n",
			"two, PID: theirs is of the thread\n",
		}},
		{"failed", parityEvents + brokenEvents, false, []string{
			"bad   FAILED     1      0     0       0          -     -      -          -      1\n",
			"    vm_test.go:7: PID differs\n",
		}},
		{"none", `{"Action":"pass","Package":"m/tools/two","Test":"TestVMOther"}` + "\n", false, []string{"TOOL"}},
	} {
		file := filepath.Join(t.TempDir(), "parity.json")
		write(t, file, c.events)
		var out strings.Builder
		ok, err := parityOf(&out, file)
		if err != nil || ok != c.ok {
			t.Errorf("%s: %t, %v", c.name, ok, err)
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in\n%s", c.name, want, out.String())
			}
		}
	}
}

func TestParityDamaged(t *testing.T) {
	file := filepath.Join(t.TempDir(), "parity.json")
	write(t, file, `{"Action":"attr","Package":"m/one","Test":"TestVM","Key":"parity","Value":"{"}`+"\n")
	if _, err := parityOf(new(strings.Builder), file); err == nil || !strings.Contains(err.Error(), "m/one TestVM") {
		t.Errorf("got %v", err)
	}
	if _, err := parityOf(new(strings.Builder), file+".none"); err == nil {
		t.Error("a missing file is not noticed")
	}
}
