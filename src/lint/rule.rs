//! The rules by their names. Scripts rely on them: none is ever renamed.
//!
//! Each has the number of the requirement that it stands for and a name that speaks; both together, `h4.list_id`, are
//! what JSON and people see. `every_rule_has_a_name_of_its_own` holds them apart.

use serde::{Serialize, Serializer};

macro_rules! rules {
    ($($(#[$about:meta])* $rule:ident = $id:literal,)*) => {
        /// What a finding is about.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Rule { $($(#[$about])* $rule,)* }

        impl Rule {
            pub const ALL: &[Self] = &[$(Self::$rule,)*];

            /// `h4.list_id`
            pub const fn id(self) -> &'static str {
                match self { $(Self::$rule => $id,)* }
            }
        }
    };
}

rules! {
    // What a receiver sees before it reads.
    MailSize = "b6.mail_size",
    HtmlSize = "b6.html_size",
    HeadSize = "h13.head_size",
    LineEnds = "h10.line_ends",
    Nul = "h10.nul",
    LineLength = "h10.line_length",
    HeadLine = "h10.head_line",
    EightBit = "b2.eight_bit",
    // The head.
    HeadSyntax = "a6.head_syntax",
    Duplicate = "a6.duplicate_header",
    Missing = "h1.missing_header",
    Date = "h1.date",
    MessageId = "h1.message_id",
    From = "a2.from",
    FreeMail = "a2.free_mail",
    DisplayName = "a9.display_name",
    To = "h2.to",
    Bcc = "h2.bcc",
    Subject = "h13.subject",
    FalseReply = "a10.false_reply",
    EncodedWord = "h11.encoded_word",
    HeadControl = "h9.head_control",
    ListUnsubscribe = "u1.list_unsubscribe",
    OneClick = "u1.one_click",
    ListId = "h4.list_id",
    ListHeaders = "h5.list_headers",
    AutoSubmitted = "h6.auto_submitted",
    Precedence = "h6.precedence",
    FeedbackId = "h7.feedback_id",
    // The parts.
    Structure = "b1.structure",
    Boundary = "b1.boundary",
    Charset = "b1.charset",
    TransferEncoding = "b2.transfer_encoding",
    Base64Text = "b3.base64_text",
    EncodedLine = "b4.encoded_line",
    Utf8 = "b5.utf8",
    Control = "b5.control",
    Attachment = "h12.attachment",
    // The text.
    TextMarkup = "b7.text_markup",
    TextLine = "b7.text_line",
    TextLink = "b7.text_link",
    TextUnsubscribe = "b7.text_unsubscribe",
    PartsDiffer = "b8.parts_differ",
    // The HTML.
    HtmlCost = "b9.html_cost",
    ActiveContent = "b9.active_content",
    LinkScheme = "b9.link_scheme",
    LinkHttp = "b11.link_http",
    LinkText = "b11.link_text",
    Shortener = "b11.shortener",
    Loopback = "b11.loopback",
    HtmlUnsubscribe = "a3.html_unsubscribe",
    StyleSheet = "c1.style_sheet",
    ForeignCss = "c2.foreign_css",
    Width = "c3.width",
    ImageSize = "c4.image_size",
    ImageAlt = "c4.image_alt",
    ImageSource = "c4.image_source",
    Doctype = "c5.doctype",
    Language = "c5.language",
    Direction = "c5.direction",
    Title = "c5.title",
    MetaCharset = "c5.meta_charset",
    Viewport = "c5.viewport",
    Headings = "c6.headings",
    LayoutTable = "c6.layout_table",
    DarkScheme = "c7.dark_scheme",
    FontSize = "c8.font_size",
    LineHeight = "c8.line_height",
    Contrast = "c8.contrast",
    SameWords = "c9.same_words",
    ClientSupport = "c10.client_support",
    FewWords = "c11.few_words",
    HiddenText = "c12.hidden_text",
    Bidi = "c13.bidi",
    Pixel = "c14.tracking_pixel",
    // The signatures.
    Unsigned = "d1.unsigned",
    SignatureForm = "d1.signature_form",
    Algorithm = "d1.algorithm",
    KeySize = "d1.key_size",
    Canonicalization = "d1.canonicalization",
    BodyLength = "d1.body_length",
    Alignment = "d1.alignment",
    BodyHash = "d1.body_hash",
    SignatureTime = "d1.signature_time",
    Ed25519Alone = "d2.ed25519_alone",
    SignedHeaders = "d3.signed_headers",
    Oversigned = "d3.oversigned",
    OneClickSigned = "u2.one_click_signed",
    /// How many findings there are beyond those of the report.
    More = "more",
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let ids: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        let is_id = |id: &str| id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b));
        assert!(ids.iter().all(|id| is_id(id)), "{ids:?}");
    }

    #[test]
    fn json_has_the_name() {
        assert_eq!(serde_json::to_string(&Rule::ListId).unwrap(), "\"h4.list_id\"");
    }
}
