package cluster

import (
	"conformance/suite"

	argo "github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// application is an Application with the project it belongs to.
type application struct {
	*argo.Application
	project *argo.AppProject
	// isDelivery marks the one that syncs the pipeline; the others sync environments.
	isDelivery bool
}

// applications reads what an administrator applies.
func applications(verdict *suite.Verdict, repository *suite.Repository, tree checkout, limits limits) []*application {
	projects := map[string]*argo.AppProject{}
	var found []*application
	all := tree.objects(verdict, repository.Prefix+"argocd")
	limits.applied(verdict, repository, all)
	for _, object := range all {
		if limits.has(object) {
			continue
		}
		if _, ok := known(verdict, object); !ok {
			continue
		}
		create(verdict, object, nil)
		fits(verdict, object)
		switch object.GetKind() {
		case "AppProject":
			project, _ := decode[argo.AppProject](verdict, object)
			verdict.Checked(suite.Project)
			verdict.Must(suite.Project, project.Name, project.ValidateProject())
			projects[project.Name] = project
		case "Application":
			app, _ := decode[argo.Application](verdict, object)
			isDelivery := app.Spec.GetSource().Path == repository.Prefix+"delivery"
			found = append(found, &application{Application: app, isDelivery: isDelivery})
		default:
			verdict.Fail(suite.Project, identity(object), "is nothing that Argo CD is set up with")
		}
		if namespace := repository.Answers["argocd-namespace"]; object.GetNamespace() != namespace {
			verdict.Fail(suite.Project, identity(object), "is in namespace %q, where Argo CD does not look", object.GetNamespace())
		}
	}
	return assigned(verdict, found, projects)
}

// assigned returns the Applications whose project exists, which Argo CD checks first.
func assigned(verdict *suite.Verdict, all []*application, projects map[string]*argo.AppProject) []*application {
	var found []*application
	namespaces := map[string]string{}
	for _, app := range all {
		app.project = projects[app.Spec.Project]
		if app.project == nil {
			verdict.Fail(suite.Project, app.Name, "there is no project %s", app.Spec.Project)
			continue
		}
		found = append(found, app)
		namespace := app.Spec.Destination.Namespace
		if other, taken := namespaces[namespace]; taken {
			verdict.Fail(suite.Project, app.Name, "shares the namespace %s with %s", namespace, other)
		}
		namespaces[namespace] = app.Name
	}
	return found
}
