//! Embeds `scaffolds/` into the binary: one table of paths and bytes, sorted, so that a build depends on
//! nothing but the files themselves. Every file and folder is watched, so that a new file is noticed too.

#![expect(clippy::disallowed_methods, reason = "a build script reads its sources and writes its output")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use walkdir::WalkDir;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("scaffolds");
    let table = table(&root)?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("scaffolds.rs"), table)?;
    Ok(())
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

/// A file's path below `scaffolds/`, with `/` on every platform.
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
