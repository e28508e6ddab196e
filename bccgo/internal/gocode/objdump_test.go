package gocode

import (
	"bufio"
	"encoding/hex"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// sizesByObjdump runs objdump over a file and has each instruction checked.
func sizesByObjdump(t *testing.T, file string, check func(line string, code []byte)) {
	t.Helper()
	cmd := exec.Command("objdump", "-d", "-w", "--insn-width=16", file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		// ADDRESS:	BYTES	MNEMONIC
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) < 3 || strings.Contains(fields[2], "(bad)") {
			continue
		}
		code, err := hex.DecodeString(strings.ReplaceAll(fields[1], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		check(lines.Text(), code)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

// What objdump takes for one instruction is one here, in the C library with all
// its vector instructions, and in a program of Go.
func TestDecodeX86LikeObjdump(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the libraries here are for another machine")
	}
	if _, err := exec.LookPath("objdump"); err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	files := []string{self, "/lib/x86_64-linux-gnu/libc.so.6"}
	if more := os.Getenv("BCCGO_TEST_OBJDUMP"); more != "" {
		files = strings.Fields(more)
	}
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			t.Logf("without %s: %v", file, err)
			continue
		}
		seen, wrong := 0, 0
		sizesByObjdump(t, file, func(line string, code []byte) {
			seen++
			// More bytes follow in a function.
			in, ok := decodeX86(append(code[:len(code):len(code)], make([]byte, maxX86)...))
			isReturn := strings.Contains(line, "\tret") || strings.Contains(line, "repz ret") || strings.Contains(line, "bnd ret")
			if !ok || in.size != len(code) || in.isReturn() != isReturn {
				if wrong++; wrong <= 10 {
					t.Errorf("%s: %d bytes, %v", line, in.size, ok)
				}
			}
		})
		if t.Logf("%s: %d instructions, %d wrong", file, seen, wrong); seen < 10000 {
			t.Errorf("%s: only %d instructions", file, seen)
		}
	}
}
