//! The body of an article: which part of a page is its text, and which runs of that part are.
//!
//! First what cannot be an article is set aside by its element and its class names (`unlikely`), then the element that
//! holds the prose is chosen (`choose`), then runs that only accompany the text go (`trim`). No rule knows a site.

mod choose;
mod trim;
mod unlikely;

use super::runs::{self, Run};
use super::tree::Tree;
use crate::base::text::one_line;
use crate::gather::feed::without_markup;
use crate::gather::html;
use dom_query::{Document, NodeRef};

/// What else the page says of itself that helps to find its text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints<'a> {
    pub title: &'a str,
    /// `articleBody` of its JSON-LD.
    pub article_body: &'a str,
}

/// What a page gives as its text is believed from here on.
const KNOWN_CHARS_MIN: usize = 400;
/// A text shorter than this is looked for a second time.
const SHORT_CHARS: usize = 250;

/// The text of a page: paragraphs, an empty line between them.
pub(super) fn find(document: &Document, hints: Hints<'_>) -> String {
    let tree = Tree::of(document.root());
    let runs = runs::list(&tree);
    let search = |by_name: bool| {
        let dropped = unlikely::mark(&tree, &runs, by_name);
        among(&tree, runs.iter().filter(|run| !dropped.holds(run.at)).collect(), hints)
    };
    let text = search(true);
    let prose: usize = runs.iter().map(Run::prose).sum();
    if text.chars().count() >= SHORT_CHARS || prose < SHORT_CHARS * 4 {
        return text;
    }
    // A site that gives its text a name that others give to what surrounds it.
    let all = search(false);
    if all.chars().count() > text.chars().count() * 4 { all } else { text }
}

fn among(tree: &Tree, runs: Vec<&Run>, hints: Hints<'_>) -> String {
    let root = choose::root(tree, &runs, hints);
    let inside: Vec<&Run> = runs.into_iter().filter(|run| root.holds(run.at)).collect();
    joined(&trim::trim(tree, inside, hints))
}

/// The text that the page's JSON-LD gives, where it is whole and the page itself shows little of it: sites that put
/// their text in place by a script.
pub(super) fn whole_of(article_body: &str, found: &str) -> Option<String> {
    let text = if article_body.contains("</") {
        html::read(article_body, None).text
    } else {
        let paragraphs = article_body.lines().map(|it| one_line(&without_markup(it))).filter(|it| !it.is_empty());
        paragraphs.collect::<Vec<_>>().join("\n\n")
    };
    let is_cut = ["...", "\u{2026}", "[...]"].iter().any(|it| text.ends_with(it));
    let chars = text.chars().count();
    (chars >= KNOWN_CHARS_MIN && !is_cut && found.chars().count() * 2 < chars).then_some(text)
}

/// The text of an element of which it is known that it is text.
pub(super) fn text_of(node: NodeRef<'_>) -> String {
    let tree = Tree::of(node);
    let runs = runs::list(&tree);
    joined(&runs.iter().collect::<Vec<_>>())
}

fn joined(runs: &[&Run]) -> String {
    runs.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join("\n\n")
}
