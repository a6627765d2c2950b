// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package healthcheck_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/interview-tracker/interview-tracker-operator/internal/workload/healthcheck"
)

func TestCheck(t *testing.T) {
	for code, healthy := range map[int]bool{
		http.StatusOK: true, http.StatusNoContent: true,
		http.StatusFound: false, http.StatusNotFound: false, http.StatusServiceUnavailable: false,
	} {
		backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
		}))
		if err := healthcheck.Check(t.Context(), backend.URL); (err == nil) != healthy {
			t.Errorf("%d: %v", code, err)
		}
		backend.Close()
		if err := healthcheck.Check(t.Context(), backend.URL); err == nil {
			t.Error("no error although nothing listens")
		}
	}
	if err := healthcheck.Check(t.Context(), "no URL"); err == nil {
		t.Error("no error for an invalid URL")
	}
}
