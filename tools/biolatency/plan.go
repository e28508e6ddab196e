package main

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// plan is how requests are followed.
type plan struct {
	defines map[string]string
	config  config
	// ends and starts are the ways to try, one after the other.
	ends, starts []toolkit.Way
}

// Ways to see the start of a request, and its end. Tracepoints come first: they
// are part of what the kernel keeps stable, while functions get inlined.
var (
	issueTracepoint = way("tracepoint", "raw_tracepoint:block_rq_issue")
	issueFunction   = way("kprobe", "kprobe:blk_mq_start_request")
	// Before Linux 5.0 some disks have one queue.
	issueOldFunction = "kprobe:blk_start_request"

	queueTracepoint = way("tracepoint", "raw_tracepoint:block_io_start")
	// Before Linux 5.16 the function was blk_account_io_start, which is also
	// called for each merge.
	queueFunction = way("kprobe", "kprobe:__blk_account_io_start")
	// The kernel's own note of the start is there since Linux 4.18. Since 6.9 it
	// may come from a clock read for several requests.
	queueField = toolkit.Way{Name: "the request's start_time_ns"}

	doneTracepoint = way("tracepoint", "raw_tracepoint:block_io_done")
	partTracepoint = way("tracepoint", "raw_tracepoint:block_rq_complete")
	doneFunction   = way("kprobe", "kprobe:__blk_account_io_done")
	oldFunction    = way("kprobe", "kprobe:blk_account_io_done")
	// Since Linux 5.16 some requests complete in batches without it.
	partFunction = way("kprobe", "kprobe:blk_update_request")

	// Without headers of the running kernel:
	issuePlace = way("tracepoint", "tracepoint:block:block_rq_issue", "tracepoint:block:block_rq_complete")
	queuePlace = way("tracepoint", "tracepoint:block:block_io_start", "tracepoint:block:block_bio_frontmerge", "tracepoint:block:block_rq_complete")
)

func way(kind string, probes ...string) toolkit.Way {
	return toolkit.Way{Name: probes[0], Kind: kind, Probes: probes}
}

// functions are the program's functions for the ways. Those that are missing
// have start_second or start_first.
var functions = map[string]string{
	doneTracepoint.Name: "end_request", partTracepoint.Name: "end_part",
	doneFunction.Name: "end_function", oldFunction.Name: "end_function", partFunction.Name: "end_part_function",
	issueFunction.Name: "start_function", issueOldFunction: "start_function", queueFunction.Name: "start_function",
}

// choose chooses the ways.
func (o *options) choose(s *toolkit.Session) (*plan, error) {
	own, err := s.OwnHeaders("requests are told apart by their disk and first sector")
	if err != nil {
		return nil, err
	}
	unit, _ := o.unit()
	p := &plan{defines: map[string]string{"UNIT": strconv.FormatInt(int64(unit), 10)}}
	if o.disks {
		p.defines["BY_DISK"] = ""
	}
	if o.byFlags {
		p.defines["BY_FLAGS"] = ""
	}
	if !own || o.bySector {
		return p, p.byPlace(o, s)
	}
	if err := p.byRequest(o, s); err != nil {
		return nil, err
	}
	p.defines["BY_REQUEST"] = ""
	if o.disks || o.disk != "" {
		p.readDisk(s)
	}
	return p, nil
}

// readDisk tells the program where the disk of a request is: Linux 5.17 moved it,
// and so did distributions in kernels before. Where the kernel does not describe
// its types the version decides.
func (p *plan) readDisk(s *toolkit.Session) {
	p.defines["READ_DISK"] = ""
	switch inRequest, err := bccgo.KernelStructHasField("request", "rq_disk"); {
	case err != nil:
		s.Notef("disks: the kernel's version tells where to find them: %v", err)
	case inRequest:
		p.defines["DISK_IN_REQUEST"] = "1"
	default:
		p.defines["DISK_IN_REQUEST"] = "0"
	}
}

// byPlace follows requests by their sectors. The tracepoints are attached by the
// names of their functions.
func (p *plan) byPlace(o *options, s *toolkit.Session) error {
	if !o.queued {
		_, err := o.ways.Choose(s, "requests", issuePlace)
		return err
	}
	p.defines["FROM_QUEUE"] = ""
	_, err := o.ways.Choose(s, "requests", queuePlace)
	if err != nil {
		return fmt.Errorf("%w; with the running kernel's headers there are other ways", err)
	}
	return nil
}

// byRequest follows requests by their addresses.
func (p *plan) byRequest(o *options, s *toolkit.Session) (err error) {
	starts := []toolkit.Way{issueTracepoint, issueFunction}
	if o.queued {
		starts = []toolkit.Way{queueTracepoint, queueFunction, queueField}
	}
	p.ends, err = o.ways.Possible(s, "ends of requests", doneTracepoint, partTracepoint, doneFunction, oldFunction, partFunction)
	if err != nil {
		return err
	}
	p.starts, err = o.ways.Possible(s, "starts of requests", starts...)
	return err
}

// attach attaches the program, to ends before starts: an end without a start is
// ignored. What belongs to tracepoints with formats is attached already.
func (p *plan) attach(s *toolkit.Session, m *bccgo.Module) error {
	if len(p.ends) > 0 {
		if _, err := attachFirst(s, m, "ends of requests", p.ends); err != nil {
			return err
		}
		start, err := attachFirst(s, m, "starts of requests", p.starts)
		if err != nil {
			return err
		}
		if start == queueField.Name {
			p.config.OwnStart = 1
		}
		if start == issueFunction.Name {
			if err := attachIfThere(m, issueOldFunction); err != nil {
				return err
			}
		}
	}
	for _, l := range m.Links() {
		s.Notef("attached to %s %s", l.Hook(), l.Target())
	}
	return nil
}

// attachFirst attaches to the first way where that can be done, and returns its
// name.
func attachFirst(s *toolkit.Session, m *bccgo.Module, what string, ways []toolkit.Way) (string, error) {
	var refused []error
	for _, way := range ways {
		err := attachTo(m, way)
		if err == nil {
			s.Notef("%s: %s", what, way.Name)
			return way.Name, nil
		}
		s.Notef("%s: not %s: %v", what, way.Name, err)
		refused = append(refused, err)
	}
	return "", fmt.Errorf("%s: %w", what, errors.Join(refused...))
}

func attachTo(m *bccgo.Module, way toolkit.Way) error {
	if len(way.Probes) == 0 {
		return nil
	}
	if function := functions[way.Name]; function != "" {
		_, err := m.Attach(way.Name, function)
		return err
	}
	_, err := m.Attach(way.Name, "start_second")
	if errors.Is(err, unix.EINVAL) {
		_, err = m.Attach(way.Name, "start_first")
	}
	return err
}

// attachIfThere attaches to a function that only some kernels have.
func attachIfThere(m *bccgo.Module, probe string) error {
	if _, err := bccgo.FirstProbe(probe); err != nil {
		return nil
	}
	_, err := m.Attach(probe, functions[probe])
	return err
}
