package main

import (
	"errors"
	"strings"
)

// words splits a command as a shell does, at blanks that are not quoted. Nothing
// else is special.
func words(command string) ([]string, error) {
	var (
		out   []string
		word  strings.Builder
		in    bool // a word has begun
		quote rune
		plain bool // the next character has lost its meaning
	)
	for _, r := range command {
		switch {
		case plain:
			word.WriteRune(r)
			plain = false
		case r == '\\' && quote != '\'':
			plain, in = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, in = r, true
		case quote == 0 && strings.ContainsRune(" \t\n", r):
			if in {
				out = append(out, word.String())
				word.Reset()
			}
			in = false
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if quote != 0 || plain {
		return nil, errors.New("--command: a quote has no end")
	}
	if in {
		out = append(out, word.String())
	}
	if len(out) == 0 {
		return nil, errors.New("--command: it is empty")
	}
	return out, nil
}
