package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"conformance/suite"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

// TestPlanChanges compares the plan of generated changes of a single field with what Argo CD takes for a difference, and
// with what the API server refuses of an existing object.
func TestPlanChanges(t *testing.T) {
	var bases []map[string]any
	readPlanFile(t, "objects.yaml", &bases)
	var cases []*planCase
	skipped := 0
	for _, base := range bases {
		for _, change := range changesOf(t, base) {
			one, err := change.judged()
			switch {
			case errors.Is(err, errInvalid):
				skipped++
			case err != nil:
				t.Errorf("%s: %v", change.name, err)
			default:
				cases = append(cases, one)
			}
		}
	}
	planned(t, "changes", cases, readChange)
	fmt.Printf("plan: changes: %d more changes are invalid objects\n", skipped)
}

// TestPlanDifferences is as TestPlanChanges, for changes that are listed, most with `ignoreDifferences`.
func TestPlanDifferences(t *testing.T) {
	var bases []map[string]any
	readPlanFile(t, "objects.yaml", &bases)
	var listed []struct {
		Name string `json:"name"`
		Base string `json:"base"`
		// Object is one of a kind that Argo CD has no type of.
		Object map[string]any `json:"object"`
		Before suite.Refusal
		After  suite.Refusal
		Ignore []argo.ResourceIgnoreDifferences `json:"ignore"`
	}
	readPlanFile(t, "differences.yaml", &listed)
	var cases []*planCase
	for _, one := range listed {
		base := one.Object
		if at := slices.IndexFunc(bases, func(base map[string]any) bool { return caseOf(base) == one.Base }); at >= 0 {
			base = bases[at]
		}
		before, err := one.Before.Apply(base)
		var after map[string]any
		if err == nil {
			after, err = one.After.Apply(before)
		}
		var judged *planCase
		if err == nil {
			change := planChange{name: one.Name, before: before, after: after, ignored: one.Ignore}
			judged, err = change.judged()
		}
		if err != nil {
			t.Fatalf("%s: %v", one.Name, err)
		}
		cases = append(cases, judged)
	}
	planned(t, "differences", cases, readChange)
}

// readChange says what becomes of the only object of an Application.
func readChange(_ *planCase, application plannedApplication) string {
	if len(application.Objects) == 0 {
		if len(application.Unknown) > 0 {
			return "unknown"
		}
		return "the same"
	}
	if slices.ContainsFunc(application.Objects[0].Remarks, func(remark string) bool { return strings.HasPrefix(remark, "not evaluated") }) {
		return "unknown"
	}
	if len(application.Objects[0].Refused) > 0 {
		return "changed, refused"
	}
	return "changed"
}

// planChange is a change of an object.
type planChange struct {
	name          string
	before, after map[string]any
	ignored       []argo.ResourceIgnoreDifferences
}

// errInvalid is for a change from or to an object that the API server refuses to create, or does not store as it is.
var errInvalid = errors.New("invalid")

// judged returns the case with what upstream makes of it.
func (c *planChange) judged() (*planCase, error) {
	before, after := &unstructured.Unstructured{Object: c.before}, &unstructured.Unstructured{Object: c.after}
	strategy, err := strategyOf(before)
	if err != nil {
		return nil, err
	}
	live, err := liveOf(before, strategy)
	if err != nil {
		return nil, errInvalid
	}
	if _, err := liveOf(after, strategy); err != nil {
		return nil, errInvalid
	}
	settled, err := c.differs(inNamespace(before, strategy), live)
	if err != nil || settled {
		return nil, errInvalid
	}
	differs, err := c.differs(inNamespace(after, strategy), live)
	if err != nil {
		return nil, err
	}
	want := "the same"
	if differs {
		want = "changed"
		if strategy == nil {
			// Nobody knows what the API server would say.
		} else if err := applied(live, inNamespace(after, strategy), strategy); err != nil {
			want += ", refused"
		}
	}
	one := &planCase{name: c.name, want: want, application: map[string]any{"destination": map[string]any{
		"server": "https://kubernetes.default.svc", "namespace": "shop",
	}}, before: []map[string]any{c.before}, after: []map[string]any{c.after}}
	if len(c.ignored) > 0 {
		one.application["ignoreDifferences"] = c.ignored
	}
	return one, nil
}

// differs compares as Argo CD does in `StateDiffs` of `util/argo/diff`, with its default settings.
func (c *planChange) differs(target, live *unstructured.Unstructured) (bool, error) {
	ignored, err := normalizers.NewIgnoreNormalizer(c.ignored, nil, normalizers.IgnoreNormalizerOpts{})
	if err != nil {
		return false, err
	}
	knownTypes, err := normalizers.NewKnownTypesNormalizer(nil)
	if err != nil {
		return false, err
	}
	result, err := diff.Diff(context.Background(), target, live, diff.WithNormalizer(inOrder{ignored, knownTypes}))
	if err != nil {
		return false, err
	}
	return result.Modified, nil
}

// inOrder is several normalizers.
type inOrder []diff.Normalizer

func (n inOrder) Normalize(object *unstructured.Unstructured) error {
	for _, one := range n {
		if err := one.Normalize(object); err != nil {
			return err
		}
	}
	return nil
}

func strategyOf(object *unstructured.Unstructured) (rest.RESTCreateStrategy, error) {
	strategy := kinds[object.GroupVersionKind()].creation
	if strategy == nil {
		strategy = creations[object.GroupVersionKind()]
	}
	if strategy == nil && legacyscheme.Scheme.Recognizes(object.GroupVersionKind()) {
		return nil, fmt.Errorf("nobody judges %s", object.GroupVersionKind())
	}
	return strategy, nil
}

// inNamespace returns the object as Argo CD compares it: in the namespace of the Application, and with the annotation by
// which Argo CD knows it.
func inNamespace(object *unstructured.Unstructured, strategy rest.RESTCreateStrategy) *unstructured.Unstructured {
	target := object.DeepCopy()
	if isNamespaced(target, strategy) && target.GetNamespace() == "" {
		target.SetNamespace("shop")
	}
	annotations := target.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations["argocd.argoproj.io/tracking-id"] = "case:" + identity(object)
	target.SetAnnotations(annotations)
	return target
}

func isNamespaced(object *unstructured.Unstructured, strategy rest.RESTCreateStrategy) bool {
	return strategy == nil && object.GetKind() != "CustomResourceDefinition" || strategy != nil && strategy.NamespaceScoped()
}

// liveOf returns the object as the API server has it once `kubectl apply` has created it. One of a kind without a strategy it
// has as it is written.
func liveOf(object *unstructured.Unstructured, strategy rest.RESTCreateStrategy) (*unstructured.Unstructured, error) {
	target := inNamespace(object, strategy)
	text, err := target.MarshalJSON()
	if err != nil {
		return nil, err
	}
	annotations := target.GetAnnotations()
	annotations[corev1.LastAppliedConfigAnnotation] = string(text)
	target.SetAnnotations(annotations)
	if strategy == nil {
		return target, nil
	}
	typed, err := legacyscheme.Scheme.New(object.GroupVersionKind())
	if err != nil {
		return nil, err
	}
	if err := suite.DecodeStrictly(text, typed); err != nil {
		return nil, err
	}
	if object.GetKind() == "Service" {
		allocate(target)
	}
	live, err := stored(target, strategy)
	if err == nil && object.GetKind() == "PersistentVolumeClaim" {
		err = bind(live)
	}
	return live, err
}

// allocate gives a Service the address that the API server does.
func allocate(service *unstructured.Unstructured) {
	spec, ok := service.Object["spec"].(map[string]any)
	if ok && spec["type"] != "ExternalName" && (spec["clusterIP"] == nil || spec["clusterIP"] == "") {
		spec["clusterIP"], spec["clusterIPs"] = "198.18.0.10", []any{"198.18.0.10"}
	}
}

// bind gives a claim the status that it has with a volume.
func bind(claim *unstructured.Unstructured) error {
	size, _, err := unstructured.NestedFieldCopy(claim.Object, "spec", "resources", "requests")
	if err != nil {
		return err
	}
	claim.Object["status"] = map[string]any{"phase": "Bound", "capacity": size}
	return nil
}

// applied does what `kubectl apply` and the API server do to an existing object.
func applied(live, target *unstructured.Unstructured, strategy rest.RESTCreateStrategy) error {
	typed, err := legacyscheme.Scheme.New(live.GroupVersionKind())
	if err != nil {
		return err
	}
	schema, err := strategicpatch.NewPatchMetaFromStruct(typed)
	if err != nil {
		return err
	}
	modified, err := target.MarshalJSON()
	if err != nil {
		return err
	}
	current, err := live.MarshalJSON()
	if err != nil {
		return err
	}
	original := []byte(live.GetAnnotations()[corev1.LastAppliedConfigAnnotation])
	patch, err := strategicpatch.CreateThreeWayMergePatch(original, modified, current, schema, true)
	if err != nil {
		return err
	}
	patched, err := strategicpatch.StrategicMergePatchUsingLookupPatchMeta(current, patch, schema)
	if err != nil {
		return err
	}
	after := &unstructured.Unstructured{}
	if err := after.UnmarshalJSON(patched); err != nil {
		return err
	}
	if after.GetKind() == "Service" {
		// As `patchAllocatedValues` of the storage of Services.
		allocate(after)
	}
	old, err := internalised(live)
	if err != nil {
		return err
	}
	changed, err := internalised(after)
	if err != nil {
		return err
	}
	for _, object := range []runtime.Object{old, changed} {
		accessor, err := meta.Accessor(object)
		if err != nil {
			return err
		}
		accessor.SetResourceVersion("1")
	}
	return rest.BeforeUpdate(strategy.(rest.RESTUpdateStrategy), requested(after), changed, old)
}

// caseOf is what the cases of an object are called by.
func caseOf(object map[string]any) string {
	of := unstructured.Unstructured{Object: object}
	return of.GetKind() + " " + of.GetName()
}

// changesOf returns changes of a single field, of each field that an object has or could have.
func changesOf(t *testing.T, base map[string]any) []planChange {
	of := &unstructured.Unstructured{Object: base}
	strategy, err := strategyOf(of)
	if err != nil {
		t.Fatal(err)
	}
	live, err := liveOf(of, strategy)
	if err != nil {
		t.Fatalf("%s: %v", caseOf(base), explained(err))
	}
	typed, err := legacyscheme.Scheme.New(of.GroupVersionKind())
	if err != nil {
		t.Fatal(err)
	}
	generator := &changeGenerator{name: caseOf(base), base: base}
	generator.fields(reflect.TypeOf(typed).Elem(), base, live.Object, nil)
	return generator.found
}

// changeGenerator makes changes of a base.
type changeGenerator struct {
	name  string
	base  map[string]any
	found []planChange
}

// add adds the change of a field to a value, and the change back.
func (g *changeGenerator) add(what string, path []string, value any) {
	after, err := suite.Set(g.base, path, value)
	if err != nil {
		panic(err)
	}
	name := fmt.Sprintf("%s: %s %s", g.name, strings.Join(path, "/"), what)
	g.found = append(g.found,
		planChange{name: name, before: g.base, after: after.(map[string]any)},
		planChange{name: name + ", back", before: after.(map[string]any), after: g.base},
	)
}

// remove adds the change that a field goes, and the change back.
func (g *changeGenerator) remove(path []string) {
	after, err := suite.Removed(g.base, path)
	if err != nil {
		panic(err)
	}
	name := fmt.Sprintf("%s: %s", g.name, strings.Join(path, "/"))
	g.found = append(g.found,
		planChange{name: name + " removed", before: g.base, after: after.(map[string]any)},
		planChange{name: name + " added", before: after.(map[string]any), after: g.base},
	)
}

// podsOf are the objects in which all fields of a Pod are visited; in others, those that the base has.
var podsOf = []string{"Deployment shop", "Job shop", "Pod shop"}

// fields visits the fields of a struct: `own` are those that the base has, `live` those that the API server stores.
func (g *changeGenerator) fields(of reflect.Type, own, live map[string]any, path []string) {
	for at := range of.NumField() {
		field := of.Field(at)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" && strings.Contains(options, "inline") {
			if field.Type.Kind() == reflect.Struct {
				g.fields(field.Type, own, live, path)
			}
			continue
		}
		if name == "-" || name == "" || isOfCluster(name, path) {
			continue
		}
		below := append(slices.Clone(path), name)
		kind := field.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		value, isOwn := own[name]
		stored, isStored := live[name]
		if isOwn {
			g.given(kind, value, stored, below)
			continue
		}
		if slices.Contains(path, "template") && !slices.Contains(podsOf, g.name) {
			continue
		}
		g.add("null", below, nil)
		if isStored && name != "annotations" {
			g.add("default", below, stored)
			g.values(kind, stored, below)
		}
		if empty := emptyOf(kind); empty != nil && !reflect.DeepEqual(empty, stored) {
			g.add(fmt.Sprintf("empty %T", empty), below, empty)
		}
	}
}

// isOfCluster reports a field that no manifest sets, or that names the object.
func isOfCluster(name string, path []string) bool {
	switch len(path) {
	case 0:
		return slices.Contains([]string{"apiVersion", "kind", "status"}, name)
	case 1:
		if name == "finalizers" {
			return true
		}
		return path[0] == "metadata" && !slices.Contains([]string{"labels", "annotations"}, name)
	}
	// Only their names and labels matter to the API server.
	return path[len(path)-1] == "metadata" && !slices.Contains([]string{"labels", "annotations", "creationTimestamp"}, name)
}

// given visits a field that the base has.
func (g *changeGenerator) given(kind reflect.Type, value, stored any, path []string) {
	if len(path) > 1 {
		g.remove(path)
	}
	if name := path[len(path)-1]; name != "kind" && name != "apiVersion" {
		g.values(kind, value, path)
	}
	switch value := value.(type) {
	case map[string]any:
		live, _ := stored.(map[string]any)
		if kind.Kind() == reflect.Map {
			g.entries(kind.Elem(), value, live, path)
			return
		}
		if kind.Kind() == reflect.Struct {
			g.fields(kind, value, live, path)
		}
	case []any:
		live, _ := stored.([]any)
		if len(value) > 1 {
			swapped := slices.Clone(value)
			swapped[0], swapped[1] = swapped[1], swapped[0]
			g.add("reordered", path, swapped)
		}
		for at, item := range value {
			below := append(slices.Clone(path), fmt.Sprint(at))
			var one any
			if at < len(live) {
				one = live[at]
			}
			g.given(kind.Elem(), item, one, below)
		}
	}
}

func (g *changeGenerator) entries(kind reflect.Type, own, live map[string]any, path []string) {
	for _, key := range slices.Sorted(maps.Keys(own)) {
		g.given(kind, own[key], live[key], append(slices.Clone(path), strings.ReplaceAll(key, "/", "~1")))
	}
}

// values changes a scalar, or the way in which it is written.
func (g *changeGenerator) values(kind reflect.Type, value any, path []string) {
	switch value := value.(type) {
	case string:
		g.add("changed", path, value+"1")
		for _, other := range otherWords[value] {
			g.add("is "+other, path, other)
		}
	case bool:
		g.add("changed", path, !value)
	case float64:
		g.add("changed", path, value+1)
	case int64:
		g.add("changed", path, value+1)
	}
	switch kind.String() {
	case "resource.Quantity":
		for _, other := range otherQuantities[fmt.Sprint(value)] {
			g.add(fmt.Sprintf("as %T %v", other, other), path, other)
		}
	case "intstr.IntOrString":
		g.add("as text", path, fmt.Sprint(value))
	}
}

// otherWords are other values of fields that accept a few words.
var otherWords = map[string][]string{
	"Always":               {"IfNotPresent", "Never"},
	"ClusterFirst":         {"Default"},
	"ClusterIP":            {"NodePort"},
	"RollingUpdate":        {"OnDelete", "Recreate"},
	"OrderedReady":         {"Parallel"},
	"TCP":                  {"UDP"},
	"HTTP":                 {"HTTPS"},
	"File":                 {"FallbackToLogsOnError"},
	"Filesystem":           {"Block"},
	"Delete":               {"Retain"},
	"Retain":               {"Delete"},
	"Immediate":            {"WaitForFirstConsumer"},
	"Allow":                {"Forbid", "Replace"},
	"None":                 {"ClientIP"},
	"Cluster":              {"Local"},
	"Never":                {"OnFailure"},
	"NonIndexed":           {"Indexed"},
	"Opaque":               {"example.com/other"},
	"Role":                 {"ClusterRole"},
	"Prefix":               {"Exact"},
	"ReadWriteOnce":        {"ReadWriteMany"},
	"SingleStack":          {"PreferDualStack"},
	"IPv4":                 {"IPv6"},
	"PreemptLowerPriority": {"Never"},
}

// otherQuantities are other ways to write a quantity, and another one.
var otherQuantities = map[string][]any{
	"1":    {int64(1), "1000m", "1.0", "2"},
	"500m": {0.5, "0.5", "1"},
	"250m": {0.25, "0.25", "0.250"},
	"1Gi":  {"1024Mi", "1073741824", int64(1073741824), "2Gi"},
	"64Mi": {"65536Ki", int64(67108864), "128Mi"},
	"10":   {int64(10), "10000m", "11"},
}

// emptyOf is the empty value of a type; nil if there is none.
func emptyOf(kind reflect.Type) any {
	switch kind.Kind() {
	case reflect.Map, reflect.Struct:
		if kind.String() == "resource.Quantity" || kind.String() == "v1.Time" || kind.String() == "intstr.IntOrString" {
			return nil
		}
		return map[string]any{}
	case reflect.Slice:
		if kind.Elem().Kind() == reflect.Uint8 {
			return ""
		}
		return []any{}
	case reflect.String:
		return ""
	case reflect.Bool:
		return false
	case reflect.Int32, reflect.Int64, reflect.Int:
		return int64(0)
	}
	return nil
}
