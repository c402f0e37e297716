//! What the mails of an edition are, requirement by requirement: read back from what a mail server took.
//!
//! The evenings are lived once, on SQLite: the same day gives the same bytes on either engine, which
//! `editions::determinism` proves.

mod dkim;
mod head_laws;
mod hostile;
pub mod judges;
mod requirements_headers;
mod requirements_html;
mod requirements_mime;
mod rotation;
mod spam;

use crate::harness::{Harness, Newspaper, Newsroom, Stage, TestDatabase};
use lamplighter::base::Timestamp;
use lamplighter::db::Engine;
use lamplighter::sink::CaughtMail;
use std::sync::Arc;
use tokio::sync::OnceCell;

const ADA: &str = "ada@readers.example";
const BEN: &str = "ben@readers.example";
const LONG_WORD: &str = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft";

/// Two evenings with two readers: what arrived, in order; the second evening's top story has a hostile title.
struct Evenings {
    mails: Vec<Arc<CaughtMail>>,
    sent_at: Timestamp,
}

impl Evenings {
    async fn lived() -> &'static Self {
        static LIVED: OnceCell<Evenings> = OnceCell::const_new();
        LIVED.get_or_init(live).await
    }

    fn of(&self, address: &str) -> Vec<&CaughtMail> {
        self.mails.iter().map(Arc::as_ref).filter(|mail| mail.envelope_to == [address]).collect()
    }

    /// Every mail of an edition.
    fn all(&self) -> impl Iterator<Item = &CaughtMail> {
        self.mails.iter().map(Arc::as_ref)
    }

    /// The evening with the hostile titles.
    fn hostile(&self) -> &CaughtMail {
        self.of(ADA)[1]
    }
}

async fn live() -> Evenings {
    let database = TestDatabase::migrated(Engine::Sqlite).await.expect("SQLite is always there");
    let t = <Harness as Stage>::set(Arc::new(database)).await;
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    t.subscribe(ADA).await;
    t.subscribe(BEN).await;
    for (category, title) in [("World", "Harbour opens"), ("Local", "Bridge closes"), ("Sport", "Regatta won")] {
        paper.publish_in(category, title);
    }
    t.evening("2026-11-23").await;
    for (number, title) in hostile_titles().iter().enumerate() {
        let name = format!("Hostile {number}");
        paper.publish_in("World", &name);
        paper.edit(&name, |story| {
            story.title.clone_from(title);
            story.text = format!("{title} {}", story.text);
        });
    }
    t.evening("2026-11-24").await;
    let mails = t.editions_mailed();
    assert_eq!(mails.len(), 4, "two evenings, two readers");
    Evenings { mails, sent_at: t.now() }
}

/// As a feed writes them, in XML. The first is the oldest, all of them are as good as each other.
fn hostile_titles() -> Vec<String> {
    vec![
        "Re: x&#13;&#10;Bcc: spy@x.example&#8232;y &#133; z".to_owned(),
        "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; A &amp; B 5 &lt; 6".to_owned(),
        "\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{202e}hello\u{2066} \u{1f3ee}\u{1f469}\u{200d}\u{1f692}".to_owned(),
        format!("{} {}", "\u{5915}\u{520a}\u{306e}\u{30cb}\u{30e5}\u{30fc}\u{30b9}".repeat(30), LONG_WORD),
        "word ".repeat(2000),
        "It\u{92}s \u{80}5 .. . ..x".to_owned(),
    ]
}

/// The head of a mail as it was sent, and its body.
fn head_and_body(mail: &CaughtMail) -> (String, String) {
    let raw = String::from_utf8(mail.raw.clone()).expect("all of it is ASCII");
    let (head, body) = raw.split_once("\r\n\r\n").expect("an empty line");
    (format!("{head}\r\n"), body.to_owned())
}
