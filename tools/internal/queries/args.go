package queries

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxPIDs is how many processes can be named: the size of the programs' table.
const maxPIDs = 1024

// MaxArgs is how many arguments ReadArgs takes.
const MaxArgs = 1 + maxPIDs

// ReadArgs reads the engine, and the process ids that may follow -p as in
// "-p 188 322": the first of these is the flag's value, in given.
func (c *Choice) ReadArgs(args []string, given []int) error {
	c.PIDs = slices.Clone(given)
	for _, arg := range args {
		pid, err := strconv.Atoi(arg)
		switch {
		case err == nil && len(given) > 0:
			c.PIDs = append(c.PIDs, pid)
		case c.Engine == "":
			c.Engine = arg
		default:
			return fmt.Errorf("unexpected argument %q", arg)
		}
	}
	if c.Engine == "" {
		return errors.New("which engine? Say " + strings.Join(Engines, " or "))
	}
	if len(c.PIDs) > maxPIDs {
		return fmt.Errorf("--pid: at most %d processes can be named; without it all are traced", maxPIDs)
	}
	return nil
}
