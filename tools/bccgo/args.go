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
	cmd := app.Command(argv[1])
	if cmd == nil {
		return argv
	}
	var flags, files []string
	rest := argv[2:]
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
	return slices.Concat(argv[:2], flags, separator(files, rest), files, trailing(rest))
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
