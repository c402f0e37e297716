//! Changing the key that signs: nobody's mail fails on the way.

use super::judges::{Judgement, Records, Verdict, assert_fail, assert_pass, judge};
use crate::harness::{Harness, Newspaper, Newsroom, Place, both_engines};
use lamplighter::config::{DkimConfig, Secret};
use lamplighter::mail::dkim::{Algorithm, Key};
use std::net::SocketAddr;

const ADA: &str = "ada@readers.example";

/// A key of the configuration, and the record that is published for it.
fn key(selector: &str) -> (DkimConfig, Records) {
    let (key, pem) = Key::generate(Algorithm::Rsa).expect("a key");
    let record = key.record().expect("a record");
    let config = DkimConfig {
        selector: selector.to_owned(),
        key_file: format!("dkim-{selector}.pem").into(),
        domain: None,
        key: Secret::new(pem),
    };
    (config, Records::from([(format!("{selector}._domainkey.news.example"), record)]))
}

both_engines! {
    async fn a_mail_under_way_verifies_after_the_selector_was_changed_as_long_as_both_records_stand(t: Harness) {
        let paper = Newspaper::open().await;
        let ((old, old_record), (new, new_record)) = (key("lamp2026"), key("lamp2027"));
        let t = t.restart_with(|config| config.mail.dkim = vec![old]).await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        let t = t.restart_with(|config| config.mail.dkim = vec![new]).await;
        paper.publish("Bridge closes");
        t.evening("2026-11-24").await;
        let mails: Vec<Vec<u8>> = t.editions_for(ADA).iter().map(|mail| mail.raw.clone()).collect();
        assert_eq!(mails.len(), 2);
        for (mail, selector) in mails.iter().zip(["s=lamp2026;", "s=lamp2027;"]) {
            assert!(String::from_utf8_lossy(mail).contains(selector), "{selector}");
        }
        let both: Records = old_record.into_iter().chain(new_record.clone()).collect();
        assert_pass(&both, &mails, 1);
        // Once the old record is taken down, what was signed with its key no longer verifies, and all else does.
        assert_fail(&new_record, &mails[..1]);
        assert_pass(&new_record, &mails[1..], 1);
    }
}

/// A line of a zone file, as it was printed: its name, and the text of its strings joined.
fn parsed(line: &str) -> (String, String) {
    let (name, data) = line.split_once(". IN TXT ( ").expect("a name and a TXT record");
    let data = data.strip_suffix(" )").expect("an end");
    let strings: Vec<&str> = data.split('"').skip(1).step_by(2).collect();
    assert!(!strings.is_empty() && strings.iter().all(|it| (1..=255).contains(&it.len())), "{strings:?}");
    (name.to_owned(), strings.concat())
}

#[tokio::test]
async fn two_new_keys_have_two_selectors_whose_printed_records_can_be_pasted_as_they_are() {
    let place = Place::empty();
    place.configure("sqlite:lamplighter.db", SocketAddr::from(([127, 0, 0, 1], 9)), "");
    let mut records = Records::new();
    let mut configured = String::new();
    let mut printed = String::new();
    for selector in ["lamp2026", "lamp2027"] {
        let made = place.run(&["dkim", "new", "--selector", selector]).await.ok();
        let (name, text) = parsed(made.out.trim_end());
        assert_eq!(name, format!("{selector}._domainkey.news.example"));
        records.insert(name, text);
        printed.push_str(&made.out);
        // What is to be written into the configuration is printed too, and works as it is.
        let at = made.err.find("[[mail.dkim]]").expect("the section to add");
        let section = made.err[at..].split("\n\n").next().expect("a section");
        configured.push_str(&format!("{section}\n"));
    }
    assert_eq!(records.len(), 2);
    assert_ne!(records.values().next(), records.values().next_back(), "each is a key of its own");
    place.configure("sqlite:lamplighter.db", SocketAddr::from(([127, 0, 0, 1], 9)), &configured);
    let shown = place.run(&["dkim", "record"]).await.ok();
    assert_eq!(shown.out, printed);
    // Each key file belongs to the record that was printed for it, and to no other.
    let sign = |selector: &str| {
        let key = Key::from_pem(&place.read(&format!("dkim-{selector}.pem")), selector).expect("a key");
        let identity =
            lamplighter::mail::dkim::Identity { selector: selector.to_owned(), domain: "news.example".to_owned(), key };
        let signer = lamplighter::mail::dkim::Signer::new(vec![identity]).expect("a signer");
        super::dkim::signed(&signer, b"From: a@news.example\r\nSubject: Tonight\r\n\r\nGood evening.\r\n")
    };
    let mails = [sign("lamp2026"), sign("lamp2027")];
    assert_pass(&records, &mails, 1);
    let names: Vec<String> = records.keys().cloned().collect();
    let swapped: Records =
        [(names[0].clone(), records[&names[1]].clone()), (names[1].clone(), records[&names[0]].clone())].into();
    for Judgement { judge, mails } in judge(&swapped, &mails) {
        assert!(mails.iter().flatten().all(|it| *it == Verdict::Fails), "{judge}: {mails:?}");
    }
}
