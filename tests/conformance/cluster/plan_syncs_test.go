package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	gitopssync "github.com/argoproj/argo-cd/gitops-engine/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/common"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/hook"
	resourceutil "github.com/argoproj/argo-cd/gitops-engine/pkg/sync/resource"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/sync/syncwaves"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube/kubetest"
	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

const (
	syncOptions = "argocd.argoproj.io/sync-options"
	syncWave    = "argocd.argoproj.io/sync-wave"
	syncHook    = "argocd.argoproj.io/hook"
)

// TestPlanPrunes compares what is pruned and kept, by every policy of an Application and every option of an object.
func TestPlanPrunes(t *testing.T) {
	policies := map[string]string{
		"by hand":              `{}`,
		"automated":            `{automated: {}}`,
		"automated, prunes":    `{automated: {prune: true}}`,
		"automated, no prunes": `{automated: {prune: false}}`,
		"disabled, prunes":     `{automated: {enabled: false, prune: true}}`,
	}
	own := []string{
		"", "Prune=false", "Prune=true", "Prune=confirm", "PruneLast=true", "Delete=false", "Prune=False", "prune=false",
		" Prune=false , Delete=false ", "Prune=false Delete=false", "Prune=true,Prune=false", "Prune=false,Prune=true", "Prune=",
		"Prune=confirm,PruneLast=true", "Prune=false,Prune=confirm", "NoPrune",
	}
	var cases []*planCase
	for _, policy := range slices.Sorted(maps.Keys(policies)) {
		for _, option := range []string{"", "Prune=false", "Prune=confirm", "Prune=true", "PruneLast=true"} {
			for _, annotation := range own {
				name := fmt.Sprintf("%s, %q, object has %q", policy, option, annotation)
				gone := annotated(configMap("gone", "red"), syncOptions, annotation)
				cases = append(cases, syncCase(t, name, policies[policy], option,
					[]map[string]any{configMap("kept", "red"), gone}, []map[string]any{configMap("kept", "blue")}))
			}
		}
	}
	planned(t, "prunes", cases, readSync)
}

// TestPlanDeletions compares what is deleted with an Application that goes.
func TestPlanDeletions(t *testing.T) {
	own := map[string]map[string]string{
		"nothing":                 {},
		"Delete=false":            {syncOptions: "Delete=false"},
		"Delete=true":             {syncOptions: "Delete=true"},
		"Delete=true and false":   {syncOptions: "Delete=true,Delete=false"},
		"Prune=false":             {syncOptions: "Prune=false"},
		"the policy keep":         {"helm.sh/resource-policy": "keep"},
		"the policy delete":       {"helm.sh/resource-policy": "delete"},
		"Delete=false, in blanks": {syncOptions: " Delete=false , Prune=true"},
	}
	var cases []*planCase
	for _, option := range []string{"", "Delete=false", "Delete=true", "Prune=false"} {
		for _, kind := range []string{"ConfigMap", "CustomResourceDefinition"} {
			for _, what := range slices.Sorted(maps.Keys(own)) {
				object := configMap("gone", "red")
				if kind == "CustomResourceDefinition" {
					object = thingDefinition()
				}
				for key, value := range own[what] {
					annotated(object, key, value)
				}
				for _, hasFinalizer := range []bool{true, false} {
					name := fmt.Sprintf("%q, %s with %s, finalizer %v", option, kind, what, hasFinalizer)
					cases = append(cases, deletionCase(t, name, option, object, hasFinalizer))
				}
			}
		}
	}
	planned(t, "deletions", cases, readSync)
}

// deletionCase decides as `shouldBeDeleted` of Argo CD's controller, which other packages cannot call, by the functions that
// it calls.
func deletionCase(t *testing.T, name, option string, object map[string]any, hasFinalizer bool) *planCase {
	application := map[string]any{"finalizers": []any{}}
	if hasFinalizer {
		application["finalizers"] = []any{argo.ResourcesFinalizerName}
	}
	options := argo.SyncOptions{}
	if option != "" {
		options = append(options, option)
		application["syncPolicy"] = map[string]any{"syncOptions": []any{option}}
	}
	of := &unstructured.Unstructured{Object: object}
	value := resourceutil.GetAnnotationOptionValue(of, syncOptions, common.SyncOptionDelete)
	if value == nil {
		value = options.GetOptionValue(common.SyncOptionDelete)
	}
	isDeleted := hasFinalizer && !kube.IsCRD(of) && (value == nil || *value != common.SyncValueFalse) &&
		!resourceutil.HasAnnotationOption(of, "helm.sh/resource-policy", "keep")
	want := "keep " + caseOf(object)
	if isDeleted {
		want = "prune " + caseOf(object)
	}
	return &planCase{name: name, application: application, before: []map[string]any{object}, after: []map[string]any{object}, isRemoved: true, want: want}
}

// TestPlanHooks compares which objects are hooks, and when they run.
func TestPlanHooks(t *testing.T) {
	hooks := []map[string]string{}
	for _, value := range []string{
		"PreSync", "Sync", "PostSync", "SyncFail", "PreDelete", "PostDelete", "Skip", "", "presync", "Presync", "postsync", "Later",
		"PreSync,PostSync", "PostSync, PreSync", " Sync ", "Sync,Skip", "Skip,Skip", "Skip,PostSync", "PreSync PostSync",
		"SyncFail,PostSync", "PostSync,PostSync", "PreSync,Sync,PostSync,SyncFail", "Later,PostSync", "PreSync;PostSync", "Sync,PreDelete",
	} {
		hooks = append(hooks, map[string]string{syncHook: value})
	}
	for _, value := range []string{
		"pre-install", "pre-upgrade", "post-install", "post-upgrade", "pre-delete", "post-delete", "pre-rollback", "test",
		"test-success", "crd-install", "pre-install,post-install", "post-install, pre-upgrade", "pre-install,pre-delete", "",
		"crd-install,pre-install", "Pre-Install",
	} {
		hooks = append(hooks, map[string]string{"helm.sh/hook": value})
	}
	for _, argoHook := range []string{"PostSync", "Later", "Skip", ""} {
		for _, helmHook := range []string{"pre-install", "pre-delete", "crd-install"} {
			hooks = append(hooks, map[string]string{syncHook: argoHook, "helm.sh/hook": helmHook})
		}
	}
	for _, wave := range []string{"3", "-2", " 1", "1 ", "+4", "1.5", "", "one", "007", "99999999999999999999"} {
		hooks = append(hooks,
			map[string]string{syncHook: "PostSync", syncWave: wave},
			map[string]string{syncHook: "PostSync", "helm.sh/hook-weight": wave},
			map[string]string{"helm.sh/hook": "pre-install", "helm.sh/hook-weight": "6", syncWave: wave},
		)
	}
	for _, policy := range []string{"HookSucceeded", "HookFailed", "BeforeHookCreation", "Never"} {
		hooks = append(hooks, map[string]string{syncHook: "PreSync", "argocd.argoproj.io/hook-delete-policy": policy})
	}
	var cases []*planCase
	for _, annotations := range hooks {
		for _, kind := range []string{"Job", "ConfigMap"} {
			object := configMap("hook", "red")
			if kind == "Job" {
				object = jobNamed("hook")
			}
			name := kind
			for _, key := range slices.Sorted(maps.Keys(annotations)) {
				annotated(object, key, annotations[key])
				name += fmt.Sprintf(", %s %q", key[strings.Index(key, "/")+1:], annotations[key])
			}
			cases = append(cases,
				syncCase(t, name, `{automated: {prune: true}}`, "",
					[]map[string]any{configMap("kept", "red"), object}, []map[string]any{configMap("kept", "blue"), object}),
				syncCase(t, name+", new", `{automated: {prune: true}}`, "",
					[]map[string]any{configMap("kept", "red")}, []map[string]any{configMap("kept", "blue"), object}),
				syncCase(t, name+", gone", `{automated: {prune: true}}`, "",
					[]map[string]any{configMap("kept", "red"), object}, []map[string]any{configMap("kept", "blue")}))
		}
	}
	planned(t, "hooks", cases, readSync)
}

// TestPlanWaves compares the order in which objects are applied and pruned.
func TestPlanWaves(t *testing.T) {
	waves := []string{"", "-1", "1", "2"}
	var cases []*planCase
	for _, applied := range waves {
		for _, other := range waves {
			for _, pruned := range waves {
				for _, options := range [][2]string{{"", ""}, {"", "PruneLast=true"}, {"PruneLast=true", ""}} {
					name := fmt.Sprintf("applied in %q, pruned in %q and %q, %q, one %q", applied, other, pruned, options[0], options[1])
					gone := annotated(annotated(configMap("gone", "red"), syncWave, pruned), syncOptions, options[1])
					before := []map[string]any{
						annotated(configMap("changed", "red"), syncWave, applied), gone,
						annotated(configMap("old", "red"), syncWave, other),
					}
					after := []map[string]any{annotated(configMap("changed", "blue"), syncWave, applied), configMap("new", "red")}
					cases = append(cases, syncCase(t, name, `{automated: {prune: true}}`, options[0], before, after))
				}
			}
		}
	}
	planned(t, "waves", cases, readSync)
}

func configMap(name, color string) map[string]any {
	return map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name}, "data": map[string]any{"color": color},
	}
}

func jobNamed(name string) map[string]any {
	container := map[string]any{"name": "run", "image": "ghcr.io/acme/shop:1.0.0"}
	pod := map[string]any{"restartPolicy": "Never", "containers": []any{container}}
	return map[string]any{
		"apiVersion": "batch/v1", "kind": "Job", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"template": map[string]any{"spec": pod}},
	}
}

func thingDefinition() map[string]any {
	return map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": "things.example.com"},
		"spec": map[string]any{
			"group": "example.com", "scope": "Namespaced",
			"names": map[string]any{"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"},
			"versions": []any{map[string]any{
				"name": "v1", "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{"type": "object"}},
			}},
		},
	}
}

// annotated adds an annotation, unless it is empty.
func annotated(object map[string]any, key, value string) map[string]any {
	if value == "" && key != syncHook && key != "helm.sh/hook" {
		return object
	}
	metadata := object["metadata"].(map[string]any)
	if metadata["annotations"] == nil {
		metadata["annotations"] = map[string]any{}
	}
	metadata["annotations"].(map[string]any)[key] = value
	return object
}

// syncCase returns a case with what a sync of Argo CD's gitops-engine does.
func syncCase(t *testing.T, name, policy, option string, before, after []map[string]any) *planCase {
	t.Helper()
	var of argo.SyncPolicy
	var written map[string]any
	for _, into := range []any{&of, &written} {
		if err := yaml.Unmarshal([]byte(policy), into); err != nil {
			t.Fatal(err)
		}
	}
	if option != "" {
		of.SyncOptions = argo.SyncOptions{option}
		written["syncOptions"] = []any{option}
	}
	one := &planCase{name: name, application: map[string]any{"syncPolicy": written}, before: before, after: after}
	one.want, one.steps = engineSync(t, one, &of)
	return one
}

// engineSync syncs the case, and returns what it did in words, and the step in which it did so to each object.
func engineSync(t *testing.T, one *planCase, policy *argo.SyncPolicy) (string, map[string]int) {
	t.Helper()
	live := map[kube.ResourceKey]*unstructured.Unstructured{}
	for _, object := range one.before {
		of := inShop(object)
		if !hook.IsHook(of) {
			live[kube.GetResourceKey(of)] = of
		}
	}
	var targets []*unstructured.Unstructured
	for _, object := range one.after {
		targets = append(targets, inShop(object))
	}
	server := httptest.NewServer(http.HandlerFunc(apiServer))
	defer server.Close()
	config := &rest.Config{Host: server.URL}
	prunes := !policy.IsAutomatedSyncEnabled() || policy.Automated.GetPrune()
	var phase common.OperationPhase
	var message string
	var results []common.ResourceSyncResult
	found := map[string]bool{}
	steps := map[string]int{}
	startedAt := metav1.Now()
	// The controller makes a new context each time that it looks at an Application.
	for step := range 20 {
		reconciled := gitopssync.Reconcile(targets, maps.Clone(live), "shop", scopes{})
		sync, cleanup, err := gitopssync.NewSyncContext("0123456789", reconciled, config, config, &kubetest.MockKubectlCmd{}, "shop",
			gitopssync.WithLogr(logr.Discard()),
			gitopssync.WithHealthOverride(healthyAll{}),
			gitopssync.WithOperationSettings(false, prunes, false, false),
			gitopssync.WithPruneLast(policy.SyncOptions.HasOption(common.SyncOptionPruneLast)),
			gitopssync.WithDefaultPruneOption(policy.SyncOptions.GetOptionValue(common.SyncOptionPrune)),
			gitopssync.WithInitialState(phase, message, results, startedAt),
		)
		if err != nil {
			t.Fatal(err)
		}
		sync.Sync(context.Background())
		phase, message, results = sync.GetState()
		cleanup()
		for _, result := range results {
			words := inWords(one, result, targets)
			key := result.ResourceKey
			switch result.Status {
			case common.ResultCodePruned:
				delete(live, key)
			case common.ResultCodeSynced:
				at := slices.IndexFunc(targets, func(target *unstructured.Unstructured) bool { return kube.GetResourceKey(target) == key })
				live[key] = targets[at]
			}
			if !found[words] && words != "" {
				found[words] = true
				if result.HookType == "" {
					steps[key.Kind+" "+key.Name] = step
				}
			}
		}
		if strings.Contains(message, "waiting for deletion of hook") {
			maps.DeleteFunc(live, func(_ kube.ResourceKey, object *unstructured.Unstructured) bool { return hook.IsHook(object) })
		}
		if phase.Completed() || strings.Contains(message, "pruning confirmation") {
			break
		}
	}
	if strings.Contains(message, "pruning confirmation") {
		return "waits for a confirmation", nil
	}
	if phase != common.OperationSucceeded {
		t.Fatalf("%s: %s: %s", one.name, phase, message)
	}
	return joined(slices.Sorted(maps.Keys(found))), steps
}

// inWords says what was done to an object; nothing if it is applied as it was.
func inWords(one *planCase, result common.ResourceSyncResult, targets []*unstructured.Unstructured) string {
	id := result.ResourceKey.Kind + " " + result.ResourceKey.Name
	switch {
	case result.HookType != "":
		for _, target := range targets {
			if kube.GetResourceKey(target) == result.ResourceKey {
				return fmt.Sprintf("%s %d %s", result.HookType, syncwaves.Wave(target), id)
			}
		}
		return "hook " + id
	case result.Status == common.ResultCodePruned:
		return "prune " + id
	case result.Status == common.ResultCodePruneSkipped:
		return "keep " + id
	}
	find := func(all []map[string]any) map[string]any {
		at := slices.IndexFunc(all, func(object map[string]any) bool {
			of := &unstructured.Unstructured{Object: object}
			return caseOf(object) == id && !hook.IsHook(of)
		})
		if at < 0 {
			return nil
		}
		return all[at]
	}
	old := find(one.before)
	switch {
	case old == nil:
		return "create " + id
	case !reflect.DeepEqual(old, find(one.after)):
		return "change " + id
	}
	return ""
}

// readSync says what the plan does, as engineSync.
func readSync(one *planCase, application plannedApplication) string {
	var found []string
	for _, object := range application.Objects {
		if slices.ContainsFunc(object.Remarks, func(remark string) bool { return strings.Contains(remark, "waits until somebody confirms") }) {
			return "waits for a confirmation"
		}
		found = append(found, fmt.Sprintf("%s %s", object.Action, object.identity()))
	}
	for _, hook := range application.Hooks {
		found = append(found, fmt.Sprintf("%s %d %s", hook.Phase, hook.Wave, strings.ReplaceAll(hook.Hook, "`", "")))
	}
	slices.Sort(found)
	if !isInOrder(one.steps, application.Objects) {
		return joined(found) + ", in other waves"
	}
	return joined(found)
}

// isInOrder reports whether the plan has those objects in one wave that a sync comes to in one step, and others in their order.
func isInOrder(steps map[string]int, objects []plannedObject) bool {
	for _, one := range objects {
		for _, other := range objects {
			step, isKnown := steps[one.identity()]
			another, isOtherKnown := steps[other.identity()]
			if isKnown && isOtherKnown && cmp.Compare(step, another) != cmp.Compare(one.Wave, other.Wave) {
				return false
			}
		}
	}
	return true
}

func inShop(object map[string]any) *unstructured.Unstructured {
	of := (&unstructured.Unstructured{Object: object}).DeepCopy()
	if kindsOfServer[of.GetKind()].isNamespaced {
		of.SetNamespace("shop")
	}
	// Those with the same are taken for one object.
	of.SetUID(types.UID(identity(of)))
	return of
}

// kindsOfServer are those that the API server of a sync knows.
var kindsOfServer = map[string]struct {
	version, plural string
	isNamespaced    bool
}{
	"ConfigMap": {"v1", "configmaps", true},
	"Job":       {"batch/v1", "jobs", true},
}

type scopes struct{}

func (scopes) IsNamespaced(of schema.GroupKind) (bool, error) {
	return kindsOfServer[of.Kind].isNamespaced, nil
}

// healthyAll is for objects that become healthy at once, and hooks that succeed.
type healthyAll struct{}

func (healthyAll) GetResourceHealth(*unstructured.Unstructured) (*health.HealthStatus, error) {
	return &health.HealthStatus{Status: health.HealthStatusHealthy}, nil
}

// apiServer answers which kinds there are, and that what is deleted is gone.
func apiServer(response http.ResponseWriter, request *http.Request) {
	response.Header().Set("Content-Type", "application/json")
	version := strings.TrimPrefix(strings.TrimPrefix(request.URL.Path, "/apis/"), "/api/")
	list := metav1.APIResourceList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "APIResourceList"}, GroupVersion: version}
	for kind, of := range kindsOfServer {
		if of.version == version {
			verbs := metav1.Verbs{"get", "list", "create", "update", "patch", "delete"}
			list.APIResources = append(list.APIResources, metav1.APIResource{Name: of.plural, Kind: kind, Namespaced: of.isNamespaced, Verbs: verbs})
		}
	}
	var answer any = list
	if len(list.APIResources) == 0 {
		answer = metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: metav1.StatusSuccess}
	}
	_ = json.NewEncoder(response).Encode(answer)
}
