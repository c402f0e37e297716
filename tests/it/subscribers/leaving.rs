//! Leaving by whatever way a reader finds, for ever; and what must not make anybody leave.

use super::*;
use crate::harness::{Doors, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::operators::signing_keys;
use lamplighter::sink::CaughtMail;
use lamplighter::subscribers::{
    ConfirmOutcome, LeaveAnswer, LeaveOutcome, LeaveScope, MailEnvelope, MailedLeave, leave_by_mail,
};
use std::sync::Arc;

const ACTIVE: Sql = Sql::both("SELECT COUNT(*) AS value FROM subscriptions WHERE state = 'active'");

async fn active(t: &Harness) -> i64 {
    t.db().read().await.unwrap().fetch_value(ACTIVE, vec![]).await.unwrap()
}

/// The parts of `List-Unsubscribe`: the page, and the mail address.
fn ways_out(mail: &CaughtMail) -> [String; 2] {
    let header = mail.header("List-Unsubscribe").unwrap();
    let mut parts = header.split(',').map(|part| part.trim().trim_matches(['<', '>']).to_owned());
    [parts.next().unwrap(), parts.next().unwrap()]
}

async fn edition_for(t: &Harness, readers: &[&str]) -> Vec<Arc<CaughtMail>> {
    let paper = Newspaper::open().await;
    t.set_up(Newsroom::of(&paper)).await;
    for reader in readers {
        t.subscribe(reader).await;
    }
    paper.publish("Harbour opens");
    t.evening("2026-11-23").await;
    readers.iter().map(|reader| t.editions_for(reader).remove(0)).collect()
}

both_engines! {
    async fn a_mail_to_the_address_in_the_header_leaves_whatever_else_it_says(t: Harness) {
        let readers = ["ada@readers.example", "ben@readers.example", "cleo@readers.example", "dora@readers.example"];
        let mails = edition_for(&t, &readers).await;
        let to = |n: usize| {
            let [_, mailto] = ways_out(&mails[n]);
            let address = mailto.strip_prefix("mailto:").unwrap().to_owned();
            assert!(address.ends_with("@bounces.news.example") && address.starts_with("unsubscribe+"), "{address}");
            address
        };
        let written = [
            format!("From: x@y.example\r\nTo: {}\r\nSubject: please\r\n\r\nI love it, keep sending.", to(0)),
            format!("Return-Path: <other@y.example>\nDelivered-To: {}\nTo: undisclosed-recipients:;\n\n", to(1).to_uppercase()),
            format!("X-Original-To: {}\r\nAuto-Submitted: no\r\nPrecedence: bulk\r\n\r\n", to(2)),
            format!("Subject: Re: unsubscribe-{}\r\n\r\n", &to(3)["unsubscribe+".len()..][..44]),
        ];
        for (left, raw) in (1..).zip(&written) {
            assert_eq!(leave_by_mail(&t.app, raw.as_bytes(), MailEnvelope::default()).await.unwrap(), MailedLeave::Left, "{raw}");
            assert_eq!(active(&t).await, 4 - left);
            assert_eq!(leave_by_mail(&t.app, raw.as_bytes(), MailEnvelope::default()).await.unwrap(), MailedLeave::AlreadyLeft, "{raw}");
        }
    }

    async fn a_bounce_and_an_answering_machine_end_nothing(t: Harness) {
        let mail = edition_for(&t, &[ADA]).await.remove(0);
        let [_, mailto] = ways_out(&mail);
        let to = mailto.strip_prefix("mailto:").unwrap();
        let token = &to["unsubscribe+".len()..][..44];
        let turned: String = token.chars().rev().collect();
        let cases = [
            (format!("Return-Path: <>\r\nTo: {to}\r\n\r\n"), MailedLeave::FromNobody),
            (format!("Auto-Submitted: auto-replied\r\nTo: {to}\r\n\r\n"), MailedLeave::Automatic),
            (format!("To: {to}\r\nauto-submitted:\r\n auto-generated (x)\r\n\r\n"), MailedLeave::Automatic),
            (format!("To: unsubscribe+{turned}@bounces.news.example\r\n\r\n"), MailedLeave::NotUnderstood),
            (format!("To: x@y.example\r\n\r\nTo: {to}\r\n"), MailedLeave::NotUnderstood),
            (format!("X-Spam: {to}\r\n\r\n"), MailedLeave::NotUnderstood),
            (String::new(), MailedLeave::NotUnderstood),
        ];
        for (raw, outcome) in cases {
            assert_eq!(leave_by_mail(&t.app, raw.as_bytes(), MailEnvelope::default()).await.unwrap(), outcome, "{raw}");
        }
        assert_eq!(active(&t).await, 1);
    }

    async fn every_old_link_works_for_ever_through_the_rotation_of_keys(t: Harness) {
        let mail = edition_for(&t, &[ADA]).await.remove(0);
        let [page, mailto] = ways_out(&mail);
        let old = last_part(&page);
        let preferences = preferences_token(&t, ADA).await;
        t.sign_up("evening", "ben@readers.example", &[]).await;
        let confirm = last_part(&t.confirmation_link("ben@readers.example"));
        let other = t.another_process().await;
        let was = other.keys.signer();
        let id = signing_keys::rotate(&t.app, Actor::Console).await.unwrap();
        assert_ne!(Some(id), was);
        // It rests until every process has read it.
        assert_eq!(t.app.keys.signer(), was);
        other.keys.reload(&other.db, other.now()).await.unwrap();
        t.advance(Span::minutes(3));
        for app in [&t.app, &other] {
            app.keys.reload(&app.db, app.now()).await.unwrap();
            assert_eq!(app.keys.signer(), Some(id));
        }
        let new = unsubscribe_token(&t, ADA).await;
        assert_ne!(new, old);
        let hash = Sql::both("SELECT address_hash AS value FROM subscribers ORDER BY id LIMIT 1");
        let kept: String = t.db().read().await.unwrap().fetch_value(hash, vec![]).await.unwrap();
        assert_eq!(t.app.keys.fingerprint(ADA), kept, "the suppression list is found again");
        let confirmed = subscribers::confirm(&other, &confirm, None, &[]).await.unwrap();
        assert!(matches!(confirmed, ConfirmOutcome::Confirmed { .. }));
        subscribers::preferences(&other, &preferences).await.unwrap();
        t.advance(Span::days(3650));
        let t = t.restart().await;
        assert_eq!(t.app.keys.signer(), Some(id));
        assert!(matches!(subscribers::leave(&t.app, &old, LeaveScope::One).await.unwrap(), LeaveOutcome::Left { .. }));
        assert!(matches!(subscribers::leave(&other, &new, LeaveScope::One).await.unwrap(), LeaveOutcome::AlreadyLeft { .. }));
        let raw = format!("To: {}\r\n\r\n", mailto.strip_prefix("mailto:").unwrap());
        assert_eq!(leave_by_mail(&other, raw.as_bytes(), MailEnvelope::default()).await.unwrap(), MailedLeave::AlreadyLeft);
        let lines = signing_keys::list(&t.app, Actor::Console).await.unwrap();
        assert_eq!(lines.iter().map(|it| it.signs).collect::<Vec<_>>(), [false, true]);
        other.db.close().await;
    }

    async fn fifty_looks_at_every_link_of_every_mail_change_nothing(t: Harness) {
        let mut t = t;
        edition_for(&t, &[ADA]).await;
        t.sign_up("evening", "ben@readers.example", &[]).await;
        let token = preferences_token(&t, ADA).await;
        subscribers::ask_to_change_address(&t.app, &token, "ada@elsewhere.example").await.unwrap();
        subscribers::ask_for_personal_link(&t.app, &token).await.unwrap();
        t.run_until_idle().await;
        let doors = Doors::open(&mut t).await;
        let mut links: Vec<String> = t.sink.mails().iter().flat_map(|mail| mail.links.clone()).collect();
        links.extend(t.sink.mails().iter().filter(|mail| mail.header("List-Unsubscribe").is_some()).map(|mail| ways_out(mail)[0].clone()));
        links.retain(|link| link.starts_with("https://news.example/"));
        // The pages behind them, and where their forms lead.
        let leave = last_part(&ways_out(&t.editions_for(ADA)[0])[0]);
        links.extend(["undo", "why"].map(|page| format!("/unsubscribe/{leave}/{page}")));
        links.sort();
        links.dedup();
        for page in ["/confirm/", "/unsubscribe/", "/preferences/", "/address/", "/personal/", "/privacy"] {
            assert!(links.iter().any(|link| link.contains(page)), "{page} is in no mail: {links:?}");
        }
        let before = dump(t.db(), &[]).await;
        for round in 0..50 {
            for link in &links {
                let got = doors.get(link).send().await.unwrap().status();
                assert!(!got.is_server_error() && !got.is_redirection(), "{link}: {got}");
                assert!(!doors.head(link).send().await.unwrap().status().is_server_error(), "{link}");
                let ahead = doors.get(link).header("sec-purpose", "prefetch;prerender").send().await.unwrap();
                assert!(!ahead.status().is_server_error(), "{link}");
                let acts = [("action", "press"), ("action", "erase"), ("action", "leave_all"), ("answer", "other")];
                let form = [acts[round % acts.len()]];
                let posted = doors.post(link).header("sec-purpose", "prefetch").form(&form).send().await.unwrap();
                assert_eq!(posted.status(), 403, "{link}");
            }
        }
        assert_eq!(dump(t.db(), &[]).await, before);
    }

    async fn one_click_is_taken_in_whatever_form_it_comes(t: Harness) {
        let mut t = t;
        let readers: Vec<String> = (0..8).map(|n| format!("reader-{n}@readers.example")).collect();
        let names: Vec<&str> = readers.iter().map(String::as_str).collect();
        let mails = edition_for(&t, &names).await;
        let doors = Doors::open(&mut t).await;
        let multipart = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
        let huge = "x".repeat(3 << 20);
        let bodies: [(&str, &str, &str); 8] = [
            ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click", ""),
            ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click&more=1&more=%ff", "session=x"),
            ("multipart/form-data; boundary=b", multipart, ""),
            ("multipart/form-data", "broken", ""),
            ("text/plain", "List-Unsubscribe=One-Click", ""),
            ("", "", ""),
            ("application/octet-stream", &huge, ""),
            ("application/x-www-form-urlencoded", &huge, ""),
        ];
        for (left, (mail, (kind, body, cookie))) in (1..).zip(mails.iter().zip(bodies)) {
            let [url, _] = ways_out(mail);
            let mut request = doors.post(&url).body(body.to_owned()).header("referer", "https://mail.example/");
            for (name, value) in [("content-type", kind), ("cookie", cookie), ("origin", "null")] {
                if !value.is_empty() {
                    request = request.header(name, value);
                }
            }
            let status = request.send().await.unwrap().status();
            assert_eq!(status, 200, "{kind}");
            assert_eq!(active(&t).await, 8 - left, "{kind}");
        }
    }

    async fn the_one_question_comes_after_leaving_and_may_be_left_unanswered(t: Harness) {
        let mut t = t;
        let mail = edition_for(&t, &[ADA]).await.remove(0);
        let [url, _] = ways_out(&mail);
        let doors = Doors::open(&mut t).await;
        let before = doors.get(&url).send().await.unwrap().text().await.unwrap();
        assert!(!before.contains("May we ask why"));
        doors.post(&format!("{url}/why")).form(&[("answer", "other")]).send().await.unwrap();
        assert_eq!(subscription(&t, ADA).await.left_answer, None, "there is nothing to ask who stays");
        let left = doors.post(&url).send().await.unwrap().text().await.unwrap();
        assert!(left.contains("May we ask why") && left.contains("too many mails"));
        doors.post(&format!("{url}/why")).form(&[("answer", "nonsense")]).send().await.unwrap();
        let thanked = doors.post(&format!("{url}/why")).form(&[("answer", "too_many")]).send().await.unwrap();
        assert_eq!(thanked.status(), 200);
        let thanked = thanked.text().await.unwrap();
        assert!(thanked.contains("Thank you") && !thanked.contains("May we ask why"));
        assert_eq!(subscription(&t, ADA).await.left_answer, Some(LeaveAnswer::TooMany));
        doors.post(&format!("{url}/undo")).send().await.unwrap();
        assert_eq!((active(&t).await, subscription(&t, ADA).await.left_answer), (1, None));
    }
}
