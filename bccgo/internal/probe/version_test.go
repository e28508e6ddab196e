package probe

import (
	"encoding/binary"
	"testing"
)

func TestParseVersionCode(t *testing.T) {
	tests := []struct {
		release, version string
		want             uint32
	}{
		{"6.1.0-56-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.180-1 (2026-06-14)", 6<<16 | 1<<8 | 180},
		{"6.18.44-fc-v657", "#1 SMP", 6<<16 | 18<<8 | 44},
		{"5.15", "", 5<<16 | 15<<8},
		{"4.19.300+", "", 4<<16 | 19<<8 | 255},
		{"6.8.0-45-generic", "#45-Ubuntu SMP", 6<<16 | 8<<8},
	}
	for _, tt := range tests {
		if got, err := ParseVersionCode(tt.release, tt.version); got != tt.want || err != nil {
			t.Errorf("%s, %s: %#x, %v, want %#x", tt.release, tt.version, got, err, tt.want)
		}
	}
	for _, release := range []string{"", "custom", "x.y.z"} {
		if got, err := ParseVersionCode(release, ""); err == nil {
			t.Errorf("%q: %#x", release, got)
		}
	}
}

// TestVersionCode compares what the vDSO says with the release: they have the
// same first two numbers everywhere.
func TestVersionCode(t *testing.T) {
	code, err := VersionCode()
	if err != nil {
		t.Fatal(err)
	}
	u, err := Running().Uname()
	if err != nil {
		t.Fatal(err)
	}
	named, err := ParseVersionCode(u.Release, u.Version)
	if err != nil {
		t.Fatal(err)
	}
	if code>>8 != named>>8 {
		t.Errorf("the vDSO says %#x, uname %s (%s)", code, u.Release, u.Version)
	}
}

func TestVersionNote(t *testing.T) {
	order := binary.LittleEndian
	note := func(name string, kind uint32, desc ...byte) []byte {
		b := order.AppendUint32(nil, uint32(len(name)+1))
		b = order.AppendUint32(b, uint32(len(desc)))
		b = order.AppendUint32(b, kind)
		b = append(append(b, name...), 0)
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		return append(b, desc...)
	}
	version := note("Linux", 0, 7, 1, 6, 0)
	for name, notes := range map[string][]byte{
		"alone": version, "after others": append(note("GNU", 3, 1, 2, 3, 4), version...),
	} {
		if code, ok := versionNote(notes, order); !ok || code != 0x060107 {
			t.Errorf("%s: %#x, %v", name, code, ok)
		}
	}
	for n := range version {
		if _, ok := versionNote(version[:n], order); ok {
			t.Errorf("a note cut to %d bytes was read", n)
		}
	}
	if _, ok := versionNote(note("Linux", 256, 7, 1, 6, 0), order); ok {
		t.Error("another note of Linux was taken for the version")
	}
}
