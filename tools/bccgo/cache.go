package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
)

func cacheCommand(con *console) *cli.Command {
	return &cli.Command{
		Name:      "cache",
		Usage:     "look after the compiled programs that are kept",
		UsageText: "bccgo cache COMMAND [OPTION]...",
		Description: `A program that was compiled once starts without a compiler the next time. What
is kept is root's in /var/cache/bccgo, or where BCCGO_CACHE says; "off" there
keeps nothing.

EXAMPLES:
  sudo bccgo cache list      what is kept
  sudo bccgo cache verify    whether it is sound and up to date
  sudo bccgo cache clear     remove it all

` + exitHelp,
		Subcommands: []*cli.Command{
			con.cacheSub("list", "list the programs", "", listCache),
			con.cacheSub("info", "tell where the cache is and what it holds, or all about programs", "[KEY]...", cacheInfo),
			con.cacheSub("verify", "check every entry; remove with --remove those that cannot be used", "", verifyCache,
				&cli.BoolFlag{Name: "remove", Usage: "remove what cannot be used"}),
			con.cacheSub("clear", "remove all programs", "", clearCache),
		},
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action:          noCacheCommand,
	}
}

func noCacheCommand(c *cli.Context) error {
	if c.Args().Present() {
		return usagef("no command cache %s; see bccgo help cache", c.Args().First())
	}
	return cli.ShowSubcommandHelp(c)
}

type cacheAction func(c *cli.Context, w io.Writer, kept *bccgo.Cache) error

// cacheSub makes a command about an open cache.
func (con *console) cacheSub(name, usage, args string, action cacheAction, flags ...cli.Flag) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, ArgsUsage: args,
		Flags: append(flags,
			&cli.StringFlag{Name: "dir", Usage: "the cache in `DIR` instead of this user's own"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON, one object a line"}),
		HideHelpCommand: true,
		OnUsageError:    onUsageError,
		Action: func(c *cli.Context) error {
			if args == "" && c.Args().Present() {
				return usagef("cache %s takes no argument; see bccgo cache %s --help", name, name)
			}
			kept, err := bccgo.OpenCache(c.String("dir"))
			if errors.Is(err, fs.ErrNotExist) {
				fmt.Fprintln(con.stderr, "bccgo: nothing is kept yet:", err)
				return nil
			}
			if err != nil {
				return err
			}
			return errors.Join(action(c, con.stdout, kept), kept.Close())
		},
	}
}

func listCache(c *cli.Context, w io.Writer, kept *bccgo.Cache) error {
	list, err := kept.List()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return jsonLines(w, list)
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "KEY\tSIZE\tUSED\tKERNEL\tSTATE\tSOURCE")
	for _, p := range list {
		fmt.Fprintf(t, "%.12s\t%s\t%s\t%s\t%s\t%s\n", p.Key, kibibytes(p.Size), ago(p.Used), p.Release, state(p), p.Source)
	}
	return t.Flush()
}

// state says in a word whether an entry can be used.
func state(p bccgo.CachedProgram) string {
	var damaged *bccgo.DamagedCacheError
	switch {
	case errors.As(p.Err, &damaged):
		return "damaged"
	case p.Err != nil:
		return "refused"
	case p.Changed != "":
		return "outdated"
	}
	return "good"
}

func cacheInfo(c *cli.Context, w io.Writer, kept *bccgo.Cache) error {
	list, err := kept.List()
	if err != nil {
		return err
	}
	if !c.Args().Present() {
		return summarize(c, w, kept, list)
	}
	for _, key := range c.Args().Slice() {
		p, err := find(list, key)
		if err != nil {
			return err
		}
		if c.Bool("json") {
			err = jsonLines(w, []bccgo.CachedProgram{p})
		} else {
			err = describe(w, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// cacheSummary is what info prints about the whole.
type cacheSummary struct {
	Dir      string `json:"dir"`
	Programs int    `json:"programs"`
	Size     int64  `json:"size"`
	Limit    int64  `json:"limit"`
}

func summarize(c *cli.Context, w io.Writer, kept *bccgo.Cache, list []bccgo.CachedProgram) error {
	s := cacheSummary{Dir: kept.Dir(), Programs: len(list), Limit: kept.Limit()}
	for _, p := range list {
		s.Size += p.Size
	}
	if c.Bool("json") {
		return json.NewEncoder(w).Encode(s)
	}
	_, err := fmt.Fprintf(w, "%s: %d programs, %s of at most %s\n", s.Dir, s.Programs, kibibytes(s.Size), kibibytes(s.Limit))
	return err
}

// find returns the only entry whose key begins so.
func find(list []bccgo.CachedProgram, key string) (bccgo.CachedProgram, error) {
	var found []bccgo.CachedProgram
	for _, p := range list {
		if strings.HasPrefix(p.Key, key) {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		return bccgo.CachedProgram{}, fmt.Errorf("%d entries have keys that begin with %s; see bccgo cache list", len(found), key)
	}
	return found[0], nil
}

func describe(w io.Writer, p bccgo.CachedProgram) error {
	text := fmt.Sprintf("%s\n  source     %s\n  kernel     %s\n  size       %s\n  used       %s\n  functions  %s\n  tables     %s\n  depends on %d files\n  state      %s\n",
		p.Key, p.Source, p.Release, kibibytes(p.Size), p.Used.Format(time.DateTime),
		strings.Join(p.Functions, " "), strings.Join(p.Tables, " "), p.Files, state(p))
	if p.Changed != "" {
		text += "  changed    " + p.Changed + "\n"
	}
	if p.Err != nil {
		text += "  error      " + p.Err.Error() + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// errBadEntries makes the exit status tell what verify found.
var errBadEntries = errors.New("the cache has entries that cannot be used; they are compiled anew, or: bccgo cache verify --remove")

func verifyCache(c *cli.Context, w io.Writer, kept *bccgo.Cache) error {
	list, err := kept.List()
	if err != nil {
		return err
	}
	bad := 0
	for _, p := range list {
		if state(p) == "good" {
			continue
		}
		bad++
		if err := report(c, w, kept, p); err != nil {
			return err
		}
	}
	if !c.Bool("json") {
		fmt.Fprintf(w, "%d of %d entries are good\n", len(list)-bad, len(list))
	}
	if bad > 0 && !c.Bool("remove") {
		return errBadEntries
	}
	return nil
}

// report prints a bad entry, and removes it if asked to.
func report(c *cli.Context, w io.Writer, kept *bccgo.Cache, p bccgo.CachedProgram) error {
	if c.Bool("json") {
		if err := jsonLines(w, []bccgo.CachedProgram{p}); err != nil {
			return err
		}
	} else if err := describe(w, p); err != nil {
		return err
	}
	if !c.Bool("remove") {
		return nil
	}
	return kept.Remove(p.Key)
}

func clearCache(c *cli.Context, w io.Writer, kept *bccgo.Cache) error {
	n, err := kept.Clear()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return json.NewEncoder(w).Encode(map[string]int{"removed": n})
	}
	_, err = fmt.Fprintf(w, "removed %d programs from %s\n", n, kept.Dir())
	return err
}

// jsonLines prints entries, each with its state.
func jsonLines(w io.Writer, list []bccgo.CachedProgram) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, p := range list {
		line := struct {
			bccgo.CachedProgram
			State string `json:"state"`
			Error string `json:"error,omitempty"`
		}{p, state(p), ""}
		if p.Err != nil {
			line.Error = p.Err.Error()
		}
		if err := enc.Encode(line); err != nil {
			return fmt.Errorf("print entry: %w", err)
		}
	}
	return nil
}

func kibibytes(n int64) string {
	return fmt.Sprintf("%.1f KiB", float64(n)/1024)
}

// ago shows a time as its distance from now, in the largest fitting unit.
func ago(t time.Time) string {
	switch d := time.Since(t); {
	case d < time.Hour:
		return "just now"
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(d.Hours()/24))
	}
}
