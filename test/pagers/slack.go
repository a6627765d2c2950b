// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagers

import (
	"net/http"
	"strings"
)

// slackMessage is what an incoming webhook takes.
type slackMessage struct {
	Channel     string `json:"channel"`
	Text        string `json:"text"`
	Attachments []struct {
		Title     string `json:"title"`
		TitleLink string `json:"title_link"`
		Pretext   string `json:"pretext"`
		Text      string `json:"text"`
		Footer    string `json:"footer"`
		Fields    []struct {
			Title string `json:"title"`
			Value string `json:"value"`
		} `json:"fields"`
		Actions []struct {
			Text string `json:"text"`
			URL  string `json:"url"`
		} `json:"actions"`
	} `json:"attachments"`
}

// slack answers as Slack does: in plain text, with "ok" or the name of an error.
func (s *Servers) slack(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int, name string) {
		s.refuse(Slack + " " + r.URL.Path + ": " + name)
		http.Error(w, name, status)
	}
	if !strings.HasPrefix(r.PathValue("team"), "T") || !strings.HasPrefix(r.PathValue("app"), "B") {
		refuse(http.StatusNotFound, "no_service")
		return
	}
	var message slackMessage
	if err := decode(w, r, &message); err != nil {
		refuse(http.StatusBadRequest, "invalid_payload")
		return
	}
	// Slack has a default channel, but the tracker's messages always name one.
	if strings.Trim(message.Channel, "#@") == "" {
		refuse(http.StatusNotFound, "channel_not_found")
		return
	}
	lines, headlines := []string{message.Text}, []string{message.Text}
	for _, a := range message.Attachments {
		headlines = append(headlines, a.Title, a.Pretext)
		lines = append(lines, a.Title, a.TitleLink, a.Pretext, a.Text, a.Footer)
		for _, f := range a.Fields {
			lines = append(lines, f.Title, f.Value)
		}
		for _, action := range a.Actions {
			lines = append(lines, action.Text, action.URL)
		}
	}
	text := strings.TrimSpace(strings.Join(lines, "\n"))
	if text == "" {
		refuse(http.StatusBadRequest, "no_text")
		return
	}
	s.take(Page{Via: Slack, To: message.Channel, Resolved: saysResolved(strings.Join(headlines, "\n")), Text: text})
	_, _ = w.Write([]byte("ok"))
}
