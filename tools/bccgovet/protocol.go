package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/bccgo/bcc/bccgo/vet"
)

// isProtocol tells the command lines by which the go command speaks to a tool:
// -V=full, -flags, and flags followed by a file NAME.cfg.
func isProtocol(args []string) bool {
	if len(args) == 0 {
		return false
	}
	last := args[len(args)-1]
	return strings.HasSuffix(last, ".cfg") || len(args) == 1 && (last == "-V=full" || last == "-flags")
}

// answer answers one of them. It ends the process, unless there is an error or
// little to do.
func answer(args []string) error {
	last := args[len(args)-1]
	switch {
	case last == "-V=full":
		return printIdentity()
	case strings.HasSuffix(last, ".cfg"):
		if done, err := skipUnit(last); done || err != nil {
			return err
		}
	}
	unitchecker.Main(vet.Analyzer)
	return nil
}

// printIdentity prints what the go command keeps findings by. It is asked first,
// so that a host that cannot compile is told of once.
func printIdentity() error {
	id, err := vet.Identity()
	if err != nil {
		return err
	}
	_, err = fmt.Printf("bccgovet version %s\n", id)
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
		return false, fmt.Errorf("%w: this is for the go command to write", err)
	}
	var u unit
	if err := json.Unmarshal(data, &u); err != nil {
		return false, fmt.Errorf("read %s: %w", name, err)
	}
	if _, uses := u.PackageFile[vet.Subject]; uses && !u.VetxOnly {
		return false, nil
	}
	if u.VetxOutput == "" {
		return true, nil
	}
	return true, os.WriteFile(u.VetxOutput, nil, 0o666)
}
