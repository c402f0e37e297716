//! The mail that is returned, or its header: enclosed as a part, or as text below the notice.

use crate::bounces::limits::{HINTS_MAX, TEXT_BYTES_MAX};
use crate::bounces::mail::{Fields, Parts, fields, split};

/// Field sections of enclosed mails, the outermost first.
pub fn enclosed(parts: &Parts<'_>) -> Vec<Fields> {
    let is_mail = |kind: &str| {
        matches!(
            kind,
            "message/rfc822" | "message/global" | "text/rfc822-headers" | "message/global-headers" | "text/rfc822"
        )
    };
    let parts = parts.parts.iter().filter(|part| is_mail(&part.media_type)).take(HINTS_MAX);
    parts
        .map(|part| {
            let bytes = part.bytes();
            split(bytes.trim_ascii_start()).0
        })
        .filter(|fields| !fields.is_empty())
        .collect()
}

/// Lines that announce the returned mail, as words in small letters.
const MARKERS: &[&str] = &[
    "below this line is a copy",
    "this is a copy of",
    "original message",
    "returned message",
    "message header",
    "unsent message",
    "message text follows",
    "undelivered message",
    "message follows",
    "original headers",
    "headers follow",
    "copy of the message",
    "failed message",
    "header of the",
    "headers of the",
    "message as sent",
    "message was",
    "start of returned",
    "original mail",
    "ursprungliche nachricht",
    "ursprüngliche nachricht",
    "originalnachricht",
    "message d'origine",
    "mensaje original",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
    "исходное сообщение",
    "元のメッセージ",
    "原邮件",
    "text of the message",
    "your message follows",
    "your message reads",
    "contents of the message",
    "forwarded message",
];

/// Parts a notice from the mail below it.
pub fn split_off(text: &str) -> (&str, Fields) {
    let mut at = 0;
    let mut block: Option<Block> = None;
    let mut marker = None;
    for line in text.split_inclusive('\n').take(20_000) {
        let bare = line.trim_end().trim_start_matches(['>', '|']).trim_end();
        let bare = if bare.len() < line.trim_end().len() { bare.trim_start() } else { bare };
        if at > 0 && marker.is_none() && is_marker(bare) {
            marker = Some(at);
        }
        let open = block.get_or_insert(Block { start: at, fields: 0, has_trace: false });
        match field_name(bare) {
            Some(name) => {
                open.fields += 1;
                open.has_trace |=
                    ["received", "message-id", "return-path", "mime-version", "delivered-to"].contains(&name.as_str());
            }
            None if bare.starts_with([' ', '\t']) && open.fields > 0 => {}
            None if open.is_header() => break,
            None => block = None,
        }
        at += line.len();
    }
    let found = block.filter(Block::is_header).map(|block| block.start);
    let end = match (marker, found) {
        (Some(marker), Some(found)) => marker.min(found),
        (marker, found) => marker.or(found).unwrap_or(text.len()),
    };
    let section = text.get(found.unwrap_or(end)..).unwrap_or_default();
    let section = section.get(..TEXT_BYTES_MAX).unwrap_or(section);
    let lines =
        section.lines().skip_while(|line| found.is_none() && field_name(line.trim_start_matches(['>', ' '])).is_none());
    let lines = lines.map(|line| line.strip_prefix("> ").unwrap_or(line)).take_while(|line| !line.trim().is_empty());
    let returned = fields(lines);
    // A notice below the mail, or none at all: better all of it than nothing.
    let head = text.get(..end).filter(|head| !head.trim().is_empty()).unwrap_or(text);
    (head, returned)
}

/// Consecutive lines that may be a header section.
struct Block {
    start: usize,
    fields: usize,
    has_trace: bool,
}

impl Block {
    fn is_header(&self) -> bool {
        self.fields >= 3 && self.has_trace
    }
}

fn is_marker(line: &str) -> bool {
    let is_rule = line.starts_with(['-', '=', '*', '_', '#']) || line.ends_with([':', '-', '=', '*', '_']);
    is_rule && line.len() < 120 && {
        let line = line.to_lowercase();
        MARKERS.iter().any(|marker| line.contains(marker)) && !line.contains("error") && !line.contains("said")
    }
}

/// A field's name at the start of a line, in small letters.
fn field_name(line: &str) -> Option<String> {
    let (name, rest) = line.split_once(':')?;
    let is_name = (2..=60).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && (rest.is_empty() || rest.starts_with([' ', '\t']) || !rest.starts_with('/'));
    is_name.then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_ends_where_the_mail_begins() {
        let text = "Sorry.\nTo: nobody\n\nReceived: by x\n\tfor y\nFrom: a@x.example\nSubject: z\n\nbody";
        let (head, returned) = split_off(text);
        assert_eq!(head, "Sorry.\nTo: nobody\n\n");
        assert_eq!((returned.get("received"), returned.get("subject")), (Some("by x for y"), Some("z")));
    }

    #[test]
    fn a_marker_ends_it_too() {
        let (head, returned) =
            split_off("No.\n--- Below this line is a copy of the message.\n\nFrom: a\nSubject: b\n\nc");
        assert_eq!((head, returned.get("subject")), ("No.\n", Some("b")));
    }

    #[test]
    fn without_either_all_is_notice() {
        assert_eq!(split_off("No.\nFrom: a\n").0, "No.\nFrom: a\n");
        assert_eq!(split_off("").0, "");
    }
}
