package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/bccgo/inspect"
)

func showCommand(con *console) *cli.Command {
	asJSON := &cli.BoolFlag{Name: "json", Usage: "print JSON, one object a line"}
	return &cli.Command{
		Name:      "show",
		Usage:     "show what programs and tables the kernel has, and who holds them",
		UsageText: "bccgo show [COMMAND] [OPTION]... [NUMBER]",
		Description: `Without a command it lists all programs, tables and links, then the processes that
hold them. Programs, tables and links have numbers, which the lists begin with.

EXAMPLES:
  bccgo show                     everything, a line each
  bccgo show programs -d 5       how often programs run, and what they cost, for 5 seconds
  bccgo show program 42          its instructions below the C lines they come from
  bccgo show program --machine 42
  bccgo show table 17            what is in a table, by its C types
  bccgo show holders             processes, with the places their programs are attached to
  bccgo show types vmlinux sock  a struct of the kernel's with offsets

` + exitHelp,
		Flags: []cli.Flag{asJSON},
		Subcommands: []*cli.Command{
			con.showSub("programs", "list programs", "", 0, con.showPrograms, asJSON,
				&cli.IntFlag{Name: "duration", Aliases: []string{"d"}, Usage: "count runs for `SECONDS` first"}),
			con.showSub("tables", "list tables", "", 0, con.showTables, asJSON),
			con.showSub("links", "list links, which keep programs attached", "", 0, con.showLinks, asJSON),
			con.showSub("holders", "list processes that hold programs, tables, links and events", "", 0, con.showHolders, asJSON,
				&cli.IntFlag{Name: "pid", Aliases: []string{"p"}, Usage: "only process `PID`"}),
			con.showSub("program", "print a program's instructions", "NUMBER", 1, con.showProgram,
				&cli.BoolFlag{Name: "machine", Aliases: []string{"m"}, Usage: "print the machine's code"}),
			con.showSub("table", "print what is in a table", "NUMBER", 1, con.showTable, asJSON),
			con.showSub("types", "print C types", "NUMBER|vmlinux|MODULE [TYPE]", 2, con.showTypes),
		},
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action:          con.showAll,
	}
}

// showSub makes a command that takes at most so many arguments, and at least one
// if it takes any.
func (con *console) showSub(name, usage, args string, most int, action cli.ActionFunc, flags ...cli.Flag) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, ArgsUsage: args, Flags: flags,
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action: func(c *cli.Context) error {
			if n := c.NArg(); n > most || most > 0 && n == 0 {
				return usagef("show %s takes %s; see bccgo show %s --help", name, takes(args), name)
			}
			return action(c)
		},
	}
}

func takes(args string) string {
	if args == "" {
		return "no argument"
	}
	return args
}

// showAll prints all lists.
func (con *console) showAll(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("no command show %s; see bccgo help show", c.Args().First())
	}
	for _, list := range []struct {
		title string
		print cli.ActionFunc
	}{{"PROGRAMS", con.showPrograms}, {"TABLES", con.showTables}, {"LINKS", con.showLinks}, {"HOLDERS", con.showHolders}} {
		if !c.Bool("json") {
			fmt.Fprintf(con.stdout, "%s\n", list.title)
		}
		if err := list.print(c); err != nil {
			return err
		}
		if !c.Bool("json") && list.title != "HOLDERS" {
			fmt.Fprintln(con.stdout)
		}
	}
	return nil
}

// rowsOf prints a list: JSON objects with their kind in the field type, or rows
// below a heading.
func rowsOf[T any](c *cli.Context, w io.Writer, kind, heading string, list []T, row func(T) string) error {
	if c.Bool("json") {
		return jsonRows(w, kind, list)
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, heading)
	for _, one := range list {
		fmt.Fprintln(t, row(one))
	}
	return t.Flush()
}

func jsonRows[T any](w io.Writer, kind string, list []T) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, one := range list {
		line := map[string]any{"kind": kind, kind: one}
		if err := enc.Encode(line); err != nil {
			return fmt.Errorf("print %s: %w", kind, err)
		}
	}
	return nil
}

func (con *console) showPrograms(c *cli.Context) error {
	list, err := con.programs(c)
	if err != nil {
		return err
	}
	return rowsOf(c, con.stdout, "program", "ID\tTYPE\tNAME\tLOADED\tBYTES\tMACHINE\tTABLES\tRUNS\tTIME\tEACH", list, func(p inspect.Program) string {
		each := time.Duration(0)
		if p.Runs > 0 {
			each = p.RunTime / time.Duration(p.Runs)
		}
		return fmt.Sprintf("%d\t%s\t%s\t%s\t%d\t%d\t%s\t%d\t%v\t%v", p.ID, p.Type, orNone(p.Name), p.Loaded.Format(time.DateTime),
			p.Bytes, p.Machine, numbers(p.Tables), p.Runs, p.RunTime, each)
	})
}

// programs lists programs; with --duration their counts are those of that time.
func (con *console) programs(c *cli.Context) ([]inspect.Program, error) {
	wait := c.Int("duration")
	if wait < 0 || c.IsSet("duration") && wait == 0 {
		return nil, usagef("show programs --duration %d: want a number of seconds, at least 1", wait)
	}
	if wait == 0 {
		return inspect.Programs()
	}
	on, err := bccgo.CountRuns()
	if err != nil {
		return nil, err
	}
	defer on.Close()
	before, err := inspect.Programs()
	if err != nil {
		return nil, err
	}
	sleep(c.Context, time.Duration(wait)*time.Second)
	after, err := inspect.Programs()
	if err != nil {
		return nil, err
	}
	return since(before, after), nil
}

// since takes off what had been counted before.
func since(before, after []inspect.Program) []inspect.Program {
	old := make(map[uint32]inspect.Program)
	for _, p := range before {
		old[p.ID] = p
	}
	for i := range after {
		p := &after[i]
		p.Runs -= old[p.ID].Runs
		p.RunTime -= old[p.ID].RunTime
		p.Missed -= old[p.ID].Missed
	}
	return after
}

func (con *console) showTables(c *cli.Context) error {
	list, err := inspect.Tables()
	if err != nil {
		return err
	}
	return rowsOf(c, con.stdout, "table", "ID\tTYPE\tNAME\tKEY\tVALUE\tENTRIES\tMEMORY\tFLAGS", list, func(t inspect.Table) string {
		return fmt.Sprintf("%d\t%s\t%s\t%d B\t%d B\t%d\t%s\t%#x", t.ID, t.Type, orNone(t.Name), t.KeySize, t.ValueSize, t.MaxEntries,
			kibibytes(int64(t.Memory)), t.Flags)
	})
}

func (con *console) showLinks(c *cli.Context) error {
	list, err := inspect.Links()
	if err != nil {
		return err
	}
	return rowsOf(c, con.stdout, "link", "ID\tTYPE\tPROGRAM\tTARGET", list, func(l inspect.Link) string {
		return fmt.Sprintf("%d\t%s\t%d\t%s", l.ID, l.Type, l.Program, orNone(l.Target))
	})
}

func (con *console) showHolders(c *cli.Context) error {
	list, err := inspect.Holders()
	if pid := c.Int("pid"); pid != 0 {
		list, err = inspect.HoldersOf(pid)
	}
	if err != nil {
		return err
	}
	return rowsOf(c, con.stdout, "holder", "PID\tCOMM\tFD\tHOLDS\tID\tATTACHED TO", list, func(h inspect.Holder) string {
		place := "-"
		if h.Event != nil {
			place = h.Event.Kind + " " + h.Event.Target
		}
		return fmt.Sprintf("%d\t%s\t%d\t%s\t%d\t%s", h.PID, printable(h.Comm), h.FD, h.Kind, h.ID, printable(place))
	})
}

// orNone keeps empty columns visible.
func orNone(text string) string {
	if text == "" {
		return "-"
	}
	return printable(text)
}

// printable replaces what a terminal would act on.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
}

func numbers(list []uint32) string {
	if len(list) == 0 {
		return "-"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
}
