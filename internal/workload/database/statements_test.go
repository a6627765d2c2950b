// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package database_test

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgxpool"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/database"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/testservers"
)

// asManaged are the arguments that the operator starts Postgres with, which compose.yaml has, too.
func asManaged(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../../../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]struct {
			Command []string `json:"command"`
		} `json:"services"`
	}
	if err := yaml.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	return file.Services["database"].Command[1:]
}

func migrate(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	if err := database.Migrate(t.Context(), pool, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, pool *pgxpool.Pool, statement string, arguments ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), statement, arguments...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func statementsOf(t *testing.T, pool *pgxpool.Pool, log *slog.Logger) *database.Statements {
	t.Helper()
	statements, err := database.NewStatements(t.Context(), pool, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(statements.Close)
	return statements
}

func TestSlowestStatements(t *testing.T) {
	postgres := testservers.StartPostgres(t, asManaged(t)...)
	pool := open(t, postgres.CreateDatabase(t, "slow"))
	migrate(t, pool)
	for range 2 {
		run(t, pool, "SELECT\n\tpg_sleep($1)", 0.1)
	}
	run(t, pool, "SELECT pg_sleep(0.02), 'candidate'")
	run(t, pool, "SELECT '"+strings.Repeat("x", 50)+"', pg_sleep(0.03)"+strings.Repeat(", 1 AS größe", 20))
	run(t, pool, "CREATE ROLE other PASSWORD 'hidden'")
	for columns := range 40 { // More than are reported.
		run(t, pool, "SELECT $1::int"+strings.Repeat(", 1", columns), 1)
	}
	postgres.Exec(t, "postgres", "SELECT pg_sleep(0.4)") // In another database.

	began := time.Now()
	statements := statementsOf(t, pool, slog.New(slog.DiscardHandler))
	if first := statements.Slowest(t.Context()); first != nil {
		t.Errorf("before the first reading: %v", first)
	}
	var slowest []database.Statement
	deadline := time.Now().Add(eventually)
	for slowest == nil {
		if time.Now().After(deadline) {
			t.Fatal("there are no statements")
		}
		slowest = statements.Slowest(t.Context())
	}

	found := map[string]database.Statement{}
	for _, s := range slowest {
		if len(s.Text) > 120 || !utf8.ValidString(s.Text) || s.ID == "" || s.Calls < 1 || s.Seconds <= 0 {
			t.Errorf("%+v", s)
		}
		for _, other := range []string{"pg_stat_statements", "hidden", "candidate", "CREATE", "pg_sleep(0.4)"} {
			if strings.Contains(s.Text, other) {
				t.Errorf("%q is among them", s.Text)
			}
		}
		if before, twice := found[s.Text]; twice && before.ID == s.ID {
			t.Errorf("%q is among them twice", s.Text)
		}
		found[s.Text] = s
	}
	if len(slowest) < 10 || len(slowest) > 20 {
		t.Errorf("%d statements", len(slowest))
	}
	if s := found["SELECT pg_sleep($1)"]; s.Calls != 2 || s.Seconds < 0.2 || s.Seconds > eventually.Seconds() {
		t.Errorf("the slow statement: %+v", s)
	}
	if _, ok := found["SELECT pg_sleep($1), $2"]; !ok {
		t.Errorf("the statement with a text is missing in %v", slowest)
	}
	for range 100 {
		statements.Slowest(t.Context())
	}
	var readings int
	const own = `SELECT calls FROM pg_stat_statements WHERE query LIKE '%WITH known%'`
	err := pool.QueryRow(t.Context(), own).Scan(&readings)
	took := time.Since(began)
	if most := 1 + int(took/database.StatementsInterval); err != nil || readings < 1 || readings > most {
		t.Errorf("they were read %d times within %s: %v", readings, took, err)
	}
}

// Statements are counted from the start of the application that migrates its database itself,
// whether or not metrics are asked for.
func TestStatisticsFromTheStart(t *testing.T) {
	pool := open(t, testservers.StartPostgres(t, asManaged(t)...).CreateDatabase(t, "fresh"))
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { database.KeepMigrating(ctx, pool, nil, slog.New(slog.DiscardHandler)) })
	defer running.Wait()
	defer cancel()
	deadline := time.Now().Add(eventually)
	for extensions := 0; extensions == 0; {
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'").Scan(&extensions); err != nil {
			t.Fatal(err)
		}
		if extensions == 0 && time.Now().After(deadline) {
			t.Fatal("there is no extension")
		}
	}
}

// Without statistics there is nothing to report, and everything else works.
func TestNoStatistics(t *testing.T) {
	preloaded, plain := testservers.StartPostgres(t, asManaged(t)...), testservers.StartPostgres(t)
	denied, err := url.Parse(preloaded.CreateDatabase(t, "denied"))
	if err != nil {
		t.Fatal(err)
	}
	denied.User = url.UserPassword("tracker", testservers.Password)
	preloaded.Exec(t, "denied", "CREATE ROLE tracker LOGIN PASSWORD '"+testservers.Password+"'; GRANT ALL ON SCHEMA public TO tracker")
	for name, databaseURL := range map[string]string{
		"the library is not loaded":         plain.CreateDatabase(t, "plain"),
		"the user must not create it":       denied.String(),
		"the database can't be reached yet": "postgres://tracker@127.0.0.1:1/none",
	} {
		t.Run(name, func(t *testing.T) {
			pool := open(t, databaseURL)
			if !strings.HasSuffix(databaseURL, "/none") {
				migrate(t, pool)
			}
			var logged syncBuffer
			statements := statementsOf(t, pool, slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug})))
			deadline := time.Now().Add(eventually)
			for !strings.Contains(logged.String(), "can't be read") {
				if got := statements.Slowest(t.Context()); got != nil || time.Now().After(deadline) {
					t.Fatalf("got %v, and in the log %q", got, logged.String())
				}
			}
		})
	}
	var extensions int
	if err := open(t, plain.URL("plain")).QueryRow(t.Context(),
		"SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'").Scan(&extensions); err != nil || extensions != 0 {
		t.Errorf("%d extensions that can't work: %v", extensions, err)
	}
}

// A database without statistics is asked for them again and again: its log has no error about that,
// but one if it refuses to create the extension.
func TestNoStatisticsAreNoErrors(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	read := func(t *testing.T, postgres *testservers.Postgres, databaseURL string) (string, []database.Statement) {
		t.Helper()
		statements := statementsOf(t, open(t, databaseURL), log)
		var last []database.Statement
		for range 3 {
			last = statements.Read(t.Context())
		}
		statements.Close()
		postgres.Kill() // What it has written is complete.
		return postgres.Output(), last
	}

	t.Run("the library is loaded later", func(t *testing.T) {
		postgres := testservers.StartPostgres(t)
		databaseURL := postgres.CreateDatabase(t, "later")
		migrate(t, open(t, databaseURL))
		if output, got := read(t, postgres, databaseURL); got != nil || strings.Contains(output, "ERROR") {
			t.Errorf("without it: got %v, and in the log\n%s", got, output)
		}
		postgres.Start(t)
		postgres.Exec(t, "postgres", "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
		postgres.Kill()
		postgres.Start(t)
		run(t, open(t, databaseURL), "SELECT $1::int", 1)
		if output, got := read(t, postgres, databaseURL); len(got) == 0 || strings.Contains(output, "ERROR") {
			t.Errorf("with it: got %v, and in the log\n%s", got, output)
		}
		postgres.Start(t)
		postgres.Exec(t, "postgres", "ALTER SYSTEM RESET shared_preload_libraries")
		postgres.Kill()
		postgres.Start(t)
		if output, got := read(t, postgres, databaseURL); got != nil || strings.Contains(output, "ERROR") {
			t.Errorf("without it again: got %v, and in the log\n%s", got, output)
		}
	})

	t.Run("the user must not create the extension", func(t *testing.T) {
		postgres := testservers.StartPostgres(t, asManaged(t)...)
		denied, err := url.Parse(postgres.CreateDatabase(t, "denied"))
		if err != nil {
			t.Fatal(err)
		}
		denied.User = url.UserPassword("tracker", testservers.Password)
		postgres.Exec(t, "denied", "CREATE ROLE tracker LOGIN PASSWORD '"+testservers.Password+"'")
		if output, got := read(t, postgres, denied.String()); got != nil || strings.Count(output, "ERROR") != 1 {
			t.Errorf("got %v, and in the log\n%s", got, output)
		}
	})
}

// Of several pods that start at once, one creates the extension, and no other fails to.
func TestStatisticsAreEnabledOnce(t *testing.T) {
	postgres := testservers.StartPostgres(t, asManaged(t)...)
	databaseURL := postgres.CreateDatabase(t, "several")
	var (
		logged  syncBuffer
		running sync.WaitGroup
	)
	log := slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	for range 4 {
		pool := open(t, databaseURL)
		running.Go(func() {
			if err := database.Migrate(t.Context(), pool, log); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if strings.Contains(logged.String(), "statistics") {
		t.Error(logged.String())
	}
	run(t, open(t, databaseURL), "SELECT FROM pg_stat_statements")
}

// The log has the text of a slow statement, in UTC and with who ran it, and nothing that users
// have stored: neither parameters, nor what an error is about.
func TestSlowStatementsAreLoggedWithoutValues(t *testing.T) {
	postgres := testservers.StartPostgres(t, append(asManaged(t), "-c", "log_min_duration_statement=0")...)
	pool := open(t, postgres.CreateDatabase(t, "logged"))
	migrate(t, pool)
	run(t, pool, "SELECT pg_sleep($1), $2::text", 0.001, "a-parameter")
	const insert = "INSERT INTO users (name, email) VALUES ($1, $2)"
	run(t, pool, insert, "a-name", "an-address@example.com")
	if _, err := pool.Exec(t.Context(), insert, "a-name", "an-address@example.com"); err == nil {
		t.Error("there are two users with the same address")
	}
	postgres.Kill()

	log := postgres.Output()
	for _, want := range []string{
		`UTC \[\d+\] postgres@logged LOG:  duration: \d+\.\d+ ms  .*: SELECT pg_sleep\(\$1\), \$2::text`,
		`postgres@logged ERROR:  duplicate key value`,
		regexp.QuoteMeta("STATEMENT:  " + insert),
	} {
		if !regexp.MustCompile(want).MatchString(log) {
			t.Errorf("no line is like %s in\n%s", want, log)
		}
	}
	for _, value := range []string{"a-parameter", "a-name", "an-address", testservers.Password} {
		if strings.Contains(log, value) {
			t.Errorf("the log contains %s:\n%s", value, log)
		}
	}
}
