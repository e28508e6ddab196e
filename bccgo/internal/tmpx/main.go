package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
	"strings"

	"github.com/bccgo/bcc/bccgo/internal/bundle"
	"github.com/bccgo/bcc/bccgo/internal/cc"
	"github.com/bccgo/bcc/bccgo/internal/headers/btftree"
)

func main() {
	btfFile, cfgFile := os.Args[1], os.Args[2]
	data, err := os.ReadFile(btfFile)
	if err != nil {
		panic(err)
	}
	t0 := time.Now()
	k, err := btftree.ReadKernel(data)
	if err != nil {
		panic(err)
	}
	fmt.Println("read", time.Since(t0))
	cd, _ := os.ReadFile(cfgFile)
	cfg, err := btftree.ReadConfig(cd)
	fmt.Println(len(cfg), err)
	for _, f := range os.Args[3:] {
		text, _ := os.ReadFile(f)
		t0 = time.Now()
		h, err := btftree.Generate(k, &btftree.Request{Text: string(text), Version: 6<<16 | 18<<8, Config: cfg})
		if err != nil {
			fmt.Println(f, err)
			continue
		}
		fmt.Println("gen", time.Since(t0), len(h.Text), h.Types, h.Ambiguous)
		dir, _ := os.MkdirTemp("", "tree")
		inc, err := btftree.Includes(string(text), nil)
		if err != nil {
			panic(err)
		}
		if err := btftree.Write(dir, h, inc); err != nil {
			panic(err)
		}
		t0 = time.Now()
		b, err := cc.Compile(context.Background(), &cc.Request{Text: string(text), Cflags: []string{"-Werror=implicit-function-declaration"}, Target: bundle.Target{Release: "6.18.5", Machine: "x86_64", PossibleCPUs: 2, OnlineCPUs: 2}, HeadersTree: dir})
		fmt.Println("compile", time.Since(t0), err)
		if b != nil {
			fmt.Println(b.Bundle.FunctionNames(), strings.TrimSpace(b.Bundle.Diagnostics))
		}
		fmt.Println(dir)
	}
	var ru syscall.Rusage
	syscall.Getrusage(0, &ru)
	fmt.Println("rss", ru.Maxrss)
}
