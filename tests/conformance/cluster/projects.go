package cluster

import (
	"context"
	"errors"
	"slices"

	"conformance/suite"

	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argoutil "github.com/argoproj/argo-cd/v3/util/argo"
	"github.com/argoproj/argo-cd/v3/util/db"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// oneCluster is Argo CD's database with a single cluster.
type oneCluster struct {
	db.ArgoDB
	cluster *argo.Cluster
}

func (c oneCluster) GetCluster(_ context.Context, server string) (*argo.Cluster, error) {
	if server != c.cluster.Server {
		return nil, errors.New("cluster " + server + " is not configured")
	}
	return c.cluster, nil
}

func (oneCluster) GetProjectClusters(context.Context, string) ([]*argo.Cluster, error) {
	return nil, nil
}

// noProjectClusters reports that no cluster belongs to a project.
func noProjectClusters(string) ([]*argo.Cluster, error) { return nil, nil }

// permits checks that a project permits an Application.
func permits(verdict *suite.Verdict, app *application, server string) {
	verdict.Checked(suite.Project)
	known := oneCluster{cluster: &argo.Cluster{Server: server, Name: "known"}}
	conditions, err := argoutil.ValidatePermissions(context.Background(), &app.Spec, app.project, known)
	verdict.Must(suite.Project, app.Name, err)
	for _, condition := range conditions {
		verdict.Fail(suite.Project, app.Name, "%s", condition.Message)
	}
	// Argo CD omits kinds that are not permitted from the tree of resources, and their logs with them.
	children := []schema.GroupKind{{Kind: "Pod"}}
	if !app.isDelivery {
		children = append(children, schema.GroupKind{Group: "apps", Kind: "ReplicaSet"})
	}
	for _, kind := range children {
		if !app.project.IsGroupKindNamePermitted(kind, "any", true) {
			verdict.Fail(suite.Project, app.Name, "children of the kind %s are hidden", kind)
		}
	}
}

// permitsObject checks that a project permits an Application to write an object.
func permitsObject(verdict *suite.Verdict, app *application, object *unstructured.Unstructured) {
	verdict.Checked(suite.Project)
	where := app.Name + ": " + identity(object)
	destination := &argo.Cluster{Server: app.Spec.Destination.Server}
	ok, err := app.project.IsLiveResourcePermitted(object, destination, noProjectClusters)
	if verdict.Must(suite.Project, where, err) && !ok {
		verdict.Fail(suite.Project, where, "not permitted in namespace %q by project %s", object.GetNamespace(), app.project.Name)
	}
	if object.GetNamespace() != app.Spec.Destination.Namespace {
		verdict.Fail(suite.Project, where, "is in namespace %q, not in %q", object.GetNamespace(), app.Spec.Destination.Namespace)
	}
}

var namespaceKind = schema.GroupKind{Kind: "Namespace"}

// Kinds that a project must forbid, because they grant rights, secrets or runs.
var (
	clusterKinds = []schema.GroupKind{
		namespaceKind,
		{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"},
		{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"},
		{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"},
	}
	everywhere = []schema.GroupKind{
		{Kind: "Secret"}, {Kind: "PersistentVolumeClaim"},
		{Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
		{Group: "tekton.dev", Kind: "PipelineRun"}, {Group: "tekton.dev", Kind: "TaskRun"},
		{Group: "argoproj.io", Kind: "Application"}, {Group: "argoproj.io", Kind: "AppProject"},
		{Kind: "ResourceQuota"}, {Kind: "LimitRange"}, {Group: "networking.k8s.io", Kind: "NetworkPolicy"},
		{Group: "rbac.authorization.k8s.io", Kind: "Role"}, {Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"},
	}
	inDelivery = []schema.GroupKind{
		{Kind: "Service"}, {Kind: "ServiceAccount"}, {Group: "apps", Kind: "Deployment"}, {Group: "argoproj.io", Kind: "Rollout"},
	}
	inEnvironments = []schema.GroupKind{
		{Group: "batch", Kind: "Job"}, {Group: "tekton.dev", Kind: "Pipeline"}, {Group: "tekton.dev", Kind: "Task"},
	}
)

// confines checks that a project forbids what it must forbid.
func confines(verdict *suite.Verdict, app *application) {
	verdict.Checked(suite.Privilege)
	fail := func(what string, name any) {
		verdict.Fail(suite.Privilege, app.project.Name, "permits the %s %s", what, name)
	}
	source := app.Spec.GetSource()
	source.RepoURL = "https://git.example.com/somebody/else.git"
	if app.project.IsSourcePermitted(source) {
		fail("repository", source.RepoURL)
	}
	here := &argo.Cluster{Server: app.Spec.Destination.Server}
	for _, namespace := range []string{"kube-system", "default", app.Namespace, app.Spec.Destination.Namespace + "x"} {
		if ok, _ := app.project.IsDestinationPermitted(here, namespace, noProjectClusters); ok {
			fail("namespace", namespace)
		}
	}
	elsewhere := &argo.Cluster{Server: "https://elsewhere.example.com"}
	if ok, _ := app.project.IsDestinationPermitted(elsewhere, app.Spec.Destination.Namespace, noProjectClusters); ok {
		fail("cluster", elsewhere.Server)
	}
	own := inEnvironments
	if app.isDelivery {
		own = inDelivery
	}
	for _, kind := range slices.Concat(everywhere, own) {
		if app.project.IsGroupKindNamePermitted(kind, "any", true) {
			fail("kind", kind)
		}
	}
	for _, kind := range clusterKinds {
		if app.project.IsGroupKindNamePermitted(kind, "any", false) {
			fail("kind", kind)
		}
	}
}
