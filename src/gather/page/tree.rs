//! A page as a flat list of its nodes in document order: a subtree is a range, and a sum over one is a subtraction.
//!
//! It promises linear time and memory in the size of the document, and no recursion. It knows nothing of articles.
//! Held to it by the tests of the files that read it.

use dom_query::NodeRef;

/// One element or text. The root is node 0 and its own parent.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Lower-case name of the element; empty for text.
    pub name: String,
    pub text: String,
    /// The words of class, id and the other attributes that name a thing's purpose, lower-case, a space around each.
    pub hints: String,
    pub parent: usize,
    /// Behind the last node of the subtree.
    pub end: usize,
    /// Not shown by a browser.
    pub is_hidden: bool,
}

#[derive(Debug, Default)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
}

impl Tree {
    pub fn of(root: NodeRef<'_>) -> Self {
        let mut nodes = vec![Node::default()];
        // Open elements: their place in the list.
        let mut open = vec![0_usize];
        let mut node = root;
        loop {
            let parent = open.last().copied().unwrap_or(0);
            let entered = if node.is_text() {
                nodes.push(Node { text: node.text().to_string(), parent, ..Node::default() });
                false
            } else if let Some(name) = node.node_name() {
                nodes.push(element(&node, name.to_lowercase(), parent));
                true
            } else {
                false
            };
            let at = nodes.len() - 1;
            if let Some(child) = node.first_child() {
                open.push(if entered { at } else { parent });
                node = child;
                continue;
            }
            close(&mut nodes, at);
            loop {
                if node.id == root.id {
                    close(&mut nodes, 0);
                    return Self { nodes };
                }
                if let Some(next) = node.next_sibling() {
                    node = next;
                    break;
                }
                let Some(parent) = node.parent() else {
                    close(&mut nodes, 0);
                    return Self { nodes };
                };
                node = parent;
                if let Some(at) = open.pop() {
                    close(&mut nodes, at);
                }
            }
        }
    }

    pub fn get(&self, at: usize) -> Option<&Node> {
        self.nodes.get(at)
    }

    pub fn parent(&self, at: usize) -> Option<usize> {
        let parent = self.nodes.get(at)?.parent;
        (parent != at).then_some(parent)
    }

    /// From the parent of a node up to the root.
    pub fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parent(at), |at| self.parent(*at))
    }

    pub fn name(&self, at: usize) -> &str {
        self.nodes.get(at).map_or("", |it| &it.name)
    }

    pub fn hints(&self, at: usize) -> &str {
        self.nodes.get(at).map_or("", |it| &it.hints)
    }

    pub fn end(&self, at: usize) -> usize {
        self.nodes.get(at).map_or(at, |it| it.end)
    }
}

fn close(nodes: &mut [Node], at: usize) {
    let end = nodes.len();
    if let Some(node) = nodes.get_mut(at) {
        node.end = end;
    }
}

fn element(node: &NodeRef<'_>, name: String, parent: usize) -> Node {
    let mut hints = String::from(" ");
    for attribute in
        ["class", "id", "role", "itemprop", "property", "data-component", "data-testid", "aria-label", "itemtype"]
    {
        if let Some(value) = node.attr(attribute) {
            push_words(&mut hints, &value);
        }
    }
    let style = node.attr("style").map(|it| it.to_lowercase().replace(' ', "")).unwrap_or_default();
    let is_hidden = node.has_attr("hidden")
        || style.contains("display:none")
        || style.contains("visibility:hidden")
        || (node.attr("aria-hidden").is_some_and(|it| &*it == "true") && name != "p");
    Node { name, text: String::new(), hints, parent, end: 0, is_hidden }
}

/// An attribute longer than this names nothing.
const HINT_BYTES_MAX: usize = 400;

/// `articleBody story-body__text` becomes ` article body story body text articlebody story-body__text `: words, then names.
fn push_words(hints: &mut String, value: &str) {
    let value: String = value.chars().take(HINT_BYTES_MAX).collect();
    let mut before_is_lower = false;
    let mut at_word = false;
    for c in value.chars() {
        let is_break = !c.is_alphanumeric() || (c.is_uppercase() && before_is_lower);
        if is_break && at_word {
            hints.push(' ');
            at_word = false;
        }
        if c.is_alphanumeric() {
            hints.extend(c.to_lowercase());
            at_word = true;
        }
        before_is_lower = c.is_lowercase();
    }
    if at_word {
        hints.push(' ');
    }
    for name in value.split_whitespace() {
        hints.push_str(&name.to_lowercase());
        hints.push(' ');
    }
}
