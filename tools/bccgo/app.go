package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

const exitHelp = `Exit status: 0 success; 1 the program is at fault (the C text, the verifier,
nothing to attach to); 2 wrong usage, an unreadable file, or a host that cannot
do it ("bccgo doctor" says why).`

// newApp builds the command line of bccgo.
func newApp(con *console) *cli.App {
	// The short -v belongs to the subcommands, for verbose.
	cli.VersionFlag = &cli.BoolFlag{Name: "version", Usage: "print the version and leave"}
	return &cli.App{
		Name:      "bccgo",
		Usage:     "run C in the kernel",
		UsageText: "bccgo COMMAND [OPTION]... [FILE]...",
		Description: `EXAMPLES:
  bccgo run trace.c              print what the program sends until Ctrl-C
  bccgo check *.c                compile, and show to the verifier
  bccgo compile -o t.bundle t.c  store the compiled program
  bccgo gen -o types.go t.c      write Go types for what it sends and stores
  bccgo vet ./...                check the C texts of Go packages
  bccgo cache list               the compiled programs that are kept
  bccgo show                     the programs and tables that the kernel has
  bccgo doctor                   what this host can do, and what mends the rest

` + exitHelp,
		Version:                   version(),
		EnableBashCompletion:      true,
		DisableSliceFlagSeparator: true,
		Reader:                    con.stdin,
		Writer:                    con.stdout,
		ErrWriter:                 con.stderr,
		OnUsageError:              onUsageError,
		ExitErrHandler:            func(*cli.Context, error) {},
		Action:                    noCommand,
		// The subcommands hide their own help command: a shell that completes
		// it would not complete file names.
		Commands: []*cli.Command{
			runCommand(con), checkCommand(con), compileCommand(con), genCommand(con), bakeCommand(con), targetCommand(con), vetCommand(), cacheCommand(con), doctorCommand(con), showCommand(con),
		},
	}
}

// noCommand handles a command line without a known command.
func noCommand(c *cli.Context) error {
	if !c.Args().Present() {
		return cli.ShowAppHelp(c)
	}
	name := c.Args().First()
	return usagef("no command %s. %s See bccgo help", name, cli.SuggestCommand(c.App.Commands, name))
}

// version is that of the module and of the Go release it was built with.
func version() string {
	v := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		v = info.Main.Version
	}
	return fmt.Sprintf("%s %s %s/%s", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
