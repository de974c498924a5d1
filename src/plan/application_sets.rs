//! The Applications that `ApplicationSets` make: those of lists, and of folders and files of this repository, alone or two
//! combined. All other generators, and templates with functions, are not evaluated.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::template::{self, Values};
use crate::check::FileContent;
use crate::check::files::{self, Files};
use crate::check::kustomize::{RenderedValue, roots};
use crate::check::manifests::{Manifest, Manifests};
use crate::check::rules::projects::glob;

/// The most Applications of a repository that are made.
const MOST: usize = 10_000;

/// The folder of the Applications that are made; no repository has it.
const FOLDER: &str = ".git/treenail-plan";

/// The files of a revision, with a file for each Application that an `ApplicationSet` makes.
pub(super) struct Expanded<'f> {
    pub(super) files: Cow<'f, Files>,
    /// The sets, by the files of what they make.
    pub(super) sets: BTreeMap<String, MakingSet>,
    /// The sets that are not evaluated, each as a clause.
    pub(super) unknown: Vec<String>,
}

pub(super) struct MakingSet {
    pub(super) name: String,
    pub(super) path: String,
}

pub(super) fn expand(files: &Files) -> Expanded<'_> {
    let mut expanded = Expanded { files: Cow::Borrowed(files), sets: BTreeMap::new(), unknown: Vec::new() };
    let mut some = Files::below([""]);
    for (path, content) in files.iter() {
        if let FileContent::Bytes(bytes) = content
            && files::has_yaml_name(path)
            && crate::check::mentions::may_mention(bytes, "ApplicationSet")
        {
            some.insert(path, content.clone());
        }
    }
    let manifests = Manifests::read(&some);
    let mut made = Vec::new();
    for set in manifests.of("argoproj.io", "ApplicationSet") {
        let name = set.name().unwrap_or_default();
        match applications(set, files) {
            Ok(applications) => made.extend(applications.into_iter().map(|(application, text)| {
                (format!("{FOLDER}/{name}/{application}.json"), text, name.to_owned(), set.path().to_owned())
            })),
            Err(why) => expanded.unknown.push(format!("ApplicationSet `{name}` in `{}`: {why}", set.path())),
        }
    }
    made.truncate(MOST);
    for (path, text, name, of) in made {
        expanded.files.to_mut().insert(&*path, FileContent::of(text.into_bytes()));
        expanded.sets.insert(path, MakingSet { name, path: of });
    }
    expanded
}

/// Returns the Applications of a set, by name, or why they are not known.
fn applications(set: Manifest<'_>, files: &Files) -> Result<Vec<(String, String)>, String> {
    let content = set.content();
    let spec = content.get("spec").ok_or("it has no `spec`")?;
    if spec.get("templatePatch").is_some() {
        return Err("`templatePatch` is not evaluated".to_owned());
    }
    let template = spec.get("template").ok_or("it has no `template`")?;
    let generation =
        Generation { files, is_go: spec.get("goTemplate").and_then(RenderedValue::as_bool) == Some(true) };
    let mut found = BTreeMap::new();
    for generator in spec.items_at(&["generators"]) {
        for values in generation.values(generator, 0)? {
            let fill = |text: &str| template::fill(text, &values, generation.is_go);
            let filled = template::json(template, &fill)
                .ok_or("its template uses more than the values of its generators")?;
            let mut application = json!({ "apiVersion": "argoproj.io/v1alpha1", "kind": "Application" });
            application["metadata"] = filled["metadata"].clone();
            application["spec"] = filled["spec"].clone();
            if let Some(namespace) = set.namespace() {
                application["metadata"]["namespace"] = namespace.into();
            }
            let name = filled["metadata"]["name"].as_str().ok_or("its template has no name")?.to_owned();
            found.insert(name.replace('/', "-"), format!("{application:#}\n"));
            if found.len() > MOST {
                return Err(format!("it makes more than {MOST} Applications"));
            }
        }
    }
    Ok(found.into_iter().collect())
}

struct Generation<'f> {
    files: &'f Files,
    is_go: bool,
}

impl Generation<'_> {
    fn values(&self, generator: &RenderedValue<'_>, depth: usize) -> Result<Vec<Values>, String> {
        if generator.get("selector").is_some() {
            return Err("a `selector` of a generator is not evaluated".to_owned());
        }
        let kind = generator.entries().first().ok_or("a generator is empty")?;
        if kind.value.get("template").is_some_and(|it| !it.entries().is_empty()) {
            return Err("a template of a generator is not evaluated".to_owned());
        }
        match &*kind.key {
            "list" if kind.value.get("elementsYaml").is_none() => Ok(list(&kind.value)),
            "git" => self.git(&kind.value),
            "matrix" if depth == 0 => self.matrix(&kind.value),
            other => Err(format!("the generator `{other}` is not evaluated")),
        }
    }

    fn matrix(&self, matrix: &RenderedValue<'_>) -> Result<Vec<Values>, String> {
        let [one, two] = matrix.items_at(&["generators"]) else {
            return Err("a matrix needs two generators".to_owned());
        };
        if two.scalars().iter().any(|scalar| scalar.text().contains("{{")) {
            return Err("a generator with values of another is not evaluated".to_owned());
        }
        let (one, two) = (self.values(one, 1)?, self.values(two, 1)?);
        if one.len().saturating_mul(two.len()) > MOST {
            return Err(format!("it makes more than {MOST} Applications"));
        }
        let join = |one: &Values, two: &Values| one.clone().into_iter().chain(two.clone()).collect();
        Ok(one.iter().flat_map(|one| two.iter().map(move |two| join(one, two))).collect())
    }

    fn git(&self, git: &RenderedValue<'_>) -> Result<Vec<Values>, String> {
        let url = git.str_at(&["repoURL"]).unwrap_or_default();
        let prefix = git.str_at(&["pathParamPrefix"]).filter(|prefix| !prefix.is_empty());
        let found: Vec<_> = if git.get("directories").is_some() {
            let folders = self.folders();
            let chosen = Self::chosen(git.items_at(&["directories"]), &folders)?;
            chosen.iter().map(|path| template::of_path(path, self.is_go, prefix)).collect()
        } else {
            let paths: BTreeSet<String> = self.files.iter().map(|(path, _)| path.to_owned()).collect();
            let chosen = Self::chosen(git.items_at(&["files"]), &paths)?;
            chosen.iter().map(|path| self.of_file(path, prefix)).collect::<Result<Vec<_>, _>>()?.concat()
        };
        let wanted = roots::repository(url);
        let is_own = self.files.remotes().iter().any(|remote| roots::repository(remote) == wanted);
        if found.is_empty() && !is_own {
            return Err(format!("nothing here is what it looks for in `{url}`"));
        }
        let own = git.get("values").map_or(&[][..], RenderedValue::entries);
        let with_own = |mut values: Values| {
            for entry in own {
                let text = template::fill(entry.value.text(), &values, self.is_go)
                    .ok_or("`values` of a generator use more than its values")?;
                values.insert(format!("values.{}", entry.key), text);
            }
            Ok(values)
        };
        found.into_iter().map(with_own).collect()
    }

    fn of_file(&self, path: &str, prefix: Option<&str>) -> Result<Vec<Values>, String> {
        let unreadable = || format!("`{path}` cannot be read");
        let text = self.files.text(path).ok_or_else(unreadable)?;
        let mut of_path = template::of_path(files::split(path).0, self.is_go, prefix);
        of_path.insert(
            format!("{}path.filename", prefix.map(|it| format!("{it}.")).unwrap_or_default()),
            files::split(path).1.to_owned(),
        );
        let source = crate::check::source::Source::of_text(path, text);
        let mut found = Vec::new();
        for value in source.values() {
            let items = if value.is_sequence() { value.items().to_vec() } else { vec![value.clone()] };
            for item in items {
                let mut values = of_path.clone();
                template::flatten("", &item, &mut values);
                found.push(values);
            }
        }
        Ok(found)
    }

    fn folders(&self) -> BTreeSet<String> {
        let mut folders = BTreeSet::new();
        for (path, _) in self.files.iter() {
            folders.extend(path.match_indices('/').map(|(at, _)| path[..at].to_owned()));
        }
        let is_hidden = |path: &String| path.split('/').any(|part| part.starts_with('.'));
        folders.retain(|path| !is_hidden(path));
        folders
    }

    /// Returns the paths that the patterns choose and do not exclude.
    fn chosen<'p>(
        patterns: &[RenderedValue<'_>],
        paths: &'p BTreeSet<String>,
    ) -> Result<Vec<&'p String>, String> {
        let mut texts = patterns.iter().filter_map(|pattern| pattern.str_at(&["path"]));
        if let Some(text) = texts.find(|text| text.contains(['[', '{', '\\'])) {
            return Err(format!("the pattern `{text}` is not evaluated"));
        }
        let fits = |is_excluding: bool, path: &str| {
            patterns.iter().any(|pattern| {
                let excludes = pattern.get("exclude").and_then(RenderedValue::as_bool) == Some(true);
                let text = pattern.str_at(&["path"]).unwrap_or_default();
                excludes == is_excluding && matches(text, path)
            })
        };
        Ok(paths.iter().filter(|path| fits(false, path) && !fits(true, path)).collect())
    }
}

/// Whether the pattern is of the path: `*` stands for a name, and `**` for any folders.
fn matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
    match pattern {
        "*" => !path.contains('/'),
        _ => {
            glob::fits(pattern, path, Some('/'))
                || pattern.contains("**/") && glob::fits(&pattern.replace("**/", ""), path, Some('/'))
        }
    }
}

fn list(list: &RenderedValue<'_>) -> Vec<Values> {
    let element = |element: &RenderedValue<'_>| {
        let mut values = Values::new();
        template::flatten("", element, &mut values);
        values
    };
    list.items_at(&["elements"]).iter().map(element).collect()
}
