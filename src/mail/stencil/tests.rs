//! Spliced mails beside composed ones, and read back with mail-parser, which shares no code with either.

use super::*;
use crate::base::limits;
use mail_parser::MessageParser;
use proptest::prelude::*;

const UNSUBSCRIBE_MARK: &str = "https://unsubscribe.invalid/";
const PREFERENCES_MARK: &str = "https://preferences.invalid/";

struct Content {
    text: String,
    html: String,
    subject: String,
}

impl Content {
    fn of(body: &str) -> Self {
        Self { text: body.to_owned(), html: body.to_owned(), subject: "Tonight".to_owned() }
    }

    fn stencil(&self) -> EditionStencil<'_> {
        static FROM: std::sync::LazyLock<Mailbox> =
            std::sync::LazyLock::new(|| "The Lamp <lamp@news.example>".parse().unwrap());
        EditionStencil {
            from: &FROM,
            reply_to: Some(&FROM),
            subject: &self.subject,
            text: &self.text,
            html: &self.html,
            domain: "news.example",
            list_id: "evening.news.example",
            list_name: "Evening",
            unsubscribe: PersonalLink { mark: UNSUBSCRIBE_MARK, url: "https://news.example/unsubscribe/{token}" },
            preferences: PersonalLink { mark: PREFERENCES_MARK, url: "https://news.example/preferences/{token}" },
            unsubscribe_mailto: "mailto:unsubscribe+{token}@bounces.news.example",
            archive_url: "https://news.example/archive/evening",
            feedback_id: "20261123:evening:edition:newsexample",
            language: "en",
        }
    }
}

fn token(seed: u8) -> Token {
    let letter = |n: u8| b"abcdefghijklmnopqrstuvwxyz234567"[usize::from(n.wrapping_mul(7).wrapping_add(seed) % 32)];
    let bytes: Vec<u8> = (0..44).map(letter).collect();
    Token::new(std::str::from_utf8(&bytes).unwrap()).unwrap()
}

fn person(to: &EmailAddr) -> Person<'_> {
    Person {
        to,
        message_id: token(3),
        unsubscribe: token(11),
        preferences: token(20),
        date: Timestamp::from_seconds(1_795_458_600),
    }
}

fn anna() -> EmailAddr {
    EmailAddr::parse("anna@x.example").unwrap()
}

/// What `delivery` sent before there were stencils.
fn composed_for(content: &Content, person: &Person<'_>) -> Vec<u8> {
    let mail = content.stencil();
    composed(&mail, person, &compose::boundary_of(person.message_id.as_str().as_bytes())).unwrap()
}

fn with_boundary_of(composed: &[u8], content: &Content, person: &Person<'_>) -> Vec<u8> {
    let own = compose::boundary_of([&*content.subject, &*content.text, &*content.html].join("\0").as_bytes());
    let its = compose::boundary_of(person.message_id.as_str().as_bytes());
    String::from_utf8(composed.to_vec()).unwrap().replace(&its, &own).into_bytes()
}

fn check(content: &Content, to: &EmailAddr) {
    let person = person(to);
    let stencil = Stencil::edition(&content.stencil()).unwrap();
    let mut mail = b"before".to_vec();
    stencil.write(&person, &mut mail);
    let mail = mail.strip_prefix(b"before").unwrap();
    assert_eq!(mail.len(), stencil.bytes(to));
    let composed = composed_for(content, &person);
    let expected = with_boundary_of(&composed, content, &person);
    assert_eq!(String::from_utf8_lossy(mail), String::from_utf8_lossy(&expected));

    let mut stuffed = Vec::new();
    let mut expected_stuffed = Vec::new();
    stencil.write_stuffed(&person, &mut stuffed);
    stuff(mail, &mut expected_stuffed);
    assert_eq!(String::from_utf8_lossy(&stuffed), String::from_utf8_lossy(&expected_stuffed));

    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        assert!(line.ends_with(b"\r\n") && line.len() <= 1000);
    }
    let (spliced, composed) =
        (MessageParser::default().parse(mail).unwrap(), MessageParser::default().parse(&composed).unwrap());
    let names = |mail: &mail_parser::Message<'_>| -> Vec<(String, String)> {
        let all = mail.headers_raw().filter(|(name, _)| *name != "Content-Type");
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    assert_eq!(names(&spliced), names(&composed));
    let parts = |mail: &mail_parser::Message<'_>| {
        [mail.text_part(0), mail.html_part(0)].map(|part| part.unwrap().text_contents().unwrap().to_owned())
    };
    assert_eq!(parts(&spliced), parts(&composed));
}

/// The mark in the midst of a text, at each of a hundred places of a line.
fn shifted(before: &str, mark: &str, after: &str) -> impl Iterator<Item = String> {
    (0..100).map(move |n| format!("{}{before}{mark}{after}\n", ".".repeat(n)))
}

#[test]
fn a_link_may_stand_at_any_place_of_a_line() {
    for body in shifted("", UNSUBSCRIBE_MARK, "").chain(shifted("<a href=\"", PREFERENCES_MARK, "\">you</a>. =")) {
        check(&Content::of(&body), &anna());
    }
}

#[test]
fn in_base64_too() {
    let words = "\u{412}\u{435}\u{447}\u{435}\u{440}\u{43d}\u{438}\u{439} ".repeat(9);
    for n in 0..80 {
        let body = format!("{words}{}{UNSUBSCRIBE_MARK}{PREFERENCES_MARK} {words}{UNSUBSCRIBE_MARK}", "x".repeat(n));
        let content = Content::of(&body);
        check(&content, &anna());
        let mail = composed_for(&content, &person(&anna()));
        assert_eq!(String::from_utf8(mail).unwrap().matches("Encoding: base64").count(), 2);
    }
}

#[test]
fn one_part_may_be_base64_and_the_other_not() {
    let cyrillic = "\u{412}\u{435}\u{447}\u{435}\u{440} ".repeat(30);
    for (text, html) in [("Tonight\n", cyrillic.as_str()), (cyrillic.as_str(), "<p>Tonight</p>")] {
        let of = |body: &str| format!("{body}\n{PREFERENCES_MARK}\n.{UNSUBSCRIBE_MARK}.{UNSUBSCRIBE_MARK}");
        check(&Content { text: of(text), html: of(html), ..Content::of("") }, &anna());
    }
}

#[test]
fn a_mail_without_a_link_in_it_still_has_its_headers() {
    for body in ["", "\n", "a", ".\n.\n..", "\r\n\r\n"] {
        check(&Content::of(body), &anna());
    }
}

#[test]
fn any_address_stands_in_it() {
    let long = format!("{}@{}.example", "a".repeat(64), ["b".repeat(60), "c".repeat(60)].join("."));
    for to in ["\u{f6}@x.example", "o'neil.+-_=?@x.example", &long, "a@b.cd"] {
        check(&Content::of(UNSUBSCRIBE_MARK), &EmailAddr::parse(to).unwrap());
    }
}

#[test]
fn a_retry_differs_in_its_date_alone() {
    let content = Content::of(&format!("Hello\n{UNSUBSCRIBE_MARK}\n"));
    let (to, mut first, mut second) = (anna(), Vec::new(), Vec::new());
    Stencil::edition(&content.stencil()).unwrap().write(&person(&to), &mut first);
    let later = Person { date: Timestamp::from_seconds(1_795_462_200), ..person(&to) };
    Stencil::edition(&content.stencil()).unwrap().write(&later, &mut second);
    let second = String::from_utf8(second).unwrap().replace("19:30:00 +0000", "18:30:00 +0000");
    assert_eq!(String::from_utf8(first).unwrap(), second);
}

#[test]
fn what_gmail_would_clip_with_its_links_in_it_is_refused() {
    let fits = format!("{UNSUBSCRIBE_MARK}\n{}", "x y\n".repeat(limits::EDITION_BYTES_MAX / 6));
    assert!(Stencil::edition(&Content::of(&fits).stencil()).is_ok());
    // As marks they would fit; as links they do not.
    let links = format!("{UNSUBSCRIBE_MARK}\n").repeat(limits::EDITION_BYTES_MAX / 80);
    assert!(links.len() < limits::EDITION_BYTES_MAX);
    assert!(matches!(Stencil::edition(&Content::of(&links).stencil()), Err(ComposeError::TooLarge { .. })));
}

#[test]
fn a_link_that_has_no_place_for_a_token_is_refused() {
    let content = Content::of("Hello");
    for url in ["https://news.example/unsubscribe/", "{token}", "https://a.example/{token}/{token}"] {
        let unsubscribe = PersonalLink { mark: UNSUBSCRIBE_MARK, url };
        let refused = Stencil::edition(&EditionStencil { unsubscribe, ..content.stencil() });
        assert!(matches!(refused, Err(ComposeError::Link(_))), "{url}");
    }
    let refused = Stencil::edition(&EditionStencil {
        archive_url: "https://x.example/\r\nBcc: a@b.example",
        ..content.stencil()
    });
    assert!(matches!(refused, Err(ComposeError::Header("List-Archive"))));
}

#[test]
fn only_what_no_encoding_changes_is_a_token() {
    for wrong in ["", "a", &"a".repeat(43), &"a".repeat(45), &"A".repeat(44), &"1".repeat(44), &"=".repeat(44)] {
        assert_eq!(Token::new(wrong), None, "{wrong}");
    }
    assert_eq!(Token::new(&"a7".repeat(22)).unwrap().as_str(), "a7".repeat(22));
}

fn body() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,60}",
        "[.=\\n\\t \\r]{0,5}",
        "[a-z .,<>\"=]{0,120}",
        "[\u{430}-\u{44f} .\\n]{0,150}",
        "[\u{4e00}-\u{4e80}]{0,40}",
        "[\u{5d0}-\u{5ea}\u{1f3ee} ]{0,30}",
        Just(UNSUBSCRIBE_MARK.to_owned()),
        Just(PREFERENCES_MARK.to_owned()),
        Just(format!("\n{UNSUBSCRIBE_MARK}{PREFERENCES_MARK}\n.")),
        Just("a".repeat(300)),
        Just(format!("{}@stencil.invalid", "a".repeat(44))),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_content_is_spliced_as_it_would_be_composed(text in body(), html in body(), subject in "\\PC{0,80}") {
        check(&Content { text, html, subject }, &anna());
    }
}
