// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
)

// templateFunctions are the names of Prometheus's functions for templates. That of
// query is left out: it asks for any series of any namespace.
var templateFunctions = func() template.FuncMap {
	functions := template.FuncMap{}
	for _, name := range []string{
		"first", "label", "value", "strvalue", "args", "reReplaceAll", "safeHtml", "match", "title", "toUpper", "toLower",
		"graphLink", "tableLink", "sortByLabel", "stripPort", "stripDomain", "humanize", "humanize1024", "humanizeDuration",
		"humanizePercentage", "humanizeTimestamp", "toTime", "toDuration", "now", "pathPrefix", "externalURL", "parseDuration",
		"urlQueryEscape",
	} {
		functions[name] = func() string { return "" } // only parsed, never called
	}
	return functions
}()

// templateVariables stand before each template, as Prometheus puts them there.
const templateVariables = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"

// checkTemplates refuses texts that Prometheus can't expand, that would read more than
// the series of the alert, or that could grow beyond all bounds: the Prometheus that
// expands them is everybody's.
func checkTemplates(kind string, written map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(written)) {
		if err := checkTemplate(kind, written[key]); err != nil {
			return fmt.Errorf("%s %s is no template for Prometheus: %w", kind, key, err)
		}
	}
	return nil
}

func checkTemplate(name, text string) error {
	// A function that isn't there is told when the text is parsed, wherever it stands.
	parsed, err := template.New(name).Funcs(templateFunctions).Parse(templateVariables + text)
	switch {
	case err != nil && strings.Contains(err.Error(), `function "query" not defined`):
		return errors.New("it calls query, which would read series of other namespaces")
	case err != nil:
		return err
	case len(parsed.Templates()) > 1:
		return errors.New("it uses define or block, with which it could call itself without end")
	}
	return checkNode(parsed.Root)
}
