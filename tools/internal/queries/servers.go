package queries

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// programs are the names of each engine's servers.
var programs = map[string][]string{
	"mysql":    {"mysqld", "mariadbd"},
	"postgres": {"postgres"},
}

// Engines are the servers that are known, by the names that tools take.
var Engines = []string{"mysql", "postgres"}

// Choice says which servers to trace.
type Choice struct {
	Engine string
	// PIDs are processes; none means all that run, and that start later from the
	// same files.
	PIDs []int
	// Exe is the file of a server; "" means those of the processes.
	Exe string
}

// check refuses what no server can be.
func (c *Choice) check() error {
	if programs[c.Engine] == nil {
		return fmt.Errorf("engine %q: want %s", c.Engine, strings.Join(Engines, " or "))
	}
	for _, pid := range c.PIDs {
		if pid < 1 {
			return fmt.Errorf("--pid %d: a process has a number above 0", pid)
		}
	}
	if c.Exe != "" && len(c.PIDs) > 0 {
		return errors.New("--exe and --pid: give one of them")
	}
	return nil
}

// find finds the servers' files.
func (c *Choice) find() ([]toolkit.Program, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Exe != "" {
		path, err := bccgo.FindExe(c.Exe)
		return []toolkit.Program{{Name: path, Path: path}}, err
	}
	if len(c.PIDs) == 0 {
		return c.running("/proc")
	}
	var all []toolkit.Program
	for _, pid := range c.PIDs {
		p, err := toolkit.ProgramOf(pid)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// running finds the files of all servers that run, each once.
func (c *Choice) running(proc string) ([]toolkit.Program, error) {
	entries, err := os.ReadDir(proc)
	if err != nil {
		return nil, fmt.Errorf("look for servers: %w", err)
	}
	var all []toolkit.Program
	var seen []os.FileInfo
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil || !c.isServer(filepath.Join(proc, e.Name())) {
			continue
		}
		path := filepath.Join(proc, e.Name(), "exe")
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it has ended
		}
		if err != nil {
			return nil, fmt.Errorf("look for servers: %w", err)
		}
		if !slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(info, other) }) {
			seen = append(seen, info)
			all = append(all, toolkit.Program{Name: plainName(path, info), Path: path})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no process called %s: start the server, or name it by --pid", strings.Join(programs[c.Engine], " or "))
	}
	return all, nil
}

// isServer tells whether the process in a folder of /proc is a server.
func (c *Choice) isServer(dir string) bool {
	comm, err := os.ReadFile(filepath.Join(dir, "comm"))
	return err == nil && slices.Contains(programs[c.Engine], strings.TrimSuffix(string(comm), "\n"))
}

// plainName is the path of the file that a link in /proc leads to, or the link
// itself where that is another file, or none, in this process's mounts.
func plainName(link string, info os.FileInfo) string {
	target, err := os.Readlink(link)
	if err != nil {
		return link
	}
	if other, err := os.Stat(target); err != nil || !os.SameFile(info, other) {
		return link
	}
	return target
}
