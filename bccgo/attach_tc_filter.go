package bccgo

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/netdev"
)

// tcFilter is a function that a filter of the qdisc clsact runs.
type tcFilter struct {
	conn   *netdev.Conn
	index  int
	parent netdev.Parent
	name   string
	qdisc  qdiscPlace
}

// qdiscPlace is a device of a network namespace.
type qdiscPlace struct {
	namespace string
	index     int
}

// madeQdiscs are the qdiscs that this process has made and not removed yet. The
// last filter to go takes the qdisc with it, whichever came first.
var madeQdiscs sync.Map // of qdiscPlace

// placeOf is the device as this thread sees it.
func placeOf(index int) (qdiscPlace, error) {
	namespace, err := os.Readlink("/proc/thread-self/ns/net")
	return qdiscPlace{namespace, index}, err
}

// Close removes the filter, and the qdisc if this process made it and it is empty.
func (f *tcFilter) Close() error {
	defer f.conn.Close()
	list, err := f.conn.Filters(f.index, f.parent)
	if err != nil {
		madeQdiscs.Delete(f.qdisc)
		return noQdisc(err)
	}
	for _, there := range list {
		if there.Name == f.name {
			if err := f.conn.RemoveFilter(there); err != nil {
				return noQdisc(fmt.Errorf("remove tc filter: %w", err))
			}
		}
	}
	return f.removeQdisc()
}

func (f *tcFilter) removeQdisc() error {
	if _, made := madeQdiscs.Load(f.qdisc); !made {
		return nil
	}
	removed, err := f.conn.RemoveClsact(f.index)
	if removed || err != nil {
		madeQdiscs.Delete(f.qdisc)
	}
	return noQdisc(err)
}

// noQdisc drops errors that say that there is no such device or qdisc any more.
func noQdisc(err error) error {
	if gone(err) || errors.Is(err, unix.EINVAL) {
		return nil
	}
	return err
}

// CleanTC removes from a network device, both ways, the filters that programs of
// this library left there when they were killed, and the qdisc if they made it
// and no filter is left. It returns how many filters these were. What processes
// that run have attached stays; so it has to be called where it sees the same
// process numbers (PID namespace) as they.
func CleanTC(device string) (int, error) {
	fail := func(n int, err error) (int, error) {
		return n, fmt.Errorf("remove the tc filters of ended processes: %w", err)
	}
	conn, d, err := findDevice(device)
	if err != nil {
		return fail(0, err)
	}
	defer conn.Close()
	removed, made := 0, false
	for _, p := range []netdev.Parent{netdev.Ingress, netdev.Egress} {
		list, err := conn.Filters(d.Index, p)
		if err != nil && noQdisc(err) != nil {
			return fail(removed, err)
		}
		for _, f := range list {
			mark, ok := parseTCMark(f.Name)
			if !ok || mark.alive() {
				continue
			}
			if err := conn.RemoveFilter(f); err != nil {
				return fail(removed, err)
			}
			removed++
			made = made || mark.made
		}
	}
	if made {
		if _, err := conn.RemoveClsact(d.Index); err != nil {
			return fail(removed, err)
		}
	}
	return removed, nil
}

// tcMark is what the name of a filter says of who added it.
type tcMark struct {
	pid      int
	start    string // when the process began, as the kernel counts
	number   int64  // of the process's filters
	made     bool   // the qdisc
	function string
}

var tcFilters atomic.Int64

func newTCMark(function string, made bool) (tcMark, error) {
	start, err := processStart(os.Getpid())
	return tcMark{os.Getpid(), start, tcFilters.Add(1), made, function}, err
}

func (k tcMark) String() string {
	return fmt.Sprintf("bccgo:%d:%s:%d:%t:%s", k.pid, k.start, k.number, k.made, k.function)
}

func parseTCMark(name string) (tcMark, bool) {
	part := strings.Split(name, ":")
	if len(part) != 6 || part[0] != "bccgo" {
		return tcMark{}, false
	}
	pid, err := strconv.Atoi(part[1])
	number, numberErr := strconv.ParseInt(part[3], 10, 64)
	made, madeErr := strconv.ParseBool(part[4])
	return tcMark{pid, part[2], number, made, part[5]}, errors.Join(err, numberErr, madeErr) == nil && pid > 0
}

// alive tells whether the process runs, or may run.
func (k tcMark) alive() bool {
	start, err := processStart(k.pid)
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ESRCH)
	}
	return start == k.start
}

// processStart is when a process began, which tells it from a later one of the
// same number.
func processStart(pid int) (string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// After the name, which may have any bytes, come state and numbers.
	const startField = 20 - 1
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) <= startField {
		return "", fmt.Errorf("read /proc/%d/stat: it has %d fields after the name", pid, len(fields))
	}
	return fields[startField], nil
}
