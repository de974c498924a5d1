//! A page of Markdown, as far as it is to be held against something: its fenced blocks, its headings, its code, its
//! links.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// A page.
#[derive(Clone)]
pub struct Page {
    /// Its path in the project.
    pub path: String,
    /// Its text, line by line.
    pub lines: Vec<String>,
    /// Everything between fences, and every comment that says what to do before the next block runs.
    pub blocks: Vec<Block>,
    /// The lines that are in no block, by their index.
    pub prose: Vec<(usize, String)>,
}

/// Lines between fences.
#[derive(Clone)]
pub struct Block {
    /// What the fence says, such as `console` or `sh cluster`; `setup` for a comment.
    pub info: String,
    /// Index of the first line between the fences.
    pub start: usize,
    /// The lines, without the indentation of the fence.
    pub lines: Vec<String>,
    /// How far the fence is indented.
    pub indent: usize,
}

/// The top of the project.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README and every page of `docs/`.
pub fn all() -> Vec<Page> {
    of(project()).iter().map(|path| Page::read(path)).collect()
}

/// The paths of the README and of every page of `docs/` in the folder `top`.
pub fn of(top: &Path) -> Vec<PathBuf> {
    let docs = WalkDir::new(top.join("docs")).sort_by_file_name().into_iter();
    let docs = docs.map(|entry| entry.unwrap().into_path());
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    [top.join("README.md")].into_iter().chain(pages).collect()
}

/// Where the golden repositories are.
pub const GOLDEN: &str = "tests/golden";

/// The pages of each golden repository.
pub fn golden() -> Vec<Vec<Page>> {
    let golden = fs::read_dir(project().join(GOLDEN)).unwrap().map(|entry| entry.unwrap().path());
    let repositories = golden.map(|folder| folder.join("repository")).filter(|folder| folder.is_dir());
    repositories.map(|folder| of(&folder).iter().map(|path| Page::read(path)).collect()).collect()
}

impl Page {
    /// Reads the page at `path`, which is in the project.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        Self::parse(path.strip_prefix(project()).unwrap().to_str().unwrap(), &text)
    }

    /// Takes `text` apart, which is at `path` in the project.
    pub fn parse(path: &str, text: &str) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut page = Self { path: path.to_owned(), lines, blocks: Vec::new(), prose: Vec::new() };
        let mut at = 0;
        while at < page.lines.len() {
            at = page.read_on(at);
        }
        page
    }

    /// Reads what starts at the line `at`; gives where the next thing starts.
    fn read_on(&mut self, at: usize) -> usize {
        let line = self.lines[at].clone();
        let indent = line.len() - line.trim_start().len();
        let (info, end) = match (line.trim_start().strip_prefix("```"), line.as_str()) {
            (Some(info), _) => (info, "```"),
            (None, "<!-- setup") => ("setup", "-->"),
            (None, _) => {
                self.prose.push((at, line));
                return at + 1;
            }
        };
        let start = at + 1;
        let length = self.lines[start..].iter().position(|line| line.trim_start() == end);
        let length = length.unwrap_or_else(|| panic!("{}:{start}: a block without an end", self.path));
        let lines = self.lines[start..start + length].iter();
        let lines = lines.map(|line| line.get(indent..).unwrap_or_default().to_owned()).collect();
        self.blocks.push(Block { info: info.trim().to_owned(), start, lines, indent });
        start + length + 1
    }

    /// The folder that relative links start from.
    pub fn folder(&self) -> PathBuf {
        project().join(&self.path).parent().unwrap().to_owned()
    }

    /// Where a line is, for messages.
    pub fn place(&self, index: usize) -> String {
        format!("{}:{}", self.path, index + 1)
    }

    /// The texts of the headings.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        let lines = self.prose.iter().map(|(_, line)| line.as_str());
        let lines = lines.filter(|line| line.starts_with('#'));
        lines.map(|line| line.trim_start_matches('#').trim())
    }

    /// Everything between backticks in the prose, with the index of its line. Code may go over a line's end.
    pub fn code(&self) -> Vec<(usize, String)> {
        let mut code: Vec<(usize, String)> = Vec::new();
        let mut open = false;
        for (index, line) in &self.prose {
            open &= !line.is_empty();
            for (part, text) in line.split('`').enumerate() {
                open = if part == 0 { open } else { !open };
                match (open, part) {
                    (true, 0) => code.last_mut().unwrap().1.extend([" ", text.trim_start()]),
                    (true, _) => code.push((*index, text.to_owned())),
                    (false, _) => {}
                }
            }
        }
        code
    }

    /// The prose without what is between backticks.
    pub fn plain(&self) -> impl Iterator<Item = (usize, String)> {
        self.prose.iter().map(|(index, line)| (*index, line.split('`').step_by(2).collect()))
    }
}

#[test]
fn a_page_is_taken_apart() {
    let text = "# One `two`\n\ntext `a\nb` and `c`\n\n- item\n\n  ```sh cluster\n  ls\n    x\n  ```\n<!-- setup\ncd x\n-->\nend";
    let page = Page::parse("x.md", text);
    assert_eq!(page.headings().collect::<Vec<_>>(), ["One `two`"]);
    let expected = [(0, "two".to_owned()), (2, "a b".to_owned()), (3, "c".to_owned())];
    assert_eq!(page.code(), expected);
    let blocks: Vec<_> = page.blocks.iter().map(|block| (block.info.as_str(), block.start)).collect();
    assert_eq!(blocks, [("sh cluster", 8), ("setup", 12)]);
    assert_eq!(page.blocks[0].lines, ["ls", "  x"]);
    assert_eq!(page.plain().last(), Some((14, "end".to_owned())));
}
