//! A generated repository, in memory.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_yaml::Value;
use treenail::answers::resolve::{Given, Policy, Resolver};
use treenail::scaffold::render::Rendered;
use treenail::scaffold::{Scaffold, catalog};
use treenail::values::value::Provenance;
use treenail::yaml;

/// Where the application's code is.
pub const SOURCE_REPO: &str = "https://github.com/acme/shop.git";
/// Where the generated repository is.
pub const MANIFEST_REPO: &str = "https://github.com/acme/shop-gitops.git";
/// Where the image is pushed.
pub const IMAGE: &str = "ghcr.io/acme/shop";

static SCAFFOLD: LazyLock<Scaffold> =
    LazyLock::new(|| catalog::embedded("service").expect("it is built in").expect("it is sound"));

/// The files of a generated repository.
pub struct Repository(Rendered);

impl Repository {
    /// Renders the scaffold `service` for the application `shop`, with these answers on top, as the folder
    /// `prefix` of its repository.
    pub fn service(answers: &[(&str, &str)], prefix: &str) -> Self {
        let usual = [("app", "shop"), ("source-repo", SOURCE_REPO)];
        let given: BTreeMap<_, _> = usual
            .iter()
            .chain(answers)
            .map(|(name, text)| {
                ((*name).to_owned(), Given { text: (*text).to_owned(), from: Provenance::Flag })
            })
            .collect();
        let resolved = Resolver::new(&SCAFFOLD).resolve(&given, &BTreeMap::new(), Policy::TakeDefaults);
        let answers = resolved.expect("the scaffold is sound").expect("the answers are good");
        Self(SCAFFOLD.render(&answers, prefix).expect("it renders"))
    }

    /// Path and content of every file.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.files.iter().map(|file| (file.path.as_str(), file.file.content.as_slice()))
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> &str {
        let (_, content) = self.files().find(|(known, _)| *known == path).expect(path);
        std::str::from_utf8(content).expect("it is text")
    }

    /// The only document of a YAML file.
    pub fn yaml(&self, path: &str) -> Value {
        parse(self.text(path))
    }
}

/// Reads a text of one YAML document.
pub fn parse(text: &str) -> Value {
    let mut documents = yaml::documents(text).expect(text);
    assert_eq!(documents.len(), 1, "{text}");
    documents.remove(0)
}
