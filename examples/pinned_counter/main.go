// Command pinned_counter counts the packets that arrive at a network device, and
// goes on counting when it has ended: the program stays in the kernel by files in the
// BPF file system, and another run reads what it has counted.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"

	"github.com/bccgo/bcc/bccgo"
)

const program = `
struct count_t {
	u64 packets;
	u64 bytes;
};
BPF_PERCPU_ARRAY(counts, struct count_t, 1);

int count_packet(struct xdp_md *ctx)
{
	int zero = 0;
	struct count_t *count = counts.lookup(&zero);

	if (count) {
		count->packets++;
		count->bytes += ctx->data_end - ctx->data;
	}
	return XDP_PASS;
}`

type count struct {
	Packets, Bytes uint64
}

// pins are the files of a counter: that of the table and that of the attachment.
type pins struct{ dir, table, link string }

func pinsIn(dir string) pins {
	return pins{dir, filepath.Join(dir, "counts"), filepath.Join(dir, "link")}
}

// start leaves a counter at a device. If it cannot, it leaves nothing.
func start(p pins, device string) (err error) {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	if err := os.Mkdir(p.dir, 0o700); err != nil {
		return fmt.Errorf("make a folder for the counter (does one run already?): %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, remove(p))
		}
	}()
	if err := m.Table("counts").Pin(p.table); err != nil {
		return err
	}
	link, err := m.AttachXDP(device, "count_packet", nil)
	if err != nil {
		return err
	}
	if err := link.Pin(p.link); err != nil {
		return err
	}
	fmt.Printf("Counting at %s until %s is removed.\n", device, p.link)
	return nil
}

// read prints what the counter of another run has counted.
func read(p pins) error {
	m, err := bccgo.OpenPinned(map[string]string{"counts": p.table})
	if err != nil {
		return err
	}
	defer m.Close()
	counts, err := bccgo.PerCPU[int32, count](m, "counts")
	if err != nil {
		return err
	}
	each, err := counts.Lookup(0)
	var sum count
	for _, c := range each {
		sum.Packets += c.Packets
		sum.Bytes += c.Bytes
	}
	fmt.Printf("%d packets, %d bytes\n", sum.Packets, sum.Bytes)
	return err
}

// stop takes the counter off its device, and prints what it counted.
func stop(p pins) error {
	if err := read(p); err != nil {
		return err
	}
	return remove(p)
}

// remove removes the files, those that are there. With them goes what they hold.
func remove(p pins) error {
	var errs []error
	for _, path := range []string{p.link, p.table, p.dir} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// printCost has the kernel run the function on one packet many times.
func printCost() error {
	m, err := bccgo.Load(program, nil)
	if err != nil {
		return err
	}
	defer m.Close()
	result, err := m.TestRun("count_packet", &bccgo.TestRunOptions{Data: make([]byte, 64), Repeat: 1_000_000})
	if err != nil {
		return err
	}
	fmt.Printf("A packet takes %v.\n", result.Duration)
	return nil
}

func main() {
	dir := flag.String("pin", "/sys/fs/bpf/pinned_counter", "a `folder` in the BPF file system, which start makes")
	device := flag.String("i", "lo", "start: the network `device`, such as eth0")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: %s [flags] start|read|stop|cost\n", os.Args[0])
		flag.PrintDefaults()
	}
	flag.Parse()
	log.SetFlags(0)

	var err error
	switch p := pinsIn(*dir); flag.Arg(0) {
	case "start":
		err = start(p, *device)
	case "read":
		err = read(p)
	case "stop":
		err = stop(p)
	case "cost":
		err = printCost()
	default:
		flag.Usage()
		os.Exit(2)
	}
	if err != nil {
		log.Fatal(err)
	}
}
