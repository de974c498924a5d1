package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"conformance/suite"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// definition is one version of a custom resource, as the API server reads it.
type definition struct {
	validator  validation.SchemaValidator
	structural *structural.Structural
}

// definitions are those that upstream's releases install. Several releases may define the same kind.
var definitions = sync.OnceValues(func() (map[schema.GroupVersionKind][]definition, error) {
	found := map[schema.GroupVersionKind][]definition{}
	for _, folder := range filepath.SplitList(os.Getenv("CONFORMANCE_CRDS")) {
		files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if err := define(found, file); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
})

// define reads one CustomResourceDefinition; other files are ignored.
func define(into map[schema.GroupVersionKind][]definition, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.Unmarshal(text, &crd); err != nil {
		return err
	}
	for _, version := range crd.Spec.Versions {
		if !version.Served || version.Schema == nil {
			continue
		}
		props := &apiextensions.JSONSchemaProps{}
		err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(version.Schema.OpenAPIV3Schema, props, nil)
		if err != nil {
			return err
		}
		validator, _, err := validation.NewSchemaValidator(props)
		if err != nil {
			return err
		}
		shape, err := structural.NewStructural(props)
		if err != nil {
			return err
		}
		kind := schema.GroupVersionKind{Group: crd.Spec.Group, Version: version.Name, Kind: crd.Spec.Names.Kind}
		into[kind] = append(into[kind], definition{validator, shape})
	}
	return nil
}

// fits validates a custom resource with every release's schema.
func fits(verdict *suite.Verdict, object *unstructured.Unstructured) {
	verdict.Checked(suite.Schema)
	where := identity(object)
	all, err := definitions()
	if !verdict.Must(suite.Schema, where, err) {
		return
	}
	releases := all[object.GroupVersionKind()]
	if len(releases) == 0 {
		verdict.Fail(suite.Schema, where, "no release defines it")
	}
	for _, release := range releases {
		for _, err := range validation.ValidateCustomResource(nil, object.Object, release.validator) {
			verdict.Fail(suite.Schema, where, "%v", err)
		}
		unknown := pruning.PruneWithOptions(object.DeepCopy().Object, release.structural, true,
			structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
		if len(unknown) > 0 {
			verdict.Fail(suite.Schema, where, "unknown fields: %s", strings.Join(unknown, ", "))
		}
	}
}
