// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package install

const system = "interview-tracker-system"

// whatStays is the command that lists what is left of deleted trackers.
var whatStays = place{"install.md", "What uninstalling leaves", ""}

// way is a way to install the operator. Its steps are commands of the documentation.
type way struct {
	name string
	// needs is the part of a checkout that it is made of. If the previous release lacks it, that of this checkout
	// stands for it, with the operator of that release.
	needs     string
	namespace string // of the operator
	// trackers is the namespace of the trackers; it is made unless installing does so.
	trackers string
	// files has the files that are written into the checkout.
	files place

	install   place
	upgrade   place
	rollBack  place
	uninstall place
	// takeOver installs in another way what is there, instead of upgrading and rolling back.
	takeOver place
	// finish deletes what uninstalling keeps: the definition, and with it the trackers.
	finish place
	// metrics serves the metrics to clients with a certificate.
	metrics place

	// byRelease says that rolling back leads to what the release was before, whatever the checkout.
	byRelease bool
	// older has a tracker of the previous release, too.
	older bool
	// leaves is what uninstalling leaves, apart from trackers.
	leaves []string
}

// places are the places that it has.
func (w way) places() []place {
	var all []place
	for _, p := range []place{w.install, w.upgrade, w.rollBack, w.uninstall, w.takeOver, w.finish, w.metrics} {
		if p != (place{}) {
			all = append(all, p)
		}
	}
	return all
}

func onInstallPage(heading, words string) place { return place{"install.md", heading, words} }

const (
	crd         = "CustomResourceDefinition <none> interviewtrackers.apps.interviewtracker.dev"
	upgrade     = "Upgrade"
	rollBack    = "Roll back"
	uninstall   = "Uninstall"
	remove      = "Delete what it keeps"
	ofSome      = "Only some namespaces"
	toUpgrade   = "Upgrade, roll back, remove" // on the page of the namespaced install
	ofNamespace = "namespaced.md"
)

// ways are tried one after the other, as each has objects of the whole cluster. Those with trackers in team-a are not
// neighbours: the namespace is gone until the second one makes it.
var ways = []way{
	{
		name: "install.yaml", needs: "config/default", namespace: system, trackers: "of-install-yaml", older: true,
		install:   onInstallPage("install.yaml", ""),
		upgrade:   onInstallPage("install.yaml", upgrade),
		rollBack:  onInstallPage("install.yaml", rollBack),
		uninstall: onInstallPage("install.yaml", uninstall),
	},
	{
		name: "Helm for some namespaces", needs: "charts", namespace: "operators-a", trackers: "team-a", byRelease: true,
		install:   onInstallPage(ofSome, ""),
		upgrade:   onInstallPage(ofSome, upgrade),
		rollBack:  onInstallPage(ofSome, rollBack),
		uninstall: onInstallPage(ofSome, uninstall),
		finish:    onInstallPage(ofSome, remove),
		leaves:    []string{crd, "Lease operators-a interview-tracker-operator"},
	},
	{
		name: "kustomize", needs: "config/default", namespace: system, trackers: "of-kustomize",
		files:     onInstallPage("kustomize", ""),
		install:   onInstallPage("kustomize", ""),
		upgrade:   onInstallPage("kustomize", upgrade),
		rollBack:  onInstallPage("kustomize", rollBack),
		uninstall: onInstallPage("kustomize", uninstall),
	},
	{
		name: "Helm", needs: "charts", namespace: system, trackers: "of-helm", byRelease: true,
		install:   onInstallPage("Helm", ""),
		upgrade:   onInstallPage("Helm", upgrade),
		rollBack:  onInstallPage("Helm", rollBack),
		uninstall: onInstallPage("Helm", uninstall),
		finish:    onInstallPage("Helm", remove),
		leaves:    []string{crd, "Lease " + system + " interview-tracker-operator", "Namespace <none> " + system},
	},
	{
		name: "from install.yaml to Helm", namespace: system, trackers: "of-both",
		install:   onInstallPage("install.yaml", ""),
		takeOver:  onInstallPage("Helm", "From `install.yaml` or kustomize to Helm"),
		uninstall: onInstallPage("Helm", uninstall),
		finish:    onInstallPage("Helm", remove),
		leaves:    []string{crd, "Lease " + system + " interview-tracker-operator", "Namespace <none> " + system},
	},
	{
		name: "config/namespaced", needs: "config/namespaced", namespace: "team-a", trackers: "team-a",
		files:     place{ofNamespace, "Install", ""},
		install:   place{ofNamespace, "Install", ""},
		upgrade:   place{ofNamespace, toUpgrade, upgrade},
		rollBack:  place{ofNamespace, toUpgrade, rollBack},
		metrics:   place{ofNamespace, "Metrics", ""},
		uninstall: place{ofNamespace, toUpgrade, uninstall},
		finish:    place{ofNamespace, toUpgrade, "Remove the definition"},
		leaves: []string{
			"ClusterRole <none> interview-tracker-admin", "ClusterRole <none> interview-tracker-editor",
			"ClusterRole <none> interview-tracker-viewer", crd,
		},
	},
}
