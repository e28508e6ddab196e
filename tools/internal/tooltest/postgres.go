package tooltest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bccgo/bcc/internal/testenv"
)

// Postgres is a PostgreSQL server of the test's own, without network.
type Postgres struct {
	*testenv.Proc
	// Exe is its file, which no other process runs.
	Exe       string
	t         testing.TB
	bin, data string
}

// LoggedQuery is a query as the server logged it.
type LoggedQuery struct {
	PID  uint32
	Took time.Duration
	Text string
}

// StartPostgres makes a database and starts its server, as a user who may do
// nothing else.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Skip("no PostgreSQL server is installed: install postgresql")
	}
	p := &Postgres{t: t, bin: filepath.Dir(found[0])}
	who := unprivileged(t)
	// Not in the test's own folder, which other users cannot enter.
	dir, err := os.MkdirTemp("/var/tmp", "bccgo-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
		t.Fatal(err)
	}
	p.Exe, p.data = filepath.Join(dir, "postgres"), filepath.Join(dir, "data")
	server, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.Exe, server, 0o755); err != nil {
		t.Fatal(err)
	}
	initdb := exec.Command(filepath.Join(p.bin, "initdb"), "-D", p.data, "-U", "tester", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: who}
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p.start(who)
	return p
}

// start starts the server. It is ended in its own way, by which it gives back its
// shared memory.
func (p *Postgres) start(who *syscall.Credential) {
	p.t.Helper()
	cmd := exec.Command(p.Exe, "-D", p.data, "-k", p.data, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "log_min_duration_statement=0", "-c", "log_line_prefix=%p ", "-c", "autovacuum=off")
	cmd.Dir, cmd.SysProcAttr = p.data, &syscall.SysProcAttr{Credential: who}
	p.Proc = testenv.StartCmd(p.t, cmd)
	p.t.Cleanup(func() {
		p.Signal(os.Interrupt)
		p.Wait(time.Minute)
	})
	p.Await("ready to accept connections", time.Minute)
}

// unprivileged is the user that the server's package made, or nobody.
func unprivileged(t testing.TB) *syscall.Credential {
	t.Helper()
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		t.Fatal(err)
	}
	var ids [2]uint32
	for i, text := range []string{u.Uid, u.Gid} {
		id, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = uint32(id)
	}
	return &syscall.Credential{Uid: ids[0], Gid: ids[1]}
}

// psql is the client, with more flags.
func (p *Postgres) psql(flags ...string) *exec.Cmd {
	return exec.Command(filepath.Join(p.bin, "psql"), append([]string{"-h", p.data, "-U", "tester", "-d", "postgres", "-XqAt"}, flags...)...)
}

// Query makes queries, one after the other, in a session of their own. Some may
// fail.
func (p *Postgres) Query(queries ...string) {
	p.t.Helper()
	var flags []string
	for _, q := range queries {
		flags = append(flags, "-c", q)
	}
	if out, err := p.psql(flags...).CombinedOutput(); err != nil && !strings.Contains(string(out), "ERROR") {
		p.t.Fatalf("%v\n%s", err, out)
	}
}

// PostgresSession is a session that lasts.
type PostgresSession struct {
	*testenv.Proc
	// Server is the process that serves it.
	Server int
	t      testing.TB
	input  io.WriteCloser
}

// Session begins a session.
func (p *Postgres) Session() *PostgresSession {
	p.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := p.psql()
	cmd.Stdin = r
	s := &PostgresSession{Proc: testenv.StartCmd(p.t, cmd), t: p.t, input: w}
	r.Close()
	p.t.Cleanup(func() {
		w.Close()
		s.Wait(time.Minute)
	})
	s.write("select 'server ' || pg_backend_pid();")
	if _, err := fmt.Sscanf(s.Await(`server \d+`, time.Minute), "server %d", &s.Server); err != nil {
		p.t.Fatal(err)
	}
	p.Await(fmt.Sprintf(`(?m)^%d LOG:  duration: .* pg_backend_pid`, s.Server), time.Minute) // comes after the answer
	return s
}

func (s *PostgresSession) write(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.input, text+"\n"); err != nil {
		s.t.Fatal(err)
	}
}

// Query makes queries, each with its semicolon, and waits until they are done.
func (s *PostgresSession) Query(queries ...string) {
	s.t.Helper()
	n := strings.Count(s.Stdout(), "done\n")
	s.write(strings.Join(queries, "\n") + "\n\\echo done")
	for end := time.Now().Add(testenv.Timeout(20 * time.Second)); strings.Count(s.Stdout(), "done\n") == n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%q are not done: %q, %q", queries, s.Stdout(), s.Stderr())
		}
	}
}

var loggedQuery = regexp.MustCompile(`(?m)^(\d+) LOG:  duration: ([\d.]+) ms  statement: (.*(?:\n\t.*)*)$`)

// Logged are the queries that succeeded so far, by the server's log.
func (p *Postgres) Logged() []LoggedQuery {
	p.t.Helper()
	var all []LoggedQuery
	for _, f := range loggedQuery.FindAllStringSubmatch(p.Stderr(), -1) {
		pid, err := strconv.ParseUint(f[1], 10, 32)
		if err != nil {
			p.t.Fatal(err)
		}
		ms, err := strconv.ParseFloat(f[2], 64)
		if err != nil {
			p.t.Fatal(err)
		}
		all = append(all, LoggedQuery{uint32(pid), time.Duration(ms * 1e6), strings.ReplaceAll(f[3], "\n\t", "\n")})
	}
	return all
}
