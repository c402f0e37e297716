//! Setting a newsroom up by hand, beside what a file declares.

mod apply;
mod sources;
mod verbs;
