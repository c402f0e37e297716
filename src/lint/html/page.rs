//! A page as a flat list of elements and words, in the order of the source.
//!
//! Made once from the parser's tree, so that each rule is a plain walk. Comments are left out, and with them what only
//! Outlook reads in conditional ones. Nothing that is too costly becomes a page ([`super::guard`]).

use super::css::{Declaration, declarations};
use dom_query::{Document, NodeId};
use std::collections::HashMap;

pub(super) enum Kind {
    Element(Element),
    Words(String),
}

pub(super) struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// What stands in `style`.
    pub style: Vec<Declaration>,
}

pub(super) struct Node {
    pub parent: Option<usize>,
    /// One past its last descendant.
    pub end: usize,
    pub kind: Kind,
}

pub(super) struct Page {
    pub nodes: Vec<Node>,
}

/// Elements whose words no reader sees.
pub(super) const UNSEEN: &[&str] = &["head", "title", "style", "script", "template", "noscript"];

impl Page {
    /// The caller has asked [`super::guard`].
    pub fn read(html: &str) -> Self {
        let document = Document::from(html);
        let mut numbers: HashMap<NodeId, usize> = HashMap::new();
        let mut nodes: Vec<Node> = Vec::new();
        for node in document.root().descendants_it() {
            let kind = if let Some(name) = node.node_name().filter(|_| node.is_element()) {
                let attributes = node.attrs();
                let attributes = attributes.iter().map(|it| (it.name.local.to_string(), it.value.to_string()));
                let attributes: Vec<(String, String)> = attributes.collect();
                let style = attributes.iter().find(|(name, _)| name == "style");
                let style = style.map(|(_, css)| declarations(css)).unwrap_or_default();
                Kind::Element(Element { name: name.to_ascii_lowercase(), attributes, style })
            } else if node.is_text() {
                Kind::Words(node.text().to_string())
            } else {
                continue;
            };
            let parent = node.parent().and_then(|parent| numbers.get(&parent.id).copied());
            numbers.insert(node.id, nodes.len());
            nodes.push(Node { parent, end: nodes.len() + 1, kind });
        }
        // Each node stands behind its parent, so that one walk from the end tells where every one ends.
        for at in (0..nodes.len()).rev() {
            let Some((end, Some(parent))) = nodes.get(at).map(|node| (node.end, node.parent)) else { continue };
            if let Some(parent) = nodes.get_mut(parent) {
                parent.end = parent.end.max(end);
            }
        }
        Self { nodes }
    }

    pub fn elements(&self) -> impl Iterator<Item = (usize, &Element)> {
        self.nodes.iter().enumerate().filter_map(|(at, node)| match &node.kind {
            Kind::Element(element) => Some((at, element)),
            Kind::Words(_) => None,
        })
    }

    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a Element)> {
        self.elements().filter(move |(_, element)| element.name == name)
    }

    pub fn element(&self, at: usize) -> Option<&Element> {
        match &self.nodes.get(at)?.kind {
            Kind::Element(element) => Some(element),
            Kind::Words(_) => None,
        }
    }

    pub fn parent(&self, at: usize) -> Option<usize> {
        self.nodes.get(at)?.parent
    }

    /// From the innermost outwards.
    pub fn ancestors(&self, at: usize) -> impl Iterator<Item = &Element> {
        std::iter::successors(self.parent(at), |at| self.parent(*at)).filter_map(|at| self.element(at))
    }

    /// The node and what stands within it.
    pub fn within(&self, at: usize) -> &[Node] {
        let end = self.nodes.get(at).map_or(at, |node| node.end);
        self.nodes.get(at..end).unwrap_or_default()
    }

    /// The words within, as they stand there.
    pub fn words(&self, at: usize) -> String {
        let words = self.within(at).iter().filter_map(|node| match &node.kind {
            Kind::Words(words) => Some(words.as_str()),
            Kind::Element(_) => None,
        });
        words.collect()
    }
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The last declaration of a property.
    pub fn css(&self, property: &str) -> Option<&str> {
        self.style.iter().rev().find(|it| it.property == property).map(|it| it.value.as_str())
    }

    /// The beginning of its tag, for a reader of the report.
    pub fn shown(&self) -> String {
        let told = ["src", "href", "name", "class", "style"];
        let attributes = self.attributes.iter().filter(|(name, _)| told.contains(&name.as_str()));
        let told: String = attributes.map(|(name, value)| format!(" {name}=\"{value}\"")).collect();
        format!("<{}{told}>", self.name)
    }
}
