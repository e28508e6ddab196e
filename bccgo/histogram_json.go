package bccgo

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// HistogramInterval is one row of a histogram: how many values fell between
// Start and End, both included.
type HistogramInterval struct {
	Start uint64 `json:"interval-start"`
	End   uint64 `json:"interval-end"`
	Count uint64 `json:"count"`
}

// HistogramJSON is a histogram as data. It marshals to the fields of BCC's
// print_json_hist: ts, val_type and data, and for a section one more, named
// by SectionHeader, whose value is the section's key as text.
type HistogramJSON struct {
	Time    time.Time           // ts, in seconds, in Time's own zone
	ValType string              // the unit of the values
	Data    []HistogramInterval // from the first interval to the last that counted something

	SectionHeader string // the key's field; empty without sections
	Section       string // the key
}

// Log2JSON returns a power-of-two histogram as data, taken now. counts and
// label are those of PrintLog2, and so are the rows, except that a histogram
// without counts has an empty Data.
func Log2JSON(label string, counts []uint64) (HistogramJSON, error) {
	if err := checkLog2(counts); err != nil {
		return HistogramJSON{}, fmt.Errorf("log2 histogram of %q as JSON: %w", label, err)
	}
	h := newHistogramJSON(label)
	for slot := 1; slot <= lastUsed(counts); slot++ {
		low, high := BucketRange(slot)
		h.Data = append(h.Data, HistogramInterval{Start: low, End: high, Count: counts[slot]})
	}
	return h, nil
}

// LinearJSON returns a linear histogram as data, taken now. Each interval
// holds one value: its Start and End are the slot.
func LinearJSON(label string, counts []uint64) HistogramJSON {
	h := newHistogramJSON(label)
	for slot := 0; slot <= lastUsed(counts); slot++ {
		h.Data = append(h.Data, HistogramInterval{Start: uint64(slot), End: uint64(slot), Count: counts[slot]})
	}
	return h
}

func newHistogramJSON(label string) HistogramJSON {
	return HistogramJSON{Time: time.Now(), ValType: labelOrDefault(label), Data: []HistogramInterval{}}
}

// PrintLog2JSON prints one power-of-two histogram as a line of JSON.
func PrintLog2JSON(w io.Writer, label string, counts []uint64) error {
	h, err := Log2JSON(label, counts)
	if err != nil {
		return err
	}
	return h.print(w)
}

// PrintLinearJSON prints one linear histogram as a line of JSON.
func PrintLinearJSON(w io.Writer, label string, counts []uint64) error {
	return LinearJSON(label, counts).print(w)
}

// PrintLog2JSONKeyed prints one line of JSON a section. Of the options, all
// but StripLeadingZero apply.
func PrintLog2JSONKeyed(w io.Writer, label string, sections []Section, o *HistogramOptions) error {
	return printJSONKeyed(w, label, sections, o, Log2JSON)
}

// PrintLinearJSONKeyed prints one line of JSON a section. Of the options, all
// but StripLeadingZero apply.
func PrintLinearJSONKeyed(w io.Writer, label string, sections []Section, o *HistogramOptions) error {
	return printJSONKeyed(w, label, sections, o, func(label string, counts []uint64) (HistogramJSON, error) {
		return LinearJSON(label, counts), nil
	})
}

func printJSONKeyed(w io.Writer, label string, sections []Section, o *HistogramOptions,
	convert func(label string, counts []uint64) (HistogramJSON, error),
) error {
	o = o.orDefault()
	for _, s := range o.arranged(sections) {
		h, err := convert(label, s.Counts)
		if err != nil {
			return err
		}
		h.SectionHeader, h.Section = o.SectionHeader, o.sectionName(s.Key)
		if err := h.print(w); err != nil {
			return err
		}
	}
	return nil
}

func (h HistogramJSON) print(w io.Writer) error {
	if err := json.NewEncoder(w).Encode(h); err != nil {
		return fmt.Errorf("print histogram of %q as JSON: %w", h.ValType, err)
	}
	return nil
}

// MarshalJSON writes the fields in BCC's order, the section's last.
func (h HistogramJSON) MarshalJSON() ([]byte, error) {
	fixed := struct {
		Time    string              `json:"ts"`
		ValType string              `json:"val_type"`
		Data    []HistogramInterval `json:"data"`
	}{h.Time.Format(time.DateTime), h.ValType, h.Data}
	if fixed.Data == nil {
		fixed.Data = []HistogramInterval{}
	}
	out, err := json.Marshal(fixed)
	if err != nil || h.SectionHeader == "" {
		return out, err
	}
	section, err := json.Marshal(map[string]string{h.SectionHeader: h.Section})
	if err != nil {
		return nil, err
	}
	// Join the two objects: "{a}" and "{b}" become "{a,b}".
	out[len(out)-1] = ','
	return append(out, section[1:]...), nil
}
