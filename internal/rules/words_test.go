package rules

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// leftovers are marks of unfinished work; private is what speaks of the place
// where a file was written instead of the project: folders, tools, settings.
// Both are in rot13, so that this file does not have what it forbids.
var (
	leftovers = words("GBQB", "SVKZR", "KKK")
	private   = words("/jbex/", "/gzc/oevrs", "/hfef/", "tbcebkl", "fhontrag", "pynhqr", "nagebcvp", "pungtcg",
		"pbcvybg", "bcranv", "cebzcg vawrpgvba")
)

// words makes a pattern of words in rot13; letters of both cases match in
// private words alone, so marks are written as marks are.
func words(coded ...string) *regexp.Regexp {
	for i, word := range coded {
		word = strings.Map(rot13, word)
		if !strings.HasPrefix(word, "/") {
			word = `\b` + word + `\b`
		}
		coded[i] = word
	}
	return regexp.MustCompile("(" + strings.Join(coded, "|") + ")")
}

func rot13(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return 'a' + (r-'a'+13)%26
	case 'A' <= r && r <= 'Z':
		return 'A' + (r-'A'+13)%26
	}
	return r
}

func TestNoLeftovers(t *testing.T) {
	for _, name := range named(t, "*") {
		report(t, found(name, read(t, name), leftovers))
	}
	wants(t, 1, found("x", []byte(strings.Map(rot13, "svar\n// GBQB: zber\nGbqb vf n anzr\n")), leftovers))
}

func TestNothingPrivate(t *testing.T) {
	for _, name := range named(t, "*") {
		report(t, found(name, bytes.ToLower(read(t, name)), private))
	}
	wants(t, 2, found("x", []byte(strings.Map(rot13, "frr /jbex/znva/k\nfrg TBCEBKL\nfrg tbcebkl\n")), private))
}

// found lists the lines of a text file that have one of the words.
func found(name string, data []byte, words *regexp.Regexp) []string {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil
	}
	var list []string
	for i, line := range strings.Split(string(data), "\n") {
		if word := words.FindString(line); word != "" {
			list = append(list, fmt.Sprintf("%s:%d: %q", name, i+1, word))
		}
	}
	return list
}
