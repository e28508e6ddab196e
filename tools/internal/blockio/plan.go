package blockio

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// Options are the flags that say how requests are followed.
type Options struct {
	ways     toolkit.Ways
	bySector bool
}

// Flags are --by-sector and --probes.
func (o *Options) Flags() []cli.Flag {
	return append([]cli.Flag{
		&cli.BoolFlag{Name: "by-sector", Usage: "tell requests apart by disk and sector, as is done without the running kernel's headers", Destination: &o.bySector},
	}, o.ways.Flags()...)
}

// DiskFlag is --disk. Disks.Number reads its value.
func DiskFlag(disk *string) cli.Flag {
	return &cli.StringFlag{Name: "disk", Aliases: []string{"d"}, Usage: "only this `DISK`, such as sda", Destination: disk}
}

// Want is what a tool wants to know of requests.
type Want struct {
	// Disk asks for the disk; else it is 0 where reading it takes time.
	Disk bool
	// FromQueue makes a request begin when it is made. It cannot go with Owner.
	FromQueue bool
	// Owner asks who made a request, when, and for its first sector and its size. It
	// goes with WithOwnerC.
	Owner bool
}

// Plan is how requests are followed.
type Plan struct {
	// Defines are for the compile. The tool may add its own.
	Defines map[string]string
	// Config is what the program gets when all is attached, without On.
	Config Config

	// ends, starts are the ways to try, one after the other; owner is the one.
	ends, starts []toolkit.Way
	owner        toolkit.Way
}

// Plan chooses how to follow requests here. disk is the value of --disk.
func (o *Options) Plan(s *toolkit.Session, disk string, want Want) (*Plan, error) {
	p := &Plan{Defines: make(map[string]string)}
	if disk != "" {
		number, err := NewDisks("/").Number(disk)
		if err != nil {
			return nil, err
		}
		p.Config.ByDisk, p.Config.Disk = 1, number
		want.Disk = true
	}
	own, err := s.OwnHeaders("requests are told apart by their disk and first sector")
	if err != nil {
		return nil, err
	}
	if !own || o.bySector {
		return p, p.byPlace(o, s, want)
	}
	p.Defines["BY_REQUEST"] = ""
	if want.Disk {
		p.readDisk(s)
	}
	return p, p.byRequest(o, s, want)
}

// ByRequest tells that flags are those of requests, and not letters.
func (p *Plan) ByRequest() bool {
	_, ok := p.Defines["BY_REQUEST"]
	return ok
}

// readDisk tells the program where the disk of a request is: Linux 5.17 moved it,
// and so did distributions in kernels before. Where the kernel does not describe
// its types the version decides.
func (p *Plan) readDisk(s *toolkit.Session) {
	p.Defines["READ_DISK"] = ""
	switch inRequest, err := bccgo.KernelStructHasField("request", "rq_disk"); {
	case err != nil:
		s.Notef("disks: the kernel's version tells where to find them: %v", err)
	case inRequest:
		p.Defines["DISK_IN_REQUEST"] = "1"
	default:
		p.Defines["DISK_IN_REQUEST"] = "0"
	}
}

// byPlace follows requests by their sectors. The tracepoints are attached by the
// names of their functions.
func (p *Plan) byPlace(o *Options, s *toolkit.Session, want Want) error {
	if !want.FromQueue && !want.Owner {
		_, err := o.ways.Choose(s, "requests", issuePlace)
		return err
	}
	if want.FromQueue {
		p.Defines["FROM_QUEUE"] = ""
	}
	_, err := o.ways.Choose(s, "requests", queuePlace)
	if err != nil {
		return fmt.Errorf("%w; with the running kernel's headers there are other ways", err)
	}
	return nil
}

// byRequest follows requests by their addresses.
func (p *Plan) byRequest(o *Options, s *toolkit.Session, want Want) (err error) {
	starts := []toolkit.Way{issueTracepoint, issueFunction}
	if want.FromQueue {
		starts = []toolkit.Way{queueTracepoint, queueFunction, queueField}
	}
	p.ends, err = o.ways.Possible(s, "ends of requests", doneTracepoint, partTracepoint, doneFunction, oldFunction, partFunction)
	if err != nil {
		return err
	}
	if p.starts, err = o.ways.Possible(s, "starts of requests", starts...); err != nil {
		return err
	}
	if want.Owner {
		p.owner, err = o.ways.Choose(s, "who makes requests", queueTracepoint, ownBio, queueFunction)
	}
	if p.owner.Name == ownBio.Name {
		p.Defines["OWNER_BY_BIO"] = ""
	}
	return err
}
