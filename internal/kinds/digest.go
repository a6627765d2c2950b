// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// annotationDigest holds the digest of a bulky object, in the caches alone, after a seal
// of this process: nothing that a user writes passes for a digest.
const annotationDigest = "apps.interviewtracker.dev/cached-digest"

var seal = rand.Text() + ":"

// Digest stands for the content of an object: all but its metadata and its status.
func Digest(o metav1.Object) (string, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
	if err != nil {
		return "", fmt.Errorf("convert %s: %w", o.GetName(), err)
	}
	content := maps.Clone(fields) // Those of an unstructured object are its own.
	for _, field := range []string{"apiVersion", "kind", "metadata", "status"} {
		delete(content, field)
	}
	encoded, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", o.GetName(), err)
	}
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:16]), nil
}

// CachedDigest returns the digest that the caches keep in place of a bulky object's
// content; empty when the object is whole.
func CachedDigest(o metav1.Object) string {
	digest, sealed := strings.CutPrefix(o.GetAnnotations()[annotationDigest], seal)
	if !sealed {
		return ""
	}
	return digest
}

// keepDigest keeps of a bulky object its metadata and a digest of the rest. It may be
// given what it has returned: a list that comes as a stream is transformed twice.
func keepDigest(in any) (any, error) {
	object, ok := in.(Object)
	if !ok || CachedDigest(object) != "" {
		return in, nil
	}
	digest, err := Digest(object)
	if err != nil {
		return nil, err
	}
	fields := reflect.ValueOf(object).Elem()
	for i := range fields.NumField() {
		if name := fields.Type().Field(i).Name; name != "TypeMeta" && name != "ObjectMeta" {
			fields.Field(i).SetZero()
		}
	}
	object.SetManagedFields(nil)
	annotations := map[string]string{}
	maps.Copy(annotations, object.GetAnnotations())
	delete(annotations, corev1.LastAppliedConfigAnnotation)
	annotations[annotationDigest] = seal + digest
	object.SetAnnotations(annotations)
	return object, nil
}
