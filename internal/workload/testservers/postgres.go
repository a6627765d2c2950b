// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package testservers

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Postgres is a running server.
type Postgres struct{ *Server }

// StartPostgres starts a server with an empty cluster until the test ends.
func StartPostgres(t testing.TB) *Postgres {
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
