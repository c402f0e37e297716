//! The editor's note: a little Markdown as inline-styled HTML and as plain text.
//!
//! It promises: paragraphs, line breaks, emphasis, lists and links to web addresses; of everything else the words alone.
//! HTML in a note is text like any other, pictures are their descriptions, and a link that is not http or https is its
//! own words. In the plain text each address stands on a line of its own under the note, by its number.

use super::safe_url;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use std::fmt::Write as _;

/// The note as HTML, with the accent colour for its links.
pub fn html(markdown: &str, link_color: &str) -> String {
    let mut out = Html { out: String::new(), link_color, lists: Vec::new(), links: Vec::new(), open: 0 };
    for event in events(markdown) {
        out.take(event);
    }
    while out.open > 0 {
        out.close("</p>");
    }
    out.out
}

/// The note as plain text: paragraphs apart by an empty line.
pub fn text(markdown: &str) -> String {
    let mut out = Text::default();
    for event in events(markdown) {
        out.take(event);
    }
    out.finish()
}

fn events(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    // None of the extensions: no tables, footnotes, or metadata.
    Parser::new_ext(markdown, Options::empty())
}

struct Html<'a> {
    out: String,
    link_color: &'a str,
    lists: Vec<Option<u64>>,
    /// Whether each open link has an anchor.
    links: Vec<bool>,
    /// Open paragraphs.
    open: usize,
}

const PARAGRAPH: &str = "<p class=\"ink\" style=\"margin:0 0 12px;color:#1c1917\">";

impl Html<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.begin();
                escape(&text, &mut self.out);
            }
            Event::SoftBreak => self.out.push(' '),
            Event::HardBreak => self.out.push_str("<br>"),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Paragraph if self.lists.is_empty() => self.begin(),
            Tag::Heading { .. } => {
                self.begin();
                self.out.push_str("<b>");
            }
            Tag::List(first) => self.lists.push(*first),
            // A paragraph with its mark: `ul` and `ol` indent differently in every mail program.
            Tag::Item => {
                self.finish();
                self.begin();
                let depth = self.lists.len().saturating_sub(1);
                self.out.push_str(&"&emsp;".repeat(depth));
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let _ = write!(self.out, "{number}. ");
                        *number += 1;
                    }
                    _ => self.out.push_str("\u{2022} "),
                }
            }
            Tag::Emphasis => self.inline("<i>"),
            Tag::Strong => self.inline("<b>"),
            Tag::Link { dest_url, .. } => {
                self.begin();
                let href = safe_url(dest_url);
                self.links.push(href.is_some());
                if let Some(href) = href {
                    self.out.push_str("<a class=\"mark\" href=\"");
                    escape(href, &mut self.out);
                    let _ = write!(self.out, "\" style=\"color:{};text-decoration:underline\">", self.link_color);
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::BlockQuote(_) => {
                self.finish();
            }
            TagEnd::Heading(_) => {
                self.out.push_str("</b>");
                self.finish();
            }
            TagEnd::List(_) => {
                self.finish();
                self.lists.pop();
            }
            TagEnd::Emphasis => self.out.push_str("</i>"),
            TagEnd::Strong => self.out.push_str("</b>"),
            TagEnd::Link => self.end_link(),
            _ => {}
        }
    }

    fn end_link(&mut self) {
        if self.links.pop() == Some(true) {
            self.out.push_str("</a>");
        }
    }

    fn inline(&mut self, tag: &str) {
        self.begin();
        self.out.push_str(tag);
    }

    fn begin(&mut self) {
        if self.open == 0 {
            self.out.push_str(PARAGRAPH);
            self.open = 1;
        }
    }

    fn finish(&mut self) {
        if self.open > 0 {
            self.close("</p>\n");
        }
    }

    fn close(&mut self, tag: &str) {
        self.out.push_str(tag);
        self.open -= 1;
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&#38;"),
            '<' => out.push_str("&#60;"),
            '>' => out.push_str("&#62;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[derive(Default)]
struct Text {
    out: String,
    lists: Vec<Option<u64>>,
    /// Where the words of each open link begin, and its address.
    links: Vec<(usize, Option<String>)>,
    /// Words and addresses, for the lines under the note.
    addresses: Vec<(String, String)>,
}

impl Text {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::List(first)) => {
                self.line();
                self.lists.push(first);
            }
            Event::Start(Tag::Item) => {
                self.line();
                match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let _ = write!(self.out, "{number}. ");
                        *number += 1;
                    }
                    _ => self.out.push_str("- "),
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                self.links.push((self.out.len(), safe_url(&dest_url).map(str::to_owned)));
            }
            Event::End(TagEnd::Link) => self.end_link(),
            Event::End(TagEnd::List(_)) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            Event::End(TagEnd::Paragraph) if !self.lists.is_empty() => self.line(),
            Event::End(
                TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::BlockQuote(_),
            ) => self.gap(),
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.out.push_str(&text);
            }
            Event::SoftBreak => self.out.push(' '),
            Event::HardBreak => self.out.push('\n'),
            _ => {}
        }
    }

    fn end_link(&mut self) {
        let Some((begin, Some(address))) = self.links.pop() else { return };
        let words = self.out.get(begin..).unwrap_or_default().to_owned();
        // An address that is its own words needs no number.
        if words.trim_end_matches('/') == address.trim_end_matches('/') {
            self.out.truncate(begin);
            self.line();
            self.out.push_str(&address);
            self.out.push('\n');
            return;
        }
        let known = self.addresses.iter().position(|(_, other)| *other == address);
        let number = known.unwrap_or_else(|| {
            self.addresses.push((words, address));
            self.addresses.len() - 1
        });
        let _ = write!(self.out, " [{}]", number + 1);
    }

    fn line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn gap(&mut self) {
        self.line();
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn finish(mut self) -> String {
        self.gap();
        for (number, (words, address)) in (1..).zip(&self.addresses) {
            let _ = writeln!(self.out, "[{number}] {words}:\n{address}");
        }
        let length = self.out.trim_end().len();
        self.out.truncate(length);
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dom_query::Document;
    use proptest::prelude::*;

    const NOTE: &str = "Good *evening* and **thanks** for\nyour [letters](https://gazette.example/letters?a=1&b=2).\n\n\
                        - one\n- two [there](https://gazette.example/two)\n\n1. first  \nstill first\n2. second";

    #[test]
    fn what_an_editor_writes_is_what_readers_see() {
        let html = html(NOTE, "#b45309");
        assert!(html.contains("Good <i>evening</i> and <b>thanks</b> for your <a "), "{html}");
        assert!(html.contains("href=\"https://gazette.example/letters?a=1&#38;b=2\""), "{html}");
        assert!(html.contains("\u{2022} one</p>") && html.contains("1. first<br>still first</p>"), "{html}");
        assert_eq!(html.matches("<p ").count(), html.matches("</p>").count());
        assert_eq!(
            text(NOTE),
            "Good evening and thanks for your letters [1].\n\n- one\n- two there [2]\n\n1. first\nstill first\n2. second\n\n\
             [1] letters:\nhttps://gazette.example/letters?a=1&b=2\n[2] there:\nhttps://gazette.example/two"
        );
    }

    #[test]
    fn plain_words_stay_what_they_are() {
        assert_eq!(text("Good evening.\n\nA second paragraph."), "Good evening.\n\nA second paragraph.");
        assert_eq!(text("See <https://gazette.example/a>"), "See \nhttps://gazette.example/a");
        assert_eq!(html("", "#b45309"), "");
        assert!(html("# Tonight\n> quoted", "#b45309").contains("<b>Tonight</b></p>"));
    }

    #[test]
    fn hostile_notes_are_words() {
        for hostile in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "[x](  java\nscript:alert(1))",
            "![pixel](https://evil.example/p.gif)",
            "[x](https://a.example/\"onclick=alert(1))",
            "<a href=\"javascript:alert(1)\">x</a>",
            "[x]: data:text/html,y\n\n[x]",
            "<style>p{display:none}</style>",
            "<!-- --!><script>alert(1)</script>",
            "[<img src=x onerror=alert(1)>](https://a.example)",
        ] {
            let html = html(hostile, "#b45309");
            let page = Document::from(html.as_str());
            assert!(
                !page.select("script, img, style, iframe, form, [onerror], [onclick]").exists(),
                "{hostile}: {html}"
            );
            for link in page.select("a[href]").iter() {
                assert!(safe_url(&link.attr("href").unwrap()).is_some(), "{hostile}: {html}");
            }
        }
        assert!(text("![A quay](https://evil.example/p.gif)").contains("A quay"));
    }

    proptest! {
        #[test]
        fn any_note_is_balanced_and_harmless(note in "(\\PC|[<>\\[\\]()*_#>`!\n-]|https://a.example/|javascript:){0,80}") {
            let html = html(&note, "#b45309");
            let page = Document::from(html.as_str());
            prop_assert!(!page.select("script, img, style, iframe, form, object, link").exists());
            prop_assert_eq!(html.matches("<p ").count(), html.matches("</p>").count());
            prop_assert_eq!(html.matches("<a ").count(), html.matches("</a>").count());
            for link in page.select("a[href]").iter() {
                prop_assert!(safe_url(&link.attr("href").unwrap()).is_some());
            }
            let _ = text(&note);
        }
    }
}
