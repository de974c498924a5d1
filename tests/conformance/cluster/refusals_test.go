package cluster

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"conformance/suite"

	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argoutil "github.com/argoproj/argo-cd/v3/util/argo"
	rollouts "github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/validation"
	"github.com/argoproj/argo-rollouts/utils/analysis"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	"k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/discovery/install"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
	"k8s.io/kubernetes/pkg/registry/autoscaling/horizontalpodautoscaler"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolume"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	"k8s.io/kubernetes/pkg/registry/node/runtimeclass"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrole"
	"k8s.io/kubernetes/pkg/registry/rbac/clusterrolebinding"
	"k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	"k8s.io/kubernetes/pkg/registry/storage/csidriver"
	"k8s.io/kubernetes/pkg/registry/storage/storageclass"
	"k8s.io/kubernetes/pkg/util/parsers"
)

// creations are the strategies for those kinds that only refusals have.
var creations = map[schema.GroupVersionKind]rest.RESTCreateStrategy{
	{Version: "v1", Kind: "LimitRange"}:                                             limitrange.Strategy,
	{Version: "v1", Kind: "Namespace"}:                                              namespace.Strategy,
	{Version: "v1", Kind: "PersistentVolume"}:                                       persistentvolume.Strategy,
	{Version: "v1", Kind: "PersistentVolumeClaim"}:                                  persistentvolumeclaim.Strategy,
	{Version: "v1", Kind: "Pod"}:                                                    pod.Strategy,
	{Version: "v1", Kind: "Secret"}:                                                 secret.Strategy,
	{Group: "apps", Version: "v1", Kind: "DaemonSet"}:                               daemonset.Strategy,
	{Group: "apps", Version: "v1", Kind: "ReplicaSet"}:                              replicaset.Strategy,
	{Group: "apps", Version: "v1", Kind: "StatefulSet"}:                             statefulset.Strategy,
	{Group: "autoscaling", Version: "v2", Kind: "HorizontalPodAutoscaler"}:          horizontalpodautoscaler.Strategy,
	{Group: "batch", Version: "v1", Kind: "CronJob"}:                                cronjob.Strategy,
	{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"}:                    ingress.Strategy,
	{Group: "networking.k8s.io", Version: "v1", Kind: "IngressClass"}:               ingressclass.Strategy,
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRole"}:        clusterrole.Strategy,
	{Group: "rbac.authorization.k8s.io", Version: "v1", Kind: "ClusterRoleBinding"}: clusterrolebinding.Strategy,
	{Group: "scheduling.k8s.io", Version: "v1", Kind: "PriorityClass"}:              priorityclass.Strategy,
	{Group: "storage.k8s.io", Version: "v1", Kind: "StorageClass"}:                  storageclass.Strategy,
	{Group: "storage.k8s.io", Version: "v1", Kind: "CSIDriver"}:                     csidriver.Strategy,
	{Group: "node.k8s.io", Version: "v1", Kind: "RuntimeClass"}:                     runtimeclass.Strategy,
}

// judgeDefinitions adds the strategy of another API server, and its kinds to the scheme. Argo CD knows none of these, so
// the tests that ask it, which are in files before this one, must have ended.
func judgeDefinitions() {
	install.Install(legacyscheme.Scheme)
	kind := schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}
	creations[kind] = customresourcedefinition.NewStrategy(legacyscheme.Scheme)
}

func TestRefusals(t *testing.T) {
	judgeDefinitions()
	suite.Refused(t, "kubernetes", func(object map[string]any) error {
		of := &unstructured.Unstructured{Object: object}
		strategy := kinds[of.GroupVersionKind()].creation
		if strategy == nil {
			strategy = creations[of.GroupVersionKind()]
		}
		if strategy == nil {
			return fmt.Errorf("nobody judges %s", of.GroupVersionKind())
		}
		if strategy.NamespaceScoped() && of.GetNamespace() == "" {
			of.SetNamespace("shop")
		}
		_, err := stored(of, strategy)
		return explained(err)
	})
	suite.RefusedChanges(t, "kubernetes-changes", func(before, after map[string]any) error {
		old, changed := &unstructured.Unstructured{Object: before}, &unstructured.Unstructured{Object: after}
		strategy := kinds[old.GroupVersionKind()].creation
		if strategy == nil {
			strategy = creations[old.GroupVersionKind()]
		}
		if strategy == nil {
			return fmt.Errorf("nobody judges %s", old.GroupVersionKind())
		}
		return explained(updated(old, changed, strategy))
	})
	suite.Refused(t, "images", unreadable)
	suite.Refused(t, "argo-cd", custom(refusedByArgoCD))
	suite.Refused(t, "argo-rollouts", custom(refusedByArgoRollouts))
}

// unreadable judges the images of a Pod as the kubelet does.
func unreadable(object map[string]any) error {
	of := unstructured.Unstructured{Object: object}
	var all []error
	for _, list := range []string{"containers", "initContainers"} {
		containers, _, err := unstructured.NestedSlice(of.Object, "spec", list)
		all = append(all, err)
		for _, container := range containers {
			image, _, err := unstructured.NestedString(container.(map[string]any), "image")
			all = append(all, err)
			_, _, _, err = parsers.ParseImageName(image)
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

// custom judges a custom resource by its schema, and then by its project's own code.
func custom(own func(*suite.Verdict, *unstructured.Unstructured)) func(map[string]any) error {
	return func(object map[string]any) error {
		verdict := suite.NewVerdict()
		of := &unstructured.Unstructured{Object: object}
		if of.GetNamespace() == "" {
			of.SetNamespace("shop")
		}
		create(verdict, of, nil)
		fits(verdict, of)
		if len(verdict.Findings) == 0 {
			own(verdict, of)
		}
		var all []error
		for _, finding := range verdict.Findings {
			all = append(all, errors.New(finding.Message))
		}
		return errors.Join(all...)
	}
}

func refusedByArgoCD(verdict *suite.Verdict, object *unstructured.Unstructured) {
	switch object.GetKind() {
	case "AppProject":
		if project, ok := decode[argo.AppProject](verdict, object); ok {
			verdict.Must(suite.Project, project.Name, project.ValidateProject())
		}
	case "Application":
		if app, ok := decode[argo.Application](verdict, object); ok {
			refusedApplication(verdict, app)
		}
	case "ApplicationSet":
		decode[argo.ApplicationSet](verdict, object)
	}
}

func refusedApplication(verdict *suite.Verdict, app *argo.Application) {
	everything := &argo.AppProject{Spec: argo.AppProjectSpec{
		SourceRepos:  []string{"*"},
		Destinations: []argo.ApplicationDestination{{Server: "*", Namespace: "*"}},
	}}
	known := oneCluster{cluster: &argo.Cluster{Server: "https://kubernetes.default.svc", Name: "in-cluster"}}
	conditions, err := argoutil.ValidatePermissions(context.Background(), &app.Spec, everything, known)
	verdict.Must(suite.Project, app.Name, err)
	conditions = append(conditions, argoutil.ValidateManagedByURL(app)...)
	for _, condition := range conditions {
		verdict.Fail(suite.Project, app.Name, "%s", condition.Message)
	}
	for _, source := range app.Spec.GetSources() {
		_, err := source.ExplicitType()
		verdict.Must(suite.Project, app.Name, err)
	}
	if policy := app.Spec.SyncPolicy; policy != nil && policy.Retry != nil {
		_, err := policy.Retry.NextRetryAt(app.CreationTimestamp.Time, 1)
		verdict.Must(suite.Project, app.Name, err)
	}
}

func refusedByArgoRollouts(verdict *suite.Verdict, object *unstructured.Unstructured) {
	switch object.GetKind() {
	case "Rollout":
		if rollout, ok := decode[rollouts.Rollout](verdict, object); ok {
			for _, problem := range validation.ValidateRollout(rollout) {
				verdict.Fail(suite.Rollout, rollout.Name, "%v", problem)
			}
		}
	case "AnalysisTemplate":
		if template, ok := decode[rollouts.AnalysisTemplate](verdict, object); ok {
			refusedAnalysis(verdict, template)
		}
	}
}

// refusedAnalysis judges a template as a step of a Rollout would start it.
func refusedAnalysis(verdict *suite.Verdict, template *rollouts.AnalysisTemplate) {
	flat, err := analysis.FlattenTemplates([]*rollouts.AnalysisTemplate{template}, nil)
	if !verdict.Must(suite.Rollout, template.Name, err) {
		return
	}
	verdict.Must(suite.Rollout, template.Name, analysis.ValidateMetrics(flat.Spec.Metrics))
	at := field.NewPath("spec", "strategy", "canary", "steps")
	problems := validation.ValidateAnalysisTemplateWithType(&rollouts.Rollout{}, template, nil, validation.InlineAnalysis, at)
	for _, problem := range problems {
		verdict.Fail(suite.Rollout, template.Name, "%v", problem)
	}
}
