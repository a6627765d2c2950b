// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package plugin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// completionTimeout bounds what a person waits for after a press of Tab.
const completionTimeout = 2 * time.Second

const completionHelp = `Print a script that completes commands, flags and the names of InterviewTrackers.

For kubectl tracker, kubectl runs the program kubectl_complete-tracker of the PATH, in every shell
whose completion of kubectl is set up:

  kubectl tracker completion kubectl > ~/.local/bin/kubectl_complete-tracker
  chmod +x ~/.local/bin/kubectl_complete-tracker

For the program kubectl-tracker, called by this name:

  bash        source <(kubectl-tracker completion bash)
  zsh         source <(kubectl-tracker completion zsh)
  fish        kubectl-tracker completion fish | source
  powershell  kubectl-tracker completion powershell | Out-String | Invoke-Expression`

// kubectlCompletion is the program that kubectl runs to complete kubectl tracker.
const kubectlCompletion = "#!/bin/sh\nexec kubectl tracker __complete \"$@\"\n"

func newCompletion(streams genericiooptions.IOStreams) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell", "kubectl"}
	return &cobra.Command{
		Use:                   "completion " + strings.Join(shells, "|"),
		DisableFlagsInUseLine: true,
		Short:                 "Print a script that completes command lines",
		Long:                  completionHelp,
		ValidArgs:             shells,
		Args:                  Args(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(streams.Out, true)
			case "zsh":
				return root.GenZshCompletion(streams.Out)
			case "fish":
				return root.GenFishCompletion(streams.Out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(streams.Out)
			default:
				_, err := streams.Out.Write([]byte(kubectlCompletion))
				return err
			}
		},
	}
}

// completeName completes the name of one tracker from the cluster.
func completeName(flags *genericclioptions.ConfigFlags) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		trackers := &metav1.PartialObjectMetadataList{} // Of an operator of another version, the rest may differ.
		trackers.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
		return namesOf(cmd, flags, trackers)
	}
}

// completeFlags completes the values of kubectl's own flags that people write most.
func completeFlags(root *cobra.Command, flags *genericclioptions.ConfigFlags) {
	for flag, complete := range map[string]cobra.CompletionFunc{
		"namespace": func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return namesOf(cmd, flags, &corev1.NamespaceList{})
		},
		"context": func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			config, err := flags.ToRawKubeConfigLoader().RawConfig()
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			var contexts []string
			for name := range config.Contexts {
				contexts = append(contexts, name)
			}
			slices.Sort(contexts)
			return contexts, cobra.ShellCompDirectiveNoFileComp
		},
	} {
		cobra.CheckErr(root.RegisterFlagCompletionFunc(flag, complete)) // It fails for a flag that root lacks alone.
	}
}

// namesOf returns the names of the objects of a list in the namespace of the flags.
func namesOf(cmd *cobra.Command, flags *genericclioptions.ConfigFlags, list client.ObjectList) ([]string, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
	defer cancel()
	cluster, err := Connect(flags)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var options []client.ListOption
	if _, ok := list.(*corev1.NamespaceList); !ok {
		options = append(options, client.InNamespace(cluster.Namespace))
	}
	if err := cluster.Client.List(ctx, list, options...); err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	err = meta.EachListItem(list, func(item runtime.Object) error {
		object, err := meta.Accessor(item)
		if err == nil {
			names = append(names, object.GetName())
		}
		return err
	})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
