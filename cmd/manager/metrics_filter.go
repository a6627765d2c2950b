// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/time/rate"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// How much work of the API server's the clients of /metrics can cause. Any pod of the
// cluster may be such a client, and send tokens that it makes up.
const (
	// verdictFor is how long the API server's word about a token holds: so long one that is
	// no longer valid may still work.
	verdictFor = time.Minute
	// knownFor is how long a token that was valid is reviewed again without regard to
	// unknown ones: who floods with those does not lock Prometheus out.
	knownFor = time.Hour
	// kept is how many tokens that are valid, how many that are not, and how many clients
	// are remembered.
	kept = 1000
	// Unknown tokens are reviewed at a rate of all clients together, and of each address: one
	// that floods leaves room for a Prometheus that has a new token.
	reviewsPerSecond, reviewsBurst         = 10, 20
	reviewsPerSecondEach, reviewsBurstEach = 1, 10
	reviewTimeout                          = 10 * time.Second
)

var (
	errTooMany     = errors.New("too many unknown tokens")
	errUnavailable = errors.New("the API server does not review tokens")
)

// restrictMetrics lets in whom the API server knows by their token, and permits to get
// /metrics. controller-runtime's filter of this purpose asks the API server about every
// request with an invalid token, answers it as an error of its own, and logs it.
func restrictMetrics(config *rest.Config, httpClient *http.Client) (metricsserver.Filter, error) {
	authentication, err := authenticationclient.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, err
	}
	authorization, err := authorizationclient.NewForConfigAndClient(config, httpClient)
	if err != nil {
		return nil, err
	}
	permissions, err := authorizerfactory.DelegatingAuthorizerConfig{
		SubjectAccessReviewClient: authorization,
		AllowCacheTTL:             5 * time.Minute,
		DenyCacheTTL:              30 * time.Second,
		WebhookRetryBackoff:       &wait.Backoff{Duration: 500 * time.Millisecond, Factor: 1.5, Jitter: 0.2, Steps: 5},
	}.New()
	if err != nil {
		return nil, fmt.Errorf("making the authorizer of metrics: %w", err)
	}
	tokens := newTokens(authentication.TokenReviews())
	return func(log logr.Logger, next http.Handler) (http.Handler, error) {
		return &metricsGate{tokens: tokens, permissions: permissions, log: log, next: next, failures: rate.Sometimes{Interval: verdictFor}}, nil
	}, nil
}

// metricsGate is the handler before /metrics.
type metricsGate struct {
	tokens      *tokens
	permissions authorizer.Authorizer
	log         logr.Logger
	next        http.Handler
	failures    rate.Sometimes // Each request may be one: few are logged.
}

func (g *metricsGate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Each other method would be another question to the API server.
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	client, _, _ := net.SplitHostPort(r.RemoteAddr) // net/http has set it.
	review := func(ctx context.Context, token string) (*authenticator.Response, bool, error) {
		return g.tokens.authenticate(ctx, token, client)
	}
	response, ok, err := bearertoken.New(authenticator.TokenFunc(review)).AuthenticateRequest(r)
	switch {
	case errors.Is(err, errTooMany):
		w.Header().Set("Retry-After", "1")
		http.Error(w, "Too Many Requests", http.StatusTooManyRequests)
		return
	case errors.Is(err, errUnavailable):
		g.fail(w, err)
		return
	case !ok: // bearertoken makes an error of that too.
		g.log.V(1).Info("Request for metrics without a valid token", "client", client)
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	decision, reason, err := g.permissions.Authorize(r.Context(), authorizer.AttributesRecord{
		User: response.User, Verb: strings.ToLower(r.Method), Path: r.URL.Path,
	})
	switch {
	case err != nil:
		g.fail(w, err)
	case decision != authorizer.DecisionAllow:
		g.log.V(1).Info("Request for metrics without the permission", "user", response.User.GetName(), "client", client, "reason", reason)
		http.Error(w, "Forbidden", http.StatusForbidden)
	default:
		g.next.ServeHTTP(w, r)
	}
}

// fail answers a request that the API server could not decide on.
func (g *metricsGate) fail(w http.ResponseWriter, err error) {
	g.failures.Do(func() { g.log.Error(err, "Requests for metrics can't be authorized") })
	http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
}

// maxToken is more than any token has, in bytes. The headers of a request may have a
// megabyte, which is not to be sent on.
const maxToken = 16 << 10

// tokens holds what the API server has said about tokens, without holding the tokens.
type tokens struct {
	reviews        authenticationclient.TokenReviewInterface
	valid, invalid *cache.LRUExpireCache // By the token's hash; valid holds verdicts.

	all  *rate.Limiter
	mu   sync.Mutex
	each *cache.LRUExpireCache // Limiters, by the client's address.
}

// verdict is whose a valid token is.
type verdict struct {
	user    user.Info
	renewed time.Time
	limit   *rate.Limiter // Of its next reviews: one that fails is repeated with the next request.
}

func newTokens(reviews authenticationclient.TokenReviewInterface) *tokens {
	return &tokens{
		reviews: reviews,
		valid:   cache.NewLRUExpireCache(kept),
		invalid: cache.NewLRUExpireCache(kept),
		all:     rate.NewLimiter(reviewsPerSecond, reviewsBurst),
		each:    cache.NewLRUExpireCache(kept),
	}
}

// authenticate returns whose a token is, false if it is not valid.
func (t *tokens) authenticate(ctx context.Context, token, client string) (*authenticator.Response, bool, error) {
	if len(token) > maxToken {
		return nil, false, nil
	}
	key := sha256.Sum256([]byte(token))
	if _, refused := t.invalid.Get(key); refused {
		return nil, false, nil
	}
	entry, _ := t.valid.Get(key)
	known, ok := entry.(verdict)
	switch {
	case ok && time.Since(known.renewed) < verdictFor:
		return &authenticator.Response{User: known.user}, true, nil
	case !ok && !t.allow(client), ok && !known.limit.Allow():
		return nil, false, errTooMany
	case !ok:
		known.limit = newEach()
	}
	var err error
	known.user, err = t.review(ctx, token)
	if err != nil {
		return nil, false, fmt.Errorf("%w: %w", errUnavailable, err)
	}
	if known.user == nil {
		t.valid.Remove(key)
		t.invalid.Add(key, nil, verdictFor)
		return nil, false, nil
	}
	known.renewed = time.Now()
	t.valid.Add(key, known, knownFor)
	return &authenticator.Response{User: known.user}, true, nil
}

// review asks the API server whose a token is, nil if it is not valid.
func (t *tokens) review(ctx context.Context, token string) (user.Info, error) {
	ctx, cancel := context.WithTimeout(ctx, reviewTimeout)
	defer cancel()
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}
	review, err := t.reviews.Create(ctx, review, metav1.CreateOptions{})
	if err != nil || !review.Status.Authenticated {
		return nil, err
	}
	found := review.Status.User
	info := &user.DefaultInfo{Name: found.Username, UID: found.UID, Groups: found.Groups, Extra: map[string][]string{}}
	for name, values := range found.Extra {
		info.Extra[name] = values
	}
	return info, nil
}

// allow reports whether an unknown token of a client may be reviewed now.
func (t *tokens) allow(client string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	entry, _ := t.each.Get(client)
	limit, ok := entry.(*rate.Limiter)
	if !ok {
		limit = newEach()
		t.each.Add(client, limit, knownFor)
	}
	return limit.Allow() && t.all.Allow()
}

func newEach() *rate.Limiter { return rate.NewLimiter(reviewsPerSecondEach, reviewsBurstEach) }
