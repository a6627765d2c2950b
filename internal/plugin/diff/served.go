// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// servedBy reads which of the optional kinds of objects a cluster has, and their fields, from what the API
// server publishes to everybody of its kinds. The kinds are not those of the operator if it may not
// watch CustomResourceDefinitions and some were installed after it started.
func servedBy(ctx context.Context, config *rest.Config) (served, error) {
	found := served{kinds: sets.New[string](), fields: sets.New[string]()}
	published, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return found, fmt.Errorf("connecting to %s: %w", config.Host, err)
	}
	groups, err := published.OpenAPIV3WithContext(ctx).PathsWithContext(ctx)
	if err != nil {
		return found, fmt.Errorf("reading which kinds the cluster has: %w", err)
	}
	wanted := map[schema.GroupVersion][]kinds.Kind{}
	for _, k := range kinds.Optional() {
		if k.Phase != "" {
			wanted[k.GroupVersion()] = append(wanted[k.GroupVersion()], k)
		}
	}
	for version, all := range wanted {
		group, ok := groups["apis/"+version.String()]
		if !ok {
			continue
		}
		text, err := group.SchemaWithContext(ctx, "application/json")
		if err != nil {
			return found, fmt.Errorf("reading the kinds of %s: %w", version, err)
		}
		var document document
		if err := json.Unmarshal(text, &document); err != nil {
			return found, fmt.Errorf("reading the kinds of %s: %w", version, err)
		}
		for _, k := range all {
			document.add(k.GroupVersionKind, found)
		}
	}
	return found, nil
}

// document is what matters of an OpenAPI document.
type document struct {
	Components struct {
		Schemas map[string]struct {
			Kinds      []kind `json:"x-kubernetes-group-version-kind"`
			Properties struct {
				Spec struct {
					Properties map[string]json.RawMessage `json:"properties"`
				} `json:"spec"`
			} `json:"properties"`
		} `json:"schemas"`
	} `json:"components"`
}

type kind struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

// add adds a kind, if the document has it, and the fields of its spec.
func (d document) add(k schema.GroupVersionKind, to served) {
	for _, s := range d.Components.Schemas {
		for _, of := range s.Kinds {
			if of != (kind{k.Group, k.Version, k.Kind}) {
				continue
			}
			to.kinds.Insert(k.Kind)
			for field := range s.Properties.Spec.Properties {
				to.fields.Insert(k.Kind + "." + field)
			}
		}
	}
}
