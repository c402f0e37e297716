//! A change of address, pressed at both ends.

use super::*;
use crate::harness::{Doors, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::subscribers::{AddressChangeView, ChangeError, ChangeState, LeaveScope, SuppressionReason};

const NEW: &str = "ada@elsewhere.example";

async fn ask(t: &Harness, to: &str) -> Result<(), ChangeError> {
    let token = preferences_token(t, ADA).await;
    subscribers::ask_to_change_address(&t.app, &token, to).await
}

async fn press(t: &Harness, at: &str) -> AddressChangeView {
    let token = mailed_token(t, at, "address").await.expect("a mail about the change");
    subscribers::press_address_change(&t.app, &token).await.unwrap().expect("a link of ours")
}

both_engines! {
    async fn an_address_changes_when_both_ends_have_pressed_and_not_before(t: Harness) {
        for (first, second) in [(ADA, NEW), (NEW, ADA)] {
            let t = t.another_house().await;
            t.set_up(Newsroom::empty()).await;
            t.subscribe(ADA).await;
            ask(&t, NEW).await.unwrap();
            assert_eq!(press(&t, first).await.state, ChangeState::Half);
            assert_eq!(press(&t, first).await.state, ChangeState::Half, "twice at one end is not both");
            assert!(dossier(&t, NEW).await.is_none());
            assert_eq!(press(&t, second).await.state, ChangeState::Done);
            assert!(dossier(&t, ADA).await.is_none());
            assert_eq!(dossier(&t, NEW).await.unwrap().subscriptions.len(), 1);
            assert_eq!(press(&t, first).await.state, ChangeState::Done);
            let all = dump(t.db(), &[]).await;
            assert!(!all.contains(ADA), "the old address is forgotten");
            let trail: Vec<_> = all.lines().filter(|line| line.starts_with("audit_events")).collect();
            assert!(trail.iter().all(|line| !line.contains("@")), "{trail:?}");
            assert!(trail.iter().any(|line| line.contains("change_address")));
        }
    }

    async fn both_ends_pressed_at_the_same_moment_are_both_heard(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        let other = t.another_process().await;
        ask(&t, NEW).await.unwrap();
        let old = mailed_token(&t, ADA, "address").await.unwrap();
        let new = mailed_token(&t, NEW, "address").await.unwrap();
        let (one, two) = tokio::join!(
            subscribers::press_address_change(&t.app, &old),
            subscribers::press_address_change(&other, &new)
        );
        let states = [one, two].map(|it| it.unwrap().unwrap().state);
        assert_eq!(states.iter().filter(|it| **it == ChangeState::Done).count(), 1, "{states:?}");
        assert!(dossier(&t, NEW).await.is_some());
        other.db.close().await;
    }

    async fn the_old_end_stops_it_by_one_press(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        ask(&t, NEW).await.unwrap();
        press(&t, NEW).await;
        let token = mailed_token(&t, ADA, "address").await.unwrap();
        let stopped = subscribers::stop_address_change(&t.app, &token).await.unwrap().unwrap();
        assert_eq!(stopped.state, ChangeState::Stopped);
        assert_eq!(press(&t, ADA).await.state, ChangeState::Stopped);
        assert!(dossier(&t, NEW).await.is_none() && dossier(&t, ADA).await.is_some());
    }

    async fn a_link_serves_two_days_and_a_newer_wish_replaces_it(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        ask(&t, NEW).await.unwrap();
        press(&t, ADA).await;
        let late = mailed_token(&t, NEW, "address").await.unwrap();
        t.advance(Span::hours(49));
        assert_eq!(press(&t, NEW).await.state, ChangeState::Expired);
        ask(&t, NEW).await.unwrap();
        assert!(subscribers::press_address_change(&t.app, &late).await.unwrap().is_none());
        press(&t, NEW).await;
        press(&t, ADA).await;
        assert!(dossier(&t, NEW).await.is_some());
    }

    async fn whatever_the_new_address_is_the_page_is_the_same(t: Harness) {
        let mut t = t;
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        t.subscribe("known@readers.example").await;
        for (address, reason) in [("held@readers.example", SuppressionReason::Operator), ("bounced@readers.example", SuppressionReason::HardBounce)] {
            let email = EmailAddr::parse(address).unwrap();
            subscribers::suppress(&t.app, Actor::Console, &email, reason).await.unwrap();
        }
        let doors = Doors::open(&mut t).await;
        let page = format!("/preferences/{}", preferences_token(&t, ADA).await);
        let mut answers = Vec::new();
        for address in ["new@readers.example", "known@readers.example", "held@readers.example", "bounced@readers.example", ADA] {
            let answer = doors.post(&page).form(&[("action", "address"), ("email", address)]).send().await.unwrap();
            answers.push((answer.status(), answer.text().await.unwrap()));
            t.run_until_idle().await;
            t.advance(Span::days(1));
        }
        assert!(answers[0].1.contains("Two mails are on their way"));
        // The date in the masthead and the days of a pause go on; nothing else differs.
        let plain = |(status, text): &(reqwest::StatusCode, String)| {
            let lines = text.lines().filter(|line| !line.contains("dateline") && !line.contains("type=\"date\""));
            (*status, lines.collect::<Vec<_>>().join("\n"))
        };
        for answer in &answers {
            assert_eq!(plain(answer), plain(&answers[0]));
        }
        t.run_until_idle().await;
        assert_eq!(t.sink.mails_to("held@readers.example").len(), 0, "an operator's word holds");
        assert_eq!(t.sink.mails_to("bounced@readers.example").len(), 1);
        for wrong in ["", "ada", "x@bounces.news.example"] {
            let answer = doors.post(&page).form(&[("action", "address"), ("email", wrong)]).send().await.unwrap();
            assert_eq!(answer.status(), 422, "{wrong}");
        }
    }

    async fn it_is_asked_three_times_a_day(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        for _ in 0..3 {
            ask(&t, NEW).await.unwrap();
        }
        assert!(matches!(ask(&t, NEW).await, Err(ChangeError::TooOften)));
        t.advance(Span::days(1));
        ask(&t, NEW).await.unwrap();
    }

    async fn two_readers_become_one_and_every_link_of_both_works_on(t: Harness) {
        let paper = Newspaper::open().await;
        let more = Newsroom::empty().called("morning").without_sections();
        let third = Newsroom::empty().called("weekend").without_sections();
        t.set_up(format!("{}{more}{third}", Newsroom::of(&paper))).await;
        // Both get evening; the other one gets morning alone, and weekend, which Ada left.
        t.subscribe(ADA).await;
        t.subscribe_to("weekend", ADA, &[]).await;
        for publication in ["evening", "morning", "weekend"] {
            t.subscribe_to(publication, NEW, &[]).await;
        }
        let weekend = t.publication("weekend").await.id;
        let token_of = async |address: &str, publication| {
            let all = dossier(&t, address).await.unwrap().subscriptions;
            let it = all.into_iter().find(|it| it.publication_id == publication).unwrap();
            last_part(&subscribers::unsubscribe_link(&t.app, it.id.0))
        };
        let left = token_of(ADA, weekend).await;
        subscribers::leave(&t.app, &left, LeaveScope::One).await.unwrap();
        let old_links = [unsubscribe_token(&t, ADA).await, unsubscribe_token(&t, NEW).await];
        ask(&t, NEW).await.unwrap();
        press(&t, ADA).await;
        press(&t, NEW).await;
        let one = dossier(&t, NEW).await.unwrap();
        assert!(dossier(&t, ADA).await.is_none());
        assert_eq!((one.subscriptions.len(), one.subscriptions.iter().filter(|it| it.is_active()).count()), (3, 3));
        assert_eq!(one.consents.len(), 5);
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        assert_eq!((t.editions_for(NEW).len(), t.editions_for(ADA).len()), (1, 0));
        for token in old_links {
            let left = subscribers::leave(&t.app, &token, LeaveScope::One).await.unwrap();
            assert!(!matches!(left, subscribers::LeaveOutcome::Invalid));
            assert!(!subscription(&t, NEW).await.is_active());
            subscribers::undo_leave(&t.app, &token).await.unwrap();
            assert!(subscription(&t, NEW).await.is_active());
        }
    }

    async fn a_mail_that_waits_follows_the_reader_to_the_new_address(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        paper.publish("Harbour opens");
        t.advance(Span::minutes(1));
        t.gather().await;
        let publication = t.publication("evening").await;
        ask(&t, NEW).await.unwrap();
        press(&t, ADA).await;
        let new = mailed_token(&t, NEW, "address").await.unwrap();
        let edition = lamplighter::editions::draft(&t.app, Actor::Console, &publication, true).await.unwrap();
        lamplighter::delivery::send_now(&t.app, Actor::Console, edition.id).await.unwrap();
        subscribers::press_address_change(&t.app, &new).await.unwrap();
        t.run_until_idle().await;
        assert_eq!((t.editions_for(NEW).len(), t.editions_for(ADA).len()), (1, 0));
    }

    async fn an_operators_suppression_is_not_escaped(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        ask(&t, NEW).await.unwrap();
        press(&t, ADA).await;
        let email = EmailAddr::parse(ADA).unwrap();
        subscribers::suppress(&t.app, Actor::Console, &email, SuppressionReason::Operator).await.unwrap();
        assert_eq!(press(&t, NEW).await.state, ChangeState::Stopped);
        assert!(dossier(&t, NEW).await.is_none());
    }
}
