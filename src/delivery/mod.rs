//! Releases, and what each environment runs, in Git alone: the domain of `release`, `promote`, `rollback` and `releases`.
//! Which files these are is declared by the scaffold ([`crate::scaffold::definition::delivery`]).
//!
//! ```text
//! scaffold + committed answers  -> Delivery (paths)       declared, service
//! release.env                   -> ReleaseRequest         request
//! an environment's image file   -> Image                  image
//! commits                       -> versions of a file     history
//! ```

pub(crate) mod carried;
pub(crate) mod declared;
pub(crate) mod forge;
pub(crate) mod history;
pub(crate) mod image;
pub(crate) mod own_edits;
pub(crate) mod publish;
pub(crate) mod request;
pub(crate) mod service;
pub(crate) mod source;
pub(crate) mod tag;
