package cluster

import (
	"context"
	"errors"

	"conformance/suite"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

// create does what the API server does when an object is created, and returns the stored object, or nil if it is
// refused.
func create(verdict *suite.Verdict, object *unstructured.Unstructured, strategy rest.RESTCreateStrategy) *unstructured.Unstructured {
	verdict.Checked(suite.Admission)
	where := identity(object)
	if strategy == nil {
		for _, err := range apivalidation.ValidateObjectMetaAccessor(object, true, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata")) {
			verdict.Fail(suite.Admission, where, "%v", err)
		}
		return nil
	}
	stored, err := stored(object, strategy)
	if !verdict.Must(suite.Admission, where, explained(err)) {
		return nil
	}
	return stored
}

func stored(object *unstructured.Unstructured, strategy rest.RESTCreateStrategy) (*unstructured.Unstructured, error) {
	of := object.GroupVersionKind()
	internal, err := created(object, strategy)
	if err != nil {
		return nil, err
	}
	external, err := legacyscheme.Scheme.UnsafeConvertToVersion(internal, of.GroupVersion())
	if err != nil {
		return nil, err
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(external)
	live := &unstructured.Unstructured{Object: content}
	live.SetGroupVersionKind(of)
	return live, err
}

// created returns the object as the API server has it in memory once it accepts its creation.
func created(object *unstructured.Unstructured, strategy rest.RESTCreateStrategy) (runtime.Object, error) {
	internal, err := internalised(object)
	if err != nil {
		return nil, err
	}
	accessor, err := meta.Accessor(internal)
	if err != nil {
		return nil, err
	}
	rest.FillObjectMetaSystemFields(accessor)
	return internal, rest.BeforeCreate(strategy, requested(object), internal)
}

// updated judges an object by the one that it replaces, as the API server does.
func updated(before, after *unstructured.Unstructured, strategy rest.RESTCreateStrategy) error {
	old, err := created(before, strategy)
	if err != nil {
		return err
	}
	changed, err := internalised(after)
	if err != nil {
		return err
	}
	accessor, err := meta.Accessor(old)
	if err != nil {
		return err
	}
	own, err := meta.Accessor(changed)
	if err != nil {
		return err
	}
	own.SetUID(accessor.GetUID())
	own.SetCreationTimestamp(accessor.GetCreationTimestamp())
	own.SetResourceVersion("1")
	accessor.SetResourceVersion("1")
	return rest.BeforeUpdate(strategy.(rest.RESTUpdateStrategy), requested(after), changed, old)
}

// internalised returns the object with defaults, in the version that the API server works with.
func internalised(object *unstructured.Unstructured) (runtime.Object, error) {
	text, err := object.MarshalJSON()
	if err != nil {
		return nil, err
	}
	of := object.GroupVersionKind()
	// Defaults are filled in here.
	decoded, _, err := legacyscheme.Codecs.UniversalDecoder(of.GroupVersion()).Decode(text, &of, nil)
	if err != nil {
		return nil, err
	}
	legacyscheme.Scheme.Default(decoded)
	return legacyscheme.Scheme.UnsafeConvertToVersion(decoded, runtime.InternalGroupVersioner)
}

func requested(object *unstructured.Unstructured) context.Context {
	of := object.GroupVersionKind()
	ctx := request.WithNamespace(context.Background(), object.GetNamespace())
	return request.WithRequestInfo(ctx, &request.RequestInfo{APIGroup: of.Group, APIVersion: of.Version})
}

// explained returns every cause of a refusal as text.
func explained(err error) error {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return err
	}
	all := []error{err}
	for _, cause := range status.Status().Details.Causes {
		all = append(all, errors.New(cause.Field+": "+cause.Message))
	}
	return errors.Join(all...)
}
