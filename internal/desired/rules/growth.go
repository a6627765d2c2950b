// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"errors"
	"fmt"
	"regexp"
	"text/template/parse"

	"k8s.io/apimachinery/pkg/util/sets"
)

// boundedFunctions give back a number, a part of their input, or a text about as long
// as it. All others, which Prometheus may get more of, can make a long text of a short
// one.
var boundedFunctions = sets.New(
	"and", "or", "not", "eq", "ne", "lt", "le", "gt", "ge", "len", "index", "slice",
	"first", "label", "value", "strvalue", "sortByLabel", "match", "title", "toUpper", "toLower", "safeHtml", "stripPort", "stripDomain",
	"humanize", "humanize1024", "humanizeDuration", "humanizePercentage", "humanizeTimestamp", "toTime", "toDuration", "now",
	"parseDuration", "pathPrefix", "externalURL",
)

// wideFormat finds a width or a precision of three digits and more, or one that is an
// argument.
var wideFormat = regexp.MustCompile(`%[-+# 0-9.\[\]]*([0-9]{3}|\*)`)

// errGrown refuses what could double a text again and again.
var errGrown = errors.New("it makes a text of one that it has made, as print of print; nor can such a text be in a variable or in with")

// checkNode refuses what could take a template's expansion without end, or its text
// beyond what memory holds: loops, templates that call templates, and texts that are
// made of made texts, which may double each time. What is left is about as long as the
// template times the longest label.
func checkNode(node parse.Node) error {
	switch n := node.(type) {
	case *parse.TextNode, *parse.CommentNode:
		return nil
	case *parse.ListNode:
		if n == nil {
			return nil // an else that isn't there
		}
		for _, child := range n.Nodes {
			if err := checkNode(child); err != nil {
				return err
			}
		}
		return nil
	case *parse.ActionNode:
		_, err := checkPipe(n.Pipe)
		return err
	case *parse.IfNode:
		return checkBranch(&n.BranchNode)
	case *parse.WithNode:
		return checkBranch(&n.BranchNode)
	case *parse.RangeNode:
		return errors.New("it uses range, which may have no end")
	default:
		return fmt.Errorf("it holds %s, which is more than values, if and with", node)
	}
}

func checkBranch(branch *parse.BranchNode) error {
	made, err := checkPipe(branch.Pipe)
	if err != nil {
		return err
	}
	if made && branch.NodeType == parse.NodeWith {
		return errGrown
	}
	if err := checkNode(branch.List); err != nil {
		return err
	}
	return checkNode(branch.ElseList)
}

// checkPipe tells whether the result is a text that a function has made.
func checkPipe(pipe *parse.PipeNode) (made bool, err error) {
	for i, command := range pipe.Cmds {
		if made, err = checkCommand(command, i > 0, made); err != nil {
			return false, err
		}
	}
	if made && len(pipe.Decl) > 0 {
		return false, errGrown
	}
	return made, nil
}

// checkCommand looks at a command, into which another may be piped, whose result may
// be a made text.
func checkCommand(command *parse.CommandNode, piped, made bool) (bool, error) {
	for _, arg := range command.Args {
		of, err := checkArgument(arg)
		if err != nil {
			return false, err
		}
		made = made || of
	}
	function, ok := command.Args[0].(*parse.IdentifierNode)
	switch {
	case ok && boundedFunctions.Has(function.Ident), !ok && !piped && len(command.Args) == 1:
		return made, nil
	case !ok:
		return false, fmt.Errorf("it calls a method with arguments: %s", command)
	case made:
		return false, errGrown
	case function.Ident == "printf" && !constant(command, 1, func(format string) bool { return !wideFormat.MatchString(format) }):
		return false, errors.New("it calls printf with a format that is not written there, or has a width of three digits or *")
	case function.Ident == "reReplaceAll" && (!constant(command, 1, anyText) || !constant(command, 2, anyText)):
		return false, errors.New("it calls reReplaceAll with a pattern or a replacement that is not written there")
	}
	return true, nil
}

// checkArgument tells whether an argument is a made text. A function without
// arguments has nothing to make one of.
func checkArgument(arg parse.Node) (made bool, err error) {
	switch a := arg.(type) {
	case *parse.PipeNode:
		return checkPipe(a)
	case *parse.ChainNode: // (pipeline).Field
		return checkArgument(a.Node)
	}
	return false, nil
}

// constant tells whether an argument of a function is a text in quotes, and one that
// suits.
func constant(command *parse.CommandNode, i int, suits func(string) bool) bool {
	if i >= len(command.Args) {
		return false
	}
	text, ok := command.Args[i].(*parse.StringNode)
	return ok && suits(text.Text)
}

func anyText(string) bool { return true }
