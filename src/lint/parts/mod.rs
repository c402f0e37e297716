//! The parts of a mail: their structure, their encoding, and what the text part says.

pub(super) mod decode;
mod mime;
pub(super) mod text;
mod tree;

pub(super) use decode::encoded_bytes;
pub(super) use mime::check;
pub(super) use tree::Tree;
