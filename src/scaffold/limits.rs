//! Limits of scaffolds. Whoever writes a scaffold is not whoever runs it, so nothing in it may exhaust time or memory.
//! Documented in `docs/scaffolds.md`.

const MIB: u64 = 1 << 20;

/// Size of a file of a scaffold, and of a rendered one.
pub(crate) const FILE_BYTES: u64 = 4 * MIB;

/// Size of all files of a scaffold together, and of all rendered ones.
pub(crate) const BYTES: u64 = 16 * MIB;

/// Files of a scaffold, rules for them, and rendered ones.
pub(crate) const FILES: usize = 10_000;

/// Size of `scaffold.yaml`.
pub(crate) const DEFINITION_BYTES: usize = 1 << 20;

/// Entries of any other list in `scaffold.yaml`.
pub(crate) const ENTRIES: usize = 1000;

/// Tags of a template.
pub(crate) const TAGS: usize = 5000;

/// Tags of a template times its bytes, all templates together: the engine reports each mistake with a search of the whole
/// template.
pub(crate) const TAG_BYTES: usize = 2 << 30;

/// `elif` of one `if`, and loops inside each other; the engine recurses for each.
pub(crate) const BRANCHES: usize = 100;

/// Size of one value while a template is rendered.
pub(crate) const VALUE_BYTES: usize = 64 << 10;

/// Steps that rendering all templates of a scaffold may take: see `render::meter`.
pub(crate) const STEPS: u64 = 10_000_000;
