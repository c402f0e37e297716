//! A tree of elements from XML as it is found: quick-xml cuts it into tokens, this module forgives.
//!
//! An end tag that matches no open element is ignored; one that matches an outer element closes what is between; an item
//! that begins inside an item closes the first; where the tokenizer gives up, its `<` is text and reading goes on behind
//! it. Nothing external is loaded and no entity of a DOCTYPE is expanded. Depth, nodes and restarts are bounded, and the
//! time is linear in the length. The first thing forgiven is reported. Held to it by the tests below and by mutation
//! tests over whole feeds in `tests.rs`.

use super::entities;
use quick_xml::Reader;
use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};
use std::borrow::Cow;

/// Elements inside elements; deeper ones are read as if they stood side by side.
const DEPTH_MAX: usize = 100;
/// Nodes of one document.
const NODES_MAX: usize = 500_000;
/// Attributes of one element, and prefixes bound at one place: each element that follows is compared with all of them.
const ATTRIBUTES_MAX: usize = 200;
/// How often the tokenizer is started anew behind a place it could not read.
const RESTARTS_MAX: usize = 64;

/// The vocabularies that feeds speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ns {
    /// RSS of any version, and elements without a name space.
    Plain,
    Atom,
    Rdf,
    Media,
    Dc,
    Content,
    Itunes,
    Xhtml,
    Other,
}

#[derive(Debug)]
pub(super) enum Node<'a> {
    Element(Element<'a>),
    /// Character data, references resolved.
    Text(Cow<'a, str>),
}

/// Borrows from the document what it can: a tree of copies would be many times as large.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub ns: Ns,
    /// The local name in lower case.
    pub name: Cow<'a, str>,
    /// As they are written.
    attributes: &'a str,
    pub children: Vec<Node<'a>>,
    /// The document ended inside this element.
    pub cut: bool,
}

pub(super) struct Document<'a> {
    /// Holds what stands at the top level.
    pub root: Element<'a>,
    pub repair: Option<String>,
}

impl<'a> Element<'a> {
    const fn new(ns: Ns, name: Cow<'a, str>, attributes: &'a str) -> Self {
        Self { ns, name, attributes, children: Vec::new(), cut: false }
    }

    /// A value that is not empty, references resolved; `name` in lower case with its prefix.
    pub fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = attributes(self.attributes).find(|(key, _)| key == name)?;
        let value = match value {
            Cow::Borrowed(value) => Cow::Borrowed(value.trim()),
            Cow::Owned(value) => Cow::Owned(value.trim().to_owned()),
        };
        Some(value).filter(|value| !value.is_empty())
    }

    /// Whether the attribute has this value, letters of either case.
    pub fn says(&self, name: &str, value: &str) -> bool {
        self.attribute(name).is_some_and(|it| it.eq_ignore_ascii_case(value))
    }

    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|it| it.name == name)
    }

    /// All character data inside, trimmed.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.push_text(&mut out);
        out.trim().to_owned()
    }

    /// Character data without that of the elements inside; theirs only if there is no other.
    pub fn own_text(&self) -> String {
        let own: String = self
            .children
            .iter()
            .filter_map(|node| match node {
                Node::Text(text) => Some(text.as_ref()),
                Node::Element(_) => None,
            })
            .collect();
        if own.trim().is_empty() { self.text() } else { own.trim().to_owned() }
    }

    fn push_text(&self, out: &mut String) {
        for node in &self.children {
            match node {
                Node::Element(element) => element.push_text(out),
                Node::Text(text) => out.push_str(text),
            }
        }
    }

    /// The content as HTML: elements are written out again. Character data is markup itself, unless it stands in XHTML,
    /// where it is escaped.
    pub fn inner_html(&self, is_xhtml: bool) -> String {
        let mut out = String::new();
        self.push_html(&mut out, is_xhtml);
        out.trim().to_owned()
    }

    fn push_html(&self, out: &mut String, is_xhtml: bool) {
        for node in &self.children {
            match node {
                Node::Text(text) if is_xhtml => push_escaped(out, text),
                Node::Text(text) => out.push_str(text),
                Node::Element(it) => {
                    out.push('<');
                    out.push_str(&it.name);
                    for (name, value) in attributes(it.attributes).filter(|(name, _)| !name.starts_with("xml")) {
                        out.push(' ');
                        out.push_str(&name);
                        out.push_str("=\"");
                        push_escaped(out, &value);
                        out.push('"');
                    }
                    out.push('>');
                    it.push_html(out, is_xhtml);
                    if !it.children.is_empty() || !super::text::is_void(&it.name) {
                        out.push_str("</");
                        out.push_str(&it.name);
                        out.push('>');
                    }
                }
            }
        }
    }
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
}

/// Names in lower case with their prefix, values with references resolved.
fn attributes<'a>(written: &'a str) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
    let mut all = Attributes::html(written, 0);
    all.with_checks(false);
    all.flatten().take(ATTRIBUTES_MAX).map(|it| {
        let value = match it.value {
            Cow::Borrowed(value) if !value.contains('&') => Cow::Borrowed(value),
            value => Cow::Owned(entities::unescape(&value)),
        };
        (lower(it.key.0), value)
    })
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_lowercase())
    }
}

pub(super) fn parse(text: &str) -> Document<'_> {
    let mut builder = Builder::default();
    let mut begin = 0;
    'restart: for _ in 0..=RESTARTS_MAX {
        let Some(part) = text.get(begin..) else { break };
        let mut reader = Reader::from_str(part);
        let config = reader.config_mut();
        config.allow_dangling_amp = true;
        config.allow_unmatched_ends = true;
        config.check_end_names = false;
        loop {
            if builder.nodes >= NODES_MAX {
                builder.forgive("more elements than are read");
                break 'restart;
            }
            match reader.read_event() {
                Ok(Event::Start(tag)) => builder.start(written(part, &reader, &tag, 1)),
                Ok(Event::Empty(tag)) => {
                    let depth = builder.open.len();
                    builder.start(written(part, &reader, &tag, 2));
                    if builder.open.len() > depth {
                        builder.close();
                    }
                }
                Ok(Event::End(tag)) => builder.end(tag.name().0),
                Ok(Event::Text(run)) => builder.text(run.into_inner()),
                Ok(Event::CData(run)) => builder.text(run.into_inner()),
                Ok(Event::GeneralRef(name)) => builder.reference(&name),
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
                Ok(Event::Eof) => break 'restart,
                Err(error) => {
                    builder.forgive(&error.to_string());
                    let at = begin + usize::try_from(reader.error_position()).unwrap_or(usize::MAX - begin);
                    if !text.get(at..).is_some_and(|rest| rest.starts_with('<')) {
                        break 'restart;
                    }
                    builder.text(Cow::Borrowed("<"));
                    begin = at + 1;
                    continue 'restart;
                }
            }
        }
    }
    builder.finish()
}

/// A tag that was just read, as name and attributes that live as long as the document. `end_bytes` is what closes it.
fn written<'a>(part: &'a str, reader: &Reader<&[u8]>, tag: &BytesStart<'_>, end_bytes: usize) -> (&'a str, &'a str) {
    let end = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).saturating_sub(end_bytes);
    let inside = part.get(end.saturating_sub(tag.len())..end).unwrap_or_default();
    inside.split_at_checked(tag.name().0.len()).unwrap_or((inside, ""))
}

struct Open<'a> {
    element: Element<'a>,
    /// As it is written, in lower case: what its end tag must repeat.
    written: Cow<'a, str>,
    /// How many prefixes were bound before it.
    bindings: usize,
}

#[derive(Default)]
struct Builder<'a> {
    open: Vec<Open<'a>>,
    top: Vec<Node<'a>>,
    /// Prefixes in the order in which they were bound; the last one counts.
    bindings: Vec<(Cow<'a, str>, Ns)>,
    nodes: usize,
    repair: Option<String>,
}

impl<'a> Builder<'a> {
    fn forgive(&mut self, what: &str) {
        if self.repair.is_none() {
            self.repair = Some(what.to_owned());
        }
    }

    fn start(&mut self, (name, written_attributes): (&'a str, &'a str)) {
        self.nodes += 1;
        if self.open.len() >= DEPTH_MAX {
            self.forgive("elements nested too deeply");
            return;
        }
        let written = lower(name);
        let bindings = self.bindings.len();
        if written_attributes.contains("xmlns") {
            for (name, value) in attributes(written_attributes) {
                if self.bindings.len() >= ATTRIBUTES_MAX {
                    break;
                }
                let prefix = if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") };
                if let Some(prefix) = prefix {
                    self.bindings.push((prefix.to_owned().into(), name_space(&value)));
                }
            }
        }
        let (prefix, local) = written.split_once(':').unwrap_or(("", &written));
        let ns = self.resolve(prefix);
        if is_entry(ns, local)
            && let Some(at) = self.open.iter().rposition(|it| it.element.ns == ns && it.element.name == local)
        {
            self.forgive("an entry begins inside an entry");
            while self.open.len() > at {
                self.close();
            }
        }
        let local = match &written {
            Cow::Borrowed(written) => Cow::Borrowed(written.split_once(':').map_or(*written, |(_, local)| local)),
            Cow::Owned(_) => Cow::Owned(local.to_owned()),
        };
        let element = Element::new(ns, local, written_attributes);
        self.open.push(Open { element, written, bindings });
    }

    fn resolve(&self, prefix: &str) -> Ns {
        let bound = self.bindings.iter().rev().find(|(name, _)| name == prefix).map(|(_, ns)| *ns);
        match (bound, prefix) {
            (Some(Ns::Other) | None, "") => Ns::Plain,
            // An undeclared prefix means what it usually means.
            (Some(Ns::Other) | None, _) => usual_prefix(prefix),
            (Some(ns), _) => ns,
        }
    }

    fn end(&mut self, written: &str) {
        let written = lower(written.trim());
        match self.open.iter().rposition(|it| it.written == written) {
            Some(at) => {
                if at + 1 < self.open.len() {
                    self.forgive("an element is not closed");
                }
                while self.open.len() > at {
                    self.close();
                }
            }
            None => self.forgive("an end tag closes nothing"),
        }
    }

    fn close(&mut self) {
        if let Some(done) = self.open.pop() {
            self.bindings.truncate(done.bindings);
            self.siblings().push(Node::Element(done.element));
        }
    }

    fn siblings(&mut self) -> &mut Vec<Node<'a>> {
        match self.open.last_mut() {
            Some(parent) => &mut parent.element.children,
            None => &mut self.top,
        }
    }

    fn text(&mut self, run: Cow<'a, str>) {
        let siblings = self.siblings();
        if let Some(Node::Text(before)) = siblings.last_mut() {
            before.to_mut().push_str(&run);
        } else {
            siblings.push(Node::Text(run));
            self.nodes += 1;
        }
    }

    fn reference(&mut self, name: &str) {
        match entities::resolve(name) {
            Some(c) => self.text(Cow::Owned(c.to_string())),
            None => {
                self.forgive("an '&' that begins no known reference");
                self.text(Cow::Owned(format!("&{name};")));
            }
        }
    }

    fn finish(mut self) -> Document<'a> {
        if !self.open.is_empty() {
            self.forgive("the document ends too early");
        }
        while let Some(last) = self.open.last_mut() {
            last.element.cut = true;
            self.close();
        }
        let mut root = Element::new(Ns::Other, Cow::Borrowed(""), "");
        root.children = self.top;
        Document { root, repair: self.repair }
    }
}

pub(super) fn is_entry(ns: Ns, local: &str) -> bool {
    matches!(ns, Ns::Plain | Ns::Rdf | Ns::Atom) && matches!(local, "item" | "entry")
}

fn name_space(uri: &str) -> Ns {
    let uri = uri.trim().to_ascii_lowercase();
    let bare = uri.split_once("://").map_or(uri.as_str(), |(_, rest)| rest).trim_end_matches(['/', '#']);
    match bare {
        "www.w3.org/2005/atom" | "purl.org/atom/ns" | "purl.org/net/echo" | "example.com/newformat" => Ns::Atom,
        "www.w3.org/1999/02/22-rdf-syntax-ns" => Ns::Rdf,
        "www.w3.org/1999/xhtml" => Ns::Xhtml,
        _ if bare.starts_with("purl.org/dc/") => Ns::Dc,
        _ if bare.starts_with("purl.org/rss/1.0/modules/content") => Ns::Content,
        _ if bare.contains("search.yahoo.com/mrss") => Ns::Media,
        _ if bare.starts_with("www.itunes.com/dtds/podcast") => Ns::Itunes,
        "" | "purl.org/rss/1.0" | "purl.org/net/rss1.1" | "purl.org/rss/2.0" => Ns::Plain,
        _ if bare.contains("netscape.com/rdf/simple") || bare.starts_with("backend.userland.com/rss") => Ns::Plain,
        _ => Ns::Other,
    }
}

fn usual_prefix(prefix: &str) -> Ns {
    match prefix {
        "atom" | "atom10" | "a10" => Ns::Atom,
        "rdf" => Ns::Rdf,
        "media" => Ns::Media,
        "dc" | "dcterms" => Ns::Dc,
        "content" => Ns::Content,
        "itunes" => Ns::Itunes,
        "xhtml" => Ns::Xhtml,
        "rss" => Ns::Plain,
        _ => Ns::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(element: &Element) -> String {
        element.elements().map(|it| format!("{}({})", it.name, names(it))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn mismatched_end_tags_close_what_they_can() {
        let document = parse("<rss><item><b>x</i></item></title><item/></rss>");
        assert_eq!(names(&document.root), "rss(item(b()) item())");
        assert!(document.repair.is_some());
    }

    #[test]
    fn an_entry_that_is_not_closed_ends_where_the_next_begins() {
        let document = parse("<rss><channel><item><title>a<item><title>b</title></item></channel></rss>");
        assert_eq!(names(&document.root), "rss(channel(item(title()) item(title())))");
    }

    #[test]
    fn what_the_tokenizer_cannot_read_is_text() {
        let document = parse("<a><b>x</b><!bad><c>y</c><![CDATA[z<d>w</d></a>");
        assert_eq!(names(&document.root), "a(b() c() d())");
    }

    #[test]
    fn references_are_resolved_and_bare_ampersands_stay() {
        let document = parse("<a t='Q&amp;A &eacute;'>AT&T &amp;amp; B&B; &rsquo;<![CDATA[&amp;]]></a>");
        let a = document.root.child("a").unwrap();
        assert_eq!(a.text(), "AT&T &amp; B&B; \u{2019}&amp;");
        assert_eq!(a.attribute("t").as_deref(), Some("Q&A \u{e9}"));
    }

    #[test]
    fn prefixes_are_what_they_are_bound_to_or_what_they_usually_mean() {
        let document = parse(
            "<m:x xmlns:m='http://search.yahoo.com/mrss/'/><m:x/><dc:y/><z xmlns='http://www.w3.org/2005/Atom'/>",
        );
        let found: Vec<Ns> = document.root.elements().map(|it| it.ns).collect();
        assert_eq!(found, [Ns::Media, Ns::Other, Ns::Dc, Ns::Atom]);
    }

    #[test]
    fn a_hundred_thousand_name_spaces_are_read_in_no_time() {
        let many: String = (0..100_000).map(|n| format!(" xmlns:p{n}='u{n}'")).collect();
        let text = format!("<rss{many}>{}<item/></rss>", "<q:x/>".repeat(50_000));
        // Compared one by one, this would take minutes.
        let document = parse(&text);
        assert_eq!(document.root.child("rss").unwrap().elements().count(), 50_001);
    }

    #[test]
    fn a_million_open_elements_end_well() {
        let deep = "<a><![CDATA[".repeat(200_000);
        assert!(parse(&deep).repair.is_some());
        assert!(parse(&"<a>".repeat(300_000)).repair.is_some());
    }
}
