// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"debug/buildinfo"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

const (
	ourLicence = "Apache-2.0"
	// noAssertion is SPDX's word for what is not known.
	noAssertion = "NOASSERTION"
	// standardLibrary is the module path by which vulnerability databases know Go's standard library.
	standardLibrary = "stdlib"
)

// component is a module that is compiled into a binary.
type component struct {
	path    string
	version string
	sum     string // That of go.sum, h1:…; empty for the standard library.
}

// components are the modules that a binary says it is made of, and the standard library, by path.
func components(build *debug.BuildInfo) []component {
	all := []component{{path: standardLibrary, version: strings.TrimPrefix(build.GoVersion, "go")}}
	for _, module := range build.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		all = append(all, component{module.Path, module.Version, module.Sum})
	}
	slices.SortFunc(all, func(a, b component) int { return cmp.Compare(a.path, b.path) })
	return all
}

// writeSBOMs writes what each binary is made of, as the binary itself says, in SPDX 2.3.
func (r release) writeSBOMs(ctx context.Context, binaries []binary, to string) error {
	builds := make([]*debug.BuildInfo, len(binaries))
	var modules []component
	for i, b := range binaries {
		var err error
		if builds[i], err = buildinfo.ReadFile(b.path); err != nil {
			return err
		}
		modules = append(modules, components(builds[i])...)
	}
	licences, err := findLicences(ctx, r.root, modules)
	if err != nil {
		return err
	}
	for i, b := range binaries {
		sum, err := fileSum(b.path)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if err := spdxjson.Write(r.sbom(b, builds[i], sum, licences), &text, spdxjson.Indent("  "), spdxjson.EscapeHTML(false)); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, r.baseName(b)+".spdx.json"), text.Bytes(), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// sbom is the document about a binary with this SHA-256.
func (r release) sbom(b binary, build *debug.BuildInfo, sum string, licences map[component]string) *v2_3.Document {
	const documentID = "DOCUMENT"
	self := &v2_3.Package{
		PackageName:             b.program.name,
		PackageSPDXIdentifier:   elementID(build.Path, r.version),
		PackageVersion:          r.version,
		PackageFileName:         b.file(),
		PackageDownloadLocation: "git+" + repository + "@" + r.commit,
		PackageHomePage:         repository,
		PackageChecksums:        []common.Checksum{{Algorithm: common.SHA256, Value: sum}},
		PackageSourceInfo:       fmt.Sprintf("built for %s by %s from commit %s", b.platform, build.GoVersion, r.commit),
		PackageLicenseConcluded: ourLicence,
		PackageLicenseDeclared:  ourLicence,
		PackageCopyrightText:    noAssertion,
		PrimaryPackagePurpose:   "APPLICATION",
		PackageExternalReferences: []*v2_3.PackageExternalReference{
			purl(build.Main.Path, r.version, strings.TrimPrefix(build.Path, build.Main.Path+"/")),
		},
	}
	document := &v2_3.Document{
		SPDXVersion:       v2_3.Version,
		DataLicense:       v2_3.DataLicense,
		SPDXIdentifier:    documentID,
		DocumentName:      r.baseName(b),
		DocumentNamespace: repository + "/spdx/" + r.baseName(b) + "-" + sum,
		CreationInfo: &v2_3.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "interview-tracker-operator/hack/release"}},
			Created:  r.date.Format(time.RFC3339),
		},
		Packages: []*v2_3.Package{self},
		Relationships: []*v2_3.Relationship{{
			RefA: common.MakeDocElementID("", documentID), RefB: common.MakeDocElementID("", string(self.PackageSPDXIdentifier)),
			Relationship: common.TypeRelationshipDescribe,
		}},
	}
	for _, c := range components(build) {
		module := c.spdx(licences[c])
		document.Packages = append(document.Packages, module)
		document.Relationships = append(document.Relationships, &v2_3.Relationship{
			RefA:         common.MakeDocElementID("", string(self.PackageSPDXIdentifier)),
			RefB:         common.MakeDocElementID("", string(module.PackageSPDXIdentifier)),
			Relationship: common.TypeRelationshipContains,
		})
	}
	return document
}

// spdx describes a module. Its checksum is one of a list of files, as go.sum has it, and not of a file.
func (c component) spdx(licence string) *v2_3.Package {
	described := &v2_3.Package{
		PackageName:               c.path,
		PackageSPDXIdentifier:     elementID(c.path, c.version),
		PackageVersion:            c.version,
		PackageDownloadLocation:   noAssertion,
		PackageLicenseConcluded:   noAssertion,
		PackageLicenseDeclared:    cmp.Or(licence, noAssertion),
		PackageCopyrightText:      noAssertion,
		PrimaryPackagePurpose:     "LIBRARY",
		PackageExternalReferences: []*v2_3.PackageExternalReference{purl(c.path, c.version, "")},
	}
	if c.sum != "" {
		described.PackageSourceInfo = "checksum in go.sum: " + c.sum
	}
	return described
}

var notOfAnID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// elementID identifies a module within a document.
func elementID(path, version string) common.ElementID {
	return common.ElementID("Package-" + notOfAnID.ReplaceAllString(path+"-"+version, "-"))
}

// purl is the package URL of a module, or of a package in it.
func purl(path, version, subpath string) *v2_3.PackageExternalReference {
	locator := "pkg:golang/" + strings.ToLower(path) + "@" + url.QueryEscape(version)
	if subpath != "" {
		locator += "#" + subpath
	}
	return &v2_3.PackageExternalReference{Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: locator}
}
