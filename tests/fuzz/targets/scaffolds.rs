//! Scaffolds of others.

use std::collections::BTreeMap;

use treenail::answers::resolve::{Policy, Resolver};
use treenail::lint::lint;
use treenail::project::base;
use treenail::scaffold::Scaffold;

use super::inputs::{files, stays_inside};

/// A definition and templates: loaded, linted, and rendered with the defaults.
pub fn scaffold(bytes: &[u8]) {
    let Ok(scaffold) = Scaffold::from_files(files(bytes, "scaffold.yaml"), "fuzz") else { return };
    drop(lint(&scaffold));
    let resolver = Resolver::new(&scaffold);
    let Ok(Ok(answers)) = resolver.resolve(&BTreeMap::new(), &BTreeMap::new(), Policy::TakeDefaults) else {
        return;
    };
    for prefix in ["", "services/app/"] {
        let Ok(rendered) = scaffold.render(&answers, prefix) else { continue };
        assert!(rendered.files.iter().all(|file| stays_inside(&file.path)), "{rendered:?}");
        let archive = base::write(&rendered.files);
        assert_eq!(base::read(&archive).ok(), Some(rendered.files));
    }
}
