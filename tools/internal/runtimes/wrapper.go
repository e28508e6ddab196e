package runtimes

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Choice is the language that a tool is to trace: by its flag --language, or by
// the name that the tool was called by, as javagc is ugc for Java.
type Choice struct {
	// Tool is the tool's name.
	Tool string
	// Language is the one chosen, "" for none yet.
	Language string

	languages []string
	fixed     bool
}

// NewChoice returns the choice of a tool between languages. argv0 is what it was
// called by.
func NewChoice(tool, argv0 string, languages []string) *Choice {
	c := &Choice{Tool: tool, languages: languages}
	name := path.Base(argv0)
	if language, ok := strings.CutSuffix(name, strings.TrimPrefix(tool, "u")); ok && ByLanguage(language) != nil && slices.Contains(languages, language) {
		c.Tool, c.Language, c.fixed = name, language, true
	}
	return c
}

// Flags is --language, if the tool's name has not chosen.
func (c *Choice) Flags() []cli.Flag {
	if c.fixed {
		return nil
	}
	return []cli.Flag{&cli.StringFlag{
		Name: "language", Aliases: []string{"l"}, Destination: &c.Language, DefaultText: "found out",
		Usage: "trace this `LANGUAGE`: " + strings.Join(c.languages, ", "),
	}}
}

// Check refuses languages that are not among the tool's.
func (c *Choice) Check() error {
	if c.Language != "" && !slices.Contains(c.languages, c.Language) {
		return fmt.Errorf("--language %s: choose one of %s", c.Language, strings.Join(c.languages, ", "))
	}
	return nil
}
