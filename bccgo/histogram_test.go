package bccgo

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// slots builds the counts of a histogram from slot, count pairs.
func slots(pairs ...uint64) []uint64 {
	counts := make([]uint64, log2Slots)
	for i := 0; i < len(pairs); i += 2 {
		counts[pairs[i]] = pairs[i+1]
	}
	return counts
}

// checkGolden compares with a file that BCC's own printing functions wrote
// for the same counts.
func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	want, err := os.ReadFile(filepath.Join("testdata", "histogram", name+".golden"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs\n--- got\n%s--- want\n%s", name, got, want)
	}
}

func TestPrintLog2(t *testing.T) {
	tests := []struct {
		name   string
		label  string
		counts []uint64
		strip  bool
	}{
		{"log2", "usecs", slots(1, 5, 4, 3, 7, 10), false},
		{"log2_strip", "usecs", slots(4, 3, 7, 10), true},
		{"log2_slot0", "usecs", slots(0, 100, 3, 7), false},
		{"log2_widest_narrow", "nsecs", slots(30, 1, 32, 41), true},
		{"log2_wide", "nsecs", slots(31, 2, 33, 5), true},
		{"log2_last_slot", "nsecs", slots(1, 1, 64, 3), false},
		{"log2_long", "a label that is longer than its column", slots(2, 12345678901234, 3, 2), false},
		{"log2_huge", "usecs", slots(5, 1<<53-1, 6, 1<<53, 7, 1<<64-1, 8, 1<<64-2), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := PrintLog2(&out, tt.label, tt.counts, &HistogramOptions{StripLeadingZero: tt.strip}); err != nil {
				t.Fatal(err)
			}
			checkGolden(t, tt.name, out.Bytes())
		})
	}
}

func TestPrintLinear(t *testing.T) {
	tests := []struct {
		name   string
		label  string
		counts []uint64
		strip  bool
	}{
		{"linear", "kbytes", []uint64{0, 5, 0, 41, 40, 0}, false},
		{"linear_strip", "kbytes", []uint64{0, 0, 5, 0, 1}, true},
		{"linear_one", "runqlen", []uint64{7}, false},
		{"linear_three_digits", "a label that is longer", append(make([]uint64, 103), 12345678901), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := PrintLinear(&out, tt.label, tt.counts, &HistogramOptions{StripLeadingZero: tt.strip}); err != nil {
				t.Fatal(err)
			}
			checkGolden(t, tt.name, out.Bytes())
		})
	}
}

func TestPrintEmptyHistogram(t *testing.T) {
	for name, counts := range map[string][]uint64{"nil": nil, "zero": slots(), "only slot 0": slots(0, 5)} {
		var out bytes.Buffer
		if err := PrintLog2(&out, "usecs", counts, nil); err != nil || out.Len() != 0 {
			t.Errorf("log2 %s: printed %q, error %v", name, out.String(), err)
		}
	}
	var out bytes.Buffer
	if err := PrintLinear(&out, "usecs", make([]uint64, 9), nil); err != nil || out.Len() != 0 {
		t.Errorf("linear: printed %q, error %v", out.String(), err)
	}
}

func disks() []Section {
	return []Section{
		{Key: []byte("sda\x00\x00"), Counts: slots(1, 4, 5, 2)},
		{Key: "sdb", Counts: slots(3, 9)},
		{Key: Comm{'s', 'd', 'c'}, Counts: slots()},
	}
}

func TestPrintKeyed(t *testing.T) {
	backwards := func(s []Section) []Section {
		slices.Reverse(s)
		return s[1:]
	}
	tests := []struct {
		name  string
		print func(out *bytes.Buffer) error
	}{
		{"keyed_log2", func(out *bytes.Buffer) error {
			return PrintLog2Keyed(out, "usecs", disks(), &HistogramOptions{SectionHeader: "disk"})
		}},
		{"keyed_linear", func(out *bytes.Buffer) error {
			return PrintLinearKeyed(out, "usecs", disks(), &HistogramOptions{SectionHeader: "disk"})
		}},
		{"keyed_sorted", func(out *bytes.Buffer) error {
			return PrintLog2Keyed(out, "usecs", disks(), &HistogramOptions{SectionHeader: "disk", BucketSort: backwards})
		}},
		{"keyed_defaults", func(out *bytes.Buffer) error {
			return PrintLog2Keyed(out, "", []Section{{Key: uint32(7), Counts: slots(1, 3)}}, nil)
		}},
		{"keyed_print", func(out *bytes.Buffer) error {
			upper := func(key any) string { return strings.ToUpper(key.(string)) }
			return PrintLog2Keyed(out, "usecs", disks()[1:2], &HistogramOptions{SectionHeader: "disk", SectionPrint: upper})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			if err := tt.print(&out); err != nil {
				t.Fatal(err)
			}
			checkGolden(t, tt.name, out.Bytes())
		})
	}
}

func TestBucketSortLeavesCallersOrder(t *testing.T) {
	given := disks()
	opts := &HistogramOptions{BucketSort: func(s []Section) []Section { slices.Reverse(s); return s }}
	if err := PrintLog2Keyed(&bytes.Buffer{}, "", given, opts); err != nil {
		t.Fatal(err)
	}
	if given[1].Key != "sdb" || given[0].Counts[1] != 4 {
		t.Errorf("sections reordered: %v", given)
	}
}

func TestPrintLog2RefusesImpossibleSlot(t *testing.T) {
	counts := append(slots(1, 1), 0, 8)
	var out bytes.Buffer
	err := PrintLog2(&out, "usecs", counts, nil)
	if err == nil || !strings.Contains(err.Error(), "slot 66 counted 8") {
		t.Errorf("error %v, want one about slot 66", err)
	}
	if out.Len() != 0 {
		t.Errorf("printed %q before the error", out.String())
	}
	if _, err := Log2JSON("usecs", counts); err == nil {
		t.Error("no error from Log2JSON")
	}
}

// fullDisk fails every write.
type fullDisk struct{}

var errFullDisk = errors.New("no space left")

func (fullDisk) Write([]byte) (int, error) { return 0, errFullDisk }

func TestPrintReportsWriteErrors(t *testing.T) {
	for name, err := range map[string]error{
		"log2":       PrintLog2(fullDisk{}, "usecs", slots(1, 1), nil),
		"linear":     PrintLinear(fullDisk{}, "usecs", slots(1, 1), nil),
		"keyed":      PrintLog2Keyed(fullDisk{}, "usecs", disks(), nil),
		"json":       PrintLog2JSON(fullDisk{}, "usecs", slots(1, 1)),
		"json keyed": PrintLog2JSONKeyed(fullDisk{}, "usecs", disks(), nil),
	} {
		if !errors.Is(err, errFullDisk) || !strings.Contains(err.Error(), "usecs") {
			t.Errorf("%s: error %v, want the writer's with the label", name, err)
		}
	}
}

// Sections that BucketFn gives one key are added up, and only then sorted.
func TestBucketFn(t *testing.T) {
	o := &HistogramOptions{SectionHeader: "kind", BucketFn: func(key any) any { return key.(string)[:1] }, StripLeadingZero: true,
		BucketSort: func(s []Section) []Section { slices.Reverse(s); return s }}
	sections := []Section{{"ab", slots(1, 1)}, {"cd", slots(0, 1)}, {"ax", slots(1, 2, 3, 6)}}
	var out strings.Builder
	if err := PrintLinearKeyed(&out, "n", sections, o); err != nil {
		t.Fatal(err)
	}
	want := `
kind = c
     n             : count     distribution
        0          : 1        |****************************************|

kind = a
     n             : count     distribution
        1          : 3        |********************                    |
        2          : 0        |                                        |
        3          : 6        |****************************************|
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	if len(sections) != 3 || sections[0].Counts[1] != 1 || sections[0].Counts[3] != 0 {
		t.Errorf("the sections given were changed: %v", sections)
	}
	out.Reset()
	if err := PrintLinearJSONKeyed(&out, "n", sections, o); err != nil || strings.Count(out.String(), `"kind":"a"`) != 1 {
		t.Errorf("JSON %s, %v", out.String(), err)
	}
}
