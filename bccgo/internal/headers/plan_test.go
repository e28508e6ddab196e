package headers

import (
	"errors"
	"strings"
	"testing"

	"github.com/bccgo/bcc/bccgo/internal/rootfs/roottest"
)

func TestPlan(t *testing.T) {
	const types = "/sys/kernel/btf/vmlinux"
	own := map[string]string{"/own/" + kconfig: "\n", "/own/" + autoconf: "\n"}
	tests := []struct {
		name            string
		files           map[string]string
		explicit, types string
		wantTypes       bool
		wantPath        string
		wantError       string
	}{
		{"both", debian, "", types, true, modules, ""},
		{"auto", debian, Auto, types, true, modules, ""},
		{"types alone", nil, "", types, true, "", ""},
		{"files alone", debian, "", "", false, modules, ""},
		{"neither", nil, "", "", false, "", "types (BTF)"},
		{"only types wanted", debian, FromTypes, types, true, "", ""},
		{"types wanted in vain", debian, FromTypes, "", false, "", "CONFIG_DEBUG_INFO_BTF"},
		{"only files wanted", debian, Installed, types, false, modules, ""},
		{"files wanted in vain", nil, Installed, types, false, "", modules},
		{"a path", own, "/own", types, false, "/own", ""},
		{"a path in vain", debian, "/own", types, false, "", "/own"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := MakePlan(roottest.Tree(t, tt.files), release, tt.explicit, tt.types)
			if tt.wantError != "" {
				var e *HeadersError
				if !errors.As(err, &e) || !strings.Contains(err.Error(), tt.wantError) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			path := ""
			if p.Choice != nil {
				path = p.Choice.Path
			}
			if (p.Types != "") != tt.wantTypes || path != tt.wantPath || p.Lacking != (tt.files == nil) {
				t.Errorf("got types %q, files %q, lacking %v", p.Types, path, p.Lacking)
			}
		})
	}
}
