//! Embeds data into the binary: `scaffolds/` as one table of paths and bytes, and each page of a rule below
//! `src/check/` as a static. Sorted, so that a build depends only on the files. Every file and folder is watched, so
//! that a new file is noticed too.

#![expect(clippy::disallowed_methods, reason = "a build script reads its sources and writes its output")]

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use walkdir::WalkDir;

fn main() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("scaffolds.rs"), table(&package.join("scaffolds"))?)?;
    fs::write(out.join("rules.rs"), rules(&package)?)?;
    Ok(())
}

/// The Rust source of the rules: a static for each page, named by its code, and `ALL` of them.
fn rules(package: &Path) -> Result<String, Box<dyn Error>> {
    let (mut statics, mut watched) = (BTreeMap::new(), Vec::new());
    for entry in WalkDir::new(package.join("src/check")) {
        let path = entry?.into_path();
        if path.is_dir() || path.extension().is_some_and(|extension| extension == "md") {
            watched.push(path.clone());
        }
        let Some(code) = path.file_name().and_then(OsStr::to_str).and_then(code) else { continue };
        let rule = fs::read_to_string(&path)
            .map_err(Into::into)
            .and_then(|text| rule(code, &name(package, &path)?, &text));
        let rule = rule.map_err(|why| format!("{}: {why}", path.display()))?;
        if statics.insert(code.to_owned(), rule).is_some() {
            return Err(format!("two pages are called {code}").into());
        }
    }
    write_watched(&watched);
    let all: Vec<_> = statics.keys().map(|code| format!("&{code}")).collect();
    let statics = statics.into_values().collect::<Vec<_>>().join("\n");
    Ok(format!("{statics}\n/// Every rule, by code.\npub static ALL: &[&Rule] = &[{}];\n", all.join(", ")))
}

/// The code in the name of a page, `TN001-short-title.md`.
fn code(page: &str) -> Option<&str> {
    let (code, _) = page.strip_suffix(".md")?.split_once('-')?;
    code.starts_with("TN").then_some(code)
}

/// The static of the rule `code`, from the text of its page.
fn rule(code: &str, page: &str, text: &str) -> Result<String, Box<dyn Error>> {
    let front = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---\n"));
    let (front, explanation) = front.ok_or("it does not begin with front matter between lines `---`")?;
    let (mut title, mut severity, mut also, mut is_taste) = (None, None, "", false);
    for line in front.lines() {
        match line.split_once(": ").ok_or("front matter is lines of `key: value`")? {
            ("title", value) => title = Some(value),
            ("severity", "error") => severity = Some("Error"),
            ("severity", "warning") => severity = Some("Warning"),
            ("severity", "note") => severity = Some("Note"),
            ("also", value) => also = value,
            ("taste", "true") => is_taste = true,
            (key, value) => return Err(format!("`{key}: {value}` means nothing here").into()),
        }
    }
    let title = title.ok_or("no `title`")?;
    let severity = severity.ok_or("no `severity`")?;
    let also: Vec<&str> = also.split_whitespace().collect();
    let explanation = explanation.trim_start();
    Ok(format!(
        "/// {title}\npub static {code}: Rule = Rule {{ code: {code:?}, title: {title:?}, \
         severity: Severity::{severity}, is_taste: {is_taste}, also: &{also:?}, page: {page:?}, explanation: {explanation:?} }};"
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
