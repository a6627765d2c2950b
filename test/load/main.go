// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Load requests a tracker's health endpoints and goes through what its users do, at a rate that
// rises, holds and falls, and fails if a threshold is missed. It removes what it has created.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/interview-tracker/interview-tracker-operator/internal/contract"
)

// The exit codes.
const (
	exitMissed = 1 // A threshold was missed, or something is left that could not be removed.
	exitUsage  = 2
)

// errMissed is the failure that the report explains.
var errMissed = errors.New("thresholds were missed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o, err := parse(os.Args[1:], os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(exitUsage)
	}
	if err := o.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(exitMissed)
	}
}

// options are those of the command line and the environment.
type options struct {
	tracker   tracker
	ramp      ramp
	limits    thresholds
	workers   uint64
	timeout   time.Duration
	json      string
	limitOf   string
	limitFrom float64
	limitStep time.Duration
}

func parse(arguments []string, environment func(string) string) (*options, error) {
	o := &options{}
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	frontend := flags.String("frontend-url", environment(contract.EnvFrontendURL), "the frontend's `URL`")
	api := flags.String("api-url", environment(contract.EnvAPIURL), "the API's `URL`; without it, the API's health endpoints are left out")
	peak := flags.Float64("peak", 20, "the highest rate, in `requests` a second")
	up := flags.Duration("up", 20*time.Second, "how long the rate rises")
	hold := flags.Duration("hold", time.Minute, "how long it is the highest")
	down := flags.Duration("down", 10*time.Second, "how long it falls")
	flags.DurationVar(&o.limits.p95, "p95", 2*time.Second, "fail unless the p95 of each target is below this time")
	flags.Float64Var(&o.limits.errors, "errors", 0.1, "fail unless there are fewer `errors` a second than this")
	flags.Uint64Var(&o.workers, "workers", 100, "the highest `number` of requests at a time")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "how long a request waits for its response")
	flags.StringVar(&o.json, "json", "", "write the report as JSON to this `file`, too; - is the standard output")
	flags.StringVar(&o.limitOf, "limit", "", "instead, request this `URL` at rates that grow until it breaks")
	flags.Float64Var(&o.limitFrom, "limit-from", 50, "the first of these rates, in `requests` a second")
	flags.DurationVar(&o.limitStep, "limit-step", 10*time.Second, "how long each of them lasts")
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	o.tracker = tracker{frontend: strings.TrimSuffix(*frontend, "/"), api: strings.TrimSuffix(*api, "/")}
	o.ramp = newRamp(*peak, *up, *hold, *down)
	return o, cmp.Or(checkRest(flags.Args()), o.validate(*peak))
}

func checkRest(arguments []string) error {
	if len(arguments) > 0 {
		return fmt.Errorf("unexpected argument %q", arguments[0])
	}
	return nil
}

func (o *options) validate(peak float64) error {
	if o.limitOf != "" {
		if o.limitFrom < 1 || o.limitStep < time.Second {
			return errors.New("-limit-from must be 1 or more, and -limit-step 1s or more")
		}
		return checkURL("-limit", o.limitOf)
	}
	if o.tracker.api != "" {
		if err := checkURL(contract.EnvAPIURL, o.tracker.api); err != nil {
			return err
		}
	}
	for _, s := range o.ramp {
		if s.lasts < 0 {
			return errors.New("-up, -hold and -down must not be negative")
		}
	}
	if peak <= 0 || o.workers == 0 || o.timeout <= 0 || o.ramp.lasts() == 0 {
		return errors.New("-peak, -workers, -timeout and the sum of -up, -hold and -down must be more than 0")
	}
	return checkURL(contract.EnvFrontendURL, o.tracker.frontend)
}

func checkURL(name, value string) error {
	parsed, err := url.Parse(value)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return fmt.Errorf("%s must be an http:// or https:// URL, not %q", name, value)
	}
	return nil
}

// run runs the load, or the search for a limit, and reports.
func (o *options) run(ctx context.Context, to io.Writer) error {
	transport := o.transport()
	defer transport.CloseIdleConnections()
	if o.limitOf != "" {
		found, err := findLimit(ctx, o.attacker(transport), o.limitFrom, o.limitStep, o.limits, o.limitOf)
		if err != nil {
			return err
		}
		return errors.Join(found.print(to), o.writeJSON(to, found))
	}
	began := time.Now()
	users := newMix(o.tracker, transport, strconv.FormatInt(began.Unix(), 36))
	results := newRecorder(began)
	o.attacker(users)(ctx, users.next, o.ramp, func(r *vegeta.Result) { results.add(o.tracker.targetOf(r.Method, r.URL), r) })
	found := results.report(time.Now(), o.limits)
	// Also when the run was interrupted.
	swept := sweep(context.WithoutCancel(ctx), &http.Client{Transport: transport, Timeout: o.timeout}, o.tracker)
	err := errors.Join(found.print(to), o.writeJSON(to, found), swept)
	if err == nil && len(found.Missed) > 0 {
		return errMissed
	}
	return err
}

// attacker sends the requests of a targeter at the times of a pacer, and passes their results on one by one.
type attacker func(ctx context.Context, next vegeta.Targeter, pacer vegeta.Pacer, add func(*vegeta.Result))

func (o *options) attacker(transport http.RoundTripper) attacker {
	client := &http.Client{
		Transport: transport, Timeout: o.timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, next vegeta.Targeter, pacer vegeta.Pacer, add func(*vegeta.Result)) {
		attack := vegeta.NewAttacker(vegeta.Client(client), vegeta.Workers(min(10, o.workers)), vegeta.MaxWorkers(o.workers), vegeta.MaxBody(0))
		defer context.AfterFunc(ctx, func() { attack.Stop() })()
		for result := range attack.Attack(next, pacer, 0, "") {
			add(result)
		}
	}
}

func (o *options) transport() *http.Transport {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:errcheck // net/http sets it so.
	transport.MaxIdleConns = 0                                   // The number of workers limits them.
	transport.MaxIdleConnsPerHost = int(o.workers)               //nolint:gosec // It is a number of goroutines.
	return transport
}

func (o *options) writeJSON(to io.Writer, found any) error {
	if o.json == "" {
		return nil
	}
	content, err := json.Marshal(found)
	if err != nil {
		return err
	}
	content = append(content, '\n')
	if o.json == "-" {
		_, err = to.Write(content)
		return err
	}
	return os.WriteFile(o.json, content, 0o600) //nolint:gosec // The user names the file.
}
