// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package hiring

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/cache"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// queryTimeout limits how long a request waits for the database.
const queryTimeout = 5 * time.Second

// store is what all collections use.
type store struct {
	pool  *pgxpool.Pool
	lists *cache.Lists
	log   *slog.Logger
	now   func() time.Time
}

// collection is a table of R with its endpoints.
type collection[R any, P record[R]] struct {
	store
	stored   prometheus.Counter
	name     string
	singular string
	columns  []string // of the draft
	derived  []string // SQL of what is read from other tables
	shownBy  string   // the collection, if any, that shows something of this one
	filters  map[string]filter
	journeys string // SQL of the only records that the requests of journeys reach, or empty for all
}

// reached is the SQL of the records that a request reaches. Anyone can send the header: it
// restricts, and permits nothing.
func (c *collection[R, P]) reached(r *http.Request) string {
	if c.journeys == "" || !ofJourney(r) {
		return "true"
	}
	return c.journeys
}

func ofJourney(r *http.Request) bool { return r.Header.Get(contract.HeaderJourney) != "" }

// selected are the columns of a whole record.
func (c *collection[R, P]) selected() string {
	columns := append([]string{"id"}, c.columns...)
	columns = append(columns, c.derived...)
	return strings.Join(append(columns, "created_at"), ", ")
}

// parameters are $FIRST, $FIRST+1 … for the columns of the draft.
func (c *collection[R, P]) parameters(first int) string {
	parameters := make([]string, len(c.columns))
	for i := range c.columns {
		parameters[i] = "$" + strconv.Itoa(first+i)
	}
	return strings.Join(parameters, ", ")
}

// write runs a change of the table. It is not cancelled with the request: what has changed
// although the client has gone must be counted, and dropped from the cache.
func (c *collection[R, P]) write(ctx context.Context, change func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), queryTimeout)
	defer cancel()
	if err := change(ctx); err != nil {
		return err
	}
	c.lists.Invalidate(ctx, c.name)
	return nil
}

// one runs a statement that returns a record.
func one[R any](ctx context.Context, db querier, statement string, arguments ...any) (R, error) {
	rows, _ := db.Query(ctx, statement, arguments...) // the rows hold Query's error
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[R])
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error)
}

func (c *collection[R, P]) post(w http.ResponseWriter, r *http.Request) {
	var in R
	body, err := readBody(w, r)
	if err == nil {
		err = decode(body, P(&in).draft())
	}
	if err == nil {
		err = c.validate(&in, nil)
	}
	if err != nil {
		c.writeError(w, r, err)
		return
	}
	var record R
	err = c.write(r.Context(), func(ctx context.Context) (err error) {
		insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) RETURNING %s",
			c.name, strings.Join(c.columns, ", "), c.parameters(1), c.selected())
		if record, err = one[R](ctx, c.pool, insert, P(&in).values()...); err == nil && !ofJourney(r) {
			c.stored.Inc()
		}
		return err
	})
	if err != nil {
		c.writeError(w, r, err)
		return
	}
	server.WriteJSON(w, http.StatusCreated, record)
}

func (c *collection[R, P]) list(w http.ResponseWriter, r *http.Request) {
	page, err := parsePage(r.URL.RawQuery, c.filters)
	if err != nil {
		c.writeError(w, r, err)
		return
	}
	reached := c.reached(r)
	page.where += " AND " + reached
	load := func(ctx context.Context) ([]byte, error) { return c.load(ctx, page) }
	var body []byte
	if page.first() && reached == "true" { // What everyone asks for, and so few variants that clients can't fill Redis.
		body, err = c.lists.Read(r.Context(), c.name, "limit="+strconv.Itoa(page.limit), load)
	} else {
		body, err = load(r.Context())
	}
	if err != nil {
		c.writeError(w, r, err)
		return
	}
	server.WriteRawJSON(w, http.StatusOK, body)
}

// list is the response of a list.
type list[R any] struct {
	Items []R   `json:"items"`
	Total int64 `json:"total"` // of all pages
}

// load reads a page of the records, and their number, at one moment.
func (c *collection[R, P]) load(ctx context.Context, p page) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	count := fmt.Sprintf("SELECT count(*) FROM %s WHERE %s", c.name, p.where)
	items := fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT %d OFFSET %d",
		c.selected(), c.name, p.where, p.order, p.limit, p.offset)
	var found list[R]
	snapshot := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err := pgx.BeginTxFunc(ctx, c.pool, snapshot, func(tx pgx.Tx) error {
		err := tx.QueryRow(ctx, count, p.arguments...).Scan(&found.Total)
		if err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, items, p.arguments...) // the rows hold Query's error
		found.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[R])
		return err
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(found)
}

func (c *collection[R, P]) get(w http.ResponseWriter, r *http.Request) {
	id, err := parseID(r.PathValue("id"))
	var record R
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), queryTimeout)
		defer cancel()
		record, err = one[R](ctx, c.pool, c.selectOne(r), id)
	}
	if err != nil {
		c.writeError(w, r, err)
		return
	}
	server.WriteJSON(w, http.StatusOK, record)
}

func (c *collection[R, P]) selectOne(r *http.Request) string {
	return fmt.Sprintf("SELECT %s FROM %s WHERE id = $1 AND %s", c.selected(), c.name, c.reached(r))
}

func (c *collection[R, P]) patch(w http.ResponseWriter, r *http.Request) {
	id, err := parseID(r.PathValue("id"))
	var body []byte
	if err == nil {
		body, err = readBody(w, r)
	}
	if err == nil {
		err = checkPatch(body)
	}
	if err == nil { // Before the record is locked, and also while there is no database.
		var probe R
		err = decode(body, P(&probe).draft())
	}
	var record R
	if err == nil {
		err = c.write(r.Context(), func(ctx context.Context) (err error) {
			if record, err = c.change(ctx, c.selectOne(r), id, body); err == nil && c.shownBy != "" {
				c.lists.Invalidate(ctx, c.shownBy)
			}
			return err
		})
	}
	if err != nil {
		c.writeError(w, r, err)
		return
	}
	server.WriteJSON(w, http.StatusOK, record)
}

// change replaces the fields that the body has, of the record that selectOne finds.
func (c *collection[R, P]) change(ctx context.Context, selectOne string, id int64, body []byte) (record R, err error) {
	update := fmt.Sprintf("UPDATE %s SET (%s) = ROW(%s) WHERE id = $1 RETURNING %s",
		c.name, strings.Join(c.columns, ", "), c.parameters(2), c.selected())
	err = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		stored, err := one[R](ctx, tx, selectOne+" FOR NO KEY UPDATE", id)
		if err != nil {
			return err
		}
		changed := stored
		if err := decode(body, P(&changed).draft()); err != nil {
			return err
		}
		if err := c.validate(&changed, &stored); err != nil {
			return err
		}
		record, err = one[R](ctx, tx, update, append([]any{id}, P(&changed).values()...)...)
		return err
	})
	return record, err
}

func (c *collection[R, P]) validate(draft P, stored *R) error {
	if err := draft.validate(stored, c.now()); err != nil {
		return &failure{http.StatusUnprocessableEntity, err.Error()}
	}
	return nil
}

func (c *collection[R, P]) remove(w http.ResponseWriter, r *http.Request) {
	id, err := parseID(r.PathValue("id"))
	if err == nil {
		err = c.write(r.Context(), func(ctx context.Context) error {
			removed, err := c.pool.Exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE id = $1 AND %s", c.name, c.reached(r)), id)
			switch {
			case hasCode(err, codeForeignKeyViolation):
				return &failure{http.StatusConflict, fmt.Sprintf("the %s has %s: delete them, or move them to another %[1]s, first", c.singular, c.shownBy)}
			case err == nil && removed.RowsAffected() == 0:
				return pgx.ErrNoRows
			}
			return err
		})
	}
	if err != nil {
		c.writeError(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// parseID reads the id of a record, which may not exist.
func parseID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, badRequest("an id is a number from 1 up")
	}
	return id, nil
}
