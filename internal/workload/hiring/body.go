// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package hiring

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/trace"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/server"
)

// maxBody is the largest request in bytes.
const maxBody = 64 << 10

// Postgres' error codes.
const (
	codeForeignKeyViolation = "23503"
	codeUniqueViolation     = "23505"
)

// failure is an error to report to the client.
type failure struct {
	status  int
	message string
}

// Error implements error.
func (f *failure) Error() string { return f.message }

func badRequest(format string, arguments ...any) error {
	return &failure{http.StatusBadRequest, fmt.Sprintf(format, arguments...)}
}

// readBody reads the JSON of a request, before anything in the database waits for it.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || mediaType != "application/json" {
		return nil, &failure{http.StatusUnsupportedMediaType, "Content-Type must be application/json"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, &failure{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit)}
	}
	if err != nil {
		return nil, badRequest("the body can't be read: %v", err)
	}
	return body, nil
}

// decode reads one JSON object. Fields that it does not have remain as they are.
func decode(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		_, err = decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = errors.New("more than one value")
		}
	}
	return badRequest("the body is not the expected JSON: %v", err)
}

// checkPatch refuses what would change nothing: no field, or null, which decodes to nothing.
func checkPatch(body []byte) error {
	var fields map[string]json.RawMessage
	if err := decode(body, &fields); err != nil {
		return err
	}
	if len(fields) == 0 {
		return badRequest("the body has no field to change")
	}
	for name, value := range fields {
		if string(value) == "null" {
			return badRequest("%s must not be null: leave out what shall not change", name)
		}
	}
	return nil
}

func hasCode(err error, code string) bool {
	answer := (*pgconn.PgError)(nil)
	return errors.As(err, &answer) && answer.Code == code
}

// writeError reports an error to the client, or logs it if it is internal.
func (c *collection[R, P]) writeError(w http.ResponseWriter, r *http.Request, err error) {
	failed := (*failure)(nil)
	switch {
	case errors.As(err, &failed):
		server.WriteError(w, failed.status, failed.message)
	case errors.Is(err, pgx.ErrNoRows):
		server.WriteError(w, http.StatusNotFound, "there is no such "+c.singular)
	case hasCode(err, codeUniqueViolation):
		server.WriteError(w, http.StatusConflict, "email must not be that of another user")
	case hasCode(err, codeForeignKeyViolation):
		server.WriteError(w, http.StatusUnprocessableEntity, "the position does not exist")
	case r.Context().Err() != nil:
		server.WriteError(w, server.StatusClientClosedRequest, "the client closed the request")
	default:
		c.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "exception", err)
		trace.SpanFromContext(r.Context()).RecordError(err)
		server.WriteError(w, http.StatusServiceUnavailable, "the database is not available")
	}
}
