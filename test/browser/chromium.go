// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/chromedp/chromedp"
)

// startTimeout is how long Chromium may take to start on a busy machine.
const startTimeout = 2 * time.Minute

// Open prepares a Chromium with a profile of its own, and returns its tab. The first step in the tab starts it; it
// ends with ctx, or when the returned function is called.
func Open(ctx context.Context) (tab context.Context, end func(), err error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, nil, fmt.Errorf("%w: install the Debian package chromium (hack/apt-install.sh chromium), or Chromium", err)
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(startTimeout))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Root can't use it; the pages are ours.
	}
	allocator, release := chromedp.NewExecAllocator(ctx, options...)
	tab, closeTab := chromedp.NewContext(allocator)
	return tab, func() { closeTab(); release() }, nil
}

// reaction is how long blockKeys makes a page take to react to the first key: shorter reactions are not all measured.
const reaction = 100 * time.Millisecond

var (
	// look waits until the content of a page is painted, as a user does before doing anything.
	look = evaluate(`new Promise((painted) => new PerformanceObserver(() => painted(0)).observe({ type: "largest-contentful-paint", buffered: true }))`)

	blockKeys = evaluate(fmt.Sprintf(
		`addEventListener("keydown", () => { for (const end = performance.now() + %d; performance.now() < end;); }, { once: true }); 0`,
		reaction.Milliseconds()))

	// reacted waits until the reaction of a page to the first input is painted, and until web-vitals has seen it: it
	// looks when the page is idle, and loses what it has not looked at when the page goes. Who types a title takes
	// longer than that, also on a busy machine.
	reacted = evaluate(`(async () => {
		await new Promise((painted) => new PerformanceObserver(painted).observe({ type: "first-input", buffered: true }));
		const idle = () => new Promise(requestIdleCallback);
		await idle();
		await idle(); // It may have asked for the first one later.
		return 0;
	})()`)

	// failTwice makes a page have an uncaught error and an unhandled rejection.
	failTwice = evaluate(`new Promise((failed) => {
		setTimeout(() => { setTimeout(failed, 0, 0); throw new Error("private"); });
		Promise.reject(new Error("private"));
	})`)

	// leave hides the page that is open.
	leave = chromedp.Navigate("about:blank")
)

// evaluate makes a step of a script that returns a number, or promises one.
func evaluate(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := chromedp.Evaluate[int](script, chromedp.EvalAwaitPromise)(ctx, t)
		return err
	})
}

// addPosition adds a position as a user does, from the list of positions and back to it.
func addPosition(title string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		look,
		chromedp.Click(`//a[text()="Add a position"]`),
		chromedp.WaitEnabled(`form fieldset`),
		look, blockKeys,
		chromedp.SendKeys(`#title`, title),
		reacted,
		chromedp.Click(`form button`),
		chromedp.WaitVisible(fmt.Sprintf(`//h2[text()=%q]`, title)),
		look,
	)
}

// Visit opens a tracker's list of positions, adds one, has two errors in a script of the list, and leaves: its pages
// report whatever pages can measure.
func Visit(site, title string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(chromedp.Navigate(site), addPosition(title), failTwice, leave)
}
