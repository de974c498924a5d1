package cluster

import (
	"slices"

	"conformance/suite"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/pod-security-admission/api"
)

// limits are the objects that an administrator applies beside the Applications, by the namespace that they are or are in.
type limits map[string][]*unstructured.Unstructured

// limitsOf reads and judges them.
func limitsOf(verdict *suite.Verdict, repository *suite.Repository, tree checkout) limits {
	found := limits{}
	for _, object := range tree.objects(verdict, repository.Prefix+"argocd/namespaces") {
		of, ok := known(verdict, object)
		if !ok {
			continue
		}
		create(verdict, object, of.creation)
		namespace := object.GetNamespace()
		if object.GetKind() == "Namespace" {
			namespace = object.GetName()
		}
		found[namespace] = append(found[namespace], object)
	}
	return found
}

// has reports whether the object is one of them.
func (l limits) has(object *unstructured.Unstructured) bool {
	return slices.ContainsFunc(l[object.GetNamespace()], func(one *unstructured.Unstructured) bool {
		return identity(one) == identity(object)
	}) || object.GetKind() == "Namespace" && l.namespace(object.GetName()) != nil
}

func (l limits) namespace(name string) *unstructured.Unstructured {
	for _, object := range l[name] {
		if object.GetKind() == "Namespace" {
			return object
		}
	}
	return nil
}

// applied checks that the objects which an administrator applies at once hold the limits, if all is in one cluster.
func (l limits) applied(verdict *suite.Verdict, repository *suite.Repository, all []*unstructured.Unstructured) {
	wanted := 0
	if repository.Answers["cluster"] == "https://kubernetes.default.svc" {
		for _, objects := range l {
			wanted += len(objects)
		}
	}
	found := 0
	for _, object := range all {
		if l.has(object) {
			found++
		}
	}
	verdict.Checked(suite.Project)
	if found != wanted {
		verdict.Fail(suite.Project, "argocd", "applies %d of the objects in namespaces/, not %d", found, wanted)
	}
}

// namespaceSecurity judges the namespace of an Application: it is there before it, with labels that no commit changes.
func (l limits) namespaceSecurity(verdict *suite.Verdict, app *application) {
	verdict.Checked(suite.PodSecurity)
	object := l.namespace(app.Spec.Destination.Namespace)
	if object == nil {
		verdict.Fail(suite.PodSecurity, app.Name, "nobody applies the namespace %s", app.Spec.Destination.Namespace)
		return
	}
	if policy := app.Spec.SyncPolicy; policy != nil && policy.ManagedNamespaceMetadata != nil {
		verdict.Fail(suite.PodSecurity, app.Name, "Argo CD would label the namespace, too")
	}
	namespace, _ := decode[corev1.Namespace](verdict, object)
	privileged := api.LevelVersion{Level: api.LevelPrivileged, Version: api.LatestVersion()}
	defaults := api.Policy{Enforce: privileged, Audit: privileged, Warn: privileged}
	policy, errs := api.PolicyToEvaluate(namespace.Labels, defaults)
	for _, err := range errs {
		verdict.Fail(suite.PodSecurity, app.Name, "%v", err)
	}
	wanted := suite.Restricted
	if app.isDelivery {
		wanted = suite.Baseline
		if policy.Warn.Level != suite.Restricted {
			verdict.Fail(suite.PodSecurity, app.Name, "the namespace warns from %s on", policy.Warn.Level)
		}
	}
	if policy.Enforce.Level != wanted {
		verdict.Fail(suite.PodSecurity, app.Name, "the namespace enforces %s, not %s", policy.Enforce.Level, wanted)
	}
}
