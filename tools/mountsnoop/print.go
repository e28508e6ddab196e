package main

import (
	"fmt"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/tools/internal/fscalls"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// printer prints calls.
type printer struct {
	s       *toolkit.Session
	parents bool
}

// record is a line of --json.
type record struct {
	Time       time.Time      `json:"time"`
	PID        uint32         `json:"pid"`
	TID        uint32         `json:"tid"`
	UID        uint32         `json:"uid"`
	Comm       string         `json:"comm"`
	PPID       uint32         `json:"ppid,omitempty"`
	ParentComm string         `json:"pcomm,omitempty"`
	MountNS    uint32         `json:"mnt_ns"`
	Call       string         `json:"call"`
	Args       map[string]any `json:"args"`
	Ret        int64          `json:"ret"` // -1 if the call failed
	Err        int            `json:"err"` // 0 if it did not
	Text       string         `json:"text"`
}

func (p *printer) heading() error {
	if p.s.JSON {
		return nil
	}
	return p.s.Out.Printf("%s\n", p.row("COMM", "PID", "TID", "PCOMM", "PPID", "MNT_NS", "CALL"))
}

// row puts a line's fields under their headings.
func (p *printer) row(comm string, pid, tid any, pcomm string, ppid, ns any, call string) string {
	parent := ""
	if p.parents {
		parent = fmt.Sprintf("%-16s %-7v ", pcomm, ppid)
	}
	return fmt.Sprintf("%-16s %-7v %-7v %s%-11v %s", comm, pid, tid, parent, ns, call)
}

func (p *printer) print(m *fscalls.Made) error {
	if p.s.JSON {
		return p.s.Out.JSON(newRecord(m))
	}
	return p.s.Out.Printf("%s\n", p.row(toolkit.Printable(m.Comm), m.PID, m.TID, toolkit.Printable(m.ParentComm), m.PPID, m.MountNS, callText(m)))
}

// callText shows a call as C does, with its result or the name of its error.
func callText(m *fscalls.Made) string {
	var shown []string
	for i, a := range argumentsOf(m) {
		text, _ := a.show(m, i)
		shown = append(shown, text)
	}
	ret, err := m.Ret()
	result := fmt.Sprint(ret)
	if err != 0 {
		result = "-" + errorName(err)
	}
	return fmt.Sprintf("%s(%s) = %s", m.Call.Name, strings.Join(shown, ", "), result)
}

func errorName(err int) string {
	if name := unix.ErrnoName(syscall.Errno(err)); name != "" {
		return name
	}
	return fmt.Sprint(err)
}

func newRecord(m *fscalls.Made) record {
	r := record{
		Time: m.Time, PID: m.PID, TID: m.TID, UID: m.UID, Comm: m.Comm, PPID: m.PPID, ParentComm: m.ParentComm,
		MountNS: m.MountNS, Call: m.Call.Name, Args: map[string]any{}, Text: callText(m),
	}
	r.Ret, r.Err = m.Ret()
	for i, a := range argumentsOf(m) {
		_, r.Args[a.name] = a.show(m, i)
	}
	return r
}
