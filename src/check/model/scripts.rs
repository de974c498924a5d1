//! Shell scripts, read as far as rules need it: line by line, without running anything. A container may mount its
//! script from a `ConfigMap`, or take variables from one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::lookup::{CONFIG_MAP, only};
use super::pods::Container;
use super::{BuiltObject, Model};
use crate::check::rendered_value::{Location, RenderedValue};

impl<'a> Model<'a> {
    /// Returns the texts that the container may run: its inline scripts, and every file of mounted
    /// `ConfigMaps`.
    pub(crate) fn scripts(&self, container: Container<'a>) -> Vec<&'a RenderedValue<'a>> {
        let mounts = container.value.items_at(&["volumeMounts"]).iter();
        let mounted = mounts.flat_map(|mount| self.mounted(container, mount));
        container.shell().into_iter().chain(mounted).collect()
    }

    /// Returns the container's variables whose values are in the manifests.
    pub(crate) fn variables(&self, container: Container<'a>) -> BTreeMap<String, String> {
        let mut known = BTreeMap::new();
        for from in container.value.items_at(&["envFrom"]) {
            let Some(map) = self.config_map(container, from.dig(&["configMapRef", "name"])) else { continue };
            let prefix = from.str_at(&["prefix"]).unwrap_or_default();
            let pairs = data(map).map(|(key, value)| (format!("{prefix}{key}"), value.text().to_owned()));
            known.extend(pairs);
        }
        for variable in container.value.items_at(&["env"]) {
            let Some(name) = variable.str_at(&["name"]) else { continue };
            let value = variable.str_at(&["value"]).or_else(|| self.configured(container, variable));
            known.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        }
        known
    }

    fn configured(&self, container: Container<'a>, variable: &RenderedValue<'a>) -> Option<&'a str> {
        let reference = variable.dig(&["valueFrom", "configMapKeyRef"])?;
        let map = self.config_map(container, reference.get("name"))?;
        let wanted = reference.str_at(&["key"])?;
        data(map).find(|(key, _)| *key == wanted).map(|(_, value)| value.text())
    }

    fn mounted(&self, container: Container<'a>, mount: &RenderedValue<'a>) -> Vec<&'a RenderedValue<'a>> {
        let volumes = container.pod.spec.items_at(&["volumes"]).iter();
        let is_meant = |volume: &&RenderedValue<'_>| volume.str_at(&["name"]) == mount.str_at(&["name"]);
        let mut found = Vec::new();
        for volume in volumes.filter(is_meant) {
            let projected = volume.items_at(&["projected", "sources"]).iter();
            for source in projected.chain([volume]).filter_map(|source| source.get("configMap")) {
                let name = source.get("name");
                let items = source.items_at(&["items"]);
                let is_taken = |key: &str| {
                    items.is_empty() || items.iter().any(|item| item.str_at(&["key"]) == Some(key))
                };
                let data = self.config_map(container, name).into_iter().flat_map(data);
                found.extend(data.filter(|(key, _)| is_taken(key)).map(|(_, value)| value));
            }
        }
        found
    }

    fn config_map(
        &self,
        container: Container<'a>,
        name: Option<&RenderedValue<'a>>,
    ) -> Option<BuiltObject<'a>> {
        only(&self.meant_by(container.pod.resource, CONFIG_MAP, name?.text()))
    }
}

fn data(map: BuiltObject<'_>) -> impl Iterator<Item = (&str, &RenderedValue<'_>)> {
    let entries = map.content().get("data").map_or(&[][..], RenderedValue::entries).iter();
    entries.map(|entry| (&*entry.key, &entry.value))
}

/// Variables of a script with their values, each in its three spellings.
pub(crate) struct ScriptVariables(Vec<([String; 3], String)>);

impl ScriptVariables {
    pub(crate) fn of(values: BTreeMap<String, String>) -> Self {
        let spellings = |name: &str| [format!("$({name})"), format!("${{{name}}}"), format!("${name}")];
        Self(values.into_iter().map(|(name, value)| (spellings(&name), value)).collect())
    }

    /// Returns the text that `word` stands for, as far as the variables are known.
    pub(crate) fn resolve<'w>(&self, word: &'w str) -> Cow<'w, str> {
        let mut text = Cow::Borrowed(word);
        // One may stand for the next: a variable for a param, and that for what the Pipeline passes.
        for _ in 0..4 {
            if !text.contains('$') {
                break;
            }
            for (spellings, value) in &self.0 {
                for spelling in spellings {
                    if text.contains(spelling) {
                        text = Cow::Owned(replaced(&text, spelling, value));
                    }
                }
            }
        }
        text
    }
}

/// Replaces the variable `spelling` in `text`, where its name does not go on: `$IMAGE` is not in `$IMAGE_FILE`.
fn replaced(text: &str, spelling: &str, value: &str) -> String {
    let goes_on = |rest: &str| rest.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_');
    let is_closed = spelling.ends_with([')', '}']);
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(spelling) {
        done.push_str(before);
        done.push_str(if !is_closed && goes_on(after) { spelling } else { value });
        rest = after;
    }
    done + rest
}

#[derive(Clone, Copy)]
pub(crate) struct ScriptLine<'a> {
    script: &'a RenderedValue<'a>,
    /// The text without surrounding whitespace.
    pub(crate) text: &'a str,
}

impl<'a> ScriptLine<'a> {
    pub(crate) fn location(self) -> Location<'a> {
        self.script.location().within(self.text)
    }

    pub(crate) fn location_of(self, part: &str) -> Location<'a> {
        self.location().within(part)
    }

    /// Returns its words without quotes.
    pub(crate) fn words(self) -> impl Iterator<Item = &'a str> {
        self.text.split_whitespace().map(bare)
    }
}

/// Strips surrounding quotes and separators from a word.
pub(crate) fn bare(word: &str) -> &str {
    let word = word.trim_matches(['"', '\'', ';', '`']).trim_start_matches('(');
    // A `)` may end what Tekton fills in.
    if word.contains("$(") { word } else { word.trim_end_matches(')') }
}

/// Returns the lines of a script, without empty lines and comments.
pub(crate) fn lines<'a>(script: &'a RenderedValue<'a>) -> impl Iterator<Item = ScriptLine<'a>> {
    let lines = script.text().lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(move |text| ScriptLine { script, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_not_the_beginning_of_another() {
        let values = [("A", "1"), ("A_B", "2"), ("C", "$A_B")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let variables = ScriptVariables::of(values.into());
        for (text, expected) in
            [("$A/$A_B/$C", "1/2/2"), ("${A}_B", "1_B"), ("$(A)x$AB", "1x$AB"), ("$A", "1")]
        {
            assert_eq!(variables.resolve(text), expected, "{text}");
        }
    }
}
