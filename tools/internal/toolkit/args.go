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
	name, long := strings.CutPrefix(arg, "--")
	if strings.Contains(arg, "=") {
		return false
	}
	if !long {
		name = arg[len(arg)-1:]
	}
	for _, f := range flags {
		if _, ok := f.(*cli.BoolFlag); !ok && slices.Contains(f.Names(), name) {
			return true
		}
	}
	return false
}
