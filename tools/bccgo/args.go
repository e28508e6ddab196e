package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// completionFlag is what the shell's completion adds to an unfinished line.
const completionFlag = "--generate-bash-completion"

// flagsFirst moves a subcommand's options before its files: the command line
// library stops at the first file. It also splits -DNAME=VALUE as compilers
// take it. What stands after "--" is left alone.
func flagsFirst(argv []string, app *cli.App) []string {
	if len(argv) < 2 || argv[len(argv)-1] == completionFlag {
		return argv
	}
	cmd, depth := command(app, argv)
	if cmd == nil {
		return argv
	}
	var flags, files []string
	rest := argv[depth:]
	for len(rest) > 0 && rest[0] != "--" {
		arg := rest[0]
		rest = rest[1:]
		switch {
		case !isFlag(arg):
			files = append(files, arg)
		case isDefine(arg):
			flags = append(flags, "-D", arg[2:])
		case takesValue(cmd, arg) && len(rest) > 0:
			flags = append(flags, arg, rest[0])
			rest = rest[1:]
		default:
			flags = append(flags, arg)
		}
	}
	return slices.Concat(argv[:depth], flags, separator(files, rest), files, trailing(rest))
}

// command finds the command, or the command's command, that a line begins with,
// and where its own arguments begin.
func command(app *cli.App, argv []string) (cmd *cli.Command, depth int) {
	if cmd = app.Command(argv[1]); cmd == nil || len(cmd.Subcommands) == 0 {
		return cmd, 2
	}
	if len(argv) < 3 {
		return nil, 0
	}
	at := slices.IndexFunc(cmd.Subcommands, func(c *cli.Command) bool { return c.HasName(argv[2]) })
	if at < 0 {
		return nil, 0
	}
	return cmd.Subcommands[at], 3
}

// separator keeps files that follow "--" from being taken for options.
func separator(files, rest []string) []string {
	if len(rest) > 0 {
		return []string{"--"}
	}
	return nil
}

func trailing(rest []string) []string {
	if len(rest) > 0 {
		return rest[1:]
	}
	return nil
}

func isFlag(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

func isDefine(arg string) bool {
	return len(arg) > 2 && strings.HasPrefix(arg, "-D") && !strings.HasPrefix(arg, "-D=")
}

// takesValue reports whether the argument after arg is arg's value.
func takesValue(cmd *cli.Command, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	for _, f := range cmd.Flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if ok && slices.Contains(f.Names(), name) {
			return doc.TakesValue()
		}
	}
	return false
}
