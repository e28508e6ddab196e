// Sslsniff prints what programs send and receive through TLS, in the clear.
package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// options are the flags.
type options struct {
	pid                   int
	user, comm            string
	extra, debug, hexdump bool
	noOpenSSL, noGnuTLS   bool
	noNSS                 bool
	limit                 int
	latency, handshake    bool
	extraLibs             cli.StringSlice
}

// maxLimit bounds --max-buffer-size: the program gets longer with it.
const maxLimit = 1 << 20

func main() { toolkit.Main(tool()) }

func tool() *toolkit.Tool {
	o := &options{}
	return &toolkit.Tool{
		Name:  "sslsniff",
		Usage: "show what goes through TLS, in the clear",
		Description: "Prints the data of each read and write of OpenSSL, GnuTLS and NSS: before it is\n" +
			"encrypted, and after it was decrypted.",
		Examples: []string{
			"sslsniff                    # all programs that use these libraries",
			"sslsniff -p 1234            # one process, the libraries inside of its program too",
			"sslsniff -c curl -n         # threads called curl, without NSS",
			"sslsniff -l --handshake     # how long calls and handshakes take",
			"sslsniff --extra-lib openssl:/opt/app/libssl.so.1.1",
		},
		Flags: o.flags(),
		Run:   o.run,
	}
}

func (o *options) flags() []cli.Flag {
	return []cli.Flag{
		&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Value: -1, Usage: "only process `PID`", Destination: &o.pid, DefaultText: "all"},
		&cli.StringFlag{Name: "uid", Aliases: []string{"u"}, Usage: "only processes of `USER`, a number or a name", Destination: &o.user},
		&cli.BoolFlag{Name: "extra", Aliases: []string{"x"}, Usage: "print user and thread, too", Destination: &o.extra},
		&cli.StringFlag{Name: "comm", Aliases: []string{"c"}, Usage: "only threads called `NAME`", Destination: &o.comm},
		&cli.BoolFlag{Name: "no-openssl", Aliases: []string{"o"}, Usage: "leave OpenSSL out", Destination: &o.noOpenSSL},
		&cli.BoolFlag{Name: "no-gnutls", Aliases: []string{"g"}, Usage: "leave GnuTLS out", Destination: &o.noGnuTLS},
		&cli.BoolFlag{Name: "no-nss", Aliases: []string{"n"}, Usage: "leave NSS out", Destination: &o.noNSS},
		&cli.BoolFlag{Name: "debug", Aliases: []string{"d"}, Usage: "print the C text first", Destination: &o.debug},
		&cli.BoolFlag{Name: "hexdump", Usage: "print data as hexadecimal digits", Destination: &o.hexdump},
		&cli.IntFlag{Name: "max-buffer-size", Value: 8192, Usage: "at most `BYTES` of a call's data", Destination: &o.limit},
		&cli.BoolFlag{Name: "latency", Aliases: []string{"l"}, Usage: "print how long calls take", Destination: &o.latency},
		&cli.BoolFlag{Name: "handshake", Usage: "print a line for each handshake, too", Destination: &o.handshake},
		&cli.StringSliceFlag{Name: "extra-lib", Usage: "one more library: openssl, gnutls or nss, a colon and its path (`TYPE:PATH`); may be given several times",
			Destination: &o.extraLibs},
	}
}

// config checks the flags that the program needs.
func (o *options) config() (config, error) {
	c := config{PID: toolkit.KernelPID(max(o.pid, 0)), Limit: uint32(o.limit)}
	if o.pid < -1 {
		return c, fmt.Errorf("--pid %d: there are no processes of negative numbers", o.pid)
	}
	if o.limit < 1 || o.limit > maxLimit {
		return c, fmt.Errorf("--max-buffer-size %d: want 1 to %d", o.limit, maxLimit)
	}
	if len(o.comm) >= len(c.Comm) {
		return c, fmt.Errorf("--comm %q: no thread has a name of more than %d bytes", o.comm, len(c.Comm)-1)
	}
	if o.comm != "" {
		c.ByComm = 1
		copy(c.Comm[:], o.comm)
	}
	if o.user == "" {
		return c, nil
	}
	uid, err := toolkit.UserID(o.user)
	if err != nil {
		return c, fmt.Errorf("--uid: %w", err)
	}
	c.UID, c.ByUID = uid, 1
	return c, nil
}

func (o *options) run(ctx context.Context, s *toolkit.Session) error {
	settings, err := o.config()
	if err != nil {
		return err
	}
	libraries, err := o.libraries(s)
	if err != nil {
		return err
	}
	text, defines := toolkit.MissedC+program, o.defines()
	if s.EBPF || o.debug {
		if err := s.PrintC(text, defines); err != nil || s.EBPF {
			return err
		}
	}
	m, err := bccgo.LoadContext(ctx, text, &bccgo.Options{Defines: defines})
	if err != nil {
		return err
	}
	defer m.Close()
	stream := bccgo.Stream[event](m, "events", &bccgo.StreamOptions{OnLost: s.Losses.Add, OrderBy: "time"})
	if err := toolkit.Configure(m, settings); err != nil {
		return err
	}
	for _, l := range libraries {
		if err := l.attach(s, m, o.handshake); err != nil {
			return err
		}
	}
	ctx, cancel := s.Limit(ctx)
	defer cancel()
	p := newPrinter(o, s)
	if err := p.heading(); err != nil {
		return err
	}
	s.Notef("tracing")
	if err := stream.Each(ctx, func(ev *event) error { return p.record(ev, stream.Rest()) }); err != nil {
		return err
	}
	if err := p.finish(); err != nil {
		return err
	}
	return s.Losses.Finish(m)
}
