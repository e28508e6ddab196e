package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/bccgo/bcc/bccgo"
	"github.com/bccgo/bcc/tools/internal/toolkit"
)

// function is one that is traced.
type function struct {
	symbol string
	// what is its FUNC column.
	what string
}

// What functions do, as BCC calls it.
const (
	reads      = "READ/RECV"
	writes     = "WRITE/SEND"
	handshakes = "HANDSHAKE"
)

// functions are in the order of the program's numbers.
var functions = []function{
	{"SSL_read", reads}, {"SSL_write", writes}, {"SSL_read_ex", reads}, {"SSL_write_ex", writes}, {"SSL_do_handshake", handshakes},
	{"gnutls_record_recv", reads}, {"gnutls_record_send", writes}, {"gnutls_handshake", handshakes},
	{"PR_Read", reads}, {"PR_Write", writes}, {"PR_Recv", reads}, {"PR_Send", writes},
}

// kind is a sort of library.
type kind struct {
	// name is what --extra-lib calls it, short the library to look for, of all
	// functions the ones that begin with prefix are in it.
	name, short, prefix string
	// ends are functions that take a connection back to its beginning, or free it.
	ends []string
}

var kinds = []*kind{
	{"openssl", "ssl", "SSL_", []string{"SSL_free", "SSL_clear"}},
	{"gnutls", "gnutls", "gnutls_", []string{"gnutls_deinit"}},
	{"nss", "nspr4", "PR_", nil},
}

// kindOf is the kind of library that has a function.
func kindOf(symbol string) *kind {
	return kinds[slices.IndexFunc(kinds, func(k *kind) bool { return strings.HasPrefix(symbol, k.prefix) })]
}

// library is a file that has functions of a kind, or some of them.
type library struct {
	*kind
	// name and pid are what to attach to, path is where the file is read.
	name, path string
	pid        int
	has        []string
	// info tells whether two libraries are one file.
	info os.FileInfo
}

// look finds out which functions the file has. Of several names of one place,
// the first stands for all.
func (l *library) look() error {
	var err error
	if l.info, err = os.Stat(l.path); err != nil {
		return err
	}
	var wanted []string
	for _, f := range functions {
		if strings.HasPrefix(f.symbol, l.prefix) {
			wanted = append(wanted, f.symbol)
		}
	}
	found, err := bccgo.UserFunctions(l.path, strings.Join(append(wanted, l.ends...), "|"))
	if err != nil {
		return err
	}
	places := map[uint64]bool{}
	for _, f := range found {
		if !places[f.Offset] && !slices.Contains(l.has, f.Name) {
			l.has = append(l.has, f.Name)
		}
		places[f.Offset] = true
	}
	if !slices.ContainsFunc(wanted, l.hasFunction) {
		return fmt.Errorf("%s has none of the functions %s", l.path, strings.Join(wanted, ", "))
	}
	return nil
}

func (l *library) hasFunction(symbol string) bool { return slices.Contains(l.has, symbol) }

// libraries finds those to trace. One that is not there is only remarked on,
// unless none is.
func (o *options) libraries(s *toolkit.Session) ([]*library, error) {
	extra, err := o.extraLibraries()
	if err != nil {
		return nil, err
	}
	found, err := o.mapped()
	if err != nil {
		return nil, err
	}
	var absent []error
	for _, k := range o.kinds() {
		l, err := k.find(max(o.pid, 0))
		if err != nil {
			s.Notef("%s: none: %v", k.name, err)
			absent = append(absent, fmt.Errorf("%s: %w", k.name, err))
			continue
		}
		found = append(found, l)
	}
	all := distinct(append(extra, found...))
	if len(all) == 0 && len(absent) == 0 {
		return nil, errors.New("-o, -g and -n leave no library; name one by --extra-lib")
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is no library to trace, name one by --extra-lib: %w", joined(absent))
	}
	return all, nil
}

// joined is errors.Join in one line.
func joined(errs []error) error {
	all := errs[0]
	for _, err := range errs[1:] {
		all = fmt.Errorf("%w; %w", all, err)
	}
	return all
}

// kinds are those that are not switched off.
func (o *options) kinds() []*kind {
	off := map[string]bool{"openssl": o.noOpenSSL, "gnutls": o.noGnuTLS, "nss": o.noNSS}
	return slices.DeleteFunc(slices.Clone(kinds), func(k *kind) bool { return off[k.name] })
}

// find is the library of the machine, or of a process.
func (k *kind) find(pid int) (*library, error) {
	path, err := bccgo.FindLibrary(k.short, pid)
	if err != nil {
		return nil, err
	}
	l := &library{kind: k, name: k.short, path: path, pid: pid}
	return l, l.look()
}

// extraLibraries are those of --extra-lib.
func (o *options) extraLibraries() ([]*library, error) {
	var all []*library
	for _, text := range o.extraLibs.Value() {
		name, path, _ := strings.Cut(text, ":")
		i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
		if i < 0 || path == "" {
			return nil, fmt.Errorf("--extra-lib %q: want openssl, gnutls or nss, a colon and a path", text)
		}
		pid := max(o.pid, 0)
		file, err := bccgo.FindLibrary(path, pid)
		if err != nil {
			return nil, fmt.Errorf("--extra-lib %q: %w", text, err)
		}
		l := &library{kind: kinds[i], name: path, path: file, pid: pid}
		if err := l.look(); err != nil {
			return nil, fmt.Errorf("--extra-lib %q: %w", text, err)
		}
		all = append(all, l)
	}
	return all, nil
}

// distinct leaves out what is the same file once more, which would be traced
// twice.
func distinct(all []*library) []*library {
	var out []*library
	for _, l := range all {
		same := func(other *library) bool { return l.kind == other.kind && os.SameFile(l.info, other.info) }
		if !slices.ContainsFunc(out, same) {
			out = append(out, l)
		}
	}
	return out
}

// attach probes the functions there are. Entries come first, so that every call
// whose return is seen has been seen to begin.
func (l *library) attach(s *toolkit.Session, m *bccgo.Module, handshake bool) error {
	var wanted []function
	for _, f := range functions {
		switch {
		case !strings.HasPrefix(f.symbol, l.prefix) || f.what == handshakes && !handshake:
		case l.hasFunction(f.symbol):
			wanted = append(wanted, f)
		default:
			s.Notef("%s: %s has none", f.symbol, l.path)
		}
	}
	o := &bccgo.UprobeOptions{PID: l.pid}
	for _, f := range wanted {
		link, err := m.AttachUprobe(l.name, f.symbol, "enter_"+f.symbol, o)
		if err != nil {
			return err
		}
		s.Notef("%s: %v", f.symbol, link)
	}
	if len(wanted) == 0 {
		return nil // a library of handshakes, which are not asked for
	}
	names := make([]string, len(wanted))
	for i, f := range wanted {
		names[i] = f.symbol
	}
	if _, err := m.AttachUretprobeRe(l.name, strings.Join(names, "|"), "leave", o); err != nil {
		return err
	}
	if !handshake || !slices.ContainsFunc(l.ends, l.hasFunction) {
		return nil
	}
	_, err := m.AttachUprobeRe(l.name, strings.Join(l.ends, "|"), "forget_handshake", o)
	return err
}
