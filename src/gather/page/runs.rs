//! The runs of text of a page: what stands between two breaks of the line, with what is needed to tell prose from the rest.
//!
//! It promises every run that a reader sees, in document order. Whether one belongs to an article is for `body` to say.

use super::tree::Tree;
use crate::base::text::{collapse_spaces, one_line};
use crate::gather::language::is_wide;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Heading(u8),
    Item,
    Cell,
    Paragraph,
    /// Text that stands in no element made for it.
    Loose,
}

#[derive(Clone, Debug)]
pub(super) struct Run {
    pub kind: Kind,
    /// On one line, without control characters; never empty.
    pub text: String,
    /// The node of its first text.
    pub at: usize,
    /// The block it stands in.
    pub owner: usize,
    /// Characters, those of scripts without spaces counted double.
    pub weight: usize,
    /// Of them, in links.
    pub link_weight: usize,
    pub links: usize,
    /// Of the weight, in italics.
    pub soft_weight: usize,
    /// Ends of sentences and commas.
    pub marks: usize,
    pub words: usize,
}

impl Run {
    pub fn is_mostly_links(&self) -> bool {
        self.link_weight * 2 > self.weight
    }

    pub fn is_heading(&self) -> bool {
        matches!(self.kind, Kind::Heading(_))
    }

    /// How much prose it is: what is said in full sentences outside links.
    pub fn prose(&self) -> usize {
        if self.weight < 25 || self.is_mostly_links() || self.is_heading() || (self.words < 3 && self.weight < 100) {
            return 0;
        }
        let own = self.weight - self.link_weight;
        if self.marks == 0 { own / 4 } else { own }
    }

    pub fn ends_a_sentence(&self) -> bool {
        ends_a_sentence(&self.text)
    }
}

pub(super) fn ends_a_sentence(text: &str) -> bool {
    let text =
        text.trim_end_matches(['"', '\u{201d}', '\u{2019}', '\'', '\u{bb}', ')', ']', '\u{300d}', '\u{300f}', ' ']);
    text.ends_with([
        '.', '!', '?', '\u{2026}', ':', ';', '\u{3002}', '\u{ff01}', '\u{ff1f}', '\u{964}', '\u{61f}', '\u{6d4}',
    ])
}

/// Elements that are no text of the page, whatever they hold.
fn is_silent(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "noscript"
            | "template"
            | "iframe"
            | "svg"
            | "button"
            | "select"
            | "textarea"
            | "object"
            | "audio"
            | "video"
            | "head"
            | "title"
            | "canvas"
            | "math"
            | "input"
            | "datalist"
            | "progress"
            | "map"
    )
}

pub(super) fn list(tree: &Tree) -> Vec<Run> {
    let mut collector = Collector::default();
    let mut at = 1;
    // Blocks that are open, and where they end.
    let mut blocks: Vec<(usize, usize)> = vec![(0, tree.end(0))];
    let (mut link_until, mut soft_until) = (0, 0);
    while let Some(node) = tree.get(at) {
        while let Some((block, _)) = blocks.last().copied().filter(|(_, end)| *end <= at) {
            collector.flush(tree, block);
            blocks.pop();
        }
        if node.name.is_empty() {
            collector.push(&node.text, at, at < link_until, at < soft_until);
            at += 1;
            continue;
        }
        if is_silent(&node.name) || node.is_hidden {
            at = node.end.max(at + 1);
            continue;
        }
        match node.name.as_str() {
            "br" => {
                if collector.text.trim_end_matches(' ').ends_with('\n') {
                    collector.flush(tree, blocks.last().map_or(0, |it| it.0));
                } else {
                    collector.push("\n", at, false, false);
                }
            }
            "a" => {
                collector.links += usize::from(at >= link_until);
                link_until = link_until.max(node.end);
            }
            "em" | "i" => soft_until = soft_until.max(node.end),
            name if is_block(name) => {
                collector.flush(tree, blocks.last().map_or(0, |it| it.0));
                blocks.push((at, node.end));
            }
            _ => {}
        }
        at += 1;
    }
    collector.flush(tree, blocks.last().map_or(0, |it| it.0));
    collector.runs
}

#[derive(Default)]
struct Collector {
    runs: Vec<Run>,
    text: String,
    link_text: String,
    soft_text: String,
    links: usize,
    first: usize,
}

impl Collector {
    fn push(&mut self, text: &str, at: usize, is_link: bool, is_soft: bool) {
        if self.text.trim().is_empty() {
            self.first = at;
        }
        self.text.push_str(text);
        if is_link {
            self.link_text.push_str(text);
        }
        if is_soft {
            self.soft_text.push_str(text);
        }
    }

    fn flush(&mut self, tree: &Tree, owner: usize) {
        let text = one_line(&self.text);
        let link_text = std::mem::take(&mut self.link_text);
        let soft_text = std::mem::take(&mut self.soft_text);
        self.text.clear();
        let links = std::mem::take(&mut self.links);
        if text.is_empty() {
            return;
        }
        let weight = weight(&text);
        self.runs.push(Run {
            kind: kind(tree, owner),
            at: self.first,
            owner,
            weight,
            link_weight: self::weight(&collapse_spaces(&link_text)).min(weight),
            links,
            soft_weight: self::weight(&collapse_spaces(&soft_text)).min(weight),
            marks: marks(&text),
            words: text.split(' ').count(),
            text,
        });
    }
}

fn kind(tree: &Tree, owner: usize) -> Kind {
    match tree.name(owner) {
        "h1" => Kind::Heading(1),
        "h2" => Kind::Heading(2),
        "h3" => Kind::Heading(3),
        "h4" | "h5" | "h6" => Kind::Heading(4),
        "li" | "dt" | "dd" => Kind::Item,
        "td" | "th" | "caption" => Kind::Cell,
        "p" | "blockquote" | "pre" => {
            match tree.ancestors(owner).take(2).find(|it| matches!(tree.name(*it), "li" | "td")) {
                Some(it) if tree.name(it) == "li" => Kind::Item,
                _ => Kind::Paragraph,
            }
        }
        _ => Kind::Loose,
    }
}

fn weight(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 3 } else { 1 }).sum()
}

fn marks(text: &str) -> usize {
    text.chars()
        .filter(|c| {
            matches!(
                c,
                '.' | ','
                    | '!'
                    | '?'
                    | ';'
                    | '\u{2026}'
                    | '\u{3002}'
                    | '\u{3001}'
                    | '\u{ff0c}'
                    | '\u{ff01}'
                    | '\u{ff1f}'
                    | '\u{60c}'
                    | '\u{61f}'
                    | '\u{964}'
            )
        })
        .count()
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "blockquote"
            | "pre"
            | "section"
            | "article"
            | "aside"
            | "header"
            | "footer"
            | "nav"
            | "main"
            | "figure"
            | "figcaption"
            | "table"
            | "tr"
            | "td"
            | "th"
            | "hr"
            | "address"
            | "details"
            | "summary"
            | "center"
            | "body"
            | "html"
            | "form"
            | "fieldset"
            | "caption"
            | "tbody"
            | "thead"
            | "tfoot"
            | "menu"
            | "dialog"
            | "hgroup"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
    )
}
