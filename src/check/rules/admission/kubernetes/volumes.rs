//! Volumes of a pod: `validateVolumeSource`.

use super::{DNS_LABEL, Refusals, containers, has};
use crate::check::rendered_value::RenderedValue;

/// Checks a volume.
pub(super) fn volume(refusals: &mut Refusals<'_>, volume: &RenderedValue<'_>) {
    if let Some(name) = volume.get("name") {
        refusals.dns_label(name, "volume", DNS_LABEL);
    }
    // Without a source, it is an `emptyDir`.
    let sources: Vec<_> =
        volume.entries().iter().filter(|entry| entry.key != "name" && !entry.value.is_null()).collect();
    if let [first, .., last] = sources[..] {
        let message = format!("the volume has `{}` and `{}`; only one is possible", first.key, last.key);
        refusals.at(last.location, message, "may not specify more than 1 volume type");
    }
    for source in sources {
        self::source(refusals, &source.key, &source.value);
    }
}

fn source(refusals: &mut Refusals<'_>, kind: &str, source: &RenderedValue<'_>) {
    let required = match kind {
        "hostPath" => "path",
        "secret" => "secretName",
        "configMap" => "name",
        "persistentVolumeClaim" => "claimName",
        "csi" => "driver",
        _ => "",
    };
    if !required.is_empty() && source.is_mapping() && !has(source, required) {
        let message = format!("`{kind}` lacks `{required}`");
        refusals.add(source, message, format!("{kind}.{required}: Required value"));
    }
    if kind == "hostPath"
        && let Some(path) = source.get("path").filter(|path| path.text().split('/').any(|part| part == ".."))
    {
        refusals.add(path, "the path has the part `..`", "must not contain '..'");
    }
    mode(refusals, source);
    items(refusals, source);
    for part in source.items_at(&["sources"]).iter().flat_map(RenderedValue::entries) {
        items(refusals, &part.value);
    }
}

fn mode(refusals: &mut Refusals<'_>, source: &RenderedValue<'_>) {
    if let Some(mode) =
        source.get("defaultMode").filter(|mode| mode.as_int().is_some_and(|it| !(0..=0o777).contains(&it)))
    {
        let words = "must be a number between 0 and 0777 (octal), both inclusive";
        refusals.add(
            mode,
            format!("`{}` is not a file mode; write it in octal, such as `0440`", mode.text()),
            words,
        );
    }
}

fn items(refusals: &mut Refusals<'_>, source: &RenderedValue<'_>) {
    for item in source.items_at(&["items"]) {
        if let Some(path) = item.get("path") {
            containers::relative(refusals, path);
        }
    }
}
