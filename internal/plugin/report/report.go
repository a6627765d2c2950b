// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

// Package report is kubectl tracker report: everything about a tracker in one file for those who help,
// without the values of its Secrets.
package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/interview-tracker/interview-tracker-operator/internal/plugin"
	"github.com/interview-tracker/interview-tracker-operator/internal/plugin/podlog"
	"github.com/interview-tracker/interview-tracker-operator/internal/words"
)

var help = `Write what those who help with the InterviewTracker NAME need into one file, a compressed tar archive: what
kubectl tracker status prints, the tracker and its objects, events, the logs of all its containers (the last 2000
lines of each, of at most 512 KiB, also of the run before a restart), the versions, and what you may read of the
operator. README.txt in it says what is where, and errors.txt what is missing, and why.

It holds no values of Secrets. Those that the tracker owns or names are read to take their values out of every
text (as they are, percent-encoded, escaped, in Base64), and of Secrets only the metadata and the names of keys
are written. What looks like a secret is taken out as well: passwords in URLs, private keys, tokens, values of
variables, headers and annotations with such names. Of the values of Secrets, those under the keys
` + publicKeys + ` stay, unless the
tracker selects such a key or its value is a URL, and so does what has fewer than three characters.

What a program prints can only be masked with the Secrets that it reads. So the logs of a pod, and what its
status and its events quote of it, are left out where you may not read such a Secret, where it does not exist,
where it has changed since the container started, and where a driver mounts a volume. --unmasked-logs adds them
as they are: read them before you pass the report on. Look through a report in any case: names, addresses and
what users have entered are not secrets to this command.

Permissions that it needs: get interviewtrackers. With more, more is in the report: in the namespace of the tracker, list the
kinds of its objects and events, get pods/log, pods/proxy and the Secrets; get customresourcedefinitions; list deployments
and pods and get pods/log where the operator runs; where that is not interview-tracker-system, also list clusterrolebindings,
and list rolebindings in the namespace of the tracker, which prove that it is the operator.

Exit codes: 0 when the report is written, also when something is missing in it; 1 when it is not.`

const examples = `  # Write tracker-report-NAMESPACE-hiring-TIME.tar.gz
  kubectl tracker report hiring

  # Look through it
  kubectl tracker report hiring --output-file - | tar xzO | less`

// NewCommand returns the command.
func NewCommand(config *genericclioptions.ConfigFlags, streams genericiooptions.IOStreams) *cobra.Command {
	var output string
	var unmasked bool
	cmd := plugin.ForTracker(config, &cobra.Command{
		Use:     "report NAME [flags]",
		Short:   "Write everything about a tracker into one file, without secrets",
		Long:    help,
		Example: examples,
	}, func(ctx context.Context, cluster *plugin.Cluster, name string) error {
		return run(ctx, cluster, name, output, unmasked, time.Now(), streams)
	})
	cmd.Flags().StringVar(&output, "output-file", "", "`FILE.tar.gz` to write, which must not exist, or - for the standard output")
	cmd.Flags().BoolVar(&unmasked, "unmasked-logs", false, "also add the logs that can't be masked: they may hold secrets")
	return cmd
}

// run writes the report of a tracker.
func run(
	ctx context.Context, cluster *plugin.Cluster, name, output string, unmasked bool, now time.Time, streams genericiooptions.IOStreams,
) error {
	open, err := podlog.Of(cluster)
	if err != nil {
		return err
	}
	return write(ctx, newGatherer(cluster, name, open, unmasked), output, now, streams)
}

// write gathers a report and writes it to a file, to one of a name of its own when none is named.
func write(ctx context.Context, g *gatherer, output string, now time.Time, streams genericiooptions.IOStreams) error {
	fmt.Fprintf(streams.ErrOut, "Reading InterviewTracker %s/%s …\n", g.cluster.Namespace, g.name)
	if err := g.gather(ctx, now); err != nil {
		return err
	}
	folder := "tracker-report-" + g.cluster.Namespace + "-" + g.name + "-" + now.UTC().Format("20060102T150405Z")
	if output == "-" {
		if err := g.bundle.write(streams.Out, folder, now); err != nil {
			return err
		}
	} else {
		if output == "" {
			output = folder + ".tar.gz"
		}
		if err := writeFile(g.bundle, output, folder, now); err != nil {
			return err
		}
	}
	summarize(g.bundle, output, g.judge.all, streams.ErrOut)
	return nil
}

// writeFile writes the archive to a new file, which only its user can read. Half of one does not
// stay.
func writeFile(b *bundle, path, folder string, now time.Time) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the user names the file
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists: name another file with --output-file", path)
	}
	if err != nil {
		return fmt.Errorf("creating the report: %w", err)
	}
	err = errors.Join(b.write(file, folder, now), file.Close())
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// summarize says what was written, and what to look at.
func summarize(b *bundle, output string, unmasked bool, out io.Writer) {
	say := func(format string, args ...any) {
		fmt.Fprintln(out, words.Line(fmt.Sprintf(format, args...), plugin.MaxLine))
	}
	if b.withheld {
		say("Warning: what some programs have printed is left out, as it can't be masked: errors.txt says why. --unmasked-logs adds it.")
	}
	if unmasked {
		say("Warning: the report may hold secrets that programs have printed (--unmasked-logs): read it before you pass it on.")
	}
	for _, warning := range b.warnings {
		say("Warning: %s.", b.masker.text(warning))
	}
	if n := len(b.problems); n > 0 {
		say("%d notes of what is missing are in errors.txt.", n)
	}
	if output != "-" {
		say("%d files are in %s. Look through them before you pass them on.", len(b.files), output)
	}
}

// publicKeys lists the keys of Secrets whose values stay.
var publicKeys = strings.Join(public, ", ")

const readme = `A report about InterviewTracker %s/%s, made at %s by kubectl tracker report.

status.txt                 what kubectl tracker status prints: begin with it
tracker.yaml               the tracker, with its status
events.txt                 the events of the tracker and of its objects, the newest last, in UTC
objects/KIND/NAME.yaml     its objects; of Secrets the metadata and the names of keys
logs/POD/CONTAINER.log     the end of the log of each container; .previous.log of the run before a restart
versions.txt               the versions of the API server and of the CustomResourceDefinitions
operator/NAMESPACE/…       the operator's Deployments, pods and logs, which are about all trackers
errors.txt                 what is missing, and why

Values of Secrets, and what looks like a secret, are replaced by ***. metadata.managedFields and annotations
that repeat an object, such as kubectl.kubernetes.io/last-applied-configuration, are left out.
%s`

// readmeOf is the text of README.txt.
func readmeOf(namespace, name string, unmasked bool, now time.Time) string {
	warning := ""
	if unmasked {
		warning = "\nMade with --unmasked-logs: what programs have printed may hold secrets that could not be masked.\n"
	}
	return fmt.Sprintf(readme, namespace, name, now.UTC().Format(time.RFC3339), warning)
}
