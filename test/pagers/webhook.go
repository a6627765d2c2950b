// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagers

import (
	"net/http"
	"strings"
	"time"
)

// Alert is an alert in Alertmanager's own format.
type Alert struct {
	Status      string            `json:"status"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
}

// webhook takes version 4 of Alertmanager's format.
func (s *Servers) webhook(w http.ResponseWriter, r *http.Request) {
	var message struct {
		Version  string  `json:"version"`
		Receiver string  `json:"receiver"`
		Status   string  `json:"status"`
		Alerts   []Alert `json:"alerts"`
	}
	err := decode(w, r, &message)
	if err != nil || message.Version != "4" || message.Receiver == "" || len(message.Alerts) == 0 {
		s.refuse(Webhook + " " + r.URL.Path + ": not version 4 of Alertmanager's format")
		http.Error(w, "not version 4 of Alertmanager's format", http.StatusBadRequest)
		return
	}
	lines := []string{message.Status}
	for _, a := range message.Alerts {
		lines = append(lines, a.Status, a.Labels["alertname"], a.Annotations["summary"], a.Annotations["description"], a.Annotations["runbook_url"])
	}
	s.take(Page{
		Via: Webhook, To: r.URL.Path, Resolved: message.Status == "resolved",
		Text: strings.Join(lines, "\n"), Alerts: message.Alerts,
	})
}
