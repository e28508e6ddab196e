package inet

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

// FilterC defines wanted_ends(), which tells whether a Filter lets a connection
// through. It goes behind EndsC and before a tool's own text.
const FilterC = `
#define MAX_PORTS 1024

#ifdef LOCAL_PORTS
BPF_HASH(local_ports, u16, u8, MAX_PORTS);
#endif

#ifdef REMOTE_PORTS
BPF_HASH(remote_ports, u16, u8, MAX_PORTS);
#endif

static inline int wanted_version(u32 version)
{
#ifdef IP_VERSION
	if (version != IP_VERSION)
		return 0;
#endif
	return 1;
}

static inline int wanted_ports(u16 local, u16 remote)
{
#ifdef LOCAL_PORTS
	if (!local_ports.lookup(&local))
		return 0;
#endif
#ifdef REMOTE_PORTS
	if (!remote_ports.lookup(&remote))
		return 0;
#endif
	return 1;
}

static inline int wanted_ends(const struct ends *e)
{
	return wanted_version(e->version) && wanted_ports(e->lport, e->rport);
}
`

// Filter narrows a tool to connections: to a version of IP, and to ports of
// their ends. The zero Filter lets all through.
type Filter struct {
	ipv4, ipv6    bool
	local, remote ports
}

// maxPorts is the program's MAX_PORTS.
const maxPorts = 1024

// ports are the value of a flag.
type ports struct {
	flag, text string
	list       []uint16
}

// FamilyFlags are --ipv4 (-4) and --ipv6 (-6).
func (f *Filter) FamilyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "ipv4", Aliases: []string{"4"}, Usage: "only IPv4", Destination: &f.ipv4},
		&cli.BoolFlag{Name: "ipv6", Aliases: []string{"6"}, Usage: "only IPv6", Destination: &f.ipv6},
	}
}

// LocalPortsFlag is a flag for local ports with a long and a short name.
func (f *Filter) LocalPortsFlag(name, short string) cli.Flag {
	return f.local.asFlag(name, short, "only these local `PORTS`, with commas between")
}

// RemotePortsFlag is a flag for ports of the other end.
func (f *Filter) RemotePortsFlag(name, short string) cli.Flag {
	return f.remote.asFlag(name, short, "only these remote `PORTS`, with commas between")
}

func (p *ports) asFlag(name, short, usage string) cli.Flag {
	p.flag = name
	return &cli.StringFlag{Name: name, Aliases: []string{short}, Usage: usage, Destination: &p.text}
}

// Check finds the mistakes in the flags. It goes before Define.
func (f *Filter) Check() error {
	if f.ipv4 && f.ipv6 {
		return errors.New("--ipv4 and --ipv6: give one of them, or none for both")
	}
	return cmp.Or(f.local.parse(), f.remote.parse())
}

func (p *ports) parse() error {
	p.list = nil
	if p.text == "" {
		return nil
	}
	for item := range strings.SplitSeq(p.text, ",") {
		port, err := strconv.ParseUint(strings.TrimSpace(item), 10, 16)
		if err != nil || port == 0 {
			return fmt.Errorf("--%s %q: want numbers from 1 to 65535 with commas between", p.flag, p.text)
		}
		p.list = append(p.list, uint16(port))
	}
	if len(p.list) > maxPorts {
		return fmt.Errorf("--%s: %d ports are more than %d", p.flag, len(p.list), maxPorts)
	}
	return nil
}

// Only4 tells that connections over IPv6 are not wanted.
func (f *Filter) Only4() bool { return f.ipv4 }

// Only6 tells that connections over IPv4 are not wanted.
func (f *Filter) Only6() bool { return f.ipv6 }

// Define adds what FilterC needs to the defines of a compile.
func (f *Filter) Define(defines map[string]string) {
	switch {
	case f.ipv4:
		defines["IP_VERSION"] = "4"
	case f.ipv6:
		defines["IP_VERSION"] = "6"
	}
	for name, p := range map[string]*ports{"LOCAL_PORTS": &f.local, "REMOTE_PORTS": &f.remote} {
		if len(p.list) > 0 {
			defines[name] = ""
		}
	}
}

// HandOver gives the program the ports.
func (f *Filter) HandOver(m *bccgo.Module) error {
	return errors.Join(f.local.handOver(m, "local_ports"), f.remote.handOver(m, "remote_ports"))
}

func (p *ports) handOver(m *bccgo.Module, table string) error {
	if len(p.list) == 0 {
		return nil
	}
	set, err := bccgo.Map[uint16, uint8](m, table)
	if err != nil {
		return err
	}
	for _, port := range p.list {
		if err := set.Update(port, 1); err != nil {
			return fmt.Errorf("hand over port %d of --%s: %w", port, p.flag, err)
		}
	}
	return nil
}
