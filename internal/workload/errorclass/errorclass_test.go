// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package errorclass_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/errorclass"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// eventually is how long a test waits for what a busy machine may delay.
const eventually = 2 * time.Minute

func TestMain(m *testing.M) {
	cache.LogTo(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// edit changes a URL.
func edit(t *testing.T, text string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	change(u)
	return u.String()
}

func password(value string) func(*url.URL) {
	return func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), value) }
}

func host(value string) func(*url.URL) { return func(u *url.URL) { u.Host = value } }

func query(value string) func(*url.URL) { return func(u *url.URL) { u.RawQuery = value } }

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string { return fmt.Sprintf("127.0.0.1:%d", testservers.FreePort(t)) }

// silentPort is the address of a server that accepts connections and never responds.
func silentPort(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

// pingPostgres is the error of the API's check.
func pingPostgres(t *testing.T, databaseURL string, timeout time.Duration) error {
	t.Helper()
	pool, err := database.Open(t.Context(), databaseURL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	checks, err := database.NewChecks(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	defer checks.Close()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return checks.Ping(ctx)
}

// pingRedis is the error of the API's check.
func pingRedis(t *testing.T, redisURL string, timeout time.Duration) error {
	t.Helper()
	client, err := cache.Open(redisURL)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return client.Ping(ctx).Err()
}

// expect checks the class of an error.
func expect(t *testing.T, err error, want contract.ErrorClass) {
	t.Helper()
	if got := errorclass.Of(err); got != want {
		t.Errorf("%v: class %q, want %q", err, got, want)
	}
}

// What a real Postgres answers, and what the client says of servers that don't.
func TestPostgres(t *testing.T) {
	server := testservers.StartPostgres(t)
	right := server.CreateDatabase(t, "app")
	for name, test := range map[string]struct {
		url  string
		want contract.ErrorClass
	}{
		"it works":                        {right, ""},
		"a wrong password":                {edit(t, right, password("guess")), contract.ErrorAuthenticationFailed},
		"no password":                     {edit(t, right, func(u *url.URL) { u.User = url.User("postgres") }), contract.ErrorAuthenticationFailed},
		"an unknown user":                 {edit(t, right, func(u *url.URL) { u.User = url.UserPassword("else", "guess") }), contract.ErrorAuthenticationFailed},
		"a wrong password, TLS preferred": {edit(t, edit(t, right, password("guess")), query("sslmode=prefer")), contract.ErrorAuthenticationFailed},
		"the first of two hosts is down": {edit(t, edit(t, right, password("guess")), func(u *url.URL) {
			u.Host = closedPort(t) + "," + u.Host
		}), contract.ErrorAuthenticationFailed},
		"an unknown host":            {edit(t, right, host("no-such-host.invalid:5432")), contract.ErrorHostNotFound},
		"a closed port":              {edit(t, right, host(closedPort(t))), contract.ErrorConnectionRefused},
		"the client requires TLS":    {edit(t, right, query("sslmode=require")), contract.ErrorTLSFailed},
		"an unknown database":        {edit(t, right, func(u *url.URL) { u.Path = "/else" }), contract.ErrorOther},
		"a server of something else": {edit(t, right, host(speaks(t, "220 mail.example.com ESMTP\r\n"))), contract.ErrorOther},
	} {
		t.Run(name, func(t *testing.T) { expect(t, pingPostgres(t, test.url, eventually), test.want) })
	}
	t.Run("no response", func(t *testing.T) {
		expect(t, pingPostgres(t, edit(t, right, host(silentPort(t))), 200*time.Millisecond), contract.ErrorTimeout)
	})
	t.Run("its own timeout", func(t *testing.T) {
		slow := edit(t, edit(t, right, host(silentPort(t))), query("sslmode=disable&connect_timeout=1"))
		expect(t, pingPostgres(t, slow, eventually), contract.ErrorTimeout)
	})
	t.Run("an empty database", func(t *testing.T) {
		pool, err := database.Open(t.Context(), right, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		_, err = pool.Exec(t.Context(), "SELECT title FROM positions")
		expect(t, err, contract.ErrorNotMigrated)
	})
	t.Run("too many connections", func(t *testing.T) {
		server.Exec(t, "app", "CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 0")
		expect(t, pingPostgres(t, edit(t, right, func(u *url.URL) { u.User = url.UserPassword("few", "few") }), eventually), contract.ErrorTooManyConnections)
	})
	t.Run("read-only", func(t *testing.T) {
		server.CreateDatabase(t, "replica")
		server.Exec(t, "postgres", "ALTER DATABASE replica SET default_transaction_read_only = on")
		replica := server.URL("replica")
		pool, err := database.Open(t.Context(), replica, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		_, err = pool.Exec(t.Context(), "CREATE TABLE t ()")
		expect(t, err, contract.ErrorReadOnly)
		expect(t, pingPostgres(t, replica+"&target_session_attrs=read-write", eventually), contract.ErrorReadOnly)
	})
	t.Run("TLS", func(t *testing.T) { testPostgresTLS(t, server, right) })
}

// testPostgresTLS makes the server accept TLS only, with a certificate that nothing trusts.
func testPostgresTLS(t *testing.T, server *testservers.Postgres, right string) {
	certificate, key := selfSigned(t)
	for file, content := range map[string]string{"server.crt": certificate, "server.key": key, "pg_hba.conf": "hostssl all all all scram-sha-256"} {
		// The server's copy fails if the program ends without having read it.
		server.Exec(t, "postgres", fmt.Sprintf("COPY (SELECT 1) TO PROGRAM $$cat > /dev/null; umask 077; cat > %s <<'END'\n%s\nEND$$", file, content))
	}
	server.Exec(t, "postgres", "ALTER SYSTEM SET ssl = on")
	server.Exec(t, "postgres", "SELECT pg_reload_conf()")
	for deadline := time.Now().Add(eventually); pingPostgres(t, right, eventually) == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it still accepts connections without TLS")
		}
	}
	for mode, want := range map[string]contract.ErrorClass{
		"disable": contract.ErrorTLSFailed, "require": "", "prefer": "", "verify-ca": contract.ErrorTLSFailed, "verify-full": contract.ErrorTLSFailed,
	} {
		expect(t, pingPostgres(t, edit(t, right, query("sslmode="+mode)), eventually), want)
	}
	for _, mode := range []string{"require", "prefer", "allow"} {
		expect(t, pingPostgres(t, edit(t, edit(t, right, password("guess")), query("sslmode="+mode)), eventually), contract.ErrorAuthenticationFailed)
	}
}

// What a real Redis answers, and what the client says of servers that don't.
func TestRedis(t *testing.T) {
	server := testservers.StartRedis(t)
	right := server.URL()
	for name, test := range map[string]struct {
		url  string
		want contract.ErrorClass
	}{
		"it works":                   {right, ""},
		"a wrong password":           {edit(t, right, password("guess")), contract.ErrorAuthenticationFailed},
		"no password":                {edit(t, right, func(u *url.URL) { u.User = nil }), contract.ErrorAuthenticationFailed},
		"an unknown user":            {edit(t, right, func(u *url.URL) { u.User = url.UserPassword("else", "guess") }), contract.ErrorAuthenticationFailed},
		"an unknown host":            {edit(t, right, host("no-such-host.invalid:6379")), contract.ErrorHostNotFound},
		"a closed port":              {edit(t, right, host(closedPort(t))), contract.ErrorConnectionRefused},
		"an untrusted certificate":   {edit(t, right, func(u *url.URL) { u.Scheme, u.Host = "rediss", tlsPort(t) }), contract.ErrorTLSFailed},
		"a server of something else": {edit(t, right, host(speaks(t, "220 mail.example.com ESMTP\r\n"))), contract.ErrorOther},
	} {
		t.Run(name, func(t *testing.T) { expect(t, pingRedis(t, test.url, eventually), test.want) })
	}
	t.Run("no response", func(t *testing.T) {
		expect(t, pingRedis(t, edit(t, right, host(silentPort(t))), 200*time.Millisecond), contract.ErrorTimeout)
	})
	t.Run("the client requires TLS, for which Redis has no response", func(t *testing.T) {
		expect(t, pingRedis(t, edit(t, right, func(u *url.URL) { u.Scheme = "rediss" }), 500*time.Millisecond), contract.ErrorTimeout)
	})
	admin, err := cache.Open(right)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	do := func(arguments ...any) error { return admin.Do(t.Context(), arguments...).Err() }
	t.Run("read-only", func(t *testing.T) {
		if err := do("REPLICAOF", "127.0.0.1", "1"); err != nil {
			t.Fatal(err)
		}
		expect(t, do("SET", "key", "value"), contract.ErrorReadOnly)
		if err := do("REPLICAOF", "NO", "ONE"); err != nil {
			t.Fatal(err)
		}
	})
}

// Errors that a test can't cause, or that have a sibling above.
func TestOf(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want contract.ErrorClass
	}{
		"none":                         {nil, ""},
		"unknown":                      {errors.New("refused"), contract.ErrorOther},
		"a deadline":                   {fmt.Errorf("reading: %w", context.DeadlineExceeded), contract.ErrorTimeout},
		"a deadline of a connection":   {os.ErrDeadlineExceeded, contract.ErrorTimeout},
		"a pool without connections":   {redis.ErrPoolTimeout, contract.ErrorTimeout},
		"a name server that is silent": {&net.DNSError{Err: "i/o timeout", Name: "db", IsTimeout: true}, contract.ErrorTimeout},
		"a name server that is broken": {&net.DNSError{Err: "server misbehaving", Name: "db", IsTemporary: true}, contract.ErrorHostNotFound},
		"a closed connection":          {io.EOF, contract.ErrorOther},
		"an alert":                     {&net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, contract.ErrorTLSFailed},
		"an older column":              {&pgconn.PgError{Code: "42703"}, contract.ErrorNotMigrated},
		"it starts":                    {&pgconn.PgError{Code: "57P03"}, contract.ErrorOther},
		"a standby":                    {fmt.Errorf("validating: %w", pgconn.ErrStandbyConnection), contract.ErrorReadOnly},
		"a role that may not log in":   {&pgconn.PgError{Code: "28000", Message: `role "app" is not permitted to log in`}, contract.ErrorAuthenticationFailed},
		"TLS required, before Postgres 14": {
			&pgconn.PgError{Code: "28000", Message: `no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", SSL off`}, contract.ErrorTLSFailed,
		},
		"full, and the attempt without TLS is refused": {
			errors.Join(&pgconn.PgError{Code: "53300"}, &pgconn.PgError{Code: "28000", Message: "no pg_hba.conf entry …, no encryption"}),
			contract.ErrorTooManyConnections,
		},
		"one address of two responds": {
			errors.Join(&net.OpError{Op: "dial", Err: errors.New("no route to host")}, fmt.Errorf("second: %w", &pgconn.PgError{Code: "28P01"})),
			contract.ErrorAuthenticationFailed,
		},
		"Redis loads its data": {redisError("LOADING Redis is loading the dataset in memory"), contract.ErrorOther},
		// A connection that is not used yet shows it as closed: the client takes it for a server
		// that does not know HELLO.
		"Redis is full":               {redisError("ERR max number of clients reached"), contract.ErrorTooManyConnections},
		"Redis can't save its data":   {redisError("MISCONF Redis is configured to save RDB snapshots"), contract.ErrorReadOnly},
		"a wrong password of Redis 5": {redisError("ERR invalid password"), contract.ErrorAuthenticationFailed},
	} {
		t.Run(name, func(t *testing.T) { expect(t, test.err, test.want) })
	}
}

// redisError is an error response of Redis.
type redisError string

func (e redisError) Error() string { return string(e) }
func (redisError) RedisError()     {}

// speaks is the address of a server that begins each connection with a text.
func speaks(t *testing.T, text string) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, text)
			_, _ = conn.Read(make([]byte, 1<<10))
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// tlsPort is the address of a server with a certificate that nothing trusts.
func tlsPort(t *testing.T) string {
	t.Helper()
	certificate, key := selfSigned(t)
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 1))
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

// selfSigned returns a certificate for 127.0.0.1 and its key, in PEM.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "database"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, bytes []byte) string {
		return strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes})))
	}
	return block("CERTIFICATE", der), block("PRIVATE KEY", pkcs8)
}
