// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package server

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/felixge/httpsnoop"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// Request describes a completed request.
type Request struct {
	// Endpoint is the path of the pattern that matched, such as /positions, or
	// EndpointOther, so that it has few values as a label.
	Endpoint string
	Status   int
	Duration time.Duration
}

// EndpointOther is the Endpoint of a request that no pattern matched.
const EndpointOther = "other"

// Monitoring reports whether the request is for health or metrics.
func (r Request) Monitoring() bool {
	return r.Endpoint == contract.PathMetrics || r.Endpoint == contract.PathHealth || strings.HasPrefix(r.Endpoint, contract.PathHealth+"/")
}

// Observe calls each observer after each request to mux, even if its handler panics.
func Observe(mux http.Handler, observers ...func(*http.Request, Request)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response := httpsnoop.Metrics{Code: http.StatusOK} // The default of net/http.
		returned := false
		defer func() {
			if !returned && response.Code == http.StatusOK && response.Written == 0 { // It panicked before it responded.
				response.Code = http.StatusInternalServerError
			}
			request := Request{Endpoint: endpoint(r.Pattern), Status: response.Code, Duration: response.Duration}
			for _, observe := range observers {
				observe(r, request)
			}
		}()
		response.CaptureMetrics(w, func(w http.ResponseWriter) { mux.ServeHTTP(w, r) })
		returned = true
	})
}

// AccessLog returns an observer that logs requests for health and metrics at DEBUG and all
// others at INFO.
func AccessLog(log *slog.Logger) func(*http.Request, Request) {
	return func(r *http.Request, request Request) {
		level := slog.LevelInfo
		if request.Monitoring() {
			level = slog.LevelDebug
		}
		log.Log(r.Context(), level, "request",
			"method", r.Method,
			"path", r.URL.Path,
			"status", request.Status,
			"duration_ms", float64(request.Duration.Microseconds())/1000,
			"remote", r.RemoteAddr,
		)
	}
}

// endpoint is the path of a ServeMux pattern, which is [METHOD ][HOST]/[PATH].
func endpoint(pattern string) string {
	slash := strings.IndexByte(pattern, '/')
	if slash < 0 {
		return EndpointOther
	}
	return strings.TrimSuffix(pattern[slash:], "{$}")
}
