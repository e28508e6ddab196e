package bccgo

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo/internal/probe"
)

// perfPlace is what one event watches: a thread (-1 for all, or a cgroup's
// descriptor) on a CPU (-1 for any).
type perfPlace struct{ task, cpu int }

// perfFile is one open event.
type perfFile struct {
	perfPlace
	fd int
}

// perfFiles are the open events of one attachment.
type perfFiles []perfFile

// Close ends the events, and with them the programs on them.
func (f perfFiles) Close() error {
	var errs []error
	for _, one := range f {
		if err := unix.Close(one.fd); err != nil {
			errs = append(errs, fmt.Errorf("close perf event: %w", err))
		}
	}
	return errors.Join(errs...)
}

// cpus lists the CPUs to open the event on, and whether it is the caller who
// named them.
func (e *perfEvent) cpus() (cpus []int, named bool, err error) {
	switch {
	case e.opts.CPUs != nil:
		return e.opts.CPUs, true, nil
	case e.opts.PID != 0 && !e.perCPU:
		return []int{-1}, true, nil
	}
	cpus, err = onlineCPUs()
	return cpus, false, err
}

// onlineCPUs is replaced by tests, to have a CPU go offline meanwhile.
var onlineCPUs = func() ([]int, error) { return probe.Running().OnlineCPUs() }

// open opens the event everywhere it should be, disabled if its attributes say
// so, and hands each one to ready at once.
func (e *perfEvent) open(ready func(perfFile) error) (perfFiles, error) {
	switch {
	case e.opts.Cgroup != "":
		return e.openCgroup(ready)
	case e.opts.PID != 0 && (e.opts.Group != nil || e.perCPU):
		return e.openTasks([]int{e.opts.PID}, 0, ready)
	case e.opts.PID != 0:
		return e.openProcess(ready)
	}
	return e.openTasks([]int{-1}, 0, ready)
}

func (e *perfEvent) openCgroup(ready func(perfFile) error) (perfFiles, error) {
	fd, err := unix.Open(e.opts.Cgroup, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open control group %s: %w", e.opts.Cgroup, err)
	}
	defer unix.Close(fd)
	return e.openTasks([]int{fd}, unix.PERF_FLAG_PID_CGROUP, ready)
}

// threadTries is how often the threads of a process are opened anew because it
// has started others meanwhile. One that does so all the time may lose those.
const threadTries = 8

// openProcess opens the event for all threads. Threads started by those that
// are open already are inherited or not: nobody can tell. So it begins again if
// any were started while it was at it.
func (e *perfEvent) openProcess(ready func(perfFile) error) (perfFiles, error) {
	for try := 1; ; try++ {
		before, err := threadsOf(e.opts.PID)
		if err != nil {
			return nil, err
		}
		files, err := e.openTasks(before, 0, ready)
		if err != nil {
			return nil, err
		}
		after, err := threadsOf(e.opts.PID)
		isOld := func(tid int) bool { return slices.Contains(before, tid) }
		if err != nil || try == threadTries || !slices.ContainsFunc(after, func(tid int) bool { return !isOld(tid) }) {
			return files, nil
		}
		if err := files.Close(); err != nil {
			return nil, err
		}
	}
}

// threadsOf lists the threads of a process.
func threadsOf(pid int) ([]int, error) {
	root := probe.Running().Root()
	entries, err := root.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("there is no process %d: %w", pid, unix.ESRCH)
	}
	if err != nil {
		return nil, fmt.Errorf("list the threads of process %d: %w", pid, err)
	}
	var tids []int
	for _, entry := range entries {
		if tid, err := strconv.Atoi(entry.Name()); err == nil {
			tids = append(tids, tid)
		}
	}
	return tids, nil
}

// openTasks opens the event for each task on each CPU. A thread that has ended
// and a CPU that went offline since they were listed are left out, unless
// nothing remains.
func (e *perfEvent) openTasks(tasks []int, flags int, ready func(perfFile) error) (perfFiles, error) {
	cpus, named, err := e.cpus()
	if err != nil {
		return nil, err
	}
	var files perfFiles
	var gone error
	for _, task := range tasks {
		for _, cpu := range cpus {
			file, err := e.openOne(perfPlace{task, cpu}, flags)
			switch {
			case errors.Is(err, unix.ESRCH), errors.Is(err, unix.ENODEV) && !named:
				gone = err
				continue
			case err == nil:
				files = append(files, file)
				err = ready(file)
			}
			if err != nil {
				return nil, errors.Join(err, files.Close())
			}
		}
	}
	if len(files) == 0 {
		return nil, gone
	}
	return files, nil
}

func (e *perfEvent) openOne(at perfPlace, flags int) (perfFile, error) {
	group := -1
	if e.opts.Group != nil {
		group = int(e.opts.Group.Fd())
	}
	attr := e.attr
	fd, err := unix.PerfEventOpen(&attr, at.task, at.cpu, group, flags|unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return perfFile{}, e.explain(at, err)
	}
	return perfFile{at, fd}, nil
}
