//! Section 2, the way out: pages and addresses by which readers and their mailbox providers leave.

use super::log::Log;
use super::*;
use lamplighter::base::Span;
use lamplighter::operators::signing_keys;
use lamplighter::subscribers::{MailEnvelope, MailedLeave, leave_by_mail};

const MULTIPART: &str =
    "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";

/// A newsroom with its pages open, and an edition in each of these mailboxes.
async fn open(readers: &[&str]) -> (Harness, Doors, Vec<Arc<CaughtMail>>) {
    let (mut t, _) = read_by(readers).await;
    let doors = Doors::open(&mut t).await;
    let mails = readers.iter().map(|reader| t.editions_for(reader).remove(0)).collect();
    (t, doors, mails)
}

#[tokio::test]
async fn u1_a_page_comes_first_and_an_address_after_it_and_one_click_is_promised() {
    for mail in Lived::once().await.editions() {
        let header = mail.header("List-Unsubscribe").expect("an edition");
        let ways = ways_out(mail);
        assert_eq!(header, format!("<{}>, <{}>", ways[0], ways[1]));
        assert!(ways[0].starts_with("https://news.example/unsubscribe/") && ways[1].starts_with("mailto:"), "{header}");
        assert_eq!(header.matches("https://").count(), 1);
        assert_eq!(mail.header("List-Unsubscribe-Post"), Some("List-Unsubscribe=One-Click"));
    }
}

#[tokio::test]
async fn u2_both_headers_are_covered_by_every_signature() {
    let lived = Lived::once().await;
    for mail in lived.editions() {
        let raw = String::from_utf8_lossy(&mail.raw).replace("\r\n\t", "");
        let signatures: Vec<&str> = raw.lines().filter(|line| line.starts_with("DKIM-Signature:")).collect();
        assert_eq!(signatures.len(), 2);
        for signature in signatures {
            let list = signature.split(';').find_map(|tag| tag.trim().strip_prefix("h=")).expect("a list of headers");
            let names: Vec<String> = list.to_lowercase().split(':').map(|it| it.trim().to_owned()).collect();
            for name in ["list-unsubscribe", "list-unsubscribe-post", "from"] {
                assert!(names.iter().any(|it| it == name), "{name} in {names:?}");
            }
        }
        let sound = [mail.raw.clone()];
        crate::mail::judges::assert_pass(&lived.records, &sound, 2);
        let other =
            String::from_utf8_lossy(&mail.raw).replace("<https://news.example/unsub", "<https://x.example/unsub");
        crate::mail::judges::assert_fail(&lived.records, &[other.into_bytes()]);
    }
}

#[tokio::test]
async fn u3_one_click_post_is_taken_in_every_form() {
    let names: Vec<String> = (0..6).map(|n| format!("reader-{n}@readers.example")).collect();
    let readers: Vec<&str> = names.iter().map(String::as_str).collect();
    let (t, doors, mails) = open(&readers).await;
    let forms = [
        ("multipart/form-data; boundary=b", MULTIPART),
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        ("", ""),
        ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click&more=1&more=2"),
        ("multipart/form-data", "no boundary"),
        ("application/octet-stream", "\u{0}"),
    ];
    for (left, (mail, (kind, body))) in (1..).zip(mails.iter().zip(forms)) {
        let mut request = doors.post(&ways_out(mail)[0]).body(body);
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        let answer = request.send().await.expect("the page answers");
        assert!(matches!(answer.status().as_u16(), 200 | 202), "{kind}: {}", answer.status());
        assert_eq!(active(&t).await, 6 - left, "{kind:?}");
    }
}

#[tokio::test]
async fn u4_looking_at_a_link_changes_nothing_however_often() {
    let (t, doors, mails) = open(&[ADA]).await;
    let links = [ways_out(&mails[0])[0].clone(), link_to(&mails[0], "preferences")];
    let before = crate::subscribers::dump(t.db(), &[]).await;
    for _ in 0..50 {
        for link in &links {
            let (status, page) = get(&doors, link).await;
            assert!(status == 200 && page.contains("<button"), "{link}: {status}");
            assert_eq!(doors.head(link).send().await.expect("an answer").status(), 200, "{link}");
        }
        let ahead = doors.post(&links[0]).header("sec-purpose", "prefetch").body("List-Unsubscribe=One-Click");
        assert_eq!(ahead.send().await.expect("an answer").status(), 403);
    }
    assert_eq!(crate::subscribers::dump(t.db(), &[]).await, before);
    assert_eq!(post(&doors, &links[0], &[]).await.0, 200);
    assert_ne!(crate::subscribers::dump(t.db(), &[]).await, before, "the dump shows a change");
}

#[tokio::test]
async fn u6_pressing_twice_is_pressing_once_and_nobody_is_told_off() {
    let (mut t, _) = newsroom().await;
    let doors = Doors::open(&mut t).await;
    t.sign_up("evening", ADA, &[]).await;
    let confirm = t.confirmation_link(ADA);
    let first = post(&doors, &confirm, &[]).await;
    let leave = subscribers::unsubscribe_link(&t.app, subscription(&t).await);
    for _ in 0..2 {
        let again = post(&doors, &confirm, &[]).await;
        assert_eq!((first.0, again.0), (200, 200));
        assert!(again.1.contains("You are subscribed") && first.1.contains("You are subscribed"), "{}", again.1);
        assert_eq!(active(&t).await, 1);
    }
    let first = post(&doors, &leave, &[]).await;
    let again = post(&doors, &leave, &[]).await;
    assert_eq!((first.0, again.0, active(&t).await), (200, 200, 0));
    assert_eq!(first.1, again.1, "the same words");
}

/// The only one.
async fn subscription(t: &Harness) -> i64 {
    count(t, "SELECT id AS value FROM subscriptions").await
}

#[tokio::test]
async fn u8_a_link_works_after_sixty_days_and_after_the_keys_were_changed() {
    let (t, doors, mails) = open(&[ADA, BEN]).await;
    let old = ways_out(&mails[0])[0].clone();
    signing_keys::rotate(&t.app, Actor::Console).await.expect("a new key");
    t.advance(Span::minutes(3));
    t.app.keys.reload(&t.app.db, t.now()).await.expect("the keys are read");
    assert_ne!(subscribers::unsubscribe_link(&t.app, subscription_of(&t, ADA).await), old, "a new key signs");
    t.advance(Span::days(61));
    lamplighter::service::sweep(&t.app).await.expect("what is old goes");
    assert_eq!((post(&doors, &old, &[]).await.0, active(&t).await), (200, 1));
    // Nor does coming back and leaving again need another mail.
    t.subscribe(ADA).await;
    assert_eq!(active(&t).await, 2);
    assert_eq!((post(&doors, &old, &[]).await.0, active(&t).await), (200, 1));
}

async fn subscription_of(t: &Harness, address: &str) -> i64 {
    let all = subscribers::list(&t.app, Actor::Console, &ListFilter::default()).await.expect("the database answers");
    all.into_iter().find(|it| it.email == address).expect("a reader").subscription_id.0
}

#[tokio::test]
async fn u10_one_press_is_all_it_takes_to_leave() {
    let (t, doors, mails) = open(&[ADA]).await;
    let link = link_to(&mails[0], "unsubscribe");
    let (_, page) = get(&doors, &link).await;
    let form = dom_query::Document::from(page.as_str());
    assert!(form.select("form button[type=submit]").exists());
    assert!(!form.select("input:not([type=hidden]), select, textarea, [required]").exists(), "{page}");
    assert!(!page.contains("password") && !page.contains("log in"));
    let (status, _) = post(&doors, &link, &[]).await;
    assert_eq!((status, active(&t).await), (200, 0));
}

#[tokio::test]
async fn u13_a_mail_to_the_address_of_the_header_leaves_and_a_machines_answer_does_not() {
    let (t, _, mails) = open(&[ADA, BEN]).await;
    let to = |n: usize| ways_out(&mails[n])[1].strip_prefix("mailto:").expect("an address").to_owned();
    let machines = [
        format!("Return-Path: <>\r\nTo: {}\r\n\r\n", to(0)),
        format!("Auto-Submitted: auto-replied\r\nTo: {}\r\n\r\n", to(0)),
        format!("Auto-Submitted: auto-generated; x=y\r\nTo: {}\r\n\r\n", to(0)),
    ];
    for mail in &machines {
        let done = leave_by_mail(&t.app, mail.as_bytes(), MailEnvelope::default()).await.expect("the database answers");
        assert!(matches!(done, MailedLeave::FromNobody | MailedLeave::Automatic), "{mail}: {done:?}");
    }
    assert_eq!(active(&t).await, 2);
    let people = [
        format!("From: somebody@else.example\r\nTo: {}\r\nSubject: I love it\r\n\r\nKeep it coming.", to(0)),
        format!("Auto-Submitted: no\r\nDelivered-To: {}\r\n\r\n", to(1)),
    ];
    for mail in &people {
        assert_eq!(
            leave_by_mail(&t.app, mail.as_bytes(), MailEnvelope::default()).await.expect("the database answers"),
            MailedLeave::Left
        );
    }
    assert_eq!(active(&t).await, 0);
}

#[tokio::test]
async fn u14_pages_behind_a_token_are_kept_from_everybody_else() {
    let log = Log::listen();
    let (t, doors, mails) = open(&[ADA]).await;
    t.sign_up("evening", BEN, &[]).await;
    let links = [link_to(&mails[0], "unsubscribe"), link_to(&mails[0], "preferences"), t.confirmation_link(BEN)];
    for link in &links {
        for request in [doors.get(link), doors.post(link).form(&[("action", "x")])] {
            let answer = request.send().await.expect("the page answers");
            let header =
                |name: &str| answer.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or_default().to_owned();
            assert_eq!(header("referrer-policy"), "no-referrer", "{link}");
            assert!(header("cache-control").contains("no-store"), "{link}: {}", header("cache-control"));
            assert!(header("x-robots-tag").contains("noindex") || !answer.status().is_success(), "{link}");
            let page = answer.text().await.expect("text");
            let page = dom_query::Document::from(page.as_str());
            for it in page.select("[src], link[href], form[action]").iter() {
                let target = ["src", "href", "action"].iter().find_map(|name| it.attr(name)).unwrap_or_default();
                let is_ours = &*target == "data:,"
                    || target.starts_with('/') && !target.starts_with("//")
                    || target.starts_with("https://news.example");
                assert!(is_ours, "{link} loads {target}");
            }
        }
    }
    let said = log.text();
    assert!(said.contains("request") && said.contains("/unsubscribe/{token}"), "the log was heard");
    for link in &links {
        assert!(!said.contains(token_of(link)), "a token stands in the log");
    }
}

#[tokio::test]
async fn u15_a_link_survives_what_mail_programs_do_to_it() {
    let endings = ["", ".", "%3E", "=", "%20", ","];
    let names: Vec<String> = (0..=endings.len()).map(|n| format!("reader-{n}@readers.example")).collect();
    let readers: Vec<&str> = names.iter().map(String::as_str).collect();
    let (t, doors, mails) = open(&readers).await;
    let link = |n: usize| link_to(&mails[n], "unsubscribe");
    for (n, ending) in endings.iter().enumerate() {
        assert_eq!(post(&doors, &format!("{}{ending}", link(n)), &[]).await.0, 200, "{ending}");
        assert_eq!(active(&t).await, endings.len() - n, "{ending}");
    }
    let last = link(endings.len());
    let loud = last.replace(token_of(&last), &token_of(&last).to_uppercase());
    assert_eq!((post(&doors, &loud, &[]).await.0, active(&t).await), (200, 0));
}

#[tokio::test]
async fn u16_no_page_of_a_forwarded_mail_names_its_reader() {
    let (_t, doors, mails) = open(&[ADA]).await;
    for link in [link_to(&mails[0], "unsubscribe"), link_to(&mails[0], "preferences")] {
        let pages = [get(&doors, &link).await.1, post(&doors, &link, &[]).await.1];
        for page in pages {
            assert!(!page.contains(ADA) && !page.contains("ada@") && page.contains("</html>"), "{page}");
        }
    }
}
