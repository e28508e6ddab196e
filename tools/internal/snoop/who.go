package snoop

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// Who is the program's struct who, with which each event begins.
type Who struct {
	Time          uint64
	PID, TID, UID uint32
	Unused        uint32
	Comm          bccgo.Comm
}

// Head is who an event is of, as the JSON objects of tools have it.
type Head struct {
	Time time.Time `json:"time"`
	PID  uint32    `json:"pid"`
	TID  uint32    `json:"tid"`
	UID  uint32    `json:"uid"`
	Comm string    `json:"comm"`
}

// Head makes the program's record fit for printing.
func (w *Who) Head() Head {
	return Head{Time: bccgo.KtimeToTime(w.Time), PID: w.PID, TID: w.TID, UID: w.UID, Comm: w.Comm.String()}
}

// Clock is the time of day.
func (h *Head) Clock() string { return h.Time.Local().Format("15:04:05") }

// PIDWidth is how wide a column of process ids has to be, with the space after it.
func PIDWidth() (int, error) {
	max, err := os.ReadFile("/proc/sys/kernel/pid_max")
	if err != nil {
		return 0, fmt.Errorf("find the largest process id: %w", err)
	}
	return len(strings.TrimSpace(string(max))) + 1, nil
}
