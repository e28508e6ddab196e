package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// usageError is a mistake on the command line.
type usageError struct {
	message string
}

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// undefinedFlag is how the flag package begins its message.
const undefinedFlag = "flag provided but not defined: -"

// onUsageError rewords what the flag package says, with the nearest flag.
func onUsageError(c *cli.Context, err error, _ bool) error {
	help := strings.TrimSpace("bccgo help " + commandName(c))
	name, ok := strings.CutPrefix(err.Error(), undefinedFlag)
	if !ok {
		return usagef("%v; see %s", err, help)
	}
	if near := cli.SuggestFlag(flagsOf(c), name, false); near != "" && len(name) > 1 {
		return usagef("no option %s; did you mean %s? See %s", dashed(name), near, help)
	}
	return usagef("no option %s; see %s", dashed(name), help)
}

func commandName(c *cli.Context) string {
	if c.Command == nil || c.Command.Name == c.App.Name {
		return ""
	}
	return c.Command.Name
}

func flagsOf(c *cli.Context) []cli.Flag {
	if c.Command == nil {
		return c.App.Flags
	}
	return c.Command.Flags
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
