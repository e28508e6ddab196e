package toolkit

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestManual(t *testing.T) {
	tool := &Tool{
		Name: "alpha", Usage: "trace alphas", Description: "Prints *all* alphas.", ArgsUsage: "[interval]", MaxArgs: 1,
		Examples: []string{"alpha -r 5    # five rows"},
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "maxrows", Aliases: []string{"r"}, Value: 20, Usage: "print `ROWS` rows"},
			&cli.StringFlag{Name: "name", Usage: "only `a_name`", DefaultText: "all"},
			&cli.BoolFlag{Name: "secret", Hidden: true},
		},
		Run: func(context.Context, *Session) error { t.Error("it ran"); return nil },
	}
	var out, errs bytes.Buffer
	if code := tool.Execute(t.Context(), []string{"alpha", "--manual"}, &out, &errs); code != 0 || errs.Len() > 0 {
		t.Fatalf("%d %s", code, &errs)
	}
	for _, want := range []string{
		"# NAME\n\nalpha - trace alphas\n", "**alpha** [options] \\[interval]\n", "Prints \\*all\\* alphas.",
		"**-r**, **--maxrows** *ROWS*\n: print ROWS rows (default: 20)\n", "**--name** *a_name*\n: only a\\_name (default: all)\n",
		"**-v**, **--verbose**\n: say on", "# EXAMPLES\n\n    alpha -r 5    # five rows\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	for _, hidden := range []string{"secret", "ebpf", "manual"} {
		if strings.Contains(out.String(), hidden) {
			t.Errorf("--%s is in\n%s", hidden, &out)
		}
	}
}
