// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

// maxEndpoints is how many of its ready endpoints, and of its ports, the caches keep of a
// slice. The ports are those of all its endpoints: a few of these say as much.
const maxEndpoints = 32

// keepEndpointSlice keeps of a slice whose it is, to which pods it leads that are ready, and
// to which ports of them.
func keepEndpointSlice(slice *discoveryv1.EndpointSlice) *discoveryv1.EndpointSlice {
	kept := &discoveryv1.EndpointSlice{ObjectMeta: belonging(slice)}
	if metav1.GetControllerOfNoCopy(slice) == nil {
		return kept
	}
	for _, port := range slice.Ports[:min(len(slice.Ports), maxEndpoints)] {
		kept.Ports = append(kept.Ports, discoveryv1.EndpointPort{Port: port.Port})
	}
	for i := range slice.Endpoints {
		e := &slice.Endpoints[i]
		if !ptr.Deref(e.Conditions.Ready, true) || e.TargetRef == nil || len(e.TargetRef.UID) > maxOwn || len(kept.Endpoints) == maxEndpoints {
			continue
		}
		kept.Endpoints = append(kept.Endpoints, discoveryv1.Endpoint{TargetRef: &corev1.ObjectReference{UID: e.TargetRef.UID}})
	}
	return kept
}
