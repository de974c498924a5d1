package main

import (
	"maps"
	"slices"
	"strings"
)

// inlined returns a definition with every `$ref` replaced by its target, like the published schemas that kubeconform's
// README names. Where a definition refers to itself, it allows anything.
func inlined(d definitions, name string) object {
	return d.inline(name, nil)
}

func (d definitions) inline(name string, within []string) object {
	if d[name] == nil || slices.Contains(within, name) {
		return object{}
	}
	within = append(slices.Clone(within), name)
	return strict(d[name], func(name string) object { return d.inline(name, within) })
}

// lean returns a definition and its references, each once and without descriptions: the smallest schema that kubeconform
// accepts.
func lean(d definitions, name string) object {
	made := object{}
	var refer func(string) object
	refer = func(name string) object {
		if d[name] == nil {
			return object{}
		}
		if made[name] == nil {
			// A definition may refer to itself.
			made[name] = object{}
			made[name] = bare(strict(d[name], refer))
		}
		return object{"$ref": "#/definitions/" + name}
	}
	root := refer(name)
	root["definitions"] = made
	return root
}

func bare(schema object) object {
	made := replaceInner(schema, bare)
	delete(made, "description")
	return made
}

// strict forbids fields that a schema does not name, wherever it names some and does not preserve unknown ones.
// `refer` returns the replacement of a `$ref`.
func strict(schema object, refer func(string) object) object {
	if reference, ok := schema["$ref"].(string); ok {
		return refer(strings.TrimPrefix(reference, "#/definitions/"))
	}
	made := replaceInner(schema, func(inner object) object { return strict(inner, refer) })
	_, names := made["properties"]
	_, others := made["additionalProperties"]
	if names && !others && made["x-kubernetes-preserve-unknown-fields"] != true {
		made["additionalProperties"] = false
	}
	return made
}

// replaceInner returns a copy with every directly nested schema replaced. A field that is merely named like a keyword,
// such as `properties`, is not a schema.
func replaceInner(schema object, replace func(object) object) object {
	made := maps.Clone(schema)
	for _, key := range []string{"additionalProperties", "items", "not"} {
		if inner, ok := made[key].(object); ok {
			made[key] = replace(inner)
		}
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		if inner, ok := made[key].([]any); ok {
			inner = slices.Clone(inner)
			for i := range inner {
				inner[i] = replace(inner[i].(object))
			}
			made[key] = inner
		}
	}
	if inner, ok := made["properties"].(object); ok {
		inner = maps.Clone(inner)
		for name := range inner {
			inner[name] = replace(inner[name].(object))
		}
		made["properties"] = inner
	}
	return made
}
