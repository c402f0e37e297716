//! The parts in their order, with their heads and their bytes as they stand in the mail.
//!
//! Where a part begins and ends is mail-parser's word; what its head and its bytes hold is read here, since a parser
//! that means well does not tell what was wrong. At most [`PARTS_MAX`] parts.

use super::decode::{base64, quoted_printable};
use crate::lint::head::Fields;
use crate::lint::limits::PARTS_MAX;
use mail_parser::{MessageParser, MimeHeaders, PartType};

/// A part that holds something itself.
pub(in crate::lint) struct Leaf<'a> {
    /// `text/plain`, in lower case.
    pub media_type: String,
    pub charset: Option<String>,
    /// In lower case; `7bit` where nothing is said (RFC 2045 6.1).
    pub encoding: String,
    pub is_attachment: bool,
    /// Encoded.
    pub body: &'a [u8],
    pub decoded: Vec<u8>,
    /// Escapes of quoted-printable that are none, or all of a base64 that cannot be read.
    pub malformed: usize,
    /// Line of the mail on which the body begins.
    pub line: usize,
}

pub(in crate::lint) struct Tree<'a> {
    /// Of the mail itself.
    pub media_type: String,
    pub boundary: Option<String>,
    pub leaves: Vec<Leaf<'a>>,
    /// Multiparts within it.
    pub inner_multiparts: usize,
    pub has_more: bool,
}

impl<'a> Tree<'a> {
    /// None if the bytes hold no mail at all.
    pub fn read(raw: &'a [u8]) -> Option<Self> {
        let message = MessageParser::default().parse(raw)?;
        let mut tree = Tree {
            media_type: "text/plain".to_owned(),
            boundary: None,
            leaves: Vec::new(),
            inner_multiparts: 0,
            has_more: message.parts.len() > PARTS_MAX,
        };
        let (mut counted, mut line) = (0, 1);
        for (number, part) in message.parts.iter().take(PARTS_MAX).enumerate() {
            let media_type = part.content_type().map_or_else(
                || "text/plain".to_owned(),
                |it| format!("{}/{}", it.ctype(), it.subtype().unwrap_or_default()).to_ascii_lowercase(),
            );
            if number == 0 {
                tree.media_type.clone_from(&media_type);
                tree.boundary = part.content_type().and_then(|it| it.attribute("boundary")).map(str::to_owned);
            }
            if matches!(part.body, PartType::Multipart(_)) {
                tree.inner_multiparts += usize::from(number > 0);
                continue;
            }
            let [head, start, end] = [part.offset_header, part.offset_body, part.offset_end].map(|at| at as usize);
            let fields = Fields::read(raw.get(head..start).unwrap_or_default());
            let body = raw.get(start..end).unwrap_or_default();
            if start >= counted {
                let passed = raw.get(counted..start).unwrap_or_default();
                line += memchr::memchr_iter(b'\n', passed).count();
                counted = start;
            }
            let encoding = fields.value("content-transfer-encoding").unwrap_or("7bit").to_ascii_lowercase();
            let (decoded, malformed) = match encoding.as_str() {
                "quoted-printable" => quoted_printable(body),
                "base64" => base64(body).map_or_else(|| (body.to_vec(), 1), |bytes| (bytes, 0)),
                _ => (body.to_vec(), 0),
            };
            tree.leaves.push(Leaf {
                media_type,
                charset: part.content_type().and_then(|it| it.attribute("charset")).map(str::to_ascii_lowercase),
                encoding,
                is_attachment: part.attachment_name().is_some()
                    || part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment),
                body,
                decoded,
                malformed,
                line,
            });
        }
        Some(tree)
    }

    /// The first part of a type that is no attachment.
    pub fn first(&self, media_type: &str) -> Option<&Leaf<'a>> {
        self.leaves.iter().find(|leaf| leaf.media_type == media_type && !leaf.is_attachment)
    }
}

impl Leaf<'_> {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.decoded).into_owned()
    }
}
