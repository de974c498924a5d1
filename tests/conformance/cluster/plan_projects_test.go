package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argoutil "github.com/argoproj/argo-cd/v3/util/argo"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// TestPlanProjects compares what a project does not permit of an Application and of the objects that it renders.
func TestPlanProjects(t *testing.T) {
	const here = "server: https://kubernetes.default.svc"
	type permission struct{ name, project string }
	var permissions []permission
	add := func(name, format string, arguments ...any) {
		permissions = append(permissions, permission{name, fmt.Sprintf(format, arguments...)})
	}
	for _, namespace := range []string{
		"shop", "'*'", "'sho*'", "'*op'", "'s?op'", "other", "'!other'", "'!shop'", "'!sho*'", "'{shop,web}'", "'[st]hop'", "'shop-*'", "''", "Shop", "'**'", "'sh[a-z]p'", "'s*p'",
	} {
		add("namespace "+namespace, "{sourceRepos: ['*'], destinations: [{%s, namespace: %s}]}", here, namespace)
		add("any but namespace "+namespace, "{sourceRepos: ['*'], destinations: [{%s, namespace: '*'}, {%s, namespace: %s}]}", here, here, namespace)
	}
	for _, cluster := range []string{
		"server: https://kubernetes.default.svc", "server: https://other.example.com", "server: '*'", "name: in-cluster", "name: other", "name: '*'",
		"server: 'https://*'", "server: '!https://other.example.com'", "server: '!https://kubernetes.default.svc'", "name: '!in-cluster'", "name: 'in-*'",
		"server: https://kubernetes.default.svc, name: other", "server: https://other.example.com, name: in-cluster", "server: https://kubernetes.default.svc/",
	} {
		add("cluster "+cluster, "{sourceRepos: ['*'], destinations: [{%s, namespace: shop}]}", cluster)
		add("any but cluster "+cluster, "{sourceRepos: ['*'], destinations: [{server: '*', namespace: '*'}, {%s, namespace: '!shop'}]}", cluster)
	}
	add("no destination", "{sourceRepos: ['*']}")
	for _, repository := range []string{
		"'" + planRepository + "'", "https://git.example.com/acme/shop", "'https://git.example.com/acme/*'", "'https://git.example.com/*'", "'https://git.example.com/**'",
		"'*'", "'**'", "https://GIT.example.com/acme/SHOP.git", "https://git.example.com/acme/shop/", "git@git.example.com:acme/shop.git",
		"ssh://git@git.example.com/acme/shop.git", "'!https://git.example.com/acme/*'", "'!https://git.example.com/other/*'", "'https://git.example.com/acme/{shop,web}'",
		"'https://git.example.com/acme/sh?p.git'", "'https://git.example.com/*/shop.git'", "'!" + planRepository + "'", "' " + planRepository + "'",
	} {
		add("repository "+repository, "{sourceRepos: [%s], destinations: [{%s, namespace: shop}]}", repository, here)
		add("any but repository "+repository, "{sourceRepos: ['*', %s], destinations: [{%s, namespace: shop}]}", repository, here)
	}
	add("no repository", "{destinations: [{%s, namespace: shop}]}", here)
	anywhere := fmt.Sprintf("sourceRepos: ['*'], destinations: [{%s, namespace: shop}]", here)
	for _, kind := range []string{
		"{group: '', kind: ConfigMap}", "{group: '*', kind: '*'}", "{group: '', kind: '*'}", "{group: '', kind: 'Config*'}", "{group: apps, kind: ConfigMap}", "{group: '*', kind: ConfigMap}",
		"{group: '', kind: configmap}", "{group: '', kind: Secret}", "{group: rbac.authorization.k8s.io, kind: ClusterRole}", "{group: 'rbac.*', kind: '*'}", "{group: '*', kind: 'ClusterRole*'}",
		"{group: rbac.authorization.k8s.io, kind: ClusterRole, name: shop}", "{group: rbac.authorization.k8s.io, kind: ClusterRole, name: 'sh*'}",
		"{group: rbac.authorization.k8s.io, kind: ClusterRole, name: other}", "{group: rbac.authorization.k8s.io, kind: ClusterRole, name: '!shop'}", "{group: '', kind: '{ConfigMap,Secret}'}",
		"{group: '', kind: '!Secret'}", "{group: '*', kind: '!ConfigMap'}", "{group: '*.k8s.io', kind: ClusterRole}",
	} {
		for _, list := range []string{"clusterResourceWhitelist", "clusterResourceBlacklist", "namespaceResourceWhitelist", "namespaceResourceBlacklist"} {
			if strings.HasPrefix(list, "namespace") && strings.Contains(kind, "name:") {
				continue
			}
			add(list+" "+kind, "{%s, %s: [%s]}", anywhere, list, kind)
			if list == "clusterResourceBlacklist" {
				add(list+" over all "+kind, "{%s, %s: [%s], clusterResourceWhitelist: [{group: '*', kind: '*'}]}", anywhere, list, kind)
			}
		}
	}
	for _, list := range []string{"clusterResourceWhitelist", "clusterResourceBlacklist", "namespaceResourceWhitelist", "namespaceResourceBlacklist"} {
		add(list+" empty", "{%s, %s: []}", anywhere, list)
	}

	role := map[string]any{
		"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": map[string]any{"name": "shop"}, "rules": []any{},
	}
	elsewhere := configMap("elsewhere", "red")
	elsewhere["metadata"].(map[string]any)["namespace"] = "web"
	objects := map[string]map[string]any{"ConfigMap": nil, "ClusterRole": role, "ConfigMap elsewhere": elsewhere, "Job hook": annotated(jobNamed("hook"), syncHook, "PostSync")}
	var cases []*planCase
	for _, one := range permissions {
		var project argo.AppProject
		var written map[string]any
		for _, into := range []any{&project.Spec, &written} {
			if err := yaml.UnmarshalStrict([]byte(one.project), into); err != nil {
				t.Fatalf("%s: %v", one.project, err)
			}
		}
		for _, with := range []string{"ConfigMap", "ClusterRole", "ConfigMap elsewhere", "Job hook"} {
			before, after := []map[string]any{configMap("shop", "red")}, []map[string]any{configMap("shop", "blue")}
			if objects[with] != nil {
				before, after = append(before, objects[with]), append(after, objects[with])
			}
			application := map[string]any{
				"destination": map[string]any{"server": "https://kubernetes.default.svc", "namespace": "shop"},
				"syncPolicy":  map[string]any{"automated": map[string]any{}},
			}
			this := &planCase{name: one.name + ", " + with, project: written, application: application, before: before, after: after}
			this.want = permittedBy(t, this, &project)
			cases = append(cases, this)
		}
	}
	planned(t, "projects", cases, func(_ *planCase, application plannedApplication) string {
		if len(application.Refused) > 0 {
			return "refused"
		}
		return "permitted"
	})
}

// permittedBy asks Argo CD whether a project permits an Application, and each object as `validateSyncPermissions` of its
// controller does, which other packages cannot call.
func permittedBy(t *testing.T, one *planCase, project *argo.AppProject) string {
	t.Helper()
	text, err := json.Marshal(one.rendered("case")["spec"])
	var spec argo.ApplicationSpec
	if err == nil {
		err = json.Unmarshal(text, &spec)
	}
	if err != nil {
		t.Fatal(err)
	}
	project.ObjectMeta = metav1.ObjectMeta{Name: spec.Project, Namespace: "argocd"}
	cluster := &argo.Cluster{Server: "https://kubernetes.default.svc", Name: "in-cluster"}
	conditions, err := argoutil.ValidatePermissions(context.Background(), &spec, project, oneCluster{cluster: cluster})
	if err != nil {
		t.Fatal(err)
	}
	if len(conditions) > 0 {
		return "refused"
	}
	isRefused := func(object map[string]any) bool {
		of := (&unstructured.Unstructured{Object: object}).DeepCopy()
		isNamespaced := of.GetKind() != "ClusterRole"
		if isNamespaced && of.GetNamespace() == "" {
			of.SetNamespace(spec.Destination.Namespace)
		}
		if !project.IsGroupKindNamePermitted(of.GroupVersionKind().GroupKind(), of.GetName(), isNamespaced) {
			return true
		}
		isPermitted := true
		if isNamespaced {
			isPermitted, err = project.IsDestinationPermitted(cluster, of.GetNamespace(), noProjectClusters)
		}
		return err != nil || !isPermitted
	}
	if slices.ContainsFunc(one.after, isRefused) {
		return "refused"
	}
	return "permitted"
}
