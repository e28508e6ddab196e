package bccgo

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHistogramJSONFields(t *testing.T) {
	h, err := Log2JSON("usecs", slots(0, 9, 1, 4, 3, 10))
	if err != nil {
		t.Fatal(err)
	}
	h.Time = time.Date(2026, 3, 4, 5, 6, 7, 8, time.UTC)
	const plain = `{"ts":"2026-03-04 05:06:07","val_type":"usecs","data":[` +
		`{"interval-start":0,"interval-end":1,"count":4},` +
		`{"interval-start":2,"interval-end":3,"count":0},` +
		`{"interval-start":4,"interval-end":7,"count":10}]`
	checkJSON(t, h, plain+`}`)

	h.SectionHeader, h.Section = "disk", `sd"a`
	checkJSON(t, h, plain+`,"disk":"sd\"a"}`)
}

func TestHistogramJSONEmpty(t *testing.T) {
	checkJSON(t, HistogramJSON{ValType: "usecs"}, `{"ts":"0001-01-01 00:00:00","val_type":"usecs","data":[]}`)
	h, err := Log2JSON("", slots())
	if err != nil || h.ValType != "value" || h.Data == nil || len(h.Data) != 0 {
		t.Errorf("Log2JSON of nothing: %+v, error %v", h, err)
	}
}

func checkJSON(t *testing.T, h HistogramJSON, want string) {
	t.Helper()
	got, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLinearJSON(t *testing.T) {
	before := time.Now()
	h := LinearJSON("kbytes", []uint64{3, 0, 1, 0})
	want := []HistogramInterval{{0, 0, 3}, {1, 1, 0}, {2, 2, 1}}
	if !slices.Equal(h.Data, want) || h.ValType != "kbytes" {
		t.Errorf("got %+v, want the intervals %v", h, want)
	}
	if h.Time.Before(before) || h.Time.After(time.Now()) {
		t.Errorf("taken at %v, want now", h.Time)
	}
}

func TestPrintLog2JSONKeyed(t *testing.T) {
	var out bytes.Buffer
	if err := PrintLog2JSONKeyed(&out, "usecs", disks(), &HistogramOptions{SectionHeader: "disk"}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want one a section:\n%s", len(lines), out.String())
	}
	for i, want := range []struct {
		disk string
		rows int
	}{{"sda", 5}, {"sdb", 3}, {"sdc", 0}} {
		var got struct {
			Disk string
			Data []HistogramInterval
		}
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatalf("%s: %v", lines[i], err)
		}
		if got.Disk != want.disk || len(got.Data) != want.rows {
			t.Errorf("line %d is of %q with %d rows, want %q with %d", i, got.Disk, len(got.Data), want.disk, want.rows)
		}
	}
}
