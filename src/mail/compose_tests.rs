//! Mails read back with mail-parser, which shares no code with what wrote them.

use super::*;
use mail_parser::{Message as Parsed, MessageParser};
use proptest::prelude::*;

struct Content {
    from: Mailbox,
    to: EmailAddr,
    subject: String,
    text: String,
    html: String,
    list_name: String,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            from: "The Lamp <lamp@news.example>".parse().unwrap(),
            to: EmailAddr::parse("anna@x.example").unwrap(),
            subject: "Tonight".to_owned(),
            text: "Hello\n".to_owned(),
            html: "<p>Hello</p>\n".to_owned(),
            list_name: "Evening".to_owned(),
        }
    }
}

const UNSUBSCRIBE: &str = "https://news.example/unsubscribe/aeaqaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn compose(content: &Content) -> Result<Vec<u8>, ComposeError> {
    edition(&EditionMail {
        from: &content.from,
        reply_to: None,
        to: &content.to,
        subject: &content.subject,
        text: &content.text,
        html: &content.html,
        message_id: "<aeaq@news.example>",
        date: Timestamp::from_seconds(1_795_458_600),
        list_id: "evening.news.example",
        list_name: &content.list_name,
        unsubscribe_https: UNSUBSCRIBE,
        unsubscribe_mailto: "mailto:lamp@news.example?subject=unsubscribe-aeaq",
        archive_url: "https://news.example/archive/evening",
        feedback_id: "20261123:evening:edition:newsexample",
        language: "en",
    })
}

fn composed(content: &Content) -> Vec<u8> {
    let bytes = compose(content).unwrap();
    assert!(bytes.is_ascii());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        assert!(line.ends_with(b"\r\n") && line.len() <= 1000, "{}", String::from_utf8_lossy(line));
        assert!(!line[..line.len() - 2].contains(&b'\r'));
    }
    bytes
}

fn parse(bytes: &[u8]) -> Parsed<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

fn names(bytes: &[u8]) -> Vec<String> {
    parse(bytes).headers_raw().map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn an_edition_carries_the_headers_that_providers_ask_for() {
    let bytes = composed(&Content::default());
    let mail = String::from_utf8(bytes.clone()).unwrap();
    let head = mail.split_once("\r\n\r\n").unwrap().0;
    for line in [
        "Date: Mon, 23 Nov 2026 18:30:00 +0000",
        "From: \"The Lamp\" <lamp@news.example>",
        "To: anna@x.example",
        "Subject: Tonight",
        "Message-ID: <aeaq@news.example>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: OOF, AutoReply",
        "List-Id: \"Evening\"\r\n <evening.news.example>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "List-Archive: <https://news.example/archive/evening>",
        "List-Post: NO",
        "Feedback-ID: 20261123:evening:edition:newsexample",
        "Precedence: bulk",
        "MIME-Version: 1.0",
    ] {
        assert_eq!(head.matches(&format!("{line}\r\n")).count(), 1, "{line}\n{head}");
    }
    let lists =
        format!("List-Unsubscribe: <{UNSUBSCRIBE}>,\r\n <mailto:lamp@news.example?subject=unsubscribe-aeaq>\r\n");
    assert!(head.contains(&lists), "{head}");
}

#[test]
fn a_single_mail_is_no_bulk_mail() {
    let content = Content::default();
    let single_mail = |html| {
        single(&SingleMail {
            from: &content.from,
            reply_to: Some(&content.from),
            to: &content.to,
            subject: "Please confirm",
            text: "Confirm",
            html,
            message_id: "<1@news.example>",
            date: Timestamp::EPOCH,
        })
        .unwrap()
    };
    let bytes = single_mail("<p>Confirm</p>");
    assert!(!names(&bytes).iter().any(|name| name.starts_with("List-") || name == "Precedence"));
    assert!(names(&bytes).contains(&"Reply-To".to_owned()) && names(&bytes).contains(&"Auto-Submitted".to_owned()));
    let text_alone = single_mail("");
    assert_eq!(parse(&text_alone).text_part(0).unwrap().text_contents().unwrap(), "Confirm\r\n");
}

#[test]
fn subjects_and_names_of_every_script_arrive_as_they_were() {
    let japanese = "\u{5915}\u{520a}\u{306e}\u{30cb}\u{30e5}\u{30fc}\u{30b9}".repeat(20);
    for text in [
        "Quiet evening \u{2013} the harbour opens",
        "\u{1f3ee}\u{1f469}\u{200d}\u{1f692} tonight \u{1f3ee}",
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd} hello \u{627}\u{644}\u{633}\u{644}\u{627}\u{645}",
        "=?utf-8?Q?not_encoded?=",
        "a \"quoted\" word, and a back\\slash (and brackets) <x@y.example>",
        &japanese,
        &"supercalifragilistic".repeat(10),
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen",
    ] {
        let content = Content { subject: text.to_owned(), list_name: text.to_owned(), ..Content::default() };
        let bytes = composed(&content);
        assert_eq!(parse(&bytes).subject(), Some(text));
        let head = String::from_utf8_lossy(&bytes).into_owned();
        let head = head.split_once("\r\n\r\n").unwrap().0;
        for line in head.lines().filter(|line| !line.contains("https://")) {
            assert!(line.len() <= 78, "{line}");
        }
        assert!(head.contains("\r\n <evening.news.example>\r\n"));
    }
}

#[test]
fn a_subject_cannot_start_a_header() {
    let content = Content {
        subject: "x\r\nBcc: spy@x.example\r\n\r\nbody\u{2028}y\0".to_owned(),
        list_name: "x\r\nBcc: spy@x.example".to_owned(),
        from: Mailbox::new(Some("L\r\nBcc: spy@x.example".to_owned()), "lamp@news.example".parse().unwrap()),
        ..Content::default()
    };
    let bytes = composed(&content);
    assert_eq!(names(&bytes).len(), names(&composed(&Content::default())).len());
    assert_eq!(parse(&bytes).subject(), Some("x Bcc: spy@x.example body y"));
    assert_eq!(parse(&bytes).bcc(), None);
}

#[test]
fn a_link_that_cannot_stand_in_a_header_is_refused() {
    let content = Content::default();
    let mail = |unsubscribe| {
        edition(&EditionMail {
            from: &content.from,
            reply_to: None,
            to: &content.to,
            subject: "s",
            text: "t",
            html: "h",
            message_id: "<1@x.example>",
            date: Timestamp::EPOCH,
            list_id: "evening.news.example",
            list_name: "Evening",
            unsubscribe_https: unsubscribe,
            unsubscribe_mailto: "mailto:a@x.example",
            archive_url: "https://news.example/",
            feedback_id: "a:b:c:d",
            language: "en",
        })
    };
    for bad in ["https://x.example/\r\nBcc: a@b.example", "https://x.example/a b", "https://x.example/>", ""] {
        assert!(matches!(mail(bad), Err(ComposeError::Header("List-Unsubscribe"))), "{bad}");
    }
    let long = format!("https://x.example/{}", "a".repeat(300));
    let bytes = mail(&long).unwrap();
    assert!(String::from_utf8(bytes).unwrap().contains(&format!("<{long}>,\r\n")));
}

#[test]
fn bodies_arrive_as_they_were() {
    let tricky = ".\n..x\nFrom here\ntrailing space \n\ttab\n=3D equals =\n\u{e9}\u{1f3ee}\nlast";
    let content = Content { text: tricky.to_owned(), html: tricky.to_owned(), ..Content::default() };
    let bytes = composed(&content);
    let parsed = parse(&bytes);
    let expected = format!("{}\r\n", tricky.replace('\n', "\r\n"));
    assert_eq!(parsed.text_part(0).unwrap().text_contents().unwrap(), expected);
    assert_eq!(parsed.html_part(0).unwrap().text_contents().unwrap(), expected);
    assert_eq!(parsed.root_part().sub_parts().unwrap(), [1, 2]);
}

#[test]
fn control_characters_do_not_leave_the_house() {
    let content = Content { text: "a\u{92}b\u{0}c\rd\r\ne\u{7}".to_owned(), ..Content::default() };
    let bytes = composed(&content);
    assert_eq!(parse(&bytes).text_part(0).unwrap().text_contents().unwrap(), "abc\r\nd\r\ne\r\n");
}

#[test]
fn latin_text_is_quoted_printable_and_other_scripts_are_base64() {
    for (text, encoding) in [
        ("The harbour caf\u{e9} opens tonight.\n", "quoted-printable"),
        (
            "\u{412}\u{435}\u{447}\u{435}\u{440}\u{43d}\u{438}\u{439} \u{432}\u{44b}\u{43f}\u{443}\u{441}\u{43a}\n",
            "base64",
        ),
    ] {
        let content = Content { html: text.repeat(50), text: text.repeat(50), ..Content::default() };
        let mail = String::from_utf8(composed(&content)).unwrap();
        assert_eq!(mail.matches(&format!("Content-Transfer-Encoding: {encoding}\r\n")).count(), 2);
        let body = mail.split_once("\r\n\r\n").unwrap().1;
        assert!(body.lines().all(|line| line.len() <= 76), "{body}");
    }
}

#[test]
fn an_edition_that_gmail_would_clip_is_refused() {
    let content = Content { html: "x".repeat(limits::EDITION_BYTES_MAX + 1), ..Content::default() };
    assert!(matches!(compose(&content), Err(ComposeError::TooLarge { .. })));
    let content = Content { html: "<p>x</p>\n".repeat(limits::EDITION_BYTES_MAX / 12), ..Content::default() };
    assert!(compose(&content).is_ok());
}

#[test]
fn a_mailbox_name_that_is_not_ascii_stands_in_the_mail_as_it_is() {
    let content = Content { to: EmailAddr::parse("\u{f6}@x.example").unwrap(), ..Content::default() };
    let mail = String::from_utf8(compose(&content).unwrap()).unwrap();
    assert!(mail.contains("To: \u{f6}@x.example\r\n"), "{mail}");
}

proptest! {
    #[test]
    fn any_title_is_one_line_and_arrives(title in "\\PC{0,200}|[ -~]{0,200}|[a-z\u{e9}\u{4e00} \"=?]{0,200}") {
        let content = Content { subject: title.clone(), list_name: title.clone(), ..Content::default() };
        let bytes = composed(&content);
        let expected = crate::base::text::one_line(&title);
        let parsed = parse(&bytes);
        prop_assert_eq!(parsed.subject().unwrap_or_default(), &expected);
    }

    #[test]
    fn any_name_of_a_sender_is_one_name(name in "\\PC{0,100}|[ -~]{0,60}") {
        let from = Mailbox::new(Some(name.clone()), "lamp@news.example".parse().unwrap());
        let bytes = composed(&Content { from, ..Content::default() });
        let parsed = parse(&bytes);
        let from = parsed.from().unwrap().first().unwrap();
        prop_assert_eq!(from.address(), Some("lamp@news.example"));
        let expected = crate::base::text::one_line(&name);
        prop_assert_eq!(from.name().unwrap_or_default(), expected.trim());
    }

    #[test]
    fn any_text_arrives_as_its_lines(text in "(\\PC{0,90}|[.\\n=\\t ]{0,9}){0,6}") {
        let bytes = composed(&Content { text: text.clone(), ..Content::default() });
        let parsed = parse(&bytes);
        prop_assert_eq!(parsed.text_part(0).unwrap().text_contents().unwrap(), lines(&text));
    }
}
