// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
)

func forwarderTo(t *testing.T, handler http.HandlerFunc) Forwarder {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return Forwarder{Config: &rest.Config{Host: server.URL}, Stderr: io.Discard}
}

var alertmanagerPod = types.NamespacedName{Namespace: "monitoring", Name: "alertmanager-main-0"}

func TestForwardReportsFailures(t *testing.T) {
	status := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(metav1.Status{
			TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusFailure, Reason: metav1.StatusReasonForbidden,
			Code: http.StatusForbidden, Message: `pods "alertmanager-main-0" is forbidden: cannot create resource "pods/portforward"`,
		})
	}
	t.Run("forbidden", func(t *testing.T) {
		f := forwarderTo(t, status)
		_, err := f.Forward(t.Context(), alertmanagerPod, 9093)
		if err == nil || !strings.Contains(err.Error(), `cannot create resource "pods/portforward"`) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("silence", func(t *testing.T) {
		ended := make(chan struct{})
		f := forwarderTo(t, func(http.ResponseWriter, *http.Request) { <-ended })
		defer close(ended)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := f.Forward(ctx, alertmanagerPod, 9093); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}
