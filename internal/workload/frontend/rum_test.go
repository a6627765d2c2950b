// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package frontend_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/frontend"
	"github.com/interview-tracker/interview-tracker-operator/internal/workload/metrics/metricstest"
)

// reporting starts a frontend whose pages report, and which logs everything to the writer.
func reporting(t *testing.T, ratio float64, log io.Writer) *frontend.Frontend {
	t.Helper()
	f, err := frontend.New(frontend.Options{
		APIURL: &url.URL{Scheme: "http", Host: "localhost:8000"}, ResponseTimeout: frontend.ResponseTimeout, RUMSampleRatio: ratio,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// report sends a body as a page does, unless the header says otherwise.
func report(f *frontend.Frontend, body string, header http.Header) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "http://tracker.example"+contract.PathRUM, strings.NewReader(body))
	request.Header.Set("Content-Type", "text/plain;charset=UTF-8")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	request.Header.Set("Origin", "http://tracker.example")
	maps.Copy(request.Header, header)
	recorder := httptest.NewRecorder()
	f.Public.ServeHTTP(recorder, request)
	return recorder
}

// counted are the values that are not 0 of what pages have reported, without buckets.
func counted(t *testing.T, f *frontend.Frontend) map[string]float64 {
	t.Helper()
	values := scrape(t, f)
	ofPages := regexp.MustCompile(`^(web_vitals|page|route_changes|rum)_`)
	maps.DeleteFunc(values, func(series string, value float64) bool {
		return value == 0 || !ofPages.MatchString(series) || strings.Contains(series, "_bucket")
	})
	return values
}

func TestReportsAreCounted(t *testing.T) {
	f := reporting(t, 1, io.Discard)
	for _, body := range []string{
		`{"route": "/positions/{id}", "device": "mobile", "routeChange": true, "errors": 0,
		  "metrics": {"LCP": 2.75, "INP": 0.25, "CLS": 0.125, "FCP": 1.5, "TTFB": 0.5, "load": 3}}`,
		`{"route": "/positions/{id}", "device": "mobile", "errors": 2}`,
		`{"route": "/positions/7", "device": "desktop", "metrics": {"LCP": 0}}`,
		`{"route": "/status", "device": "desktop", "errors": 1}`,
	} {
		if answer := report(f, body, nil); answer.Code != http.StatusNoContent || answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %s", body, answer.Code, answer.Header(), answer.Body)
		}
	}
	mobile := `device="mobile",route="/positions/{id}"`
	want := map[string]float64{
		"web_vitals_lcp_seconds_count{" + mobile + "}": 1, "web_vitals_lcp_seconds_sum{" + mobile + "}": 2.75,
		"web_vitals_inp_seconds_count{" + mobile + "}": 1, "web_vitals_inp_seconds_sum{" + mobile + "}": 0.25,
		"web_vitals_cls_count{" + mobile + "}": 1, "web_vitals_cls_sum{" + mobile + "}": 0.125,
		"web_vitals_fcp_seconds_count{" + mobile + "}": 1, "web_vitals_fcp_seconds_sum{" + mobile + "}": 1.5,
		"web_vitals_ttfb_seconds_count{" + mobile + "}": 1, "web_vitals_ttfb_seconds_sum{" + mobile + "}": 0.5,
		"page_load_seconds_count{" + mobile + "}": 1, "page_load_seconds_sum{" + mobile + "}": 3,
		"route_changes_total{" + mobile + "}":                          1,
		"page_errors_total{" + mobile + "}":                            2,
		`web_vitals_lcp_seconds_count{device="desktop",route="other"}`: 1,
		`page_errors_total{device="desktop",route="other"}`:            1,
	}
	if diff := cmp.Diff(want, counted(t, f)); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}

func TestReportsAreRefused(t *testing.T) {
	const good = `{"route": "/", "device": "mobile", "metrics": {"LCP": 1}}`
	for name, c := range map[string]struct {
		body   string
		header http.Header
		status int
		reason string
	}{
		"no JSON":             {"LCP=1", nil, http.StatusBadRequest, "invalid"},
		"two reports":         {good + good, nil, http.StatusBadRequest, "invalid"},
		"a bracket too many":  {good + "}", nil, http.StatusBadRequest, "invalid"},
		"a list":              {"[" + good + "]", nil, http.StatusBadRequest, "invalid"},
		"an unknown field":    {`{"route": "/", "device": "mobile", "user": "Ada"}`, nil, http.StatusBadRequest, "invalid"},
		"an unknown metric":   {`{"route": "/", "device": "mobile", "metrics": {"lcp": 1}}`, nil, http.StatusBadRequest, "invalid"},
		"an unknown device":   {`{"route": "/", "device": "tablet"}`, nil, http.StatusBadRequest, "invalid"},
		"no device":           {`{"route": "/"}`, nil, http.StatusBadRequest, "invalid"},
		"a negative value":    {`{"route": "/", "device": "mobile", "metrics": {"LCP": -0.1}}`, nil, http.StatusBadRequest, "invalid"},
		"a huge value":        {`{"route": "/", "device": "mobile", "metrics": {"LCP": 600.1}}`, nil, http.StatusBadRequest, "invalid"},
		"an infinite value":   {`{"route": "/", "device": "mobile", "metrics": {"LCP": 1e999}}`, nil, http.StatusBadRequest, "invalid"},
		"a text for a value":  {`{"route": "/", "device": "mobile", "metrics": {"LCP": "1"}}`, nil, http.StatusBadRequest, "invalid"},
		"too many errors":     {`{"route": "/", "device": "mobile", "errors": 101}`, nil, http.StatusBadRequest, "invalid"},
		"less than no errors": {`{"route": "/", "device": "mobile", "errors": -1}`, nil, http.StatusBadRequest, "invalid"},
		"part of an error":    {`{"route": "/", "device": "mobile", "errors": 0.5}`, nil, http.StatusBadRequest, "invalid"},
		"a large body":        {good + strings.Repeat(" ", 4<<10), nil, http.StatusRequestEntityTooLarge, "too_large"},
		"another site":        {good, http.Header{"Sec-Fetch-Site": {"cross-site"}}, http.StatusForbidden, "cross_origin"},
		"another origin of the site": {
			good, http.Header{"Sec-Fetch-Site": {"same-site"}}, http.StatusForbidden, "cross_origin",
		},
		"another site, by its origin alone": {
			good, http.Header{"Sec-Fetch-Site": nil, "Origin": {"https://elsewhere.example"}}, http.StatusForbidden, "cross_origin",
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := reporting(t, 1, io.Discard)
			answer := report(f, c.body, c.header)
			var failed struct{ Error string }
			if err := json.Unmarshal(answer.Body.Bytes(), &failed); err != nil || answer.Code != c.status || failed.Error == "" {
				t.Errorf("%d %s", answer.Code, answer.Body)
			}
			want := map[string]float64{fmt.Sprintf("rum_dropped_total{reason=%q}", c.reason): 1}
			if diff := cmp.Diff(want, counted(t, f)); diff != "" {
				t.Errorf("metrics (-want +got):\n%s", diff)
			}
		})
	}
}

// A flood of reports takes no more of the process than the limit.
func TestReportsAreLimited(t *testing.T) {
	f := reporting(t, 1, io.Discard)
	codes := map[int]int{}
	for range 1000 {
		codes[report(f, `{"route": "/", "device": "desktop"}`, nil).Code]++
	}
	if codes[http.StatusNoContent] < 200 || codes[http.StatusTooManyRequests] == 0 || codes[http.StatusNoContent]+codes[http.StatusTooManyRequests] != 1000 {
		t.Errorf("responses by status: %v", codes)
	}
	if got := counted(t, f)[`rum_dropped_total{reason="rate_limited"}`]; got != float64(codes[http.StatusTooManyRequests]) {
		t.Errorf("%v are counted, of %v", got, codes)
	}
}

// What a page reports is no request of a user: it counts neither in what alerts read nor among the users. At no level
// does the log say anything of it.
func TestReportsAreNoUserRequests(t *testing.T) {
	var log bytes.Buffer
	f := reporting(t, 1, &log)
	report(f, `{"route": "/private", "device": "mobile", "errors": 1}`, http.Header{"User-Agent": {"of a user"}})
	report(f, `{"private": 1}`, nil)
	if log.Len() > 0 {
		t.Errorf("logged: %s", log.String())
	}
	values := scrape(t, f)
	for series, want := range map[string]float64{
		"active_users": 0, "http_request_duration_seconds_count": 0,
		`http_requests_total{endpoint="/rum",method="POST",status="204"}`: 1,
		`http_requests_total{endpoint="/rum",method="POST",status="400"}`: 1,
	} {
		if values[series] != want {
			t.Errorf("%s is %v, want %v", series, values[series], want)
		}
	}
}

// The series are all there from the beginning, and their number is far from the limit of a scrape, which is 10,000.
func TestSeriesOfPagesAreBounded(t *testing.T) {
	f := reporting(t, 1, io.Discard)
	before := get(f.Metrics, contract.PathMetrics).Body.String()
	for n := range 100 {
		report(f, fmt.Sprintf(`{"route": "/made/up/%d", "device": "mobile", "metrics": {"LCP": %d, "load": 1}, "errors": 1}`, n, n), nil)
	}
	ofPages := 0
	values := metricstest.Parse(t, before)
	for series := range values {
		if regexp.MustCompile(`^(web_vitals|page|route_changes|rum)_`).MatchString(series) {
			ofPages++
		}
	}
	if ofPages != 1156 {
		t.Errorf("%d series, and the documentation says 1,156", ofPages)
	}
	// The reports make one more series: that of their responses.
	if got := len(scrape(t, f)); got != len(values)+1 {
		t.Errorf("%d series, and %d after reports", len(values), got)
	}
}

// Pages say what they report, unless no user opened them or none shall.
func TestPagesThatReport(t *testing.T) {
	meta := regexp.MustCompile(`<meta name="rum" data-ratio="(.*)" data-route="(.*)" data-path="(.*)">`)
	for _, c := range []struct {
		ratio float64
		path  string
		want  []string
	}{
		{1, "/users/new", []string{"1", "/users/new", "/rum"}},
		{0.05, "/positions/x", []string{"0.05", "/positions/{id}", "/rum"}},
		{1, "/status", nil},
		{1, "/offline", nil},
		{0, "/users/new", nil},
	} {
		page := get(reporting(t, c.ratio, io.Discard).Public, c.path).Body.String()
		found := meta.FindStringSubmatch(page)
		if (found == nil) != (c.want == nil) || c.want != nil && !cmp.Equal(found[1:], c.want) || strings.Contains(page, "/rum.js") != (c.want != nil) {
			t.Errorf("%s with %v has %q, want %q", c.path, c.ratio, found, c.want)
		}
	}
}

func TestNothingReportsWithoutASample(t *testing.T) {
	f := reporting(t, 0, io.Discard)
	if answer := report(f, `{"route": "/", "device": "mobile"}`, nil); answer.Code != http.StatusNotFound {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	for series := range scrape(t, f) {
		if strings.HasPrefix(series, "web_vitals") || strings.HasPrefix(series, "page_") {
			t.Errorf("there is %s", series)
		}
	}
}
