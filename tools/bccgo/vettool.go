package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/bccgo/bcc/bccgo/vet"
)

// isVetTool tells the command lines by which "go vet -vettool=bccgo" speaks to
// this program: -V=full, -flags, and flags followed by a file NAME.cfg.
func isVetTool(args []string) bool {
	for _, arg := range args {
		if !strings.HasPrefix(arg, "-") {
			return strings.HasSuffix(arg, ".cfg") && arg == args[len(args)-1]
		}
		if arg == "-V=full" || arg == "-flags" {
			return len(args) == 1
		}
	}
	return false
}

// vetTool answers one of them and ends the process, unless there is an error.
func vetTool(args []string) error {
	last := args[len(args)-1]
	switch {
	case last == "-V=full":
		return vetVersion()
	case strings.HasSuffix(last, ".cfg"):
		if done, err := skipUnit(last); done || err != nil {
			return err
		}
	}
	unitchecker.Main(vet.Analyzer)
	return nil
}

// vetVersion prints what the go command keeps findings by. It is asked first, so
// that a host that cannot compile is told of once.
func vetVersion() error {
	id, err := vet.Identity()
	if err != nil {
		return err
	}
	_, err = fmt.Printf("bccgo version %s\n", id)
	return err
}

// unit is what the go command says of one package, as far as it matters here.
type unit struct {
	VetxOnly    bool
	VetxOutput  string
	PackageFile map[string]string
}

// skipUnit answers for a package that has nothing to do with this library, or
// that is only asked about for the sake of others: most are. It spares reading
// them.
func skipUnit(name string) (bool, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return false, err
	}
	var u unit
	if err := json.Unmarshal(data, &u); err != nil {
		return false, fmt.Errorf("read %s: %w", name, err)
	}
	if u.VetxOutput == "" {
		return false, errors.New("this is for the go command to call: go vet -vettool=bccgo")
	}
	if _, uses := u.PackageFile[vet.Subject]; uses && !u.VetxOnly {
		return false, nil
	}
	return true, os.WriteFile(u.VetxOutput, nil, 0o666)
}
