package main

import (
	"bytes"
	"fmt"
	"net"
	"os"

	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// journalSocket is where systemd-journald takes entries.
const journalSocket = "/run/systemd/journal/socket"

// journal writes to the systemd journal, in its native protocol: a datagram of
// lines FIELD=value for each entry.
type journal struct{ conn *net.UnixConn }

func openJournal(path string) (*journal, error) {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("--journal: connect to systemd-journald, which has to run: %w", err)
	}
	return &journal{conn}, nil
}

// write writes an entry about a change, with the fields that BCC's tool gives it.
func (j *journal) write(c *change) error {
	if _, err := j.conn.Write(entry(c, os.Geteuid() == 0)); err != nil {
		return fmt.Errorf("--journal: write: %w", err)
	}
	return nil
}

// entry is what the journal is sent. Of what root sends it finds the process's name
// by itself. No value has a line's end in it.
func entry(c *change, root bool) []byte {
	var b bytes.Buffer
	field := func(name string, value any) { fmt.Fprintf(&b, "%s=%v\n", name, value) }
	comm := toolkit.Printable(c.Comm)
	field("MESSAGE", fmt.Sprintf("%s %s %d → %s %d %s → %s", comm, c.Laddr, c.Lport, c.Raddr, c.Rport, c.From, c.To))
	field("PRIORITY", 5) // notice
	field("SYSLOG_IDENTIFIER", "tcpstates")
	field("OBJECT_PID", c.PID)
	if !root {
		field("OBJECT_COMM", comm)
	}
	family := fmt.Sprintf("OBJECT_IPV%d_", c.IP)
	field(family+"SOURCE_ADDRESS", c.Laddr)
	field("OBJECT_TCP_SOURCE_PORT", c.Lport)
	field(family+"DESTINATION_ADDRESS", c.Raddr)
	field("OBJECT_TCP_DESTINATION_PORT", c.Rport)
	field("OBJECT_TCP_OLD_STATE", c.From)
	field("OBJECT_TCP_NEW_STATE", c.To)
	field("OBJECT_TCP_SPAN_TIME", c.lasted.Microseconds())
	return b.Bytes()
}

// Close ends the writing.
func (j *journal) Close() error { return j.conn.Close() }
