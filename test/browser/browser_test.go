// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// The pages of a real browser measure what their user meets, and the frontend exports it.
func TestPagesAreMeasured(t *testing.T) {
	s := startSite(t, startAPI(t), 1)
	b := startBrowser(t)
	b.run(t, chromedp.Navigate(s.url+"/positions/new"), chromedp.WaitEnabled(`form fieldset`), look, blockKeys,
		chromedp.SendKeys(`#title`, "Baker"), reacted, chromedp.Click(`form button`), chromedp.WaitVisible(`//h2[text()="Baker"]`), look, leave)

	const list, form = `{device="desktop",route="/"}`, `{device="desktop",route="/positions/new"}`
	want := map[string]float64{
		"web_vitals_lcp_seconds_count" + list: 1, "web_vitals_cls_count" + list: 1, "web_vitals_fcp_seconds_count" + list: 1,
		"web_vitals_ttfb_seconds_count" + list: 1, "page_load_seconds_count" + list: 1,
		"web_vitals_lcp_seconds_count" + form: 1, "web_vitals_cls_count" + form: 1, "web_vitals_fcp_seconds_count" + form: 1,
		"web_vitals_ttfb_seconds_count" + form: 1, "page_load_seconds_count" + form: 1, "web_vitals_inp_seconds_count" + form: 1,
		"route_changes_total" + list: 1, "route_changes_total" + form: 0,
		"page_errors_total" + list: 0, "page_errors_total" + form: 0,
	}
	got := func() map[string]float64 {
		values := s.scrape(t)
		maps.DeleteFunc(values, func(series string, _ float64) bool { _, wanted := want[series]; return !wanted })
		return values
	}
	waitFor(t, func() bool { return maps.Equal(got(), want) }, func() string { return fmt.Sprintf("got %v, want %v", got(), want) })
	if took := s.scrape(t)["web_vitals_inp_seconds_sum"+form]; took < reaction.Seconds() {
		t.Errorf("the page took %v s to react, and less than %s is impossible", took, reaction)
	}
	for _, measured := range []string{"web_vitals_lcp_seconds_sum", "web_vitals_fcp_seconds_sum", "web_vitals_ttfb_seconds_sum", "page_load_seconds_sum"} {
		if seconds := s.scrape(t)[measured+form]; seconds <= 0 || seconds > patience.Seconds() {
			t.Errorf("%s is %v", measured, seconds)
		}
	}
	if problems := b.console(); len(problems) > 0 {
		t.Errorf("the console has %q", problems)
	}
	expectNothingPrivate(t, s.reported(), "Baker", s.url)
}

// expectNothingPrivate checks that reports have figures and nothing of the page, its user or their device but its
// class.
func expectNothingPrivate(t *testing.T, reports []report, private ...string) {
	t.Helper()
	for _, r := range reports {
		var fields map[string]any
		if err := json.Unmarshal([]byte(r.body), &fields); err != nil {
			t.Fatal(err)
		}
		if got := slices.Sorted(maps.Keys(fields)); !slices.Equal(got, []string{"device", "errors", "metrics", "route", "routeChange"}) {
			t.Errorf("a report has the fields %v", got)
		}
		for _, text := range private {
			if strings.Contains(r.body, text) {
				t.Errorf("a report has %q: %s", text, r.body)
			}
		}
		if r.header.Get("Cookie") != "" || r.header.Get("Referer") != "" || r.header.Get("Sec-Fetch-Site") != "same-origin" {
			t.Errorf("a report has the header %v", r.header)
		}
	}
}

// Uncaught errors are counted, and their texts stay in the browser.
func TestErrorsAreCounted(t *testing.T) {
	s := startSite(t, &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, 1) // This page needs no API.
	b := startBrowser(t)
	b.run(t, chromedp.Navigate(s.url+"/users/new"), chromedp.WaitEnabled(`#email`), failTwice)
	waitFor(t, func() bool { return len(b.console()) == 2 }, func() string { return fmt.Sprintf("the console has %q", b.console()) })
	b.run(t, leave)
	const counted = `page_errors_total{device="desktop",route="/users/new"}`
	waitFor(t, func() bool { return s.scrape(t)[counted] == 2 }, func() string { return fmt.Sprintf("%s is %v", counted, s.scrape(t)[counted]) })
	expectNothingPrivate(t, s.reported(), "private")
}

// A phone says that it is one, or else its window is as narrow as one's.
func TestPhonesAreMobile(t *testing.T) {
	api := startAPI(t)
	for name, phone := range map[string]chromedp.Action[chromedp.Void]{
		"by what the browser says": call(emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
			UserAgent: "a phone", UserAgentMetadata: &emulation.UserAgentMetadata{Platform: "Android", Mobile: true},
		}),
		"by its window": chromedp.Steps(
			call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
				Source: `delete Navigator.prototype.userAgentData`, // as in a browser that has none
			}),
			chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile),
		),
	} {
		t.Run(name, func(t *testing.T) {
			s := startSite(t, api, 1)
			startBrowser(t).run(t, phone, Visit(s.url, "Cook "+name))
			waitFor(t, func() bool { return s.scrape(t)[`page_errors_total{device="mobile",route="/"}`] == 2 },
				func() string { return fmt.Sprintf("reported: %v", s.reported()) })
			for _, r := range s.reported() {
				if !strings.Contains(r.body, `"device":"mobile"`) {
					t.Errorf("it has reported %s", r.body)
				}
			}
		})
	}
}

// Whatever is blocked of the measuring, the pages work as ever, and their console has no error of theirs.
func TestPagesWorkWhenReportsAreBlocked(t *testing.T) {
	api := startAPI(t)
	for _, blocked := range []string{"/rum", "/rum.js*", "/web-vitals.js*"} {
		t.Run(strings.Trim(blocked, "/*"), func(t *testing.T) {
			s := startSite(t, api, 1)
			s.blocked.Store(blocked == "/rum") // Beyond the browser: it sends what a page reports as it goes in any case.
			b := startBrowser(t)
			title := "Cook without " + blocked
			b.run(t, call(network.Enable, network.EnableParams{}), call(network.SetBlockedURLs, network.SetBlockedURLsParams{
				URLPatterns: []*network.BlockPattern{{URLPattern: s.url + blocked, Block: true}},
			}),
				chromedp.Navigate(s.url), addPosition(title), leave)
			// The last page is gone: whatever it would have sent was sent before this answer.
			b.run(t, chromedp.Navigate(s.url), chromedp.WaitVisible(fmt.Sprintf(`//h2[text()=%q]`, title)))
			if problems := b.console(); len(problems) > 0 {
				t.Errorf("the console has %q", problems)
			}
			for _, r := range s.reported() {
				if blocked != "/web-vitals.js*" || strings.Contains(r.body, "LCP") {
					t.Errorf("it has reported %s", r.body)
				}
			}
		})
	}
}

// A page whose sample is small reports nothing, and works.
func TestPagesOutsideTheSample(t *testing.T) {
	s := startSite(t, startAPI(t), 1e-9)
	b := startBrowser(t)
	b.run(t, chromedp.Navigate(s.url), addPosition("Driver"), leave, chromedp.Navigate(s.url))
	if reports, problems := s.reported(), b.console(); len(reports) > 0 || len(problems) > 0 {
		t.Errorf("%d reports, and the console has %q", len(reports), problems)
	}
}

// Without JavaScript the pages show what there is.
func TestPagesWithoutJavaScript(t *testing.T) {
	api := startAPI(t)
	b := startBrowser(t)
	b.run(t, chromedp.Navigate(startSite(t, api, 1).url), addPosition("Gardener"), addPosition("Painter"), leave)
	s := startSite(t, api, 1)
	b.run(t,
		call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}),
		chromedp.Navigate(s.url), chromedp.WaitVisible(`//h2[text()="Gardener"]`),
		chromedp.SendKeys(`#q`, "paint"), chromedp.Click(`form[role=search] button`),
		chromedp.WaitVisible(`//p[contains(., "1 position found")]`),
	)
	found := b.text(t)
	b.run(t, chromedp.Click(`//a[text()="Interviews"]`), chromedp.WaitVisible(`//h1[text()="Interviews"]`))
	interviews := b.text(t)
	b.run(t, leave)
	if !strings.Contains(found, "Painter") || strings.Contains(found, "Gardener") || !strings.Contains(interviews, "Reading works without") {
		t.Errorf("the search shows %q, and the interviews %q", found, interviews)
	}
	if reports := s.reported(); len(reports) > 0 {
		t.Errorf("without JavaScript, it has reported %v", reports)
	}
}
