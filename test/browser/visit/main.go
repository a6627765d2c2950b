// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Command visit uses a tracker's pages in a real Chromium for a moment: `visit URL` adds a position, which
// stays, and leaves. The pages report what they have measured to the tracker's frontend.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/interview-tracker/interview-tracker-operator/test/browser"
)

// timeout is how long a visit may take on a busy machine, with the start of the browser.
const timeout = 3 * time.Minute

func main() {
	if err := visit(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "visit:", err)
		os.Exit(1)
	}
}

func visit(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("the argument must be the URL of a tracker's frontend")
	}
	site := arguments[0]
	ctx, stop := context.WithTimeout(context.Background(), timeout)
	defer stop()
	tab, end, err := browser.Open(ctx)
	if err != nil {
		return err
	}
	defer end()
	// The answer of the status page, which reports nothing itself, comes after the reports of the pages before it.
	if err := chromedp.Do(tab, browser.Visit(site, "Gardener"), chromedp.Navigate(site+"/status")); err != nil {
		return fmt.Errorf("visiting %s: %w", site, err)
	}
	fmt.Println("Added a position on", site, "in Chromium, and left")
	return nil
}
