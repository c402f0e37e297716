//! How the parts are put together and encoded: RFC 2045, RFC 2046 5.1.4, and what providers make of it.

use super::decode::{base64_bytes, quoted_printable_bytes};
use super::tree::{Leaf, Tree};
use crate::lint::bytes::lines;
use crate::lint::limits::ENCODED_LINE_BYTES_MAX;
use crate::lint::report::{Findings, Kind, Place, Section, in_all};
use crate::lint::rule::Rule;
use memchr::memmem;

pub(in crate::lint) fn check(raw: &[u8], tree: &Tree<'_>, kind: Kind, found: &mut Findings) {
    check_structure(tree, kind, found);
    check_boundary(raw, tree, found);
    for leaf in &tree.leaves {
        if leaf.is_attachment || !leaf.media_type.starts_with("text/") {
            let message = "the mail carries a file, which filters distrust and readers pay for; link to it instead";
            found.warning(Rule::Attachment, place(leaf), message);
        }
        check_encoding(leaf, found);
        if leaf.media_type.starts_with("text/") {
            check_charset(leaf, found);
            check_characters(leaf, found);
        }
    }
    if tree.has_more {
        found.warning(
            Rule::Structure,
            Place::of(Section::Mime),
            "the mail has too many parts, and not all were looked at; send two",
        );
    }
}

fn check_structure(tree: &Tree<'_>, kind: Kind, found: &mut Findings) {
    let place = || Place::of(Section::Mime).quoting(&tree.media_type);
    let types: Vec<&str> =
        tree.leaves.iter().filter(|leaf| !leaf.is_attachment).map(|leaf| leaf.media_type.as_str()).collect();
    match (tree.media_type.as_str(), types.as_slice()) {
        ("multipart/alternative", ["text/plain", "text/html"]) if tree.inner_multiparts == 0 => {}
        ("text/plain", ["text/plain"]) if kind == Kind::Single => {}
        (_, ["text/html", "text/plain", ..]) => {
            let message =
                "the HTML stands before the text, so programs show the text (RFC 2046 5.1.4); put the text first";
            found.error(Rule::Structure, place(), message);
        }
        (_, ["text/plain", "text/html", ..]) => {
            let message = "the parts are not a plain multipart/alternative of text and HTML; leave out what is more";
            found.warning(Rule::Structure, place(), message);
        }
        (_, types) if types.contains(&"text/html") => {
            let message = "there is no text part before the HTML, as spam has it; add one in multipart/alternative";
            found.error(Rule::Structure, place(), message);
        }
        _ if kind == Kind::Edition => {
            found.error(
                Rule::Structure,
                place(),
                "the edition has no HTML part beside its text; send both in multipart/alternative",
            );
        }
        _ => found.error(
            Rule::Structure,
            place(),
            "the mail has no part that a reader could read; send text, or text and HTML",
        ),
    }
}

fn check_boundary(raw: &[u8], tree: &Tree<'_>, found: &mut Findings) {
    if !tree.media_type.starts_with("multipart/") {
        return;
    }
    let Some(boundary) = tree.boundary.as_ref().filter(|it| !it.is_empty() && it.len() <= 70) else {
        let message = "the multipart has no boundary of 1 to 70 characters (RFC 2046 5.1.1); give it one";
        found.error(Rule::Boundary, Place::of(Section::Mime), message);
        return;
    };
    if memmem::find(raw, format!("\r\n--{boundary}--").as_bytes()).is_none() {
        let message = "the last boundary is missing: the mail was cut off; send it whole";
        found.error(Rule::Boundary, Place::of(Section::Mime).quoting(boundary), message);
    }
}

fn check_encoding(leaf: &Leaf<'_>, found: &mut Findings) {
    match leaf.encoding.as_str() {
        "7bit" => {}
        "quoted-printable" | "base64" => {
            let long = lines(leaf.body).find(|(_, line)| line.len() > ENCODED_LINE_BYTES_MAX);
            if let Some((number, _)) = long {
                let message =
                    format!("a line of the {} is longer than 76 bytes (RFC 2045 6.7); break it", leaf.encoding);
                found.warning(Rule::EncodedLine, Place::line(Section::Mime, leaf.line + number - 1), message);
            }
            if leaf.malformed > 0 {
                let message = format!("the {} cannot be decoded in full; encode the part again", leaf.encoding);
                found.error(Rule::EncodedLine, place(leaf), message);
            }
            if leaf.encoding == "base64" && leaf.media_type.starts_with("text/") {
                check_base64(leaf, found);
            }
        }
        "8bit" | "binary" => {
            let message = format!(
                "{} breaks at relays that know ASCII alone, and signatures with it; use quoted-printable or base64",
                leaf.encoding
            );
            found.error(Rule::TransferEncoding, place(leaf), message);
        }
        _ => found.error(
            Rule::TransferEncoding,
            place(leaf).quoting(&leaf.encoding),
            "this Content-Transfer-Encoding is none that programs know; use quoted-printable or base64",
        ),
    }
}

/// Base64 hides letters that anybody could read; it is for texts that are shorter in it.
fn check_base64(leaf: &Leaf<'_>, found: &mut Findings) {
    if leaf.decoded.is_ascii() {
        let message = "plain letters are in base64, which filters count against a mail; use quoted-printable";
        found.warning(Rule::Base64Text, place(leaf), message);
    } else if quoted_printable_bytes(&leaf.decoded) <= base64_bytes(leaf.decoded.len()) {
        let message = "the part is in base64, and would be no longer in quoted-printable; use that";
        found.note(Rule::Base64Text, place(leaf), message);
    }
}

fn check_charset(leaf: &Leaf<'_>, found: &mut Findings) {
    match leaf.charset.as_deref() {
        Some("utf-8") => {}
        None | Some("us-ascii") if leaf.decoded.is_ascii() => {
            found.warning(Rule::Charset, place(leaf), "the part does not say charset=utf-8; say it");
        }
        _ => {
            let message = "the part says no character set or another than utf-8, and programs will guess; write utf-8";
            found.error(Rule::Charset, place(leaf).quoting(leaf.charset.as_deref().unwrap_or_default()), message);
        }
    }
}

/// U+0080 to U+009F make Gmail clip a mail; other control characters have no meaning in one.
fn check_characters(leaf: &Leaf<'_>, found: &mut Findings) {
    match std::str::from_utf8(&leaf.decoded) {
        Ok(text) => {
            let is_control = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
            let count = text.chars().filter(|c| is_control(*c)).count();
            if let Some(first) = text.chars().find(|c| is_control(*c)) {
                let message = format!(
                    "the control character U+{:04X} makes programs stumble and Gmail clip{}; take it out",
                    u32::from(first),
                    in_all(count)
                );
                found.error(Rule::Control, place(leaf), message);
            }
        }
        Err(error) if matches!(leaf.charset.as_deref(), None | Some("utf-8" | "us-ascii")) => {
            let message = format!("the text is no UTF-8 from its byte {} on; encode it again", error.valid_up_to());
            found.error(Rule::Utf8, place(leaf), message);
        }
        Err(_) => {}
    }
}

fn place(leaf: &Leaf<'_>) -> Place {
    Place::line(Section::Mime, leaf.line).quoting(&leaf.media_type)
}
