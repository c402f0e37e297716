//! Sections 11 and 12: addresses, and the list of those that must not be mailed.

use super::*;
use lamplighter::sink::{Extensions, Sink, SinkOptions};
use lamplighter::subscribers::{
    AddOutcome, ImportOptions, ImportStatus, RemoveOutcome, Suppressed, SuppressionReason as Why,
};
use std::net::SocketAddr;

/// As typed, and as it is mailed.
fn good() -> Vec<(String, String)> {
    let local = "l".repeat(64);
    let label = "d".repeat(63);
    let longest = format!("{local}@{label}.{label}.{}.example", "e".repeat(53));
    assert_eq!(longest.len(), 254);
    let pair = |typed: &str, mailed: &str| (typed.to_owned(), mailed.to_owned());
    vec![
        pair("  ada@readers.example\t", "ada@readers.example"),
        pair("Grace.Hopper+news@Readers.EXAMPLE", "Grace.Hopper+news@readers.example"),
        pair("o'neil@mail.readers.example", "o'neil@mail.readers.example"),
        pair("a!#$%&*/=?^_`{|}~-b@readers.example", "a!#$%&*/=?^_`{|}~-b@readers.example"),
        pair("emil@B\u{fc}cher.example", "emil@xn--bcher-kva.example"),
        pair(&longest, &longest),
    ]
}

fn bad() -> Vec<String> {
    let mut all: Vec<String> = [
        "",
        "ada",
        "@readers.example",
        "ada@",
        "ada@readers",
        "ada@@readers.example",
        ".ada@readers.example",
        "ada.@readers.example",
        "a..a@readers.example",
        "a a@readers.example",
        "ada@-readers.example",
        "ada@readers..example",
        "ada@readers.123",
        "ada@readers.example\r\nBcc: x@readers.example",
    ]
    .iter()
    .map(|it| (*it).to_owned())
    .collect();
    all.push(format!("{}@readers.example", "l".repeat(65)));
    all.push(format!("{}@{}.{}.{}.example", "l".repeat(64), "d".repeat(63), "d".repeat(63), "e".repeat(54)));
    all
}

async fn sign_up(doors: &Doors, address: &str) -> (u16, String) {
    post(doors, "/subscribe", &[("email", address), ("publication", "evening")]).await
}

#[tokio::test]
async fn e1_what_can_be_mailed_is_taken_and_nothing_else() {
    let (mut t, _) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    for (typed, mailed) in good() {
        assert_eq!(sign_up(&doors, &typed).await.0, 200, "{typed:?}");
        t.run_until_idle().await;
        let mails = t.sink.mails_to(&mailed);
        assert_eq!(mails.len(), 1, "{typed:?} as {mailed:?}");
        assert_eq!(mails[0].envelope_to, [mailed]);
    }
    for typed in bad() {
        assert_eq!(sign_up(&doors, &typed).await.0, 422, "{typed:?}");
    }
    t.run_until_idle().await;
    assert_eq!(t.sink.mails().len(), good().len());
}

#[tokio::test]
async fn e2_every_address_that_was_taken_reaches_the_relay_as_a_recipient() {
    let (t, paper) = newsroom().await;
    for (typed, _) in good() {
        t.sign_up("evening", &typed, &[]).await;
    }
    for (_, mailed) in good() {
        t.click(&t.confirmation_link(&mailed)).await;
    }
    paper.publish("Harbour opens");
    t.evening(EVENING).await;
    let ledger = t.sink.ledger();
    for (_, mailed) in good() {
        assert_eq!(ledger.recipients.get(&mailed), Some(&2), "a confirmation and an edition: {mailed}");
    }
    let counts = t.counts(&t.edition(EVENING).await).await;
    assert_eq!((counts.accepted, counts.failed), (good().len() as i64, 0));
    assert_eq!(ledger.violations, []);
}

#[tokio::test]
async fn e3_a_mailbox_that_is_not_ascii_is_mailed_where_the_relay_can_and_never_raw() {
    for can in [true, false] {
        let extensions =
            Extensions { pipelining: true, eight_bit_mime: true, smtputf8: can, enhanced_status_codes: true };
        let options = SinkOptions { extensions, ..SinkOptions::new(SocketAddr::from(([127, 0, 0, 1], 0))) };
        let sink = Sink::start(options).expect("a port is free");
        let (t, paper) = newsroom().await;
        let url = format!("smtp://{}", sink.address()).parse().expect("an address");
        let t = t.restart_with(|config| config.relays[0].url = url).await;
        add(&t, &["\u{43f}\u{43e}\u{447}\u{442}\u{430}@readers.example", ADA]).await;
        paper.publish("Harbour opens");
        t.evening(EVENING).await;
        assert_eq!(sink.mails().len(), if can { 2 } else { 1 });
        assert_eq!(sink.ledger().violations, [], "nothing is sent that was not announced");
        let counts = t.counts(&t.edition(EVENING).await).await;
        assert_eq!(counts.failed, if can { 0 } else { 1 }, "{counts:?}");
    }
}

#[tokio::test]
async fn e4_what_only_the_rfc_loves_is_refused_in_words() {
    let (mut t, _) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    for typed in ["\"ada lovelace\"@readers.example", "ada@[192.0.2.1]", "ada(home)@readers.example", "ada@localhost"] {
        let (status, page) = sign_up(&doors, typed).await;
        assert!(status == 422 && page.contains("aria-invalid=\"true\""), "{typed}: {status}");
        let body = serde_json::json!({ "email": typed, "publication": "evening" });
        let answer = doors.post("/api/v1/subscriptions").json(&body).send().await.expect("an answer");
        assert_eq!(answer.status(), 422, "{typed}");
    }
    assert_eq!(count(&t, "SELECT COUNT(*) AS value FROM pending_signups").await, 0);
}

#[tokio::test]
async fn e6_mailboxes_of_roles_and_our_own_cannot_be_signed_up() {
    let (mut t, _) = read_by(&[ADA]).await;
    let doors = Doors::open(&mut t).await;
    let before = crate::subscribers::dump(t.db(), &["rate_counters"]).await;
    let mail = &t.editions_for(ADA)[0];
    let ours = [
        mail.envelope_from.clone(),
        ways_out(mail)[1].strip_prefix("mailto:").expect("an address").to_owned(),
        "evening@news.example".to_owned(),
    ];
    let roles =
        ["postmaster", "Abuse", "noreply", "no-reply", "mailer-daemon"].map(|it| format!("{it}@readers.example"));
    for address in ours.iter().chain(&roles) {
        assert_eq!(sign_up(&doors, address).await.0, 422, "{address}");
    }
    assert_eq!(crate::subscribers::dump(t.db(), &["rate_counters"]).await, before);
}

fn email(address: &str) -> EmailAddr {
    EmailAddr::parse(address).expect("an address")
}

async fn suppression(t: &Harness, address: &str) -> Option<Why> {
    let mut tx = t.db().read().await.expect("a connection");
    subscribers::find_suppression(&t.app, &mut tx, &email(address)).await.expect("the database answers")
}

/// An old list, confirmed elsewhere.
async fn import(t: &Harness, list: &str) -> Vec<&'static str> {
    let options = ImportOptions {
        publication: Some("evening".to_owned()),
        consent: Some("Spring fair".to_owned()),
        status: ImportStatus::Confirmed,
        dry_run: false,
        columns: Vec::new(),
        batch_rows: None,
    };
    let mut codes = Vec::new();
    let mut log = |row: &subscribers::RowReport| codes.push(row.outcome.code());
    let list = std::io::Cursor::new(list.to_owned());
    subscribers::import(&t.app, Actor::Console, list, &options, &mut log).await.expect("it can be read");
    codes
}

#[tokio::test]
async fn p1_who_must_not_be_mailed_is_known_by_a_digest_that_outlives_everything_else_about_them() {
    let (t, paper) = read_by(&[ADA, BEN]).await;
    subscribers::suppress(&t.app, Actor::Console, &email(BEN), Why::HardBounce).await.expect("it can be suppressed");
    subscribers::erase(&t.app, Actor::Console, &email(ADA)).await.expect("she can be erased");
    assert!(!crate::subscribers::dump(t.db(), &[]).await.contains(ADA), "no row names her");
    let [ada, ben] = [suppression(&t, "ADA@Readers.example").await, suppression(&t, BEN).await];
    assert_eq!((ada, ben), (Some(Why::Erased), Some(Why::HardBounce)));
    let rows = text(&t, "SELECT CAST(MIN(created_at) AS TEXT) || MIN(address_hash) AS value FROM suppressions").await;
    assert!(rows.len() > 30 && !rows.contains('@'), "{rows}");
    import(&t, &format!("email\n{ADA}\n{BEN}\ncleo@readers.example\n")).await;
    paper.publish("Bridge closes");
    t.evening("2026-11-24").await;
    let mailed = [ADA, BEN, "cleo@readers.example"].map(|reader| t.editions_for(reader).len());
    assert_eq!(mailed, [1, 1, 1], "the two have the edition of the first evening alone");
    // Out and in again, by the key of the house.
    let mut list = Vec::new();
    subscribers::export_suppressions(&t.app, Actor::Console, &mut list).await.expect("it can be exported");
    let list = String::from_utf8(list).expect("text");
    assert!(list.lines().count() == 3 && !list.contains('@') && list.contains("hard_bounce"), "{list}");
    let other = house().await;
    let mut refused = |line: u64, why: &str| panic!("line {line}: {why}");
    let back = subscribers::import_suppressions(&other.app, Actor::Console, list.as_bytes(), &mut refused).await;
    assert_eq!(back.expect("houses of one chance have one key").suppressed, 2);
    assert_eq!(suppression(&other, BEN).await, Some(Why::HardBounce));
}

#[tokio::test]
async fn p2_a_bounce_and_a_complaint_are_lifted_by_the_persons_own_word_alone() {
    let (t, _) = newsroom().await;
    for (reader, why) in [(ADA, Why::Complaint), (BEN, Why::HardBounce)] {
        subscribers::suppress(&t.app, Actor::Console, &email(reader), why).await.expect("it can be suppressed");
        let added = subscribers::add(&t.app, Actor::Console, "evening", email(reader), &[], false).await;
        assert_eq!(added.expect("the database answers"), AddOutcome::Suppressed(why));
        assert_eq!(import(&t, &format!("email\n{reader}\n")).await, ["suppressed"]);
        let removed =
            subscribers::remove_suppression(&t.app, Actor::Console, &Suppressed::Address(email(reader))).await;
        assert_eq!(removed.expect("the database answers"), RemoveOutcome::NotYours(why));
        assert_eq!((suppression(&t, reader).await, active(&t).await), (Some(why), 0));
        // A sign-up alone is anybody's.
        t.sign_up("evening", reader, &[]).await;
        assert_eq!((suppression(&t, reader).await, active(&t).await), (Some(why), 0));
        t.click(&t.confirmation_link(reader)).await;
        assert_eq!((suppression(&t, reader).await, active(&t).await), (None, 1));
        t.click(&subscribers::unsubscribe_link(&t.app, count(&t, "SELECT MAX(id) AS value FROM subscriptions").await))
            .await;
    }
}

#[tokio::test]
async fn p3_spellings_of_one_mailbox_are_one_reader_and_dots_and_tags_are_not_guessed_at() {
    let (t, _) = newsroom().await;
    t.subscribe("Ada@readers.example").await;
    assert_eq!(import(&t, "email\nada@READERS.example\nADA@Readers.Example\n").await.len(), 2);
    assert_eq!(active(&t).await, 1);
    assert_eq!(text(&t, "SELECT email AS value FROM subscribers").await, "Ada@readers.example", "as it was typed");
    import(&t, "email\na.da@readers.example\nada+news@readers.example\n").await;
    assert_eq!(active(&t).await, 3);
}
