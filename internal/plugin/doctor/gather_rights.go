// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authorizationv1client "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
)

// rights reads what the operator of a namespace may not do in it.
func (g *gatherer) rights(ctx context.Context, f Facts, namespace string) Read[Rights] {
	o := operatorOf(f, namespace)
	if o == nil {
		return Read[Rights]{Unread: f.Operators.Unread}
	}
	needed, err := neededRights(pollsThroughAPIServer(o))
	if err != nil {
		return Read[Rights]{Unread: err.Error()}
	}
	missing := g.missing(ctx, o.account(), namespace, needed)
	return Read[Rights]{Value: Rights{Account: o.account(), Missing: missing.Value}, Unread: missing.Unread}
}

// lacks reads what an operator may not do of what one of its roles gives it, in a namespace or, without one, in the cluster.
func (g *gatherer) lacks(ctx context.Context, o *Operator, namespace string, role []byte) Read[[]Right] {
	needed, err := shippedRights(role)
	if err != nil {
		return Read[[]Right]{Unread: err.Error()}
	}
	return g.missing(ctx, o.account(), namespace, needed)
}

// missing are the needed rights that a service account lacks in a namespace or, without one, in the cluster. The API server
// lists its rights to those who may impersonate it, and answers about one right after the other to those who may create
// SubjectAccessReviews.
func (g *gatherer) missing(ctx context.Context, account, namespace string, needed []Right) Read[[]Right] {
	rules, err := g.rulesOf(ctx, account, namespace)
	if err == nil {
		missing := missingRights(needed, rules.ResourceRules)
		if !rules.Incomplete || len(missing) == 0 {
			return Read[[]Right]{Value: missing}
		}
		needed = missing // An authorizer that can't list its rules may give them.
	}
	missing, err := g.denied(ctx, account, namespace, needed)
	switch {
	case apierrors.IsForbidden(err):
		return Read[[]Right]{Unread: fmt.Sprintf("you may neither impersonate %s nor create subjectaccessreviews", account)}
	case err != nil:
		return Read[[]Right]{Unread: unread(err, "review the rights of "+account, namespace)}
	}
	return Read[[]Right]{Value: missing}
}

// rulesOf asks for the rules of a service account as that account. A user who impersonates already does not do so: the rights
// would be those of the user behind. Without a namespace, they are those of the whole cluster.
func (g *gatherer) rulesOf(ctx context.Context, account, namespace string) (authorizationv1.SubjectRulesReviewStatus, error) {
	if g.config.Impersonate.UserName != "" {
		return authorizationv1.SubjectRulesReviewStatus{}, fmt.Errorf("already impersonating %s", g.config.Impersonate.UserName)
	}
	config := rest.CopyConfig(g.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: account}
	reviews, err := authorizationv1client.NewForConfig(config)
	if err != nil {
		return authorizationv1.SubjectRulesReviewStatus{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	review := &authorizationv1.SelfSubjectRulesReview{Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: cmp.Or(namespace, noNamespace)}}
	review, err = reviews.SelfSubjectRulesReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return authorizationv1.SubjectRulesReviewStatus{}, err
	}
	return review.Status, nil
}

// noNamespace is the name of no namespace: the API server wants one, and what may be done in this one may be done in each.
const noNamespace = "-"

// reviewsAtOnce is how many reviews are asked for at the same time.
const reviewsAtOnce = 8

// denied are the rights that the API server does not give an account, one request each.
func (g *gatherer) denied(ctx context.Context, account, namespace string, rights []Right) ([]Right, error) {
	reviews, err := authorizationv1client.NewForConfig(g.config)
	if err != nil {
		return nil, err
	}
	allowed := make([]bool, len(rights))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(reviewsAtOnce)
	for i, r := range rights {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, requestTimeout)
			defer cancel()
			review, err := reviews.SubjectAccessReviews().Create(ctx, accessReview(account, namespace, r), metav1.CreateOptions{})
			if err == nil {
				allowed[i] = review.Status.Allowed
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var denied []Right
	for i, r := range rights {
		if !allowed[i] {
			denied = append(denied, r)
		}
	}
	return denied, nil
}

// accessReview asks for one right of a service account.
func accessReview(account, namespace string, r Right) *authorizationv1.SubjectAccessReview {
	accounts := "system:serviceaccounts"
	home, _, _ := strings.Cut(strings.TrimPrefix(account, "system:serviceaccount:"), ":")
	return &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: account, Groups: []string{accounts, accounts + ":" + home, "system:authenticated"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Verb: r.Verb, Group: r.Group, Resource: r.Resource, Subresource: r.Subresource, Name: r.Name,
		},
	}}
}
