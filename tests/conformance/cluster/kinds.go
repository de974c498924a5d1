package cluster

import (
	"conformance/suite"

	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	rollouts "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/rest"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/batch/job"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/resourcequota"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/policy/poddisruptionbudget"
	"k8s.io/kubernetes/pkg/registry/rbac/role"
	"k8s.io/kubernetes/pkg/registry/rbac/rolebinding"
)

// kind is a kind that may be rendered. Kinds that are not listed are refused, so that each one is judged.
type kind struct {
	// empty makes an object of upstream's type; nil if the other judge decodes it.
	empty func() any
	// creation is the API server's strategy on creation; nil for custom resources.
	creation rest.RESTCreateStrategy
}

var kinds = map[schema.GroupVersionKind]kind{
	{Version: "v1", Kind: "ConfigMap"}:                                       {of[corev1.ConfigMap], configmap.Strategy},
	{Version: "v1", Kind: "LimitRange"}:                                      {of[corev1.LimitRange], limitrange.Strategy},
	{Version: "v1", Kind: "Namespace"}:                                       {of[corev1.Namespace], namespace.Strategy},
	{Version: "v1", Kind: "ResourceQuota"}:                                   {of[corev1.ResourceQuota], resourcequota.Strategy},
	{Version: "v1", Kind: "Service"}:                                         {of[corev1.Service], service.Strategy},
	{Version: "v1", Kind: "ServiceAccount"}:                                  {of[corev1.ServiceAccount], serviceaccount.Strategy},
	{Group: "apps", Version: "v1", Kind: "Deployment"}:                       {of[appsv1.Deployment], deployment.Strategy},
	{Group: "batch", Version: "v1", Kind: "Job"}:                             {of[batchv1.Job], job.Strategy},
	{Group: "networking.k8s.io", Version: "v1", Kind: "NetworkPolicy"}:       {of[networkingv1.NetworkPolicy], networkpolicy.Strategy},
	{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget"}:            {of[policyv1.PodDisruptionBudget], poddisruptionbudget.Strategy},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "Role"}:        {of[rbacv1.Role], role.Strategy},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "RoleBinding"}: {of[rbacv1.RoleBinding], rolebinding.Strategy},
	{Group: "argoproj.io", Version: "v1alpha1", Kind: "Application"}:         {of[argo.Application], nil},
	{Group: "argoproj.io", Version: "v1alpha1", Kind: "AppProject"}:          {of[argo.AppProject], nil},
	{Group: "argoproj.io", Version: "v1alpha1", Kind: "Rollout"}:             {of[rollouts.Rollout], nil},
	{Group: tektonGroup, Version: "v1", Kind: "Pipeline"}:                    {},
	{Group: tektonGroup, Version: "v1", Kind: "Task"}:                        {},
}

const tektonGroup = "tekton.dev"

func of[T any]() any { return new(T) }

// decode reads an object strictly into upstream's type.
func decode[T any](verdict *suite.Verdict, object *unstructured.Unstructured) (*T, bool) {
	into := new(T)
	return into, decodeInto(verdict, object, into)
}

func decodeInto(verdict *suite.Verdict, object *unstructured.Unstructured, into any) bool {
	text, err := object.MarshalJSON()
	return verdict.Must(suite.Decode, identity(object), err) &&
		verdict.Must(suite.Decode, identity(object), suite.DecodeStrictly(text, into))
}

// known checks that the kind of an object is listed, and that the object decodes.
func known(verdict *suite.Verdict, object *unstructured.Unstructured) (kind, bool) {
	verdict.Checked(suite.Decode)
	of, ok := kinds[object.GroupVersionKind()]
	if !ok {
		verdict.Fail(suite.Decode, identity(object), "nobody judges %s", object.GroupVersionKind())
		return of, false
	}
	return of, of.empty == nil || decodeInto(verdict, object, of.empty())
}
