//! Embeds data into the binary: `scaffolds/` as one table of paths and bytes, and each page of `src/check/rules/`
//! as a static of its own. Sorted, so that a build depends on nothing but the files themselves. Every file and
//! folder is watched, so that a new file is noticed too.

#![expect(clippy::disallowed_methods, reason = "a build script reads its sources and writes its output")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use walkdir::WalkDir;

fn main() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("scaffolds.rs"), table(&package.join("scaffolds"))?)?;
    fs::write(out.join("rules.rs"), rules(&package.join("src/check/rules"))?)?;
    Ok(())
}

/// The Rust source of the rules: a static for each page, named by its code, and `ALL` of them.
fn rules(folder: &Path) -> Result<String, Box<dyn Error>> {
    let (mut statics, mut all) = (String::new(), String::new());
    let mut watched = vec![folder.to_owned()];
    for entry in WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let path = entry?.into_path();
        let page = name(folder, &path)?;
        let rule =
            rule(&page, &fs::read_to_string(&path)?).map_err(|why| format!("{}: {why}", path.display()))?;
        let code = page.split('-').next().unwrap_or_default();
        writeln!(statics, "{rule}")?;
        write!(all, "&{code}, ")?;
        watched.push(path);
    }
    write_watched(&watched);
    Ok(format!("{statics}/// Every rule, by code.\npub static ALL: &[&Rule] = &[{all}];\n"))
}

/// The static of the rule whose page is called `TN001-short-title.md`.
fn rule(page: &str, text: &str) -> Result<String, Box<dyn Error>> {
    let (code, _) =
        page.strip_suffix(".md").and_then(|name| name.split_once('-')).ok_or("no `TN001-title.md`")?;
    let front = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n"));
    let (front, explanation) = front.ok_or("it does not begin with front matter between lines `---`")?;
    let (mut title, mut severity, mut also) = (None, None, "");
    for line in front.lines() {
        match line.split_once(": ").ok_or("front matter is lines of `key: value`")? {
            ("title", value) => title = Some(value),
            ("severity", "error") => severity = Some("Error"),
            ("severity", "warning") => severity = Some("Warning"),
            ("severity", "note") => severity = Some("Note"),
            ("also", value) => also = value,
            (key, value) => return Err(format!("`{key}: {value}` means nothing here").into()),
        }
    }
    let title = title.ok_or("no `title`")?;
    let severity = severity.ok_or("no `severity`")?;
    let also: Vec<&str> = also.split_whitespace().collect();
    let explanation = explanation.trim_start();
    Ok(format!(
        "/// {title}\npub static {code}: Rule = Rule {{ code: {code:?}, title: {title:?}, \
         severity: Severity::{severity}, also: &{also:?}, explanation: {explanation:?} }};"
    ))
}

/// The Rust source of the table: `&[("service/scaffold.yaml", include_bytes!("/.../scaffold.yaml")), ...]`.
fn table(root: &Path) -> Result<String, Box<dyn Error>> {
    let mut table = String::from("&[\n");
    let mut watched = vec![root.to_owned()];
    if root.is_dir() {
        for entry in WalkDir::new(root).min_depth(1).sort_by_file_name() {
            let entry = entry?;
            watched.push(entry.path().to_owned());
            if entry.file_type().is_file() {
                let source = entry.path().to_str().ok_or("the path of the package is not UTF-8")?;
                writeln!(table, "({:?}, include_bytes!({source:?})),", name(root, entry.path())?)?;
            }
        }
    }
    write_watched(&watched);
    table.push_str("]\n");
    Ok(table)
}

/// A file's path below `root`, with `/` on every platform.
fn name(root: &Path, path: &Path) -> Result<String, Box<dyn Error>> {
    let mut parts = Vec::new();
    for part in path.strip_prefix(root)? {
        parts.push(part.to_str().ok_or_else(|| format!("`{}` is not UTF-8", path.display()))?);
    }
    Ok(parts.join("/"))
}

fn write_watched(paths: &[PathBuf]) {
    for path in paths {
        println!("cargo:rerun-if-changed={}", path.display());
    }
}
