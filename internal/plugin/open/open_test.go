// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package open

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/interview-tracker/interview-tracker-operator/api/v1alpha1"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
)

// frontend is a pod of a frontend that was made at some second.
func frontend(name string, ready bool, second int64) corev1.Pod {
	status := corev1.ConditionFalse
	if ready {
		status = corev1.ConditionTrue
	}
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "people", Name: name, UID: types.UID(name), CreationTimestamp: metav1.Unix(second, 0)},
		Spec: corev1.PodSpec{Containers: []corev1.Container{
			{Ports: []corev1.ContainerPort{{Name: "metrics", ContainerPort: 9090}}},
			{Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}},
		}},
		Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}},
	}
}

func leaving(pod corev1.Pod) corev1.Pod {
	pod.DeletionTimestamp = new(metav1.Now())
	return pod
}

func TestChoose(t *testing.T) {
	for name, test := range map[string]struct {
		pods []corev1.Pod
		want string
	}{
		"none":         {nil, ""},
		"not ready":    {[]corev1.Pod{frontend("a", false, 1)}, ""},
		"going away":   {[]corev1.Pod{leaving(frontend("a", true, 1))}, ""},
		"the newest":   {[]corev1.Pod{frontend("a", true, 1), frontend("b", true, 3), frontend("c", true, 2), frontend("d", false, 4)}, "b"},
		"of two alike": {[]corev1.Pod{frontend("b", true, 1), frontend("a", true, 1)}, "b"},
	} {
		got := ""
		if pod := choose(test.pods); pod != nil {
			got = pod.Name
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestIsThere(t *testing.T) {
	pod := frontend("a", true, 1)
	failed, other := pod, pod
	failed.Status.Phase, other.UID = corev1.PodFailed, "another"
	for name, test := range map[string]struct {
		pods []corev1.Pod
		want bool
	}{
		"there": {[]corev1.Pod{frontend("b", true, 1), pod}, true}, "not ready": {[]corev1.Pod{frontend("a", false, 1)}, true},
		"gone": {nil, false}, "going": {[]corev1.Pod{leaving(pod)}, false}, "failed": {[]corev1.Pod{failed}, false}, "another": {[]corev1.Pod{other}, false},
	} {
		if got := isThere(test.pods, &pod); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestBrowser(t *testing.T) {
	none := func(string) string { return "" }
	x11 := func(name string) string { return map[string]string{"DISPLAY": ":0"}[name] }
	wayland := func(name string) string { return map[string]string{"WAYLAND_DISPLAY": "wayland-0"}[name] }
	for name, test := range map[string]struct {
		got  []string
		want string
	}{
		"macOS":        {browser("darwin", "URL", none), "open URL"},
		"Windows":      {browser("windows", "URL", none), "rundll32 url.dll,FileProtocolHandler URL"},
		"Linux":        {browser("linux", "URL", x11), "xdg-open URL"},
		"Wayland":      {browser("linux", "URL", wayland), "xdg-open URL"},
		"by SSH alone": {browser("linux", "URL", none), ""},
	} {
		if got := strings.Join(test.got, " "); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOnly(t *testing.T) {
	named := func(names ...string) (all []plugin.Tracker) {
		for _, name := range names {
			all = append(all, plugin.Tracker{InterviewTracker: &v1alpha1.InterviewTracker{ObjectMeta: metav1.ObjectMeta{Name: name}}})
		}
		return all
	}
	if name, err := only(named("hiring"), "people"); name != "hiring" || err != nil {
		t.Errorf("got %s, %v", name, err)
	}
	if _, err := only(nil, "people"); err == nil || !strings.Contains(err.Error(), "no InterviewTracker in namespace people") {
		t.Errorf("got %v", err)
	}
	_, err := only(named("hiring", "other"), "people")
	if exit := (*plugin.ExitError)(nil); !errors.As(err, &exit) || exit.Code != plugin.CodeUsage || !strings.Contains(err.Error(), "hiring, other") {
		t.Errorf("got %v", err)
	}
}

// play is a frontend whose pods come and go: each reading of them is a scene.
type play struct {
	scenes [][]corev1.Pod
	// ends has a forwarding end by itself, by the pod's name.
	ends map[string]bool
	// fails has the first forwarding to a pod fail.
	fails map[string]bool
	log   []string
}

func (p *play) keeper(cancel context.CancelFunc, errOut *bytes.Buffer) *keeper {
	return &keeper{
		pods: func(context.Context) ([]corev1.Pod, error) {
			scene := p.scenes[0]
			if len(p.scenes) > 1 {
				p.scenes = p.scenes[1:]
			}
			return scene, nil
		},
		forward: func(ctx context.Context, pod types.NamespacedName, local uint16, remote int32) (*plugin.Forwarding, error) {
			if p.fails[pod.Name] {
				delete(p.fails, pod.Name)
				return nil, errors.New("refused")
			}
			p.log = append(p.log, "forward to "+pod.Name)
			if local != 0 && local != 4711 || remote != 8080 {
				p.log = append(p.log, "from another port")
			}
			ended := make(chan struct{})
			if p.ends[pod.Name] {
				close(ended)
			} else {
				cancel() // The last pod of a play: its user presses Ctrl-C.
				context.AfterFunc(ctx, func() { close(ended) })
			}
			return &plugin.Forwarding{Address: "127.0.0.1:4711", Port: 4711, Ended: ended}, nil
		},
		opened: func(address string) { p.log = append(p.log, "open "+address) },
		pause: func(_ context.Context, d time.Duration) error {
			if d <= 0 || d > 2*reconnecting.Cap {
				p.log = append(p.log, "pause of "+d.String())
			}
			return nil
		},
		now:    func() time.Time { return time.Unix(0, 0) },
		errOut: errOut,
	}
}

func TestKeep(t *testing.T) {
	a, b := frontend("a", true, 1), frontend("b", true, 2)
	for name, test := range map[string]struct {
		play *play
		log  []string
		err  string
		said []string
	}{
		"until Ctrl-C": {
			play: &play{scenes: [][]corev1.Pod{{a}}},
			log:  []string{"forward to a", "open 127.0.0.1:4711"}, err: "context canceled",
			said: []string{"connected to pod a"},
		},
		"another pod on the same port": {
			play: &play{scenes: [][]corev1.Pod{{a}, {}, {frontend("b", false, 2)}, {b}}, ends: map[string]bool{"a": true}},
			log:  []string{"forward to a", "open 127.0.0.1:4711", "forward to b"}, err: "context canceled",
			said: []string{
				"connected to pod a", "the connection to pod a has ended: connecting to another pod",
				"not yet: no pod of the frontend is ready", "connected to pod b",
			},
		},
		"a pod that can't be reached yet": {
			play: &play{scenes: [][]corev1.Pod{{a}, {b}}, ends: map[string]bool{"a": true}, fails: map[string]bool{"b": true}},
			log:  []string{"forward to a", "open 127.0.0.1:4711", "forward to b"}, err: "context canceled",
			said: []string{
				"connected to pod a", "the connection to pod a has ended: connecting to another pod",
				"not yet: forwarding a port to pod people/b: refused", "connected to pod b",
			},
		},
		"none ready at the beginning":   {play: &play{scenes: [][]corev1.Pod{{frontend("a", false, 1)}}}, err: "no pod of the frontend is ready"},
		"unreachable at the beginning":  {play: &play{scenes: [][]corev1.Pod{{a}}, fails: map[string]bool{"a": true}}, err: "forwarding a port to pod people/a: refused"},
		"without the port of a service": {play: &play{scenes: [][]corev1.Pod{{withoutPorts(a)}}}, err: "pod people/a has no port named http"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var errOut bytes.Buffer
			err := test.play.keeper(cancel, &errOut).run(ctx)
			if err == nil || err.Error() != test.err {
				t.Errorf("the error is %v, want %s", err, test.err)
			}
			if diff := cmp.Diff(test.log, test.play.log); diff != "" {
				t.Error(diff)
			}
			var said []string
			if errOut.Len() > 0 {
				said = strings.Split(strings.TrimSpace(errOut.String()), "\n")
			}
			if diff := cmp.Diff(test.said, said); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func withoutPorts(pod corev1.Pod) corev1.Pod {
	pod.Spec.Containers = []corev1.Container{{}}
	return pod
}

// A pod that is going away is left, also while its connection stays.
func TestHoldLeavesAPodThatGoes(t *testing.T) {
	pod := frontend("a", true, 1)
	p := &play{scenes: [][]corev1.Pod{{leaving(pod)}}}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	held, end := context.WithCancel(ctx)
	context.AfterFunc(held, func() { close(ended) })
	reason := p.keeper(cancel, &bytes.Buffer{}).hold(ctx, &pod, &connection{Forwarding: &plugin.Forwarding{Ended: ended}, end: end})
	if reason != "pod a is going away" {
		t.Errorf("it was left as %s", reason)
	}
}
