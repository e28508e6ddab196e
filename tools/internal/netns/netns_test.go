package netns

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	var own uint32
	link, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(link, "net:[%d]", &own); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		filter Filter
		want   uint32
		wrong  string
	}{
		{Filter{}, 0, ""},
		{Filter{id: 4026531840}, 4026531840, ""},
		{Filter{pid: uint(os.Getpid())}, own, ""},
		{Filter{id: 1, pid: 1}, 0, "--netns-id and --pid-netns: give one of them"},
		{Filter{id: 1 << 32}, 0, "--netns-id 4294967296: "},
		{Filter{pid: 1 << 23}, 0, "--pid-netns 8388608: there is no such process"},
	} {
		got, err := test.filter.Number()
		if got != test.want || (err == nil) != (test.wrong == "") || err != nil && !strings.HasPrefix(err.Error(), test.wrong) {
			t.Errorf("%+v: got %d, %v", test.filter, got, err)
		}
	}
}
