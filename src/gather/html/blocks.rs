//! A document as the sequence of its blocks, each with its text and its links.

use crate::base::text::collapse_spaces;
use dom_query::{Document, NodeRef};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Heading,
    Text,
}

#[derive(Clone, Debug)]
pub(super) struct Block {
    pub kind: Kind,
    /// Spaces collapsed; never empty.
    pub text: String,
    pub links: Vec<Link>,
}

#[derive(Clone, Debug)]
pub(super) struct Link {
    pub text: String,
    pub href: String,
}

impl Block {
    /// What feeds append to an entry and no author wrote.
    pub fn is_boilerplate(&self) -> bool {
        let is_wordpress = self.text.starts_with("The post ") && self.text.contains(" appeared first on ");
        let words = self.text.split_whitespace().count();
        let lower = self.text.to_lowercase();
        let is_invitation = words <= 12
            && !self.links.is_empty()
            && ["continue reading", "read more", "read the full", "read full"].iter().any(|it| lower.starts_with(it));
        is_wordpress || is_invitation
    }
}

/// The blocks in document order. Captions, scripts and forms are left out.
pub(super) fn list(document: &Document) -> Vec<Block> {
    let mut collector = Collector::default();
    let root = document.root();
    let mut node = root;
    // Down, then right, then up: no recursion, so depth costs nothing.
    loop {
        if collector.enter(&node)
            && let Some(child) = node.first_child()
        {
            node = child;
            continue;
        }
        loop {
            collector.leave(&node);
            if node.id == root.id {
                collector.flush();
                return collector.blocks;
            }
            if let Some(next) = node.next_sibling() {
                node = next;
                break;
            }
            match node.parent() {
                Some(parent) => node = parent,
                None => {
                    collector.flush();
                    return collector.blocks;
                }
            }
        }
    }
}

#[derive(Default)]
struct Collector {
    blocks: Vec<Block>,
    text: String,
    links: Vec<Link>,
    /// Where the open link's text begins, and its address.
    open_link: Option<(usize, String)>,
    in_heading: bool,
}

impl Collector {
    /// Whether the children are to be read.
    fn enter(&mut self, node: &NodeRef<'_>) -> bool {
        if node.is_text() {
            self.text.push_str(&node.text());
            return false;
        }
        let Some(name) = node.node_name() else { return true };
        match &*name {
            "script" | "style" | "noscript" | "template" | "iframe" | "svg" | "form" | "button" | "select"
            | "textarea" | "object" | "audio" | "video" | "figcaption" | "head" | "title" => return false,
            "br" => {
                if self.text.trim_end_matches(' ').ends_with('\n') {
                    self.flush();
                } else {
                    self.text.push('\n');
                }
            }
            "a" => {
                let href = node.attr("href").map(|href| href.to_string()).unwrap_or_default();
                self.open_link = Some((self.text.len(), href));
            }
            "p" if node.has_class("wp-caption-text") => return false,
            name if is_block(name) => {
                self.flush();
                self.in_heading = is_heading(name);
            }
            _ => {}
        }
        true
    }

    fn leave(&mut self, node: &NodeRef<'_>) {
        let Some(name) = node.node_name() else { return };
        if &*name == "a" {
            self.end_link();
        } else if is_block(&name) {
            self.flush();
            self.in_heading = false;
        }
    }

    fn end_link(&mut self) {
        if let Some((begin, href)) = self.open_link.take() {
            let text = collapse_spaces(self.text.get(begin..).unwrap_or_default());
            if !text.is_empty() {
                self.links.push(Link { text, href });
            }
        }
    }

    fn flush(&mut self) {
        // A link around blocks (`<a><h3>..</h3></a>`) goes on in the next one.
        let goes_on = self.open_link.as_ref().map(|(_, href)| href.clone());
        self.end_link();
        self.open_link = goes_on.map(|href| (0, href));
        let text = collapse_spaces(&self.text);
        let links = std::mem::take(&mut self.links);
        self.text.clear();
        if !text.is_empty() {
            let kind = if self.in_heading { Kind::Heading } else { Kind::Text };
            self.blocks.push(Block { kind, text, links });
        }
    }
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_block(name: &str) -> bool {
    is_heading(name)
        || matches!(
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
        )
}
