// Manpages writes the tools' manual pages.
//
//	manpages -bin FOLDER -out FOLDER PAGE.md...
//
// makes NAME.8 of each docs/tools/NAME.md: the name, synopsis, options and examples
// that the tool itself has (bin/NAME --manual), then the page's text. A program
// without that flag has the page alone.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

func main() {
	bin := flag.String("bin", "bin", "`folder` of the built tools")
	out := flag.String("out", "bin/man/man8", "`folder` for the manual pages")
	flag.Parse()
	if err := write(*bin, *out, flag.Args()); err != nil {
		fmt.Fprintf(os.Stderr, "manpages: %v\n", err)
		os.Exit(1)
	}
}

func write(bin, out string, pages []string) error {
	if len(pages) == 0 {
		return errors.New("no pages given")
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, path := range pages {
		page, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		head, err := ownPart(filepath.Join(bin, name))
		if err != nil {
			return err
		}
		text := md2man.Render([]byte(manual(name, head, string(page))))
		if err := os.WriteFile(filepath.Join(out, name+".8"), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// ownPart is what the tool gives of its manual, "" if it gives none.
func ownPart(path string) (string, error) {
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w; build the tools first: make build", err)
	}
	text, err := exec.Command(path, "--manual").Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", nil // it has no such flag
	}
	return string(text), err
}
