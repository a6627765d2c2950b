// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package journey goes through the tracker as its users do: it adds a position, registers a user
// and schedules an interview through the frontend, reads them back and removes them.
package journey

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

const (
	// requestTimeout limits each request: a step that hangs fails with its name before the
	// whole journey is ended, after a minute by default.
	requestTimeout = 10 * time.Second
	// removalTimeout limits the removal after a failure, and so that of an earlier run's rest.
	// It is shorter than the 30 seconds that Kubernetes leaves a container that is to end.
	removalTimeout = 15 * time.Second
	// maxLeftovers limits how many records of each kind a run removes of earlier runs.
	maxLeftovers = 100
	// leftoverAge is the age of a record from which on no run uses it: the operator ends runs after
	// 30 minutes at most. Another tracker with the same database can have a journey of the same name.
	leftoverAge = 30 * time.Minute
)

// Options are the options of Run.
type Options struct {
	// Frontend is the URL of the frontend.
	Frontend *url.URL
	// Name is the journey's name, which marks what it creates: a DNS label.
	Name string
	// Log is for what a run finds that does not fail it.
	Log *slog.Logger
}

// record is what a position, an interview and a user have in common, and what tells them apart.
type record struct {
	ID         int64     `json:"id,omitempty"`
	Title      string    `json:"title,omitempty"`
	PositionID int64     `json:"position_id,omitempty"`
	Candidate  string    `json:"candidate,omitempty"`
	Scheduled  time.Time `json:"scheduled_at,omitzero"`
	Name       string    `json:"name,omitempty"`
	Email      string    `json:"email,omitempty"`
}

// listed is a record of a list, which also shows its age.
type listed struct {
	record
	CreatedAt time.Time `json:"created_at"`
}

// leftover reports that no run uses the record any more. Without created_at, as in an application
// that is not the reference workload, a run may still do so, and the record stays.
func (l listed) leftover(now time.Time) bool {
	return !l.CreatedAt.IsZero() && now.Sub(l.CreatedAt) > leftoverAge
}

// The collections, in the order in which their records are removed.
var collections = []string{"interviews", "users", "positions"}

// walk is one run.
type walk struct {
	client   *client
	log      *slog.Logger
	mark     string // in what it creates, of this journey alone
	position record
	user     record
	made     map[string]record // what it has created and not removed yet, by collection
}

// Run goes through the tracker once. Its error names the step that failed, and what answered. What it
// has created is removed after a failure as well, and what an earlier run has left before the first
// step.
func Run(ctx context.Context, options Options) error {
	number := make([]byte, 4)
	_, _ = rand.Read(number) // It never fails.
	run := hex.EncodeToString(number)
	w := &walk{
		client:   newClient(options),
		log:      options.Log,
		mark:     mark(options.Name),
		position: record{Title: mark(options.Name) + " " + run},
		user:     record{Name: mark(options.Name) + " " + run, Email: "journey+" + options.Name + "+" + run + "@" + contract.JourneyMailDomain},
		made:     map[string]record{},
	}
	unremoved := w.removeLeftovers(ctx)
	if err := w.steps(ctx); err != nil {
		w.clean(ctx)
		return err
	}
	if len(unremoved) > 0 { // Only now: when everything fails, the step of a user says more.
		w.log.Warn("what earlier runs have left can't all be removed", "failures", len(unremoved), "exception", unremoved[0])
	}
	return nil
}

// mark is what stands in the title, the name and the candidate of what a journey creates. No other
// journey's contains it: a name has no colon.
func mark(journey string) string { return "journey " + journey + ":" }

func (w *walk) steps(ctx context.Context) error {
	for _, s := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"add a position", w.addPosition},
		{"register a user", w.registerUser},
		{"schedule an interview", w.scheduleInterview},
		{"find the position", w.findPosition},
		{"find the interview", w.findInterview},
		{"find the user", w.findUser},
		{"remove the interview", w.removeOf("interviews")},
		{"remove the user", w.removeOf("users")},
		{"remove the position", w.removeOf("positions")},
	} {
		if err := s.do(ctx); err != nil {
			return fmt.Errorf("step %q: %w", s.name, err)
		}
	}
	return nil
}

func (w *walk) addPosition(ctx context.Context) error {
	if err := w.client.page(ctx, "/positions/new", `data-path="/api/positions"`); err != nil {
		return err
	}
	return w.create(ctx, "positions", w.position)
}

func (w *walk) registerUser(ctx context.Context) error {
	if err := w.client.page(ctx, "/users/new", `data-path="/api/users"`); err != nil {
		return err
	}
	return w.create(ctx, "users", w.user)
}

func (w *walk) scheduleInterview(ctx context.Context) error {
	position := w.made["positions"].ID
	form := fmt.Sprintf("/interviews/new?position_id=%d", position)
	if err := w.client.page(ctx, form, fmt.Sprintf(`<option value="%d" selected>`, position)); err != nil {
		return err
	}
	return w.create(ctx, "interviews", record{
		PositionID: position, Candidate: w.user.Name, Scheduled: time.Now().UTC().Add(24 * time.Hour).Truncate(time.Minute),
	})
}

// create posts a record and checks that the answer is this record, with an ID.
func (w *walk) create(ctx context.Context, collection string, draft record) error {
	var stored record
	path := "/api/" + collection
	if err := w.client.do(ctx, http.MethodPost, path, draft, http.StatusCreated, &stored); err != nil {
		return err
	}
	stored.Scheduled = stored.Scheduled.UTC() // As it was sent.
	w.made[collection] = stored
	want := draft
	want.ID = stored.ID
	if stored != want || stored.ID < 1 {
		return fmt.Errorf("POST %s answered with another record than was sent", path)
	}
	return nil
}

func (w *walk) findPosition(ctx context.Context) error {
	want := w.made["positions"]
	return w.client.page(ctx, fmt.Sprintf("/positions/%d", want.ID), want.Title)
}

func (w *walk) findInterview(ctx context.Context) error {
	want := w.made["interviews"]
	if err := w.client.page(ctx, fmt.Sprintf("/interviews?position_id=%d", want.PositionID), want.Candidate); err != nil {
		return err
	}
	path := fmt.Sprintf("/api/interviews/%d", want.ID)
	var found record
	if err := w.client.do(ctx, http.MethodGet, path, nil, http.StatusOK, &found); err != nil {
		return err
	}
	if !found.Scheduled.Equal(want.Scheduled) {
		return fmt.Errorf("GET %s answered with another time than that of the interview", nameOf(path))
	}
	return nil
}

func (w *walk) findUser(ctx context.Context) error {
	found, err := w.search(ctx, "users", url.Values{"q": {w.user.Email}})
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0].record != w.made["users"] {
		return errors.New("GET /api/users answered without the user")
	}
	return nil
}

func (w *walk) removeOf(collection string) func(context.Context) error {
	return func(ctx context.Context) error {
		err := w.remove(ctx, collection, w.made[collection].ID)
		if err == nil {
			delete(w.made, collection)
		}
		return err
	}
}

func (w *walk) remove(ctx context.Context, collection string, id int64) error {
	return w.client.do(ctx, http.MethodDelete, fmt.Sprintf("/api/%s/%d", collection, id), nil, http.StatusNoContent, nil)
}

// clean removes what a run that failed has created, although it was ended, as far as it can: the
// next run removes the rest.
func (w *walk) clean(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removalTimeout)
	defer cancel()
	for _, collection := range collections {
		if made, ok := w.made[collection]; ok {
			_ = w.remove(ctx, collection, made.ID) // The failure of the step is what is reported.
		}
	}
}

// removeLeftovers removes what earlier runs of this journey have created and not removed, in
// removalTimeout as far as it can, and returns what failed. That fails no journey: anyone can add a
// record that looks like one of these, and the steps of this run remove records, too.
func (w *walk) removeLeftovers(ctx context.Context) (failures []error) {
	ctx, cancel := context.WithTimeout(ctx, removalTimeout)
	defer cancel()
	for _, collection := range collections {
		found, err := w.search(ctx, collection, url.Values{"q": {w.mark}})
		if err != nil {
			failures = append(failures, err)
		}
		for _, l := range found {
			if !l.leftover(time.Now()) {
				continue
			}
			if err := w.removeLeftover(ctx, collection, l.ID); err != nil {
				failures = append(failures, fmt.Errorf("/api/%s/%d: %w", collection, l.ID, err))
			}
		}
	}
	return failures
}

// removeLeftover removes one record, of a position with the interviews that this journey has
// scheduled, whatever their age: their run has ended, too.
func (w *walk) removeLeftover(ctx context.Context, collection string, id int64) error {
	if collection == "positions" {
		found, err := w.search(ctx, "interviews", url.Values{"q": {w.mark}, "position_id": {strconv.FormatInt(id, 10)}})
		for _, l := range found {
			err = cmp.Or(err, w.removeLeftover(ctx, "interviews", l.ID))
		}
		if err != nil {
			return err
		}
	}
	err := w.remove(ctx, collection, id)
	var refused *statusError
	if errors.As(err, &refused) && refused.code == http.StatusNotFound {
		return nil // Another client has removed it.
	}
	return err
}

// search returns the records of this journey that a query finds.
func (w *walk) search(ctx context.Context, collection string, query url.Values) ([]listed, error) {
	var list struct{ Items []listed }
	query.Set("limit", strconv.Itoa(maxLeftovers))
	if err := w.client.do(ctx, http.MethodGet, "/api/"+collection+"?"+query.Encode(), nil, http.StatusOK, &list); err != nil {
		return nil, err
	}
	var found []listed
	for _, l := range list.Items {
		if strings.HasPrefix(l.Title+l.Candidate+l.Name, w.mark+" ") { // A description may mention it.
			found = append(found, l)
		}
	}
	return found, nil
}
