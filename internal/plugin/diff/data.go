// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package diff

// Data is what is printed as JSON and YAML.
type Data struct {
	// Items are the trackers of the file that could be compared, in its order.
	Items []Comparison `json:"items"`
}

// Comparison is what would change for one tracker.
type Comparison struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Different reports whether there are changes.
	Different bool `json:"different"`
	// Changes are those of the tracker, and then of its objects, in the order in which the operator would write them.
	Changes []Change `json:"changes,omitempty"`
	// Effects are what the changes do to pods that exist.
	Effects []Effect `json:"effects,omitempty"`
	// Notes are what comes later, or is left out, a sentence each.
	Notes []string `json:"notes,omitempty"`
}

// Action is what would be done to an object, or to pods.
type Action string

// The actions.
const (
	// ActionCreate, ActionChange and ActionDelete are those of objects.
	ActionCreate Action = "create"
	ActionChange Action = "change"
	// ActionDelete is also that of pods.
	ActionDelete Action = "delete"
	// ActionReplace, ActionAdd and ActionRun are those of pods: the pod of a Job is run.
	ActionReplace Action = "replace"
	ActionAdd     Action = "add"
	ActionRun     Action = "run"
)

// Change is that of one object.
type Change struct {
	Action     Action `json:"action"`
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	// Diff is a unified diff, without the values of Secrets.
	Diff string `json:"diff"`
}

// Effect is what a change does to the pods of an object.
type Effect struct {
	// Kind and Name are those of the Deployment, StatefulSet or Job.
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Action Action `json:"action"`
	// Pods is to how many pods it is done.
	Pods int64 `json:"pods"`
	// Causes are the fields of the pod template because of which pods are replaced, the most important first.
	Causes []string `json:"causes,omitempty"`
	// Message is the effect in words.
	Message string `json:"message"`
}

// dataOf is what there is to print of trackers.
func dataOf(previews []*preview) Data {
	data := Data{Items: []Comparison{}}
	for _, p := range previews {
		tracker := p.tracker.one()
		item := Comparison{
			Namespace: tracker.GetNamespace(), Name: tracker.GetName(), Different: p.different(), Effects: p.effects(), Notes: p.notes,
		}
		for _, c := range p.changes() {
			one := c.one()
			item.Changes = append(item.Changes, Change{
				Action: c.action(), APIVersion: one.GetAPIVersion(), Kind: one.GetKind(), Namespace: one.GetNamespace(), Name: one.GetName(), Diff: c.diff(),
			})
		}
		data.Items = append(data.Items, item)
	}
	return data
}

// action is what would be done to the object.
func (c change) action() Action {
	switch {
	case c.before == nil:
		return ActionCreate
	case c.after == nil:
		return ActionDelete
	}
	return ActionChange
}
