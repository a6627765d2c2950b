// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package apply

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// difference is a field of the intent that the live object has with another
// value, or not at all.
type difference struct {
	path fieldpath.Path
	live any // nil when the object lacks the field.
	// order means that the field is a list that has the intent's items in another order; live
	// is their keys. No manager owns an order.
	order bool
}

// field names what differs, for people.
func (d difference) field() string {
	if d.order {
		return "order of " + formatPath(d.path)
	}
	return formatPath(d.path)
}

// comparison walks an intent beside a live object, by the schema that the API
// server merges by. What only the live object has belongs to other managers, unless it
// is part of what is applied as a whole.
type comparison struct {
	schema *schema.Schema
	found  []difference
}

// compare returns where the live fields do not meet the wanted ones, which are the
// intent's or a part of them, in a fixed order.
func (i *intent) compare(wanted, live map[string]any) []difference {
	c := comparison{schema: i.schema.Schema()}
	c.walk(nil, i.schema.TypeRef(), wanted, live)
	if !i.autoscaled {
		return c.found
	}
	// At 0 an autoscaler does nothing.
	return slices.DeleteFunc(c.found, func(d difference) bool { return d.field() == "spec.replicas" && d.live != int64(0) })
}

func (c *comparison) walk(path fieldpath.Path, ref schema.TypeRef, want, live any) {
	atom, _ := c.schema.Resolve(ref)
	switch want := want.(type) {
	case map[string]any:
		if live, ok := live.(map[string]any); ok && atom.Map != nil && atom.Map.ElementRelationship != schema.Atomic {
			for _, name := range slices.Sorted(maps.Keys(want)) {
				c.walk(append(path, fieldpath.FieldNameElement(name)), fieldType(atom.Map, name), want[name], live[name])
			}
			return
		}
	case []any:
		if live, ok := live.([]any); ok && atom.List != nil && atom.List.ElementRelationship == schema.Associative {
			c.walkItems(path, atom.List, want, live)
			return
		}
	}
	if !c.equal(ref, want, live) {
		c.found = append(c.found, difference{path: path.Copy(), live: live})
	}
}

// walkItems compares the items of a list whose items have keys. Of live items
// with the same key the last counts, as it does for a container's environment.
func (c *comparison) walkItems(path fieldpath.Path, list *schema.List, want, live []any) {
	index := make(map[string]int, len(live))
	for i, item := range live {
		index[c.key(list, item).String()] = i
	}
	var shared []string // The keys that both have.
	for _, item := range want {
		element := c.key(list, item)
		key := element.String()
		var other any
		if i, ok := index[key]; ok {
			other = live[i]
			shared = append(shared, key)
		}
		c.walk(append(path, element), list.ElementType, item, other)
	}
	if !ordered[typeName(list.ElementType)] {
		return
	}
	// What is between them belongs to others: an apply leaves it there.
	order := slices.SortedFunc(slices.Values(shared), func(a, b string) int { return cmp.Compare(index[a], index[b]) })
	if !slices.Equal(order, shared) {
		c.found = append(c.found, difference{path: path.Copy(), live: order, order: true})
	}
}

// ordered are the types of the items of those lists with keys whose order means something:
//   - A variable of a container may refer to those before it, as $(NAME).
//   - Init containers run one after the other; the other containers are started in that
//     order too, and the first is the one that kubectl takes if none is named.
//   - Of two aliases of a host, the first counts.
//
// It means nothing for volumes, mounts (a runtime sorts them), ports and pull secrets.
var ordered = map[string]bool{
	"io.k8s.api.core.v1.EnvVar":    true,
	"io.k8s.api.core.v1.Container": true,
	"io.k8s.api.core.v1.HostAlias": true,
}

// key identifies an item of an associative list.
func (c *comparison) key(list *schema.List, item any) fieldpath.PathElement {
	if len(list.Keys) == 0 {
		v := value.NewValueInterface(item)
		return fieldpath.PathElement{Value: &v}
	}
	fields, _ := item.(map[string]any)
	element, _ := c.schema.Resolve(list.ElementType)
	var key value.FieldList
	for _, name := range list.Keys {
		v, ok := fields[name]
		if !ok {
			v = schemaDefault(element.Map, name)
		}
		if v != nil {
			key = append(key, value.Field{Name: name, Value: value.NewValueInterface(v)})
		}
	}
	key.Sort()
	return fieldpath.PathElement{Key: &key}
}

// equal compares what is applied as a whole: scalars, and lists and maps that are
// atomic.
func (c *comparison) equal(ref schema.TypeRef, want, live any) bool {
	if typeName(ref) == quantityType {
		return equalQuantities(want, live)
	}
	atom, _ := c.schema.Resolve(ref)
	switch want := want.(type) {
	case map[string]any:
		live, ok := live.(map[string]any)
		return ok && c.equalMaps(ref, atom.Map, want, live)
	case []any:
		live, ok := live.([]any)
		return ok && slices.EqualFunc(want, live, func(want, live any) bool {
			return c.equal(elementType(atom.List), want, live)
		})
	default:
		return reflect.DeepEqual(want, live)
	}
}

func (c *comparison) equalMaps(ref schema.TypeRef, fields *schema.Map, want, live map[string]any) bool {
	for name, v := range want {
		if !c.equal(fieldType(fields, name), v, live[name]) {
			return false
		}
	}
	for name, v := range live {
		if _, wanted := want[name]; wanted {
			continue
		}
		if !reflect.DeepEqual(v, defaultOf(ref, fields, name)) {
			return false
		}
	}
	return true
}

// defaults are what the API server writes into an omitted field within something
// that is applied as a whole, by the type that has the field: those that are not in
// the schema. Elsewhere a default is just a field that others set.
var defaults = map[string]map[string]any{
	"io.k8s.api.core.v1.ObjectFieldSelector":   {"apiVersion": "v1"},
	"io.k8s.api.core.v1.ResourceFieldSelector": {"divisor": "0"},
	"io.k8s.api.core.v1.PersistentVolumeClaim": {
		"apiVersion": "v1",
		"kind":       "PersistentVolumeClaim",
		"status":     map[string]any{"phase": "Pending"},
	},
	"io.k8s.api.core.v1.PersistentVolumeClaimSpec":     {"volumeMode": "Filesystem"},
	"io.k8s.api.core.v1.ServiceAccountTokenProjection": {"expirationSeconds": int64(3600)},
	"io.k8s.api.networking.v1.NetworkPolicyPort":       {"protocol": "TCP"},
}

func defaultOf(ref schema.TypeRef, fields *schema.Map, name string) any {
	if v, ok := defaults[typeName(ref)][name]; ok {
		return v
	}
	return schemaDefault(fields, name)
}

func schemaDefault(fields *schema.Map, name string) any {
	if fields == nil {
		return nil
	}
	field, _ := fields.FindField(name)
	return field.Default
}

func fieldType(fields *schema.Map, name string) schema.TypeRef {
	if fields == nil {
		return schema.TypeRef{}
	}
	if field, ok := fields.FindField(name); ok {
		return field.Type
	}
	return fields.ElementType
}

func elementType(list *schema.List) schema.TypeRef {
	if list == nil {
		return schema.TypeRef{}
	}
	return list.ElementType
}

func typeName(ref schema.TypeRef) string {
	if ref.NamedType == nil {
		return ""
	}
	return *ref.NamedType
}

const quantityType = "io.k8s.apimachinery.pkg.api.resource.Quantity"

// equalQuantities compares by value. The API server rounds the quantities of a
// pod's resources up to thousandths.
func equalQuantities(want, live any) bool {
	w, wantErr := parseQuantity(want)
	l, liveErr := parseQuantity(live)
	if wantErr != nil || liveErr != nil {
		return reflect.DeepEqual(want, live)
	}
	if w.Cmp(l) == 0 {
		return true
	}
	w.RoundUp(resource.Milli)
	return w.Cmp(l) == 0
}

func parseQuantity(v any) (resource.Quantity, error) {
	s, _ := v.(string)
	return resource.ParseQuantity(s)
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// formatPath formats a path for people, such as
// spec.template.spec.containers[name="api"].image.
func formatPath(path fieldpath.Path) string {
	var b strings.Builder
	for _, e := range path {
		switch {
		case e.FieldName != nil && !identifier.MatchString(*e.FieldName):
			fmt.Fprintf(&b, "[%q]", *e.FieldName)
		default:
			b.WriteString(e.String())
		}
	}
	return strings.TrimPrefix(b.String(), ".")
}

func fieldsOf(found []difference) []string {
	paths := make([]string, len(found))
	for i, d := range found {
		paths[i] = d.field()
	}
	return paths
}

// describe returns how a field was changed.
func (d difference) describe(by string) string {
	what := d.field() + " was changed"
	if d.live == nil {
		what = d.field() + " was removed"
	}
	if by == "" {
		return what
	}
	return what + " by " + by
}

// maxNamed is how many fields an event names.
const maxNamed = 3

// enumerate joins the first few of several clauses.
func enumerate(clauses []string) string {
	if rest := len(clauses) - maxNamed; rest > 0 {
		return fmt.Sprintf("%s; and %d more", strings.Join(clauses[:maxNamed], "; "), rest)
	}
	return strings.Join(clauses, "; ")
}
