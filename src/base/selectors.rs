//! CSS selectors by which an operator says where on a site's pages a thing stands, where reading by itself goes wrong.
//!
//! It promises that a selector that was checked can be used. It reads no page: that is for the room that gathers.

use serde::{Deserialize, Serialize};

/// Selectors of one source; what is not given is found without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selectors {
    pub title: Option<String>,
    /// Each match is one author, or a list of them.
    pub authors: Option<String>,
    /// A `<time datetime>`, or text that is a date.
    pub published: Option<String>,
    pub section: Option<String>,
    /// An `<img>`, or an element that holds one.
    pub image: Option<String>,
    pub caption: Option<String>,
    pub credit: Option<String>,
    /// Everything that matches is the body, in the order of the page.
    pub body: Option<String>,
    /// Taken out of the page before it is read.
    pub remove: Vec<String>,
    /// On a page that lists articles: their links.
    pub links: Option<String>,
}

impl Selectors {
    /// # Errors
    /// The name of the first selector that is none, and what it says.
    pub fn check(&self) -> Result<(), String> {
        for (name, text) in self.fields().chain(self.remove.iter().map(|text| ("remove", text))) {
            if dom_query::Matcher::new(text).is_err() {
                return Err(format!("{name} = {text:?} is not a CSS selector"));
            }
        }
        Ok(())
    }

    /// What is given but for `remove`, by the names of its fields.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let single = [
            ("title", &self.title),
            ("authors", &self.authors),
            ("published", &self.published),
            ("section", &self.section),
            ("image", &self.image),
            ("caption", &self.caption),
            ("credit", &self.credit),
            ("body", &self.body),
            ("links", &self.links),
        ];
        single.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?)))
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_that_is_none_is_named() {
        let wrong = Selectors { body: Some("div.text >".to_owned()), ..Selectors::default() };
        assert_eq!(wrong.check().unwrap_err(), "body = \"div.text >\" is not a CSS selector");
        let right = Selectors { body: Some("div.text > p".to_owned()), ..Selectors::default() };
        assert_eq!(right.check(), Ok(()));
    }
}
