// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// maxResponse bounds a response: a page or a list of 100 records, of which only a journey's are
// long.
const maxResponse = 8 << 20

// maxReported bounds what an error reports of a response.
const maxReported = 200

// client requests the frontend's pages and what they request.
type client struct {
	frontend *url.URL
	name     string
	http     http.Client
}

func newClient(options Options) *client {
	return &client{
		frontend: options.Frontend,
		name:     options.Name,
		http: http.Client{
			Timeout: requestTimeout,
			// Not http.DefaultTransport, which uses the proxy of the environment.
			Transport:     &http.Transport{},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// page requests a page and checks that it shows a text.
func (c *client) page(ctx context.Context, path, text string) error {
	body, err := c.request(ctx, http.MethodGet, path, nil, http.StatusOK)
	if err == nil && !bytes.Contains(body, []byte(text)) {
		err = fmt.Errorf("GET %s answered with a page without what it should show", nameOf(path))
	}
	return err
}

// do sends a value, if any, and reads the response into another, if any.
func (c *client) do(ctx context.Context, method, path string, send any, status int, into any) error {
	var body []byte
	if send != nil {
		var err error
		if body, err = json.Marshal(send); err != nil {
			return err
		}
	}
	answer, err := c.request(ctx, method, path, body, status)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s answered with what is not the expected JSON: %w", method, nameOf(path), err)
	}
	return nil
}

// request sends a request, and returns the response's body if it has the status.
func (c *client) request(ctx context.Context, method, path string, body []byte, status int) ([]byte, error) {
	what := method + " " + nameOf(path)
	target := strings.TrimSuffix(c.frontend.String(), "/") + path
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	request.Header.Set(contract.HeaderJourney, c.name)
	request.Header.Set("User-Agent", "interview-tracker-journey")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, reason(err))
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, reason(err))
	}
	if response.StatusCode != status {
		return nil, &statusError{response.StatusCode, fmt.Sprintf("%s answered %s%s", what, response.Status, message(answer))}
	}
	return answer, nil
}

// statusError is an answer with another status than is expected.
type statusError struct {
	code int
	text string
}

func (e *statusError) Error() string { return e.text }

// nameOf is a path for an error: without its query and ID, which differ in each run.
func nameOf(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return id.ReplaceAllString(path, "/{id}")
}

var id = regexp.MustCompile(`/[0-9]+$`)

// reason is an error without the URL, which the error before it names.
func reason(err error) error {
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err
	}
	switch timeout := net.Error(nil); {
	case errors.Is(err, context.Canceled):
		return errors.New("no answer before the journey was ended")
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("no answer within %s", requestTimeout)
	}
	return err
}

// message is what an error of the API or the proxy says, in one line.
func message(body []byte) string {
	var failed struct{ Error string }
	if json.Unmarshal(body, &failed) != nil || failed.Error == "" {
		return "" // A page: the status says enough.
	}
	text := []rune(strings.Join(strings.Fields(failed.Error), " "))
	return ": " + string(text[:min(len(text), maxReported)])
}
