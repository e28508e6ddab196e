package disk

import (
	"os"
	"strings"
	"testing"
)

func TestEveryDisk(t *testing.T) {
	disks, err := os.ReadDir("/sys/block")
	if err != nil || len(disks) == 0 {
		t.Skipf("no disks to ask about: %v", err)
	}
	seen := make(map[uint32]string)
	for _, entry := range disks {
		number, err := Number(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[number]; ok || number == 0 {
			t.Errorf("%s has number %#x, as has %q", entry.Name(), number, other)
		}
		seen[number] = entry.Name()
		if name := Name(number); name != entry.Name() {
			t.Errorf("%#x is %s, want %s", number, name, entry.Name())
		}
		if same, err := Number("/dev/" + entry.Name()); same != number || err != nil {
			t.Errorf("/dev/%s is %#x (%v), want %#x", entry.Name(), same, err, number)
		}
	}
}

func TestNoDisk(t *testing.T) {
	if number, err := Number(""); number != 0 || err != nil {
		t.Errorf("no name: %#x, %v", number, err)
	}
	if _, err := Number("no-such-disk"); err == nil || !strings.Contains(err.Error(), "find disk no-such-disk") {
		t.Errorf("unknown name: %v", err)
	}
	if name := Name(4095<<20 | 1048575); name != "4095:1048575" {
		t.Errorf("unknown number: %s", name)
	}
}
