package main

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/screen"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// counter reads what the program has counted.
type counter struct {
	users *bccgo.TypedMap[user, moved]
	// seen is what was there at the last time. What is new is the difference, so
	// that nothing is lost between reading and removing; only entries that no
	// longer change are removed.
	seen map[user]moved
}

func newCounter(m *bccgo.Module) (*counter, error) {
	users, err := bccgo.Map[user, moved](m, "users")
	return &counter{users, make(map[user]moved)}, err
}

// next returns what was moved since the last call.
func (c *counter) next() (map[user]moved, error) {
	fresh := make(map[user]moved)
	var idle []user
	for u, now := range c.users.All() {
		before := c.seen[u]
		if now == before {
			idle = append(idle, u)
			continue
		}
		fresh[u] = now.since(before)
		c.seen[u] = now
	}
	if err := c.users.Err(); err != nil {
		return nil, fmt.Errorf("read the counts: %w", err)
	}
	for _, u := range idle {
		if err := c.remove(u, fresh); err != nil {
			return nil, err
		}
	}
	return fresh, nil
}

// remove removes an entry; what came to it meanwhile is new.
func (c *counter) remove(u user, fresh map[user]moved) error {
	last, err := c.users.LookupAndDelete(u)
	if err != nil && !errors.Is(err, bccgo.ErrKeyNotExist) {
		return fmt.Errorf("remove a count: %w", err)
	}
	if err == nil && last != c.seen[u] {
		fresh[u] = last.since(c.seen[u])
	}
	delete(c.seen, u)
	return nil
}

func (m moved) since(before moved) moved {
	return moved{m.Received - before.Received, m.Sent - before.Sent}
}

func (m moved) sum() uint64 { return m.Received + m.Sent }

// row is a connection in JSON.
type row struct {
	Time  time.Time  `json:"time"`
	PID   uint32     `json:"pid"`
	Comm  string     `json:"comm"`
	IP    uint32     `json:"ip"` // 4 or 6
	Laddr netip.Addr `json:"laddr"`
	Lport uint16     `json:"lport"`
	Raddr netip.Addr `json:"raddr"`
	Rport uint16     `json:"rport"`
	// Received and Sent are in bytes.
	Received uint64 `json:"rx"`
	Sent     uint64 `json:"tx"`
}

// tables are those of IPv4 and of IPv6.
func (c *counter) tables(now time.Time) ([]screen.Table, error) {
	fresh, err := c.next()
	if err != nil {
		return nil, err
	}
	return tables(fresh, now), nil
}

const (
	format4 = "%-7v %-12.12s %-21s %-21s %6v %6v"
	format6 = "%-7v %-12.12s %-32s %-32s %6v %6v"
)

func tables(fresh map[user]moved, now time.Time) []screen.Table {
	all := make([]user, 0, len(fresh))
	for u := range fresh {
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b user) int {
		return cmp.Or(cmp.Compare(fresh[b].sum(), fresh[a].sum()), cmp.Compare(a.PID, b.PID), cmp.Compare(a.Ends.Lport, b.Ends.Lport))
	})
	v4 := screen.Table{Heading: fmt.Sprintf(format4, "PID", "COMM", "LADDR", "RADDR", "RX_KB", "TX_KB"), Optional: true}
	v6 := screen.Table{Heading: fmt.Sprintf(format6, "PID", "COMM", "LADDR6", "RADDR6", "RX_KB", "TX_KB"), Optional: true}
	for _, u := range all {
		if u.Ends.Version == 4 {
			v4.Rows = append(v4.Rows, u.row(format4, fresh[u], now))
		} else {
			v6.Rows = append(v6.Rows, u.row(format6, fresh[u], now))
		}
	}
	return []screen.Table{v4, v6}
}

func (u *user) row(format string, m moved, now time.Time) screen.Row {
	e := &u.Ends
	end := func(a netip.Addr, port uint16) string { return fmt.Sprintf("%s:%d", a, port) }
	return screen.Row{
		Text: fmt.Sprintf(format, u.PID, toolkit.Printable(u.Comm.String()), end(e.Local(), e.Lport), end(e.Remote(), e.Rport), m.Received/1024, m.Sent/1024),
		JSON: row{now, u.PID, u.Comm.String(), e.Version, e.Local(), e.Lport, e.Remote(), e.Rport, m.Received, m.Sent},
	}
}
