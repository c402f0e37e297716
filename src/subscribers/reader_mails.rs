//! Single mails to readers about themselves: a change of address at both ends, the link to their data, a receipt.
//!
//! They are said in the reader's language; one layout serves all four. Nothing that a visitor typed stands in them: not even
//! the other address of a change, which the page behind the link shows masked. Held to it by the tests here.

use super::address_change::End;
use super::model::Subscriber;
use super::personal::ConsentLine;
use crate::app::App;
use crate::base::Timestamp;
use crate::base::text::one_line;
use crate::config::SiteConfig;
use crate::mail::EmailAddr;
use crate::mail::outbox::{MailKind, OutboxMail};
use crate::words::{Language, Words};
use askama::Template;

/// What every part of these mails may name.
struct Letter {
    words: Words,
    site: String,
    subject: String,
    text: String,
    records: Vec<Record>,
    link: String,
    button: String,
    /// The page behind the link has a button that does what the mail speaks of.
    is_asking: bool,
    why: String,
    privacy_link: String,
    postal_address: String,
}

/// A consent.
struct Record {
    title: String,
    lines: Vec<Line>,
}

struct Line {
    label: String,
    value: String,
}

impl Line {
    fn plain(&self) -> String {
        format!("{}: {}", self.label, self.value)
    }
}

/// Of a line of the text part.
const LINE_CHARS_MAX: usize = 72;

impl Letter {
    fn of(app: &App, person: &Subscriber, link: String) -> Self {
        let site = &app.config.site;
        Self {
            words: Words(Language::of_tag(&person.language).unwrap_or(Language::En)),
            site: one_line(&site.name),
            subject: String::new(),
            text: String::new(),
            records: Vec::new(),
            link,
            button: String::new(),
            is_asking: true,
            why: String::new(),
            privacy_link: site.link("/privacy"),
            postal_address: one_line(&site.postal_address),
        }
    }

    /// For the text part.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn wrapped(&self, text: impl AsRef<str>) -> String {
        let mut out = String::new();
        let mut room = LINE_CHARS_MAX;
        for word in text.as_ref().split_whitespace() {
            let chars = word.chars().count();
            if out.is_empty() {
                room = LINE_CHARS_MAX.saturating_sub(chars);
            } else if chars < room {
                out.push(' ');
                room -= chars + 1;
            } else {
                out.push('\n');
                room = LINE_CHARS_MAX.saturating_sub(chars);
            }
            out.push_str(word);
        }
        out
    }
}

#[derive(Template)]
#[template(path = "address_new/subject.txt")]
struct AddressNewSubject<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "address_new/body.txt")]
struct AddressNewText<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "address_new/body.html")]
struct AddressNewHtml<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "address_old/subject.txt")]
struct AddressOldSubject<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "address_old/body.txt")]
struct AddressOldText<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "address_old/body.html")]
struct AddressOldHtml<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "personal_link/subject.txt")]
struct PersonalLinkSubject<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "personal_link/body.txt")]
struct PersonalLinkText<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "personal_link/body.html")]
struct PersonalLinkHtml<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "receipt/subject.txt")]
struct ReceiptSubject<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "receipt/body.txt")]
struct ReceiptText<'a> {
    it: &'a Letter,
}

#[derive(Template)]
#[template(path = "receipt/body.html")]
struct ReceiptHtml<'a> {
    it: &'a Letter,
}

fn mail(
    kind: MailKind,
    to: &EmailAddr,
    expires_at: Timestamp,
    [subject, text, html]: [askama::Result<String>; 3],
) -> askama::Result<OutboxMail> {
    let subject = one_line(&subject?);
    Ok(OutboxMail { kind, to: to.clone(), from: None, subject, text: text?, html: html?, expires_at })
}

/// The question at one end of a change of address.
///
/// # Errors
/// As rendering a template may; the templates are compiled in, so only out of memory.
pub(super) fn address_change(
    app: &App,
    person: &Subscriber,
    to: &EmailAddr,
    end: End,
    link: String,
    expires_at: Timestamp,
) -> askama::Result<OutboxMail> {
    let mut it = Letter::of(app, person, link);
    let words = it.words;
    match end {
        End::New => {
            it.subject = words.say("letter-new-subject").into_owned();
            it.text = words.of("letter-new-text", &it.site).into_owned();
            it.button = words.say("letter-new-button").into_owned();
            it.why = words.say("letter-new-why").into_owned();
            let it = &it;
            let parts =
                [AddressNewSubject { it }.render(), AddressNewText { it }.render(), AddressNewHtml { it }.render()];
            mail(MailKind::AddressNew, to, expires_at, parts)
        }
        End::Old => {
            it.subject = words.say("letter-old-subject").into_owned();
            it.text = words.of("letter-old-text", &it.site).into_owned();
            it.button = words.say("letter-old-button").into_owned();
            it.why = words.say("letter-old-why").into_owned();
            let it = &it;
            let parts =
                [AddressOldSubject { it }.render(), AddressOldText { it }.render(), AddressOldHtml { it }.render()];
            mail(MailKind::AddressOld, to, expires_at, parts)
        }
    }
}

/// The link to everything that is kept.
///
/// # Errors
/// As [`address_change`].
pub(super) fn personal_link(
    app: &App,
    person: &Subscriber,
    to: &EmailAddr,
    link: String,
    expires_at: Timestamp,
) -> askama::Result<OutboxMail> {
    let mut it = Letter::of(app, person, link);
    let words = it.words;
    it.subject = words.say("letter-own-subject").into_owned();
    it.text = words.of("letter-own-text", &it.site).into_owned();
    it.button = words.say("letter-own-button").into_owned();
    it.why = words.say("letter-own-why").into_owned();
    it.is_asking = false;
    let it = &it;
    let parts =
        [PersonalLinkSubject { it }.render(), PersonalLinkText { it }.render(), PersonalLinkHtml { it }.render()];
    mail(MailKind::PersonalLink, to, expires_at, parts)
}

/// What the person agreed to, when, where.
///
/// # Errors
/// As [`address_change`].
pub(super) fn receipt(
    app: &App,
    person: &Subscriber,
    to: &EmailAddr,
    consents: &[ConsentLine],
    link: String,
    expires_at: Timestamp,
) -> askama::Result<OutboxMail> {
    let mut it = Letter::of(app, person, link);
    let words = it.words;
    it.subject = words.say("letter-receipt-subject").into_owned();
    it.text = words.of("letter-receipt-text", &it.site).into_owned();
    it.button = words.say("letter-receipt-button").into_owned();
    it.why = words.say("letter-receipt-why").into_owned();
    it.is_asking = false;
    it.records = consents.iter().map(|line| record(app, words, line)).collect();
    if it.records.is_empty() {
        it.text = format!("{} {}", it.text, words.say("own-receipt-none"));
    }
    let it = &it;
    let parts = [ReceiptSubject { it }.render(), ReceiptText { it }.render(), ReceiptHtml { it }.render()];
    mail(MailKind::Receipt, to, expires_at, parts)
}

fn record(app: &App, words: Words, line: &ConsentLine) -> Record {
    let lines = line.told(words, &app.config.site).into_iter().map(|(label, value)| Line { label, value }).collect();
    Record { title: line.publication.clone(), lines }
}

/// Of a record: in digits, which every language reads alike.
fn moment(at: Timestamp) -> String {
    at.utc().format("%Y-%m-%d %H:%M UTC").to_string()
}

impl ConsentLine {
    /// Label and value of each thing that is recorded, as the reader reads them. A page that is not ours is left out: a
    /// browser says where a form stood, and whoever makes one up must not have us mail it.
    pub fn told(&self, words: Words, site: &SiteConfig) -> Vec<(String, String)> {
        let it = &self.consent;
        let is_ours = it.form_url.starts_with(&site.link("/")) || it.form_url.starts_with("/api/");
        let form_url = if is_ours { one_line(&it.form_url) } else { String::new() };
        let mut told = vec![
            (words.say("own-consent-text"), one_line(&it.text)),
            (words.say("own-consent-version"), it.text_version.clone()),
            (words.say("own-consent-given"), moment(it.given_at)),
            (words.say("own-consent-confirmed"), it.confirmed_at.map(moment).unwrap_or_default()),
            (words.say("own-consent-source"), words.say(&format!("own-source-{}", it.source)).into_owned()),
            (words.say("own-consent-form"), form_url),
            (words.say("own-consent-network"), it.ip_prefix.clone().unwrap_or_default()),
            (words.say("own-consent-confirmed-network"), it.confirmed_ip_prefix.clone().unwrap_or_default()),
        ];
        told.retain(|(_, value)| !value.is_empty());
        told.into_iter().map(|(label, value)| (label.into_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;
    use crate::subscribers::fixtures::Letters as _;
    use crate::subscribers::store::people;
    use crate::subscribers::{SignUp, confirm, sign_up};

    const ANNA: &str = "anna@a.example";

    async fn anna(house: &TestHouse) -> Subscriber {
        sign_up(&house.app, SignUp::by_form(ANNA)).await.unwrap();
        confirm(&house.app, &house.confirm_token(ANNA).await, None, &[]).await.unwrap();
        let mut tx = house.app.db.read().await.unwrap();
        people::find_subscriber_by_key(&mut tx, &EmailAddr::parse(ANNA).unwrap()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn the_question_at_the_old_end_reads_as_it_should() {
        let house = TestHouse::open().await;
        let person = anna(&house).await;
        let to = EmailAddr::parse(ANNA).unwrap();
        let link = "https://news.example/address/TOKEN".to_owned();
        let mail = address_change(&house.app, &person, &to, End::Old, link, house.app.now()).unwrap();
        insta::assert_snapshot!(format!("{}\n---\n{}", mail.subject, mail.text), @"
        Do you want to change your address?
        ---
        Do you want to change your address?

        Somebody, most likely you, wants the newsletters of The Lamp to go to
        another address. Nothing is changed until the buttons in this mail and
        in the one to the new address are pressed.

        https://news.example/address/TOKEN

        The link opens a page with one button; nothing happens before you press
        it.

        If it was not you, open the link and press “stop it”. The link works for
        48 hours.

        How we treat your address: https://news.example/privacy

        --
        The Lamp
        1 Quay, Exampleton
        ");
    }

    #[tokio::test]
    async fn every_mail_is_small_fetches_nothing_and_speaks_the_readers_language() {
        let house = TestHouse::open().await;
        let mut person = anna(&house).await;
        let to = EmailAddr::parse(ANNA).unwrap();
        let now = house.app.now();
        for (language, said) in [
            ("en", "new address"),
            ("de", "neue Adresse"),
            ("fr", "nouvelle adresse"),
            ("es", "nueva"),
            ("ru", "новый адрес"),
        ] {
            person.language = language.to_owned();
            let link = || "https://news.example/x/TOKEN".to_owned();
            let new = address_change(&house.app, &person, &to, End::New, link(), now).unwrap();
            assert!(new.subject.contains(said), "{language}: {}", new.subject);
            let own = personal_link(&house.app, &person, &to, link(), now).unwrap();
            let receipt = receipt(&house.app, &person, &to, &[], link(), now).unwrap();
            for mail in [&new, &own, &receipt] {
                assert!(mail.html.len() < 16 * 1024 && mail.html.contains(&format!("lang=\"{language}\"")));
                assert!(mail.text.lines().all(|line| line.chars().count() <= LINE_CHARS_MAX || line.contains("://")));
                for word in ["<script", "<img", "<link", "url(", "http://", "letter-", "own-"] {
                    assert!(!mail.html.contains(word) && !mail.text.contains(word), "{language}: {word}");
                }
            }
        }
    }
}
