// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

const (
	// askTimeout bounds the question to a pod.
	askTimeout = 3 * time.Second
	// maxAsked is how many pods are asked.
	maxAsked = 10
	// maxAnswer bounds the answer of a pod.
	maxAnswer = 64 << 10
)

// Answer is what one of the API's pods says of a dependency.
type Answer struct {
	Pod     string `json:"pod"`
	Healthy bool   `json:"healthy"`
	// Error is what kind of failure makes it unhealthy.
	Error        string `json:"error,omitempty"`
	Milliseconds int64  `json:"milliseconds"`
}

// podAnswer is the whole answer of one pod.
type podAnswer struct {
	pod          string
	dependencies map[string]contract.Dependency
}

// answersOf are the answers about one dependency.
func answersOf(asked []podAnswer, dependency string) []Answer {
	var all []Answer
	for _, a := range asked {
		d, ok := a.dependencies[dependency]
		if !ok {
			continue
		}
		answer := Answer{Pod: a.pod, Healthy: d.Status == contract.StatusHealthy, Milliseconds: d.ResponseTimeMS}
		if !answer.Healthy {
			answer.Error = string(d.Error.Known())
		}
		all = append(all, answer)
	}
	return all
}

// errRefused is that the API server does not let the user through to pods.
var errRefused = errors.New("you may not get pods/proxy")

// ask asks running pods of the API for the health of their dependencies, through the API server.
// It returns the answers by the pods' names, and what could not be asked, and why.
func ask(ctx context.Context, config *rest.Config, pods []corev1.Pod, port int32) (answers []podAnswer, unread []string) {
	running := slices.DeleteFunc(slices.Clone(pods), func(p corev1.Pod) bool { return p.Status.Phase != corev1.PodRunning || p.DeletionTimestamp != nil })
	if len(running) == 0 {
		return nil, nil
	}
	running = running[:min(len(running), maxAsked)]
	client, base, err := proxy(config)
	if err != nil {
		return nil, []string{fmt.Sprintf("response times: %v", err)}
	}
	found, failures := make([]*podAnswer, len(running)), make([]error, len(running))
	var group sync.WaitGroup
	for i := range running {
		group.Go(func() { found[i], failures[i] = askOne(ctx, client, base, &running[i], port) })
	}
	group.Wait()
	for i, failure := range failures {
		switch {
		case errors.Is(failure, errRefused):
			return nil, []string{"response times now: " + errRefused.Error() + " in this namespace; dependencies are as the status says"}
		case failure != nil:
			unread = append(unread, fmt.Sprintf("response times by Pod %s: %v", running[i].Name, failure))
		default:
			answers = append(answers, *found[i])
		}
	}
	return answers, unread
}

// proxy returns a client of the API server and its address.
func proxy(config *rest.Config) (*http.Client, *url.URL, error) {
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the API server's address: %w", err)
	}
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, nil, fmt.Errorf("connecting to the API server: %w", err)
	}
	limited := *client
	limited.Timeout = askTimeout
	limited.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &limited, base, nil
}

func askOne(ctx context.Context, client *http.Client, base *url.URL, pod *corev1.Pod, port int32) (*podAnswer, error) {
	target := base.JoinPath("api/v1/namespaces", pod.Namespace, "pods", fmt.Sprintf("http:%s:%d", pod.Name, port), "proxy", contract.PathDetailed)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("it does not answer: %w", errors.Unwrap(err))
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("its answer breaks off: %w", err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("its answer has more than %d bytes", maxAnswer)
	}
	return parse(pod.Name, response.StatusCode, body)
}

// parse reads an answer of a pod, or of the API server in its place.
func parse(pod string, code int, body []byte) (*podAnswer, error) {
	var answer struct {
		Kind         string                         `json:"kind"` // of the API server's own answers
		Dependencies map[string]contract.Dependency `json:"dependencies"`
	}
	err := json.Unmarshal(body, &answer)
	switch {
	case code == http.StatusForbidden && answer.Kind == "Status", code == http.StatusUnauthorized:
		return nil, errRefused
	case answer.Kind == "Status":
		return nil, fmt.Errorf("the API server can't reach it (%d %s)", code, http.StatusText(code))
	case err != nil || answer.Dependencies == nil:
		return nil, fmt.Errorf("%s answers %d %s without the dependencies of the contract", contract.PathDetailed, code, http.StatusText(code))
	}
	return &podAnswer{pod: pod, dependencies: answer.Dependencies}, nil
}
