package vet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/bccgo/bcc/bccgo"
)

// probeC is the smallest text there is, to find out whether this host compiles.
const probeC = "int bccgo_vet(void *ctx)\n{\n\treturn 0;\n}\n"

// Identity names all that findings depend on beside the Go package: this program,
// the kernel compiled for, the compiler and the variables that it heeds. The go
// command keeps findings until it changes. Where programs cannot be compiled, the
// error says why.
func Identity() (string, error) {
	c, err := newCompiler(os.Getenv(TargetEnv))
	if err != nil {
		return "", err
	}
	if _, err := bccgo.CompileContext(context.Background(), probeC, &bccgo.Options{Target: c.target}); err != nil {
		return "", fmt.Errorf("this host cannot compile C texts: %w", err)
	}
	sum := sha256.New()
	if err := addProgram(sum); err != nil {
		return "", err
	}
	host, err := bccgo.HostTarget()
	if err != nil {
		return "", err
	}
	fmt.Fprintf(sum, "host %+v\n", host)
	for _, name := range []string{"/sys/kernel/notes", "/sys/kernel/btf/vmlinux"} {
		addStat(sum, name)
	}
	if library, err := bccgo.FindLibrary("bcc", 0); err == nil {
		addStat(sum, library)
	}
	addTracepoints(sum)
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); heeded(name) {
			fmt.Fprintln(sum, v)
		}
	}
	if dir := os.Getenv(TargetEnv); dir != "" {
		addFolder(sum, dir)
	}
	if os.Getenv(VerboseEnv) != "" {
		fmt.Fprintln(sum, time.Now()) // what is said beside findings is not kept
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// heeded tells a variable that changes what a compile gives.
func heeded(name string) bool {
	switch name {
	case "ARCH", "CPATH", "C_INCLUDE_PATH", "LIBBCC_SO_PATH", "BCC_KERNEL_SOURCE":
		return true
	}
	return strings.HasPrefix(name, "BCCGO_") || strings.HasPrefix(name, "BCC_")
}

func addProgram(sum hash.Hash) error {
	file, err := os.Open("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("identify this program: %w", err)
	}
	defer file.Close()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("identify this program: %w", err)
	}
	return nil
}

func addStat(sum hash.Hash, name string) {
	if info, err := os.Stat(name); err == nil {
		fmt.Fprintln(sum, name, info.Size(), info.ModTime().UnixNano())
	}
}

// addTracepoints adds the categories of tracepoints, which come and go with
// modules; none where tracefs cannot be read.
func addTracepoints(sum hash.Hash) {
	for _, dir := range []string{"/sys/kernel/tracing/events", "/sys/kernel/debug/tracing/events"} {
		list, _ := os.ReadDir(dir)
		for _, entry := range list {
			fmt.Fprintln(sum, entry.Name())
		}
	}
}

// addFolder adds the names, sizes and times of a folder's files.
func addFolder(sum hash.Hash, dir string) {
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			addStat(sum, path)
		}
		return nil // what cannot be read shows when it is compiled with
	})
}
