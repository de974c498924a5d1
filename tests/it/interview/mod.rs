//! The interview as a person meets it, in terminals of two sizes. What comes back is read as it arrives: a test waits
//! for text, never for time.
#![cfg(unix)]

mod adopting;
mod conversation;
mod leaving;
mod many_folders;
mod recovering;
mod review;
mod skipping;
mod upgrading;
mod which_repository;
