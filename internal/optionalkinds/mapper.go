// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package optionalkinds

import (
	"fmt"
	"net/http"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	"github.com/interview-tracker/interview-tracker-operator/internal/kinds"
)

// Mapper returns the manager's REST mapper. The optional kinds it takes from the table,
// whether they exist or not: their names and scope are part of what their version is, so
// that nothing has to be looked up when they are installed, or forgotten when they are
// deleted. It looks up all others.
func Mapper(config *rest.Config, c *http.Client) (meta.RESTMapper, error) {
	dynamic, err := apiutil.NewDynamicRESTMapper(config, c)
	if err != nil {
		return nil, fmt.Errorf("making the REST mapper: %w", err)
	}
	fixed := meta.NewDefaultRESTMapper(nil)
	for _, k := range kinds.Optional() {
		resource := k.GroupVersion().WithResource(k.Plural)
		fixed.AddSpecific(k.GroupVersionKind, resource, resource, meta.RESTScopeNamespace)
	}
	return meta.FirstHitRESTMapper{MultiRESTMapper: meta.MultiRESTMapper{fixed, dynamic}}, nil
}
