//! The `<meta>` elements of a page, by name.

use crate::gather::feed::plain;
use dom_query::Document;
use std::collections::HashMap;

/// Elements looked at.
const ELEMENTS_MAX: usize = 2000;

/// Values in the order of the page; names are lower-case.
#[derive(Debug, Default)]
pub(super) struct Meta(HashMap<String, Vec<String>>);

impl Meta {
    pub fn of(document: &Document) -> Self {
        let mut values: HashMap<String, Vec<String>> = HashMap::new();
        for element in document.select("meta[content]").nodes().iter().take(ELEMENTS_MAX) {
            let content = plain(&element.attr_or("content", ""));
            if content.is_empty() {
                continue;
            }
            for attribute in ["property", "name", "itemprop", "http-equiv"] {
                for name in element.attr_or(attribute, "").split_whitespace() {
                    values.entry(name.to_lowercase()).or_default().push(content.clone());
                }
            }
        }
        Self(values)
    }

    /// The first value under the first of these names that has one.
    pub fn first(&self, names: &[&str]) -> &str {
        names.iter().find_map(|name| self.0.get(*name)?.first()).map_or("", String::as_str)
    }

    /// All values under the first of these names that has any.
    pub fn all(&self, names: &[&str]) -> Vec<String> {
        names.iter().find_map(|name| self.0.get(*name)).cloned().unwrap_or_default()
    }
}
