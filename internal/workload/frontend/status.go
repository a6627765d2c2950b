// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

const (
	// statusTimeout is how long the status page waits for the API, which gives its dependencies 2 seconds.
	statusTimeout = 3 * time.Second
	// statusAge is how long a check is shown, so that the page is no means to put load on the database.
	statusAge = 5 * time.Second
	// maxStatus bounds what is read of the API's answer, in bytes.
	maxStatus = 64 << 10
)

// level is how well something works. Style sheets have it as a class.
type level string

const (
	works   level = "works"
	limited level = "limited"
	fails   level = "fails"
	unknown level = "unknown"
)

// verdict says in plain words how well something works. The words are ours alone: nothing that the API responds
// with is shown.
type verdict struct {
	Level level
	Words string
}

var (
	notKnown    = verdict{unknown, "Not known"}
	unavailable = verdict{fails, "Positions and interviews can’t be opened at the moment"}
	doubtful    = verdict{unknown, "Positions and interviews may not open at the moment"}
)

// system is what the status page shows.
type system struct {
	Whole                verdict
	API, Database, Cache verdict
	CheckedAt            time.Time
}

// statusPage checks how well the API and its dependencies work, once for all who ask within statusAge.
type statusPage struct {
	api     *client
	timeout time.Duration
	log     *slog.Logger

	// current holds the latest status. Who has taken it out may replace it, and the others wait.
	current chan system
}

func newStatusPage(api *client, timeout time.Duration, log *slog.Logger) *statusPage {
	s := &statusPage{api: api, timeout: min(timeout, statusTimeout), log: log, current: make(chan system, 1)}
	s.current <- system{}
	return s
}

// page is the page. It is no failure of the page that the API fails.
func (s *statusPage) page(r *http.Request) (view, error) {
	return view{
		Template: "status", Title: "Status", Section: contract.PathStatus, Refresh: true,
		CacheControl: fmt.Sprintf("public, max-age=%d", int(statusAge.Seconds())),
		Data:         s.status(r.Context()),
	}, nil
}

// status is that of a check which is younger than statusAge. Those who ask during a check wait for its result.
func (s *statusPage) status(ctx context.Context) system {
	current := <-s.current
	defer func() { s.current <- current }()
	if time.Since(current.CheckedAt) >= statusAge {
		// The result is for others as well: the check does not end when the first one leaves.
		current = s.check(context.WithoutCancel(ctx))
		current.CheckedAt = time.Now()
	}
	return current
}

// check asks the API.
func (s *statusPage) check(ctx context.Context) system {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	body, err := s.read(ctx)
	if err != nil {
		s.log.DebugContext(ctx, "the API does not respond to the status page", "exception", err)
		return system{
			Whole:    unavailable,
			API:      verdict{fails, "Does not respond"},
			Database: notKnown, Cache: notKnown,
		}
	}
	var response health
	if err := json.Unmarshal(body, &response); err != nil || !response.valid() {
		s.log.DebugContext(ctx, "the status page can't use the API's response", "exception", err)
		return system{
			Whole:    doubtful,
			API:      verdict{fails, "Does not work properly"},
			Database: notKnown, Cache: notKnown,
		}
	}
	return response.system()
}

// read reads the response of the API's health endpoint that has its dependencies, up to maxStatus.
func (s *statusPage) read(ctx context.Context) ([]byte, error) {
	request, err := s.api.request(ctx, contract.PathDetailed, nil)
	if err != nil {
		return nil, err
	}
	response, err := s.api.transport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(io.LimitReader(response.Body, maxStatus))
}

// health is what the status page needs of a contract.Detailed.
type health struct {
	Status       contract.Status       `json:"status"`
	Dependencies map[string]dependency `json:"dependencies"`
}

type dependency struct {
	Status contract.Status     `json:"status"`
	Error  contract.ErrorClass `json:"error"`
}

// valid reports whether it is the response of an API, and not any other JSON.
func (h health) valid() bool {
	return h.Status == contract.StatusHealthy || h.Status == contract.StatusUnhealthy
}

// system is what the response means to users.
func (h health) system() system {
	shown := system{
		API:      verdict{works, "Works"},
		Database: h.Dependencies[contract.Database].verdict(),
		Cache:    h.Dependencies[contract.Redis].verdict(),
	}
	switch {
	case shown.Database.Level == fails:
		shown.Whole = unavailable
	case shown.Database.Level == limited:
		shown.Whole = verdict{limited, "Positions and interviews can be opened, but not changed at the moment"}
	case shown.Database.Level == works && shown.Cache.Level == fails:
		shown.Whole = verdict{limited, "Positions and interviews can be used, but may open slowly at the moment"}
	case shown.Database.Level == works && shown.Cache.Level == works && h.Status == contract.StatusHealthy:
		shown.Whole = verdict{works, "Everything works"}
	default: // Something is not known, or does not work which the page does not show.
		shown.Whole = doubtful
	}
	return shown
}

// verdict is the dependency's, which is not known if the response does not have it.
func (d dependency) verdict() verdict {
	switch {
	case d.Status == contract.StatusHealthy:
		return verdict{works, "Works"}
	case d.Status == contract.StatusUnhealthy && d.Error == contract.ErrorReadOnly:
		return verdict{limited, "Can be read, but not changed"}
	case d.Status == contract.StatusUnhealthy:
		return verdict{fails, "Does not work"}
	}
	return notKnown
}
