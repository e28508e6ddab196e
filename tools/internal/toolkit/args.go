package toolkit

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves the arguments that are no flags behind those that are, the
// first one being the program's name. So "1 10 -m" means what "-m 1 10" does.
func flagsFirst(args []string, flags []cli.Flag) []string {
	own, others := slices.Clone(args[:1]), []string(nil)
	for i := 1; i < len(args); i++ {
		switch {
		case args[i] == "--":
			others = append(others, args[i+1:]...)
			i = len(args)
		case !strings.HasPrefix(args[i], "-") || args[i] == "-":
			others = append(others, args[i])
		default:
			own = append(own, args[i])
			if wantsValue(args[i], flags) && i+1 < len(args) {
				i++
				own = append(own, args[i])
			}
		}
	}
	return append(append(own, "--"), others...)
}

// wantsValue tells whether the argument after a flag is the flag's value. Of
// several short flags in one, the last counts.
func wantsValue(arg string, flags []cli.Flag) bool {
	name := flagName(arg)
	for _, f := range flags {
		if _, ok := f.(*cli.BoolFlag); !ok && slices.Contains(f.Names(), name) {
			return true
		}
	}
	return false
}

// completing tells that the shell asks how an unfinished line could go on.
func completing(args []string) bool {
	return args[len(args)-1] == "--generate-bash-completion"
}

// fillOptional gives flags whose value was left out the one in optional: those
// at the end, and those that another flag follows.
func fillOptional(args []string, optional map[string]string) []string {
	var out []string
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		out = append(out, arg)
		value, ok := optional[flagName(arg)]
		if last := i+1 == len(args); i > 0 && ok && (last || strings.HasPrefix(args[i+1], "-")) {
			out = append(out, value)
		}
	}
	return out
}

// flagName is the name of an argument that is a flag without a value in it; of
// several short flags in one, the last's.
func flagName(arg string) string {
	if name, long := strings.CutPrefix(arg, "--"); long {
		return name
	}
	if len(arg) < 2 || arg[0] != '-' || strings.Contains(arg, "=") {
		return ""
	}
	return arg[len(arg)-1:]
}
