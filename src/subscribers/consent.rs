//! The words a reader agrees to, and their version. A form shows them, the consent record keeps them, so that years later
//! both can be laid side by side (GDPR 7(1)).

use crate::publications::Publication;
use crate::words::{Language, Words};

/// Raised whenever the text of [`text`] changes in any language.
const VERSION: &str = "2";

/// What stands beside the button of every sign-up form. `language` is a BCP 47 tag; one that we do not speak is English.
pub fn text(publication: &Publication, language: &str) -> String {
    Words(spoken(language)).of("consent-text", &publication.name).into_owned()
}

/// `2-de`: the version and the language in which the words were shown.
pub fn version(language: &str) -> String {
    format!("{VERSION}-{}", spoken(language).code())
}

fn spoken(language: &str) -> Language {
    Language::of_tag(language).unwrap_or(Language::En)
}
