// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package testservers starts real Postgres and Redis servers for tests, as child
// processes on loopback ports, with their data in temporary folders. They
// are stopped with the test. If a server is missing, the test fails and names the package
// to install.
package testservers

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// startTimeout is long enough for a busy machine.
const startTimeout = 2 * time.Minute

// Password is the servers' password. Tests look for it where it must not be.
const Password = "s3cret-of-the-tests"

// Server is a running child process.
type Server struct {
	port   int
	folder string
	uid    uint32 // The user that the process runs as.
	gid    uint32
	binary string
	args   []string
	signal syscall.Signal // It kills the process and its descendants immediately.
	ping   func(context.Context) error

	process *exec.Cmd
	output  bytes.Buffer
	exited  chan struct{}
}

// addr is the server's HOST:PORT.
func (s *Server) addr() string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)) }

// Start starts the server, and waits until it responds. After Kill it starts it again with
// the same port and data.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.output.Reset()
	s.process = exec.Command(s.binary, s.args...) //nolint:gosec,noctx // our own arguments; Kill ends it
	s.process.Dir = s.folder
	s.process.Stdout, s.process.Stderr = &s.output, &s.output
	s.process.SysProcAttr = s.attributes()
	s.process.SysProcAttr.Pdeathsig = s.signal // It is killed with a test that is killed.
	if err := s.process.Start(); err != nil {
		t.Fatalf("starting %s: %v", s.binary, err)
	}
	s.exited = make(chan struct{})
	go func(process *exec.Cmd, exited chan struct{}) {
		_ = process.Wait() // The error is that of our signal.
		close(exited)
	}(s.process, s.exited)

	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		err := s.ping(ctx)
		if err == nil {
			return
		}
		select {
		case <-s.exited:
			t.Fatalf("%s exited during its start:\n%s", s.binary, s.output.String())
		case <-ctx.Done():
			s.Kill()
			t.Fatalf("%s did not respond within %s: %v\n%s", s.binary, startTimeout, err, s.output.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Kill kills the server, like a crash.
func (s *Server) Kill() {
	s.Resume()
	_ = s.process.Process.Signal(s.signal) // It may have exited.
	<-s.exited
}

// Output is what the server has written since it was started. It must have been killed.
func (s *Server) Output() string { return s.output.String() }

// Pause makes the server hang: its connections stay open and nothing responds.
func (s *Server) Pause() { s.signalAll(syscall.SIGSTOP) }

// Resume ends a Pause.
func (s *Server) Resume() { s.signalAll(syscall.SIGCONT) }

// signalAll signals the process and its children.
func (s *Server) signalAll(signal syscall.Signal) {
	pid := s.process.Process.Pid
	_ = s.process.Process.Signal(signal) // First, so that it starts no more children.
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for child := range strings.FieldsSeq(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			_ = syscall.Kill(n, signal) // It may have exited.
		}
	}
}

// attributes returns the attributes of a process of the server's user.
func (s *Server) attributes() *syscall.SysProcAttr {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: s.uid, Gid: s.gid}}
}

// newServer returns a server with its own folder, which is removed with the test.
func newServer(t testing.TB, binary string) *Server {
	t.Helper()
	s := &Server{port: FreePort(t), binary: binary}
	folder, err := os.MkdirTemp("", filepath.Base(binary)+"-") //nolint:usetesting // another user could not enter t.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s.folder = folder
	if os.Geteuid() != 0 {
		return s
	}
	// Postgres refuses to run as root.
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, _ := strconv.ParseUint(nobody.Gid, 10, 32)
	s.uid, s.gid = uint32(uid), uint32(gid)
	s.chown(t, folder)
	return s
}

// chown changes a file's or folder's owner to the server's user.
func (s *Server) chown(t testing.TB, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	if err := os.Chown(path, int(s.uid), int(s.gid)); err != nil {
		t.Fatal(err)
	}
}

// FreePort returns a free port of 127.0.0.1 below the ephemeral ports: a client could get
// one of those before the server, and a client of a dead server could connect to itself. It is not one of the ports
// that the local cluster begins with (hack/cluster), which may be starting beside the tests.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 21000 + rand.IntN(9000) //nolint:gosec // no secret
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			continue
		}
		_ = listener.Close()
		return port
	}
	t.Fatal("found no free port on 127.0.0.1")
	return 0
}

// binary finds an installed server, or fails the test.
func binary(t testing.TB, name, debianPackage string, folders ...string) string {
	t.Helper()
	if found, err := exec.LookPath(name); err == nil {
		return found
	}
	for _, pattern := range folders {
		matches, _ := filepath.Glob(filepath.Join(pattern, name))
		if len(matches) > 0 {
			return matches[len(matches)-1] // the newest version
		}
	}
	t.Fatalf("%s is not installed, which this test needs: apt-get install --no-install-recommends %s", name, debianPackage)
	return ""
}

// Postgres is a running server.
type Postgres struct{ *Server }

// StartPostgres starts a server with an empty cluster until the test ends. The settings are
// further arguments, such as -c NAME=VALUE.
func StartPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	const versions = "/usr/lib/postgresql/*/bin" // Debian's, which are not in PATH.
	p := &Postgres{newServer(t, binary(t, "postgres", "postgresql", versions))}
	data := filepath.Join(p.folder, "data")

	password := filepath.Join(p.folder, "password")
	if err := os.WriteFile(password, []byte(Password), 0o600); err != nil {
		t.Fatal(err)
	}
	p.chown(t, password)
	initdb := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(p.binary), "initdb"), //nolint:gosec // our own arguments
		"--pgdata", data, "--username", "postgres", "--pwfile", password,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	initdb.Dir = p.folder
	initdb.SysProcAttr = p.attributes()
	if output, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", initdb, err, output)
	}

	p.args = []string{
		"-D", data, "-p", strconv.Itoa(p.port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "shared_buffers=16MB",
	}
	p.args = append(p.args, settings...)
	p.signal = syscall.SIGQUIT // SIGKILL would leave its children running for a while.
	p.ping = func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, p.URL("postgres"))
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	}
	p.Start(t)
	t.Cleanup(p.Kill)
	return p
}

// URL returns the URL of the named database.
func (p *Postgres) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword("postgres", Password),
		Host:     p.addr(),
		Path:     database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// CreateDatabase creates an empty database and returns its URL.
func (p *Postgres) CreateDatabase(t testing.TB, name string) string {
	t.Helper()
	p.Exec(t, "postgres", fmt.Sprintf("CREATE DATABASE %s", pgx.Identifier{name}.Sanitize()))
	return p.URL(name)
}

// connect opens a connection to the named database, which ends with the test.
func (p *Postgres) connect(t testing.TB, database string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), p.URL(database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Exec runs a statement in the named database.
func (p *Postgres) Exec(t testing.TB, database, statement string) {
	t.Helper()
	conn := p.connect(t, database)
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// LockTable locks a table for reading and writing until unlock is called or the test ends.
func (p *Postgres) LockTable(t testing.TB, database, table string) (unlock func()) {
	t.Helper()
	conn := p.connect(t, database)
	// The end of the connection ends its transaction.
	unlock = func() { _ = conn.Close(context.Background()) }
	statement := "BEGIN; LOCK TABLE " + pgx.Identifier{table}.Sanitize()
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return unlock
}

// AwaitBlocked waits until at least n connections to the named database wait for a lock.
func (p *Postgres) AwaitBlocked(t testing.TB, database string, n int) {
	t.Helper()
	conn := p.connect(t, database)
	defer conn.Close(t.Context())
	const statement = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
	deadline := time.Now().Add(startTimeout)
	for blocked := 0; blocked < n; {
		if err := conn.QueryRow(t.Context(), statement).Scan(&blocked); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d connections wait for a lock, want %d", blocked, n)
		}
	}
}

// Redis is a running server.
type Redis struct{ *Server }

// StartRedis starts an empty server with Password until the test ends.
func StartRedis(t testing.TB) *Redis {
	t.Helper()
	r := &Redis{newServer(t, binary(t, "redis-server", "redis-server"))}
	r.args = []string{
		"--port", strconv.Itoa(r.port), "--bind", "127.0.0.1",
		"--requirepass", Password, "--save", "", "--appendonly", "no",
	}
	r.signal = syscall.SIGKILL
	r.ping = func(ctx context.Context) error {
		client := redis.NewClient(&redis.Options{Addr: r.addr(), Password: Password, MaxRetries: -1, DialerRetries: 1})
		defer client.Close()
		return client.Ping(ctx).Err()
	}
	r.Start(t)
	t.Cleanup(r.Kill)
	return r
}

// URL returns the URL of the server's database 0.
func (r *Redis) URL() string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", Password), Host: r.addr(), Path: "0"}
	return u.String()
}
