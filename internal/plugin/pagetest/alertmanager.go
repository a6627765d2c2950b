// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package pagetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"
	"sigs.k8s.io/yaml"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
)

const (
	// requestTimeout bounds a request, to the API server as to Alertmanager.
	requestTimeout = 10 * time.Second

	// maxAnswer bounds an answer of Alertmanager, which may be its whole configuration.
	maxAnswer = 32 << 20
	// maxFailure bounds what is quoted of an answer that is an error.
	maxFailure = 1 << 10
)

// sentAlert is an alert as it is sent to Alertmanager.
type sentAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
}

// routedAlert is what Alertmanager says of an alert that it has.
type routedAlert struct {
	Labels    map[string]string
	Receivers []struct{ Name string }
	Status    struct{ SilencedBy, InhibitedBy []string }
}

// alertmanager is the API of an Alertmanager.
type alertmanager struct {
	base   *url.URL
	client *http.Client
}

// newAlertmanager returns the API of the Alertmanager at HOST:PORT whose paths begin with a
// prefix.
func newAlertmanager(address, prefix string) alertmanager {
	base := &url.URL{Scheme: "http", Host: address, Path: "/"}
	return alertmanager{
		base: base.JoinPath(prefix, "api/v2"),
		client: &http.Client{
			Timeout:   requestTimeout,
			Transport: &http.Transport{DisableKeepAlives: true}, // and without a proxy, to a forwarded port
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse // Only the pod is asked.
			},
		},
	}
}

// send sends alerts.
func (a alertmanager) send(ctx context.Context, alerts []sentAlert) error {
	body, err := json.Marshal(alerts)
	if err != nil {
		return err
	}
	_, err = a.do(ctx, http.MethodPost, a.base.JoinPath("alerts"), body)
	return err
}

// routed returns the test alerts of a run: those that have the labels of one of them, but for
// its name and severity.
func (a alertmanager) routed(ctx context.Context, labels map[string]string) ([]routedAlert, error) {
	var filters []string
	for _, name := range []string{"namespace", "tracker", labelPageTest, v1alpha1.LabelEscalationLevel} {
		filters = append(filters, name+"="+strconv.Quote(labels[name])) // An empty value selects what lacks the label.
	}
	target := a.base.JoinPath("alerts")
	target.RawQuery = url.Values{"filter": filters}.Encode()
	answer, err := a.do(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	var alerts []routedAlert
	if err := json.Unmarshal(answer, &alerts); err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", target.Path, err)
	}
	return alerts, nil
}

// sendingReceivers returns the names of the receivers that send anything: one may be empty, to
// drop what is routed to it.
func (a alertmanager) sendingReceivers(ctx context.Context) (sets.Set[string], error) {
	target := a.base.JoinPath("status")
	answer, err := a.do(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	var status struct{ Config struct{ Original string } }
	if err := json.Unmarshal(answer, &status); err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", target.Path, err)
	}
	var config struct{ Receivers []map[string]any }
	if err := yaml.Unmarshal([]byte(status.Config.Original), &config); err != nil {
		return nil, errors.New("the configuration that Alertmanager shows is not valid YAML") // The error may quote it.
	}
	sending := sets.New[string]()
	for _, receiver := range config.Receivers {
		name, _ := receiver["name"].(string)
		for field, value := range receiver {
			if list, ok := value.([]any); ok && strings.HasSuffix(field, "_configs") && len(list) > 0 {
				sending.Insert(name)
			}
		}
	}
	return sending, nil
}

// do makes a request and returns the body of the answer.
func (a alertmanager) do(ctx context.Context, method string, target *url.URL, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading the answer of %s: %w", target.Path, err)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the answer of %s is %s: %s", target.Path, response.Status, answer[:min(len(answer), maxFailure)])
	case len(answer) > maxAnswer:
		return nil, fmt.Errorf("the answer of %s is larger than %d bytes", target.Path, maxAnswer)
	}
	return answer, nil
}
