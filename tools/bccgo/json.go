package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/bccgo/bcc/bccgo"
)

// jsonPrinter writes results for programs: one JSON object a line, its kind in
// the field type.
type jsonPrinter struct {
	out io.Writer
}

func (p *jsonPrinter) event(e event) error {
	line := struct {
		Type  string `json:"type"`
		Table string `json:"table"`
		CPU   *int   `json:"cpu,omitempty"`
		Data  value  `json:"data,omitempty"`
		Raw   string `json:"raw,omitempty"`
	}{Type: "event", Table: e.table, Data: e.data}
	if e.cpu >= 0 {
		line.CPU = &e.cpu
	}
	if e.data == nil {
		line.Raw = hex.EncodeToString(e.raw)
	}
	return p.print(line)
}

func (p *jsonPrinter) trace(l bccgo.TraceLine) error {
	return p.print(struct {
		Type      string  `json:"type"`
		Task      string  `json:"task"`
		PID       int     `json:"pid"`
		CPU       int     `json:"cpu"`
		Flags     string  `json:"flags"`
		Timestamp float64 `json:"timestamp"`
		Message   string  `json:"message"`
	}{"trace", l.Task, l.PID, l.CPU, l.Flags, l.Timestamp, l.Message})
}

func (p *jsonPrinter) lines(l lines) error {
	return p.print(struct {
		Type  string   `json:"type"`
		Name  string   `json:"name"`
		Lines []string `json:"lines"`
	}{"iterator", l.name, l.text})
}

func (p *jsonPrinter) lost(l lost) error {
	return p.print(struct {
		Type  string `json:"type"`
		Table string `json:"table"`
		CPU   int    `json:"cpu"`
		Count uint64 `json:"count"`
	}{"lost", l.table, l.cpu, l.count})
}

type jsonEntry struct {
	Key   value `json:"key"`
	Value any   `json:"value"`
}

func (p *jsonPrinter) table(t table) error {
	entries := make([]jsonEntry, len(t.entries))
	for i, e := range t.entries {
		entries[i] = jsonEntry{e.key, e.value}
		if e.perCPU != nil {
			entries[i].Value = e.perCPU
		}
	}
	return p.print(struct {
		Type    string      `json:"type"`
		Name    string      `json:"name"`
		Kind    string      `json:"kind"`
		Entries []jsonEntry `json:"entries"`
	}{"table", t.name, t.kind, entries})
}

type jsonSection struct {
	Key  any                       `json:"key,omitempty"`
	Data []bccgo.HistogramInterval `json:"data"`
}

func (p *jsonPrinter) histogram(h histogram) error {
	scale := "linear"
	if h.log2 {
		scale = "log2"
	}
	sections := make([]jsonSection, len(h.sections))
	for i, s := range h.sections {
		data, err := intervals(h, s)
		if err != nil {
			return fmt.Errorf("print histogram %s: %w", h.name, err)
		}
		sections[i] = jsonSection{Key: s.Key, Data: data}
	}
	return p.print(struct {
		Type     string        `json:"type"`
		Name     string        `json:"name"`
		Scale    string        `json:"scale"`
		Sections []jsonSection `json:"sections"`
	}{"histogram", h.name, scale, sections})
}

func intervals(h histogram, s bccgo.Section) ([]bccgo.HistogramInterval, error) {
	if !h.log2 {
		return bccgo.LinearJSON("", s.Counts).Data, nil
	}
	data, err := bccgo.Log2JSON("", s.Counts)
	return data.Data, err
}

// print writes one line; Encode makes a single call of Write.
func (p *jsonPrinter) print(v any) error {
	enc := json.NewEncoder(p.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
