// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// pagerDutyEvent is an event of the Events API v2.
type pagerDutyEvent struct {
	RoutingKey string `json:"routing_key"`
	Action     string `json:"event_action"`
	DedupKey   string `json:"dedup_key"`
	Client     string `json:"client"`
	ClientURL  string `json:"client_url"`
	Payload    *struct {
		Summary  string          `json:"summary"`
		Source   string          `json:"source"`
		Severity string          `json:"severity"`
		Details  json.RawMessage `json:"custom_details"`
	} `json:"payload"`
	Links []struct {
		Href string `json:"href"`
		Text string `json:"text"`
	} `json:"links"`
}

// problems are what the API finds wrong with an event.
func (e pagerDutyEvent) problems() []string {
	var all []string
	if len(e.RoutingKey) != 32 {
		all = append(all, "Length of 'routing_key' is incorrect (should be 32 characters)")
	}
	switch e.Action {
	case "trigger":
		return append(all, e.payloadProblems()...)
	case "acknowledge", "resolve":
		if e.DedupKey == "" {
			all = append(all, "'dedup_key' is missing or blank")
		}
	default:
		all = append(all, "'event_action' is invalid")
	}
	return all
}

func (e pagerDutyEvent) payloadProblems() []string {
	if e.Payload == nil {
		return []string{"'payload' is missing or blank"}
	}
	var all []string
	if e.Payload.Summary == "" || len(e.Payload.Summary) > 1024 {
		all = append(all, "'payload.summary' is missing or blank, or too long")
	}
	if e.Payload.Source == "" {
		all = append(all, "'payload.source' is missing or blank")
	}
	if !slices.Contains([]string{"critical", "error", "warning", "info"}, e.Payload.Severity) {
		all = append(all, "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')")
	}
	return all
}

func (e pagerDutyEvent) text() string {
	lines := []string{e.Client, e.ClientURL}
	if e.Payload != nil {
		lines = append(lines, e.Payload.Summary, e.Payload.Source, e.Payload.Severity, string(e.Payload.Details))
	}
	for _, link := range e.Links {
		lines = append(lines, link.Text, link.Href)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func (s *Servers) pagerDuty(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	var event pagerDutyEvent
	problems := []string{"Invalid JSON"}
	if err := decode(w, r, &event); err == nil {
		problems = event.problems()
	}
	if len(problems) > 0 {
		s.refuse(fmt.Sprintf("%s %s: %q", PagerDuty, event.RoutingKey, problems))
		answer(http.StatusBadRequest, map[string]any{
			"status": "invalid event", "message": "Event object is invalid", "errors": problems,
		})
		return
	}
	s.take(Page{Via: PagerDuty, To: event.RoutingKey, Resolved: event.Action == "resolve", Text: event.text(), DedupKey: event.DedupKey})
	answer(http.StatusAccepted, map[string]string{"status": "success", "message": "Event processed", "dedup_key": event.DedupKey})
}
