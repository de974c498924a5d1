//! What kustomize needs to know an object by (`GetValidatedMetadata` of kyaml).

use crate::check::rendered_value::RenderedValue;

/// Returns what is wrong with a document, and what kustomize says.
pub(crate) fn nameless(document: &RenderedValue<'_>) -> Option<(&'static str, &'static str)> {
    let has = |key: &str| document.get(key).is_some_and(|value| !value.is_null());
    let kind = document.str_at(&["kind"]).unwrap_or_default();
    if is_nothing(document) {
        None
    } else if !["apiVersion", "kind", "metadata"].into_iter().any(has) {
        Some(("this document is not an object", "missing Resource metadata"))
    } else if kind.is_empty() {
        Some(("this object has no `kind`", "missing kind in object"))
    } else if kind.ends_with("List") {
        document.items_at(&["items"]).iter().find_map(nameless)
    } else if document.str_at(&["metadata", "name"]).is_none_or(str::is_empty) {
        let message = "this object has no `metadata.name`; kustomize does not accept `generateName`";
        Some((message, "missing metadata.name in object"))
    } else {
        None
    }
}

/// Whether kustomize ignores the document.
pub(crate) fn is_nothing(document: &RenderedValue<'_>) -> bool {
    document.is_null()
        || document.scalar().is_none() && document.entries().is_empty() && document.items().is_empty()
}
