//! What a sign-up is owed when a limit, a second mail or a stranger stands in between.

use super::sign_up_tests::{address, reader, token_of};
use super::*;
use crate::app::fixtures::TestHouse;
use crate::base::Span;
use crate::operators::Actor;
use crate::subscribers::fixtures::Letters as _;

#[tokio::test]
async fn one_press_may_confirm_a_second_publication_that_was_typed_within_the_hour() {
    let house = TestHouse::open().await;
    let app = &house.app;
    let weekend = || SignUp { publication: Some("weekend".into()), ..SignUp::by_form("a@a.example") };
    sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
    sign_up(app, weekend()).await.unwrap();
    assert_eq!(house.mails_to("a@a.example").await.len(), 1);
    let token = house.confirm_token("a@a.example").await;
    let ConfirmationView::Waiting { others, .. } = look_at_confirmation(app, &token).await.unwrap() else { panic!() };
    assert_eq!(others[0].slug, "weekend");
    confirm(app, &token, None, &["weekend".into(), "nope".into()]).await.unwrap();
    assert_eq!(house.count("subscriptions WHERE state = 'active'").await, 2);
    assert_eq!(house.count("consents").await, 2);
    assert_eq!(mail_waiting(app).await.unwrap(), MailedLater::default(), "nothing is owed any more");
}

#[tokio::test]
async fn a_second_publication_that_was_not_confirmed_along_gets_its_own_mail_when_the_window_lets_it() {
    let house = TestHouse::open().await;
    let app = &house.app;
    sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
    sign_up(app, SignUp { publication: Some("weekend".into()), ..SignUp::by_form("a@a.example") }).await.unwrap();
    assert_eq!(mail_waiting(app).await.unwrap().confirmations, 0);
    house.advance(Span::minutes(60));
    assert_eq!(mail_waiting(app).await.unwrap().confirmations, 1);
    confirm(app, &house.confirm_token("a@a.example").await, None, &[]).await.unwrap();
    assert_eq!(house.text("publication_id || ''", "subscriptions").await, "2");
}

#[tokio::test]
async fn a_repeat_within_the_window_changes_nothing_of_what_waits_for_its_press() {
    let house = TestHouse::open().await;
    let app = &house.app;
    sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
    let token = house.confirm_token("a@a.example").await;
    sign_up(app, SignUp { sections: vec!["sport".into()], ..SignUp::by_form("A@A.example") }).await.unwrap();
    confirm(app, &token, None, &[]).await.unwrap();
    // Whoever types a stranger's address may not choose for them.
    assert_eq!(house.count("subscriptions WHERE sections IS NULL").await, 1);
    assert_eq!(house.text("email", "subscribers").await, "a@a.example");
}

#[tokio::test]
async fn there_is_one_reminder_and_its_link_and_the_first_one_both_work() {
    for press_first in [true, false] {
        let house = TestHouse::open().await;
        let app = &house.app;
        sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
        let first = house.confirm_token("a@a.example").await;
        let reminders = async || mail_waiting(app).await.unwrap().reminders;
        house.advance(Span::hours(23));
        assert_eq!(reminders().await, 0);
        house.advance(Span::hours(1));
        assert_eq!((reminders().await, reminders().await), (1, 0));
        let mail = house.mails_to("a@a.example").await.pop().unwrap();
        assert_eq!(mail.kind, "reminder");
        let second = mail.text.split("/confirm/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        assert_ne!(first, second);
        let (one, other) = if press_first { (&first, &second) } else { (&second, &first) };
        assert!(matches!(confirm(app, one, None, &[]).await.unwrap(), ConfirmOutcome::Confirmed { .. }));
        assert!(matches!(confirm(app, other, None, &[]).await.unwrap(), ConfirmOutcome::AlreadyConfirmed { .. }));
        house.advance(Span::hours(24));
        assert_eq!(reminders().await, 0);
    }
}

#[tokio::test]
async fn nobody_is_reminded_who_confirmed_said_it_was_not_them_was_barred_or_is_too_late() {
    let house = TestHouse::open().await;
    let app = &house.app;
    for typed in ["confirmed", "stranger", "barred"] {
        sign_up(app, SignUp::by_form(&format!("{typed}@a.example"))).await.unwrap();
    }
    confirm(app, &house.confirm_token("confirmed@a.example").await, None, &[]).await.unwrap();
    disown(app, &house.confirm_token("stranger@a.example").await).await.unwrap();
    suppress(app, Actor::Console, &address("barred@a.example"), SuppressionReason::Operator).await.unwrap();
    house.advance(Span::hours(24));
    assert_eq!(mail_waiting(app).await.unwrap(), MailedLater::default());
    sign_up(app, SignUp::by_form("late@a.example")).await.unwrap();
    house.advance(Span::hours(48));
    assert_eq!(mail_waiting(app).await.unwrap(), MailedLater::default());
    let house = TestHouse::open_with("[signup]\nreminder_hours = 0\n").await;
    sign_up(&house.app, SignUp::by_form("a@a.example")).await.unwrap();
    house.advance(Span::hours(30));
    assert_eq!(mail_waiting(&house.app).await.unwrap(), MailedLater::default());
}

#[tokio::test]
async fn a_solved_puzzle_serves_once_also_around_midnight() {
    let house = TestHouse::open_with("[signup]\nproof_of_work = true\nproof_difficulty = 1000\n").await;
    let app = &house.app;
    // 18:00 on the house's clock: 23:50, and then past midnight.
    house.advance(Span::minutes(350));
    let proof = super::sign_up::solve_for_tests(&issue_challenge(app));
    let asked = |n: usize| SignUp { proof: Some(proof.clone()), ..SignUp::by_form(&format!("r{n}@a.example")) };
    sign_up(app, asked(0)).await.unwrap();
    house.advance(Span::minutes(15));
    for n in 1..3 {
        let again = sign_up(app, asked(n)).await.unwrap_err();
        assert!(matches!(again, SignUpError::AskAgain(AskAgain::Wait)), "{again:?}");
    }
    assert_eq!(house.count("pending_signups").await, 1);
}

#[tokio::test]
async fn many_at_once_share_few_commits_and_each_gets_its_own_answer() {
    let house = TestHouse::open().await;
    let asked = |n: usize| match n % 4 {
        0 => SignUp { publication: Some("nope".into()), ..SignUp::by_form(&format!("r{n}@a.example")) },
        1 => SignUp { sections: vec!["nope".into()], ..SignUp::by_form(&format!("r{n}@a.example")) },
        _ => SignUp::by_form(&format!("r{}@a.example", n / 8)),
    };
    let answers = futures_util::future::join_all((0..200).map(|n| sign_up(&house.app, asked(n)))).await;
    for (n, answer) in answers.into_iter().enumerate() {
        match (n % 4, answer) {
            (0, Err(SignUpError::UnknownPublication)) | (1, Err(SignUpError::Choice(_))) | (2 | 3, Ok(_)) => {}
            (_, other) => panic!("{n}: {other:?}"),
        }
    }
    assert_eq!(house.count("pending_signups").await, 25);
    assert_eq!(house.count("outbox").await, 25, "one mail an address, also within a turn");
}

#[tokio::test]
async fn of_two_mails_either_link_works_once() {
    for press_first in [true, false] {
        let house = TestHouse::open().await;
        let app = &house.app;
        sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
        let first = house.confirm_token("a@a.example").await;
        house.advance(Span::hours(2));
        sign_up(app, SignUp { sections: vec!["sport".into()], ..SignUp::by_form("a@a.example") }).await.unwrap();
        let second = house.confirm_token("a@a.example").await;
        assert_ne!(first, second);
        let (one, other) = if press_first { (&first, &second) } else { (&second, &first) };
        assert!(matches!(confirm(app, one, None, &[]).await.unwrap(), ConfirmOutcome::Confirmed { .. }));
        assert!(matches!(confirm(app, other, None, &[]).await.unwrap(), ConfirmOutcome::AlreadyConfirmed { .. }));
        assert_eq!(house.text("sections", "subscriptions").await, "[\"sport\"]", "as it was chosen last");
    }
}

#[tokio::test]
async fn a_strangers_later_sign_up_does_not_choose_for_whoever_presses_the_earlier_link() {
    let house = TestHouse::open().await;
    let app = &house.app;
    let from = |ip: &str, sections: &[&str]| SignUp {
        ip: Some(ip.parse().unwrap()),
        sections: sections.iter().map(|it| (*it).to_owned()).collect(),
        ..SignUp::by_form("a@a.example")
    };
    sign_up(app, from("192.0.2.1", &["sport"])).await.unwrap();
    let first = house.confirm_token("a@a.example").await;
    house.advance(Span::hours(2));
    sign_up(app, from("198.51.100.1", &["politics"])).await.unwrap();
    assert!(matches!(confirm(app, &first, None, &[]).await.unwrap(), ConfirmOutcome::Expired));
    assert_eq!(house.count("subscriptions").await, 0);
}

#[tokio::test]
async fn a_reader_is_written_to_as_they_are_known_whatever_spelling_is_typed() {
    let house = TestHouse::open().await;
    reader(&house, "mike@k.example").await;
    house.advance(Span::hours(2));
    sign_up(&house.app, SignUp::by_form("MIKE@k.example")).await.unwrap();
    assert_eq!(house.mails_to("mike@k.example").await.last().unwrap().kind, "already_subscribed");
    // The Kelvin sign is no Latin k: another mailbox, which is asked like any other.
    sign_up(&house.app, SignUp::by_form("mi\u{212a}e@k.example")).await.unwrap();
    assert_eq!(house.mails_to("mi\u{212a}e@k.example").await[0].kind, "confirm");
    assert_eq!(house.mails_to("mike@k.example").await.len(), 3);
}

#[tokio::test]
async fn an_undo_does_not_lift_what_an_operator_said_since() {
    let house = TestHouse::open().await;
    let app = &house.app;
    let id = reader(&house, "a@a.example").await;
    let link = unsubscribe_link(app, id.0);
    leave(app, token_of(&link), LeaveScope::One).await.unwrap();
    suppress(app, Actor::Console, &address("a@a.example"), SuppressionReason::Operator).await.unwrap();
    assert!(matches!(undo_leave(app, token_of(&link)).await.unwrap(), UndoOutcome::TooLate { .. }));
    assert_eq!(house.count("subscriptions WHERE state = 'active'").await, 0);
}

#[tokio::test]
async fn an_erasure_finds_every_spelling_also_beyond_ascii() {
    let house = TestHouse::open().await;
    let app = &house.app;
    sign_up(app, SignUp::by_form("Z\u{d6}RGEL@o.example")).await.unwrap();
    house.advance(Span::hours(2));
    sign_up(app, SignUp::by_form("z\u{f6}rgel@o.example")).await.unwrap();
    confirm(app, &house.confirm_token("z\u{f6}rgel@o.example").await, None, &[]).await.unwrap();
    erase(app, Actor::Console, &address("z\u{f6}rgel@o.example")).await.unwrap();
    assert_eq!(house.count("outbox").await, 0);
}

#[tokio::test]
async fn what_was_put_off_and_is_owed_no_more_is_forgotten_and_counts_for_nothing() {
    let house = TestHouse::open_with("[limits]\nconfirmations_per_hour = 1\n").await;
    let app = &house.app;
    sign_up(app, SignUp::by_form("first@a.example")).await.unwrap();
    sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
    add(app, Actor::Console, "evening", address("a@a.example"), &[], false).await.unwrap();
    for _ in 0..3 {
        house.advance(Span::hours(1));
        assert_eq!(mail_waiting(app).await.unwrap().confirmations, 0);
    }
    assert_eq!(house.count("pending_signups WHERE mailed_at IS NULL").await, 0);
    assert_eq!(house.count("sign_up_mails WHERE mails > 0").await, 1, "nothing was mailed to them");
    assert_eq!(house.mails_to("a@a.example").await.len(), 0);
}
