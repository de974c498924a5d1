package cluster

import (
	"slices"

	"conformance/suite"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// judge checks every property of the cluster for a repository.
func judge(repository *suite.Repository) *suite.Verdict {
	verdict := suite.NewVerdict()
	tree, err := checkOut(repository)
	defer tree.remove()
	if !verdict.Must(suite.Build, repository.Name, err) {
		return verdict
	}
	limits := limitsOf(verdict, repository, tree)
	apps := applications(verdict, repository, tree, limits)
	if wanted := len(repository.Environments()) + 1; len(apps) != wanted {
		verdict.Fail(suite.Project, "argocd", "%d Applications can sync, not %d", len(apps), wanted)
	}
	for _, app := range apps {
		permits(verdict, app, repository.Answers["cluster"])
		confines(verdict, app)
		limits.namespaceSecurity(verdict, app)
		judgeObjects(verdict, repository, tree, app, limits)
	}
	if len(verdict.Findings) == 0 {
		release(verdict, repository)
	}
	if len(verdict.Findings) == 0 {
		judgeReleased(verdict, repository, apps, limits)
	}
	return verdict
}

// judgeReleased judges the environments once more, with a release in all of them: only then are there workloads of
// every kind.
func judgeReleased(verdict *suite.Verdict, repository *suite.Repository, apps []*application, limits limits) {
	released, err := promoted(repository)
	if !verdict.Must(suite.Release, repository.Name, err) {
		return
	}
	tree, err := checkOut(released)
	defer tree.remove()
	if !verdict.Must(suite.Build, repository.Name, err) {
		return
	}
	for _, app := range apps {
		if !app.isDelivery {
			judgeObjects(verdict, released, tree, app, limits)
		}
	}
}

func judgeObjects(verdict *suite.Verdict, repository *suite.Repository, tree checkout, app *application, limits limits) {
	var judged []*unstructured.Unstructured
	for _, object := range tree.objects(verdict, app.Spec.GetSource().Path) {
		permitsObject(verdict, app, object)
		of, ok := known(verdict, object)
		if !ok {
			continue
		}
		judged = append(judged, object)
		live := create(verdict, object, of.creation)
		switch {
		case object.GetKind() == "Rollout":
			fits(verdict, object)
			drift(verdict, object, storedRollout(verdict, object))
		case of.creation == nil:
			fits(verdict, object)
			tektonDrift(verdict, repository, object)
		case live != nil && object.GetKind() != "Job":
			// Hooks are not compared.
			drift(verdict, object, live)
		}
		podSecurity(verdict, object)
		healthy(verdict, object)
	}
	hooks(verdict, app, judged)
	references(verdict, slices.Concat(judged, limits[app.Spec.Destination.Namespace]))
	rolloutsOf(verdict, judged)
}
