// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package kinds

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// annotationDigest holds the digest of a bulky object, in the caches alone, after a seal
// of this process: nothing that a user writes passes for a digest.
const annotationDigest = "apps.interviewtracker.dev/cached-digest"

var seal = rand.Text() + ":"

// Digest stands for the content of an object: all but its metadata and its status.
func Digest(o metav1.Object) (string, error) {
	encoded, err := json.Marshal(o)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", o.GetName(), err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(encoded, &fields); err != nil {
		return "", fmt.Errorf("decode %s: %w", o.GetName(), err)
	}
	for _, field := range []string{"apiVersion", "kind", "metadata", "status"} {
		delete(fields, field)
	}
	content, err := json.Marshal(fields)
	if err != nil {
		return "", fmt.Errorf("encode %s: %w", o.GetName(), err)
	}
	sum := sha256.Sum256(content)
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
	whole := reflect.ValueOf(object).Elem()
	kept := reflect.New(whole.Type())
	for _, field := range []string{"TypeMeta", "ObjectMeta"} {
		kept.Elem().FieldByName(field).Set(whole.FieldByName(field))
	}
	stripped, ok := reflect.TypeAssert[Object](kept)
	if !ok {
		return nil, fmt.Errorf("%s is not an object", kept.Type())
	}
	stripped.SetManagedFields(nil)
	annotations := map[string]string{annotationDigest: seal + digest}
	for name, value := range object.GetAnnotations() {
		if name != annotationDigest && name != corev1.LastAppliedConfigAnnotation {
			annotations[name] = value
		}
	}
	stripped.SetAnnotations(annotations)
	return stripped, nil
}
