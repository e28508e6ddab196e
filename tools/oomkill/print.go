package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/bccgo/bcc/tools/internal/snoop"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// kill is one process's end; its fields are the JSON object's.
type kill struct {
	snoop.Head        // who needed memory
	Victim     uint32 `json:"victim"`
	VictimComm string `json:"victim_comm,omitempty"` // absent if it is not known
	Pages      uint64 `json:"pages,omitempty"`       // absent if it is not known
	LoadAvg    string `json:"loadavg"`
}

type printer struct{ s *toolkit.Session }

// heading says that it traces: most of the time there is nothing to print.
func (p *printer) heading() error {
	if !p.s.JSON {
		p.s.Warnf("tracing kills for memory until Ctrl-C")
	}
	return nil
}

func (p *printer) record(ev *event) error {
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return fmt.Errorf("read the load averages: %w", err)
	}
	k := &kill{Head: ev.Who.Head(), Victim: ev.Victim, VictimComm: ev.VictimComm.String(), Pages: ev.Pages,
		LoadAvg: strings.TrimSpace(string(load))}
	if k.VictimComm == "" {
		k.VictimComm = toolkit.Comm(k.Victim)
	}
	if p.s.JSON {
		return p.s.Out.JSON(k)
	}
	return p.s.Out.Printf("%s\n", k.line())
}

func (k *kill) line() string {
	pages, victim := "unknown", k.VictimComm
	if k.Pages != 0 {
		pages = fmt.Sprint(k.Pages)
	}
	if victim == "" {
		victim = "?"
	}
	return fmt.Sprintf(`%s Triggered by PID %d ("%s"), OOM kill of PID %d ("%s"), %s pages, loadavg: %s`,
		k.Clock(), k.PID, toolkit.Printable(k.Comm), k.Victim, toolkit.Printable(victim), pages, k.LoadAvg)
}
