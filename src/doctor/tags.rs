//! Lists of `tag=value` as DKIM and DMARC records hold them (RFC 6376 3.2). Pure.
//!
//! Promises: the grammar of the RFC, with folding white space wherever it allows some, and no tag twice. What the tags
//! mean is for others. The cases and the law below hold it.

/// Tags in their order; names as they stand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tags(Vec<(String, String)>);

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TagError {
    #[error("{0:?} is not of the form tag=value")]
    NoTag(String),
    #[error("the tag {0:?} stands there twice")]
    Twice(String),
    #[error("the value of {0:?} holds a character that may not stand there")]
    Character(String),
    #[error("it holds no tags")]
    Empty,
}

impl Tags {
    /// Parses a list; one `;` at the end is allowed.
    ///
    /// # Errors
    /// [`TagError`] of the first tag that is wrong.
    pub fn parse(text: &str) -> Result<Self, TagError> {
        let mut tags = Self(Vec::new());
        let trimmed = text.trim_end_matches(is_blank);
        for part in trimmed.strip_suffix(';').unwrap_or(trimmed).split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| TagError::NoTag(part.trim().to_owned()))?;
            let (name, value) = (name.trim_matches(is_blank), value.trim_matches(is_blank));
            if !name.starts_with(|c: char| c.is_ascii_alphabetic())
                || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            {
                return Err(TagError::NoTag(part.trim().to_owned()));
            }
            if tags.get(name).is_some() {
                return Err(TagError::Twice(name.to_owned()));
            }
            if !value.chars().all(|c| is_blank(c) || matches!(c, '\x21'..='\x7e')) {
                return Err(TagError::Character(name.to_owned()));
            }
            tags.0.push((name.to_owned(), value.to_owned()));
        }
        if tags.0.is_empty() { Err(TagError::Empty) } else { Ok(tags) }
    }

    /// The value of a tag.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Place of a tag in the list, from 0.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(it, _)| it == name)
    }

    /// A value that is a list divided by colons, in lower case.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        self.get(name).map(|value| value.split(':').map(|it| it.trim_matches(is_blank).to_ascii_lowercase()).collect())
    }
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_are_read_in_order_with_their_blanks_taken_off() {
        let tags = Tags::parse("v=DKIM1 ; k = rsa;\r\n h= sha1 :SHA256;p=AB CD==; n=;").unwrap();
        assert_eq!((tags.get("v"), tags.position("v")), (Some("DKIM1"), Some(0)));
        assert_eq!((tags.get("p"), tags.get("n"), tags.get("P")), (Some("AB CD=="), Some(""), None));
        assert_eq!(tags.list("h"), Some(vec!["sha1".to_owned(), "sha256".to_owned()]));
    }

    #[test]
    fn what_is_no_list_says_where() {
        for (text, error) in [
            ("", TagError::NoTag(String::new())),
            ("hello", TagError::NoTag("hello".to_owned())),
            ("a=1;;b=2", TagError::NoTag(String::new())),
            ("a=1; 2=b", TagError::NoTag("2=b".to_owned())),
            ("a=1; b b=2", TagError::NoTag("b b=2".to_owned())),
            ("a=1; a=2", TagError::Twice("a".to_owned())),
            ("a=\u{fffd}", TagError::Character("a".to_owned())),
            ("a=\0", TagError::Character("a".to_owned())),
        ] {
            assert_eq!(Tags::parse(text), Err(error), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_values_are_found_again(text in "([a-c]=[\\PC]{0,5};?|\\PC){0,6}") {
            if let Ok(tags) = Tags::parse(&text) {
                for (at, (name, value)) in tags.0.iter().enumerate() {
                    prop_assert_eq!((tags.get(name), tags.position(name)), (Some(value.as_str()), Some(at)));
                }
            }
        }
    }
}
