// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// VolumeRecord says in one line where a managed dependency has its data: "database: claim UID,
// volume NAME, replaced NAME at TIME", without what is not known or has not happened.
// +kubebuilder:validation:MaxLength=1024
type VolumeRecord string

// NewVolumeRecord returns the record of a dependency's volume.
func NewVolumeRecord(dependency string, v VolumeStatus) VolumeRecord {
	record := dependency + ": claim " + v.ClaimUID
	if v.Name != "" {
		record += ", volume " + v.Name
	}
	if r := v.Replaced; r != nil {
		record += ", replaced " + strings.TrimLeft(r.Name+" at ", " ") + r.Time.UTC().Format(time.RFC3339)
	}
	return VolumeRecord(record)
}

// Parse returns the dependency and its volume; nil if the record is of no known form.
func (r VolumeRecord) Parse() (dependency string, volume *VolumeStatus) {
	dependency, rest, _ := strings.Cut(string(r), ": ")
	v := &VolumeStatus{}
	for part := range strings.SplitSeq(rest, ", ") {
		name, value, _ := strings.Cut(part, " ")
		switch name {
		case "claim":
			v.ClaimUID = value
		case "volume":
			v.Name = value
		case "replaced":
			v.Replaced = parseReplaced(value)
		}
	}
	if v.ClaimUID == "" {
		return dependency, nil
	}
	return dependency, v
}

// parseReplaced reads "NAME at TIME" or "at TIME".
func parseReplaced(text string) *ReplacedVolume {
	name, at, _ := strings.Cut(" "+text, " at ")
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t = time.Time{} // Edited by hand: that it was replaced is what counts.
	}
	return &ReplacedVolume{Name: strings.TrimSpace(name), Time: metav1.NewTime(t)}
}

// Volume is where a managed dependency has its data, nil when that is not known. Earlier versions
// of the operator wrote it into the dependency's entry.
func (s *InterviewTrackerStatus) Volume(dependency string) *VolumeStatus {
	for _, record := range s.Volumes {
		if of, volume := record.Parse(); of == dependency {
			return volume
		}
	}
	for _, d := range s.Dependencies {
		if d.Name == dependency {
			return d.Volume
		}
	}
	return nil
}
