package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/bccgo/inspect"
)

// objectNumber reads the number of an object.
func objectNumber(text string) (uint32, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n == 0 {
		return 0, usagef("%q is no number of a program or table; bccgo show lists them", text)
	}
	return uint32(n), nil
}

func (con *console) showProgram(c *cli.Context) error {
	id, err := objectNumber(c.Args().First())
	if err != nil {
		return err
	}
	list := inspect.Instructions
	if c.Bool("machine") {
		list = inspect.MachineCode
	}
	text, err := list(id)
	if err != nil {
		return err
	}
	_, err = io.WriteString(con.stdout, text)
	return err
}

func (con *console) showTable(c *cli.Context) (err error) {
	id, err := objectNumber(c.Args().First())
	if err != nil {
		return err
	}
	about, err := inspect.TableByID(id)
	if err != nil {
		return err
	}
	name := about.Name
	if name == "" {
		name = fmt.Sprintf("table_%d", id)
	}
	m, err := bccgo.OpenTables(map[string]uint32{name: id})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	t := m.Table(name)
	if !t.HasEntries() {
		return fmt.Errorf("show table %d: a table of the type %s has no entries that can be read", id, about.Type)
	}
	content, err := readTable(t)
	if err != nil {
		return fmt.Errorf("show table %d: %w", id, err)
	}
	if c.Bool("json") {
		return (&jsonPrinter{con.stdout}).table(content)
	}
	text, err := m.DecodeTable(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(con.stdout, "%s\n", text)
	return (&textPrinter{out: con.stdout}).table(content)
}

func (con *console) showTypes(c *cli.Context) error {
	return inspect.WriteTypes(con.stdout, c.Args().Get(0), c.Args().Get(1))
}

// sleep waits, less long if it is interrupted.
func sleep(ctx context.Context, d time.Duration) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
