//! What a limit or a pause is about: a relay, a group of recipients, an edition.

use crate::editions::EditionId;
use std::fmt;

/// Written `relay:mx.example:25`, `group:gmail`, `edition:7`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ScopeName {
    Relay(String),
    Group(String),
    Edition(EditionId),
}

impl ScopeName {
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':').filter(|(_, name)| !name.is_empty())?;
        match kind {
            "relay" => Some(Self::Relay(name.to_owned())),
            "group" => Some(Self::Group(name.to_owned())),
            "edition" => name.parse().ok().map(|id| Self::Edition(EditionId(id))),
            _ => None,
        }
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Relay(label) => write!(f, "relay:{label}"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::Edition(id) => write!(f, "edition:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for text in ["relay:mx.example:25", "relay:2001:db8::1:25", "group:gmail", "edition:7"] {
            assert_eq!(ScopeName::parse(text).map(|it| it.to_string()).as_deref(), Some(text));
        }
        for text in ["", "gmail", "relay:", "edition:x", "groups:gmail"] {
            assert_eq!(ScopeName::parse(text), None, "{text}");
        }
    }
}
