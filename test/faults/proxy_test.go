// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

//go:build faults

package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// request is a request to the API server.
type request struct {
	// verb is that of RBAC: get, list, watch, create, update, patch or delete; and apply, for an apply patch.
	verb                  string
	resource, subresource string
	namespace, name       string
	path                  string
	version               string // From which a watch goes on; empty of one that begins.
	at                    time.Time
	// write is its number among the writes, from 1; 0 of others.
	write int
	// status is the code that the client got; 0 when it got none.
	status int
	// answered is the code of the API server; 0 when it was not asked.
	answered int
}

func (q request) String() string {
	s := fmt.Sprintf("%s %s/%s", q.verb, q.resource, q.name)
	if q.subresource != "" {
		s += "/" + q.subresource
	}
	return fmt.Sprintf("%s: %d", s, q.status)
}

// isWrite leaves out what is not the operator's work: its Lease, its Events and access reviews.
func (q request) isWrite() bool {
	switch q.resource {
	case "leases", "events", "selfsubjectaccessreviews", "tokenreviews", "subjectaccessreviews":
		return false
	}
	return !q.isRead()
}

func (q request) isRead() bool { return q.verb == "get" || q.verb == "list" || q.verb == "watch" }

// parse tells what an HTTP request asks for.
func parse(r *http.Request) request {
	q := request{path: r.URL.Path, version: r.URL.Query().Get("resourceVersion"), at: time.Now()}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) > 2 && parts[0] == "api":
		parts = parts[2:]
	case len(parts) > 3 && parts[0] == "apis":
		parts = parts[3:]
	default:
		parts = nil // Discovery.
	}
	if len(parts) > 2 && parts[0] == "namespaces" {
		q.namespace, parts = parts[1], parts[2:]
	}
	for i, into := range []*string{&q.resource, &q.name, &q.subresource} {
		if i < len(parts) {
			*into = parts[i]
		}
	}
	watch := r.URL.Query().Get("watch")
	switch {
	case r.Method == http.MethodGet && (watch == "true" || watch == "1"):
		q.verb = "watch"
	case r.Method == http.MethodGet && q.name == "" && q.resource != "":
		q.verb = "list"
	case r.Method == http.MethodGet:
		q.verb = "get"
	case r.Method == http.MethodPost:
		q.verb = "create"
	case r.Method == http.MethodPut:
		q.verb = "update"
	case r.Method == http.MethodPatch && strings.HasPrefix(r.Header.Get("Content-Type"), "application/apply-patch"):
		q.verb = "apply"
	default:
		q.verb = strings.ToLower(r.Method)
	}
	return q
}

// proxy stands between one operator and the API server.
type proxy struct {
	server *httptest.Server
	target *url.URL
	client http.RoundTripper

	mu     sync.Mutex
	seen   []*request
	writes int
	rules  []*rule
	frozen map[string]chan struct{} // By resource: closed when its watches go on.
	stale  map[string]string        // By resource: the version that lists are to show.
	line   chan struct{}            // Closed while the API server is away.
	gone   chan struct{}            // Closed when the connection is cut.
}

// rule is what happens to some requests.
type rule struct {
	matches func(request) bool
	// times is how many requests it is for; all when negative.
	times int
	do    action
}

// action deals with a request instead of forwarding it.
type action func(x *exchange)

// exchange is one request that an action deals with.
type exchange struct {
	request
	proxy *proxy
	seen  *request
	w     http.ResponseWriter
	r     *http.Request
}

// newProxy starts a proxy before an API server.
func newProxy(t testing.TB, to *rest.Config) *proxy {
	t.Helper()
	config := rest.CopyConfig(to)
	// Of HTTP/1, so that a watch that is held back holds nothing else back.
	config.NextProtos = []string{"http/1.1"}
	transport, err := rest.TransportFor(config)
	must(t, err)
	target, err := url.Parse(to.Host)
	must(t, err)
	p := &proxy{
		target: target, client: transport, frozen: map[string]chan struct{}{}, stale: map[string]string{},
		line: make(chan struct{}), gone: make(chan struct{}),
	}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(p.serve))
	p.server.Config.ErrorLog = log.New(io.Discard, "", 0) // Operators stop during requests.
	p.server.Start()
	t.Cleanup(func() {
		p.cut()
		p.server.Close()
	})
	return p
}

// config is that of a client that connects through the proxy, with the rights of the test.
func (p *proxy) config() *rest.Config { return &rest.Config{Host: p.server.URL, QPS: -1} }

// cut ends the connection to the API server, as the death of the operator does.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.isCut() {
		close(p.gone)
	}
}

func (p *proxy) isCut() bool { return isClosed(p.gone) }

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// hangUp ends all requests, and refuses others until the function that it returns is called.
func (p *proxy) hangUp() (connect func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.line)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.line = make(chan struct{})
	}
}

// on makes the next requests that match be dealt with by an action: as many as times, or all when it is
// negative. The first rule that matches counts.
func (p *proxy) on(times int, matches func(request) bool, do action) *rule {
	p.mu.Lock()
	defer p.mu.Unlock()
	added := &rule{matches, times, do}
	p.rules = append(p.rules, added)
	return added
}

// clear removes all rules.
func (p *proxy) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = nil
}

// freeze holds back the watch events of a resource, also those of watches to come.
func (p *proxy) freeze(resource string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.frozen[resource] == nil {
		p.frozen[resource] = make(chan struct{})
	}
}

// thaw lets all watches go on.
func (p *proxy) thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for resource, gate := range p.frozen {
		delete(p.frozen, resource)
		close(gate)
	}
}

// showOld makes the lists of a resource show what they did at a resourceVersion, as those of an API server
// that lags behind the others do. Reads of one object, which are consistent, are not affected.
func (p *proxy) showOld(resource, version string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stale[resource] = version
}

// requests are those that were seen and satisfy a condition.
func (p *proxy) requests(which func(request) bool) []request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []request
	for _, q := range p.seen {
		if which(*q) {
			found = append(found, *q)
		}
	}
	return found
}

func (p *proxy) serve(w http.ResponseWriter, r *http.Request) {
	q := parse(r)
	p.mu.Lock()
	if p.isCut() || isClosed(p.line) {
		p.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	if q.isWrite() {
		p.writes++
		q.write = p.writes
	}
	seen := &q
	p.seen = append(p.seen, seen)
	x := &exchange{request: q, proxy: p, seen: seen, w: w, r: r}
	do := action((*exchange).forward)
	for _, rule := range p.rules {
		if rule.times != 0 && rule.matches(q) {
			rule.times--
			do = rule.do
			break
		}
	}
	version, old := p.stale[q.resource]
	p.mu.Unlock()
	if old && (q.verb == "list" || q.verb == "watch") {
		query := r.URL.Query()
		if q.verb == "watch" && query.Get("sendInitialEvents") == "true" {
			x.fail(http.StatusUnprocessableEntity, metav1.StatusReasonInvalid) // The client then lists.
			return
		}
		if q.verb == "list" {
			query.Set("resourceVersion", version)
			query.Set("resourceVersionMatch", string(metav1.ResourceVersionMatchExact))
			r.URL.RawQuery = query.Encode()
		}
	}
	do(x)
}

// forward forwards the request and its answer.
func (x *exchange) forward() {
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	x.proxy.mu.Lock()
	line := x.proxy.line
	x.proxy.mu.Unlock()
	go func() {
		select {
		case <-line:
			cancel()
		case <-x.proxy.gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	reverse := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(x.proxy.target) },
		Transport:     x.proxy.client,
		FlushInterval: -1,
		ErrorLog:      x.proxy.server.Config.ErrorLog,
		ModifyResponse: func(answer *http.Response) error {
			x.answered(answer.StatusCode, answer.StatusCode)
			if x.verb == "watch" {
				answer.Body = &watch{answer.Body, ctx, x.proxy, x.resource}
			}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	reverse.ServeHTTP(x.w, x.r.WithContext(ctx))
}

func (x *exchange) answered(server, client int) {
	x.proxy.mu.Lock()
	defer x.proxy.mu.Unlock()
	x.seen.answered, x.seen.status = server, client
}

// fail answers with an error, without the API server.
func (x *exchange) fail(code int, reason metav1.StatusReason) {
	x.answered(0, code)
	status := metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusFailure,
		Code: int32(code), Reason: reason, Message: "the fault of a test",
	}
	if code == http.StatusTooManyRequests {
		x.w.Header().Set("Retry-After", "1")
	}
	x.w.Header().Set("Content-Type", "application/json")
	x.w.WriteHeader(code)
	_ = json.NewEncoder(x.w).Encode(status)
}

// drop ends the connection without an answer.
func (x *exchange) drop() { panic(http.ErrAbortHandler) }

// lose forwards the request and keeps the answer.
func (x *exchange) lose() {
	x.send()
	x.drop()
}

// send forwards the request, whatever becomes of the client, and returns what gives it the answer.
func (x *exchange) send() (answer func()) {
	r := x.r.Clone(context.WithoutCancel(x.r.Context()))
	r.URL.Scheme, r.URL.Host, r.Host, r.RequestURI = x.proxy.target.Scheme, x.proxy.target.Host, "", ""
	got, err := x.proxy.client.RoundTrip(r) //nolint:bodyclose // It is closed once it is read.
	if err != nil {
		return x.drop
	}
	body, err := io.ReadAll(got.Body)
	if err != nil {
		return x.drop
	}
	_ = got.Body.Close()
	x.answered(got.StatusCode, 0)
	return func() {
		x.answered(got.StatusCode, got.StatusCode)
		maps.Copy(x.w.Header(), got.Header)
		x.w.WriteHeader(got.StatusCode)
		_, _ = x.w.Write(body)
	}
}

// failing answers with an error.
func failing(code int, reason metav1.StatusReason) action {
	return func(x *exchange) { x.fail(code, reason) }
}

// delayed forwards a request later.
func delayed(d time.Duration) action {
	return func(x *exchange) {
		select {
		case <-time.After(d):
			x.forward()
		case <-x.r.Context().Done():
		case <-x.proxy.gone:
		}
	}
}

// held holds requests back.
type held struct {
	reached chan struct{} // Closed with the first one.
	opened  chan struct{}
	once    sync.Once
}

func newHeld() *held { return &held{reached: make(chan struct{}), opened: make(chan struct{})} }

// until holds a request back until it is opened, and then deals with it.
func (h *held) until(then action) action {
	return func(x *exchange) {
		h.once.Do(func() { close(h.reached) })
		select {
		case <-h.opened:
			then(x)
		case <-x.r.Context().Done():
		case <-x.proxy.gone:
		}
	}
}

// watch is the body of a watch, which may be frozen.
type watch struct {
	io.ReadCloser
	ctx      context.Context //nolint:containedctx // That of the request.
	proxy    *proxy
	resource string
}

func (w *watch) Read(into []byte) (int, error) {
	n, err := w.ReadCloser.Read(into)
	for {
		w.proxy.mu.Lock()
		gate := w.proxy.frozen[w.resource]
		w.proxy.mu.Unlock()
		if gate == nil {
			return n, err
		}
		select {
		case <-gate:
		case <-w.ctx.Done():
			return 0, errors.Join(err, w.ctx.Err())
		}
	}
}

// writing selects the write of a number.
func writing(k int) func(request) bool { return func(q request) bool { return q.write == k } }

// anyWrite selects every write.
func anyWrite(q request) bool { return q.isWrite() }

// to selects requests by verbs and resource; a resource with a slash has a subresource.
func to(resource string, verbs ...string) func(request) bool {
	resource, subresource, _ := strings.Cut(resource, "/")
	return func(q request) bool {
		return q.resource == resource && q.subresource == subresource && (len(verbs) == 0 || slices.Contains(verbs, q.verb))
	}
}
