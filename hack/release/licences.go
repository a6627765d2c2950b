// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	classifier "github.com/google/licenseclassifier/v2"
	"github.com/google/licenseclassifier/v2/assets"
)

// compatible are the licences, by their SPDX identifiers, whose programs ours may contain.
var compatible = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "ISC", "MIT", "MPL-2.0", "Unlicense", "Zlib"}

// findLicences returns the SPDX expression of each module's licence, from the texts in the module cache.
// A module without an entry has a licence that is not among the compatible ones, or none that is recognized.
func findLicences(ctx context.Context, root string, modules []component) (map[component]string, error) {
	folders, err := moduleFolders(ctx, root, modules)
	if err != nil {
		return nil, err
	}
	known, err := assets.DefaultClassifier()
	if err != nil {
		return nil, fmt.Errorf("loading the texts of licences: %w", err)
	}
	licences := map[component]string{}
	for module, folder := range folders {
		names, err := licencesIn(known, folder)
		if err != nil {
			return nil, err
		}
		if len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(compatible, name) }) {
			licences[module] = strings.Join(names, " AND ")
		}
	}
	return licences, nil
}

// moduleFolders finds where the sources of modules are.
func moduleFolders(ctx context.Context, root string, modules []component) (map[component]string, error) {
	folders := map[component]string{}
	byVersion := map[string]component{}
	args := []string{"list", "-m", "-mod=readonly", "-f", "{{.Path}}@{{.Version}}\t{{.Dir}}"}
	for _, module := range modules {
		if module.path == standardLibrary {
			goroot, err := output(ctx, root, "go", "env", "GOROOT")
			if err != nil {
				return nil, err
			}
			folders[module] = strings.TrimSpace(goroot)
			continue
		}
		name := module.path + "@" + module.version
		if _, listed := byVersion[name]; !listed {
			byVersion[name] = module
			args = append(args, name)
		}
	}
	list, err := output(ctx, root, "go", args...)
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(list) {
		name, folder, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if module, ok := byVersion[name]; ok && folder != "" {
			folders[module] = folder
		}
	}
	return folders, nil
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying)([.-].*)?$`)

// licenceOfDocs ends the name of a licence of documentation alone, which no program contains.
const licenceOfDocs = ".docs"

// licencesIn names the licences of the texts in the top folder of a module.
func licencesIn(known *classifier.Classifier, folder string) ([]string, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		if file.IsDir() || !licenceFile.MatchString(file.Name()) || strings.HasSuffix(file.Name(), licenceOfDocs) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			return nil, err
		}
		for _, match := range known.Match(text).Matches {
			if match.MatchType == "License" {
				names = append(names, match.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
