// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package observe

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/utils/ptr"

	"github.com/interview-tracker/interview-tracker-operator/internal/snapshot"
)

// Limits of an answer. One has three numbers.
const (
	maxAnswerHeader = 8 << 10
	maxAnswer       = 64 << 10
	// maxLatency is longer than any request: an application may have any buckets.
	maxLatency = time.Hour
)

// PrometheusTransport connects to a Prometheus: directly, and once for each query.
func PrometheusTransport() http.RoundTripper {
	return &http.Transport{DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: maxAnswerHeader}
}

// prometheus is one that is asked. It has no credentials, and follows no redirects.
type prometheus struct {
	http.RoundTripper
	url *url.URL
}

// addressOf is where the first pod of a Prometheus object serves. No part of the host is anybody's choice but
// the names of Kubernetes objects in the namespace of the object.
func addressOf(p *monitoringv1.Prometheus) *url.URL {
	service := ptr.Deref(p.Spec.ServiceName, "")
	if len(validation.IsDNS1123Label(service)) > 0 { // Empty, or none that a Service can have.
		service = "prometheus-operated"
	}
	host := fmt.Sprintf("prometheus-%s-0.%s.%s.svc", p.Name, service, p.Namespace)
	return (&url.URL{Scheme: "http", Host: net.JoinHostPort(host, "9090"), Path: "/"}).JoinPath(cmp.Or(p.Spec.RoutePrefix, "/"))
}

// unreachedError is a connection that failed. Its text is one of a few.
type unreachedError string

// Error implements error.
func (e unreachedError) Error() string { return "could not be reached: " + string(e) }

func isUnreached(err error) bool {
	_, unreached := errors.AsType[unreachedError](err)
	return unreached
}

// unreached classifies what prevented an answer, without any of its words.
func unreached(err error) unreachedError {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	timeout, isNet := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), isNet && timeout.Timeout():
		return "timeout"
	case isDNS && dns.IsNotFound:
		return "its address does not exist"
	default:
		return "the connection failed"
	}
}

// traffic evaluates a trafficQuery at a time. What it says is zero when it has no data, or no number.
func (p prometheus) traffic(ctx context.Context, query string, at time.Time) (snapshot.Traffic, error) {
	values, err := p.evaluate(ctx, query, at)
	if err != nil {
		return snapshot.Traffic{}, err
	}
	of := snapshot.Traffic{
		Requests: values[isRequests],
		Latency:  time.Duration(min(values[isLatency], maxLatency.Seconds()) * float64(time.Second)),
	}
	if of.Requests > 0 {
		of.ErrorRatio = min(values[isFailures]/of.Requests, 1)
	}
	return of, nil
}

// answer is the part that is read of what Prometheus answers to a query.
type answer struct {
	Data struct {
		ResultType string `json:"resultType"`
		Result     []struct {
			Metric struct {
				Is string `json:"is"`
			} `json:"metric"`
			Value model.SamplePair `json:"value"`
		} `json:"result"`
	} `json:"data"`
}

// evaluate returns the values of an instant query by their label is, without those that are no finite number from 0
// up. An error says nothing of what was answered but its status.
func (p prometheus) evaluate(ctx context.Context, query string, at time.Time) (map[string]float64, error) {
	target := p.url.JoinPath("api/v1/query")
	target.RawQuery = url.Values{"query": {query}, "time": {strconv.FormatInt(at.Unix(), 10)}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return nil, unreached(err)
	}
	response, err := p.RoundTrip(request)
	if err != nil {
		return nil, unreached(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %d", response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return nil, unreached(err)
	}
	var read answer
	if len(body) > maxAnswer || json.Unmarshal(body, &read) != nil || read.Data.ResultType != "vector" {
		return nil, errors.New("did not answer as Prometheus does")
	}
	values := map[string]float64{}
	for _, sample := range read.Data.Result {
		if value := float64(sample.Value.Value); value >= 0 && !math.IsInf(value, 0) { // NaN is not, either.
			values[sample.Metric.Is] = value
		}
	}
	return values, nil
}
