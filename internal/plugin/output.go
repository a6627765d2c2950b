// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/printers"
	"sigs.k8s.io/yaml"
)

// Colors paints text for a terminal, or leaves it as it is.
type Colors struct{ on bool }

// ColorsFor returns the colors of what is written to w: none unless it is a terminal, and none
// with NO_COLOR.
func ColorsFor(w io.Writer) Colors { return Colors{on: printers.AllowsColorOutput(w)} }

// Good paints what is as it should be.
func (c Colors) Good(text string) string { return c.paint("32", text) }

// Warn paints what may need a look.
func (c Colors) Warn(text string) string { return c.paint("33", text) }

// Bad paints what is broken.
func (c Colors) Bad(text string) string { return c.paint("31", text) }

// Bold paints a heading.
func (c Colors) Bold(text string) string { return c.paint("1", text) }

// Faint paints what matters least.
func (c Colors) Faint(text string) string { return c.paint("2", text) }

func (c Colors) paint(code, text string) string {
	if !c.on || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Count is a number of things, such as "1 pod" or "2 pods".
func Count(number int, thing string) string {
	if number == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", number, thing)
}

// Format is how data is printed: as text for people, or as json or yaml for programs.
type Format string

// AddFormatFlag adds -o to a command that prints data.
func AddFormatFlag(cmd *cobra.Command, format *Format) {
	cmd.Flags().VarP(format, "output", "o", "print data as json or yaml")
	CompleteFlag(cmd, "output", []string{"json", "yaml"})
}

// String returns the format.
func (f *Format) String() string { return string(*f) }

// Type is what the help shows as the value.
func (f *Format) Type() string { return "json|yaml" }

// Set reads the format.
func (f *Format) Set(text string) error {
	if text != "json" && text != "yaml" {
		return fmt.Errorf("%q is neither json nor yaml", text)
	}
	*f = Format(text)
	return nil
}

// Print prints data as JSON or YAML.
func (f *Format) Print(w io.Writer, data any) error {
	text, err := json.MarshalIndent(data, "", "  ")
	if err == nil && *f == "yaml" {
		text, err = yaml.JSONToYAML(text)
	}
	if err != nil {
		return fmt.Errorf("printing %s: %w", *f, err)
	}
	_, err = fmt.Fprintln(w, strings.TrimRight(string(text), "\n"))
	return err
}
