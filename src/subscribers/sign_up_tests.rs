//! The story of the double opt-in, and its cracks.

use super::*;
use crate::app::fixtures::TestHouse;
use crate::base::Span;
use crate::mail::EmailAddr;
use crate::operators::Actor;
use crate::subscribers::fixtures::Letters as _;

pub(super) async fn reader(house: &TestHouse, address: &str) -> SubscriptionId {
    sign_up(&house.app, SignUp::by_form(address)).await.unwrap();
    match confirm(&house.app, &house.confirm_token(address).await, None, &[]).await.unwrap() {
        ConfirmOutcome::Confirmed { subscription, .. } => subscription,
        other => panic!("{other:?}"),
    }
}

pub(super) fn token_of(link: &str) -> &str {
    link.rsplit('/').next().unwrap()
}

pub(super) fn address(typed: &str) -> EmailAddr {
    EmailAddr::parse(typed).unwrap()
}

#[tokio::test]
async fn a_reader_signs_up_confirms_chooses_leaves_and_comes_back() {
    let house = TestHouse::open().await;
    let app = &house.app;
    let asked = SignUp {
        sections: vec!["sport".into()],
        ip: Some("192.0.2.9".parse().unwrap()),
        ..SignUp::by_form("Anna@A.example")
    };
    sign_up(app, asked).await.unwrap();
    assert_eq!(house.count("subscribers").await, 0);
    let token = house.confirm_token("Anna@a.example").await;
    assert!(matches!(look_at_confirmation(app, &token).await.unwrap(), ConfirmationView::Waiting { .. }));
    let outcome = confirm(app, &token.to_uppercase(), Some("198.51.100.1".parse().unwrap()), &[]).await.unwrap();
    let ConfirmOutcome::Confirmed { subscription, publication } = outcome else { panic!("{outcome:?}") };
    assert_eq!(publication.slug, "evening");

    let dossier = show(app, Actor::Console, &Who::Address(address("anna@a.example"))).await.unwrap().unwrap();
    assert_eq!(dossier.subscriptions[0].sections, Some(vec!["sport".to_owned()]));
    assert_eq!(dossier.consents[0].ip_prefix.as_deref(), Some("192.0.2.0/24"));
    assert_eq!(dossier.consents[0].confirmed_ip_prefix.as_deref(), Some("198.51.100.0/24"));
    assert_eq!(dossier.consents[0].text_version, "2-en");
    assert_eq!(dossier.consents[0].text, consent::text(&publication, "en"));

    let preferences_token = preferences_link(app, subscription.0);
    let choices = Choices {
        sections: vec!["politics".into(), "sport".into()],
        hour: Some(7),
        time_zone: Some("Europe/Paris".into()),
        breaking: true,
        ..Choices::default()
    };
    let token = token_of(&preferences_token);
    let after = change_preferences(app, token, None, &choices).await.unwrap().after.subscription;
    assert_eq!((after.sections, after.hour, after.breaking), (None, Some(7), true));
    assert_eq!(preferences(app, token).await.unwrap().masked_address, "A***@a***.example");

    let link = unsubscribe_link(app, subscription.0);
    assert!(matches!(leave(app, token_of(&link), LeaveScope::One).await.unwrap(), LeaveOutcome::Left { .. }));
    assert!(matches!(leave(app, token_of(&link), LeaveScope::One).await.unwrap(), LeaveOutcome::AlreadyLeft { .. }));
    assert!(matches!(undo_leave(app, token_of(&link)).await.unwrap(), UndoOutcome::Back { .. }));
    assert!(matches!(undo_leave(app, token_of(&link)).await.unwrap(), UndoOutcome::Subscribed { .. }));

    leave(app, token_of(&link), LeaveScope::One).await.unwrap();
    house.advance(Span::hours(25));
    assert!(matches!(undo_leave(app, token_of(&link)).await.unwrap(), UndoOutcome::TooLate { .. }));
    let again = reader(&house, "anna@a.example").await;
    assert_eq!(again, subscription, "an own new double opt-in brings the same subscription back");
    assert_eq!(house.count("consents").await, 2);
}

#[tokio::test]
async fn a_second_click_on_a_confirmation_is_harmless() {
    let house = TestHouse::open().await;
    let app = &house.app;
    sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
    let token = house.confirm_token("a@a.example").await;
    confirm(app, &token, None, &[]).await.unwrap();
    let before = house.dump().await;
    assert!(matches!(confirm(app, &token, None, &[]).await.unwrap(), ConfirmOutcome::AlreadyConfirmed { .. }));
    assert_eq!(house.dump().await, before);
    leave(app, token_of(&unsubscribe_link(app, 1)), LeaveScope::One).await.unwrap();
    assert!(matches!(confirm(app, &token, None, &[]).await.unwrap(), ConfirmOutcome::AlreadyConfirmed { .. }));
    assert_eq!(house.text("state", "subscriptions").await, "left");
}

#[tokio::test]
async fn a_link_expires_and_its_sign_up_is_purged() {
    let house = TestHouse::open().await;
    let app = &house.app;
    sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
    let token = house.confirm_token("a@a.example").await;
    house.advance(Span::hours(48));
    assert!(matches!(confirm(app, &token, None, &[]).await.unwrap(), ConfirmOutcome::Expired));
    assert!(matches!(look_at_confirmation(app, &token).await.unwrap(), ConfirmationView::Expired));
    assert_eq!(purge(app).await.unwrap().sign_ups, 0);
    house.advance(Span::days(6));
    assert_eq!(purge(app).await.unwrap().sign_ups, 1);
    assert!(matches!(confirm(app, &token, None, &[]).await.unwrap(), ConfirmOutcome::Expired));
    assert_eq!(house.count("subscribers").await, 0);
}

#[tokio::test]
async fn twenty_sign_ups_make_one_mail_and_the_first_link_keeps_working() {
    let house = TestHouse::open().await;
    for _ in 0..20 {
        sign_up(&house.app, SignUp::by_form("a@a.example")).await.unwrap();
    }
    sign_up(&house.app, SignUp::by_form("A@A.EXAMPLE")).await.unwrap();
    assert_eq!(house.count("outbox").await, 1);
    let token = house.confirm_token("a@a.example").await;
    assert!(matches!(confirm(&house.app, &token, None, &[]).await.unwrap(), ConfirmOutcome::Confirmed { .. }));
}

#[tokio::test]
async fn a_person_may_join_two_publications_on_one_day() {
    let house = TestHouse::open().await;
    reader(&house, "a@a.example").await;
    let weekend = SignUp { publication: Some("weekend".into()), ..SignUp::by_form("a@a.example") };
    sign_up(&house.app, weekend).await.unwrap();
    confirm(&house.app, &house.confirm_token("a@a.example").await, None, &[]).await.unwrap();
    let link = unsubscribe_link(&house.app, 1);
    assert!(matches!(
        look_at_leaving(&house.app, token_of(&link)).await.unwrap(),
        LeaveView::Subscribed { has_others: true, .. }
    ));
    leave(&house.app, token_of(&link), LeaveScope::All).await.unwrap();
    assert_eq!(house.count("subscriptions WHERE state = 'active'").await, 0);
    undo_leave(&house.app, token_of(&link)).await.unwrap();
    assert_eq!(house.count("subscriptions WHERE state = 'active'").await, 2);
}

#[tokio::test]
async fn an_active_reader_gets_the_way_to_the_preferences_instead() {
    let house = TestHouse::open().await;
    reader(&house, "a@a.example").await;
    house.advance(Span::days(1));
    sign_up(&house.app, SignUp::by_form("a@a.example")).await.unwrap();
    let mail = house.mails_to("a@a.example").await.pop().unwrap();
    assert_eq!(mail.kind, "already_subscribed");
    assert!(mail.text.contains("/preferences/"));
    assert!(!mail.text.contains("/confirm/"));
}

#[tokio::test]
async fn a_persons_own_double_opt_in_lifts_a_bounce_but_not_an_operators_word() {
    let house = TestHouse::open().await;
    let app = &house.app;
    for (typed, reason, mails) in [
        ("bounced@a.example", SuppressionReason::HardBounce, 1),
        ("angry@a.example", SuppressionReason::Complaint, 1),
        ("erased@a.example", SuppressionReason::Erased, 1),
        ("barred@a.example", SuppressionReason::Operator, 0),
        ("stranger@a.example", SuppressionReason::NotMe, 0),
    ] {
        suppress(app, Actor::Console, &address(typed), reason).await.unwrap();
        sign_up(app, SignUp::by_form(typed)).await.unwrap();
        assert_eq!(house.mails_to(typed).await.len(), mails, "{typed}");
        if mails == 1 {
            confirm(app, &house.confirm_token(typed).await, None, &[]).await.unwrap();
        }
    }
    assert_eq!(house.count("suppressions").await, 2);
    let outcome = add(app, Actor::Console, "evening", address("barred@a.example"), &[], false).await.unwrap();
    assert_eq!(outcome, AddOutcome::Suppressed(SuppressionReason::Operator));
}

#[tokio::test]
async fn a_suppression_ends_the_subscription_and_a_later_one_by_an_operator_stays() {
    let house = TestHouse::open().await;
    let app = &house.app;
    let id = reader(&house, "a@a.example").await;
    let ended = suppress(app, Actor::Console, &address("a@a.example"), SuppressionReason::Operator).await.unwrap();
    assert_eq!(ended, 1);
    suppress(app, Actor::Console, &address("a@a.example"), SuppressionReason::Complaint).await.unwrap();
    assert_eq!(house.text("reason", "suppressions").await, "operator");
    assert!(matches!(
        undo_leave(app, token_of(&unsubscribe_link(app, id.0))).await.unwrap(),
        UndoOutcome::TooLate { .. }
    ));
}

#[tokio::test]
async fn not_me_forgets_the_sign_up_and_keeps_further_ones_away() {
    let house = TestHouse::open().await;
    let app = &house.app;
    sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
    let token = house.confirm_token("a@a.example").await;
    assert_eq!(disown(app, &token).await.unwrap(), NotMeOutcome::Forgotten);
    assert_eq!(disown(app, &token).await.unwrap(), NotMeOutcome::Forgotten);
    assert_eq!(house.count("pending_signups").await, 0);
    house.advance(Span::days(1));
    sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
    assert_eq!(house.mails_to("a@a.example").await.len(), 1);
    house.advance(Span::days(90));
    sign_up(app, SignUp::by_form("a@a.example")).await.unwrap();
    assert_eq!(house.mails_to("a@a.example").await.len(), 2);
}

#[tokio::test]
async fn one_network_is_limited_and_told_so() {
    let house = TestHouse::open_with("[limits]\nsignups_per_network_hour = 6\n").await;
    let asked =
        |n: usize, ip: &str| SignUp { ip: Some(ip.parse().unwrap()), ..SignUp::by_form(&format!("r{n}@a.example")) };
    for n in 0..3 {
        sign_up(&house.app, asked(n, &format!("192.0.2.{n}"))).await.unwrap();
    }
    let error = sign_up(&house.app, asked(3, "192.0.2.77")).await.unwrap_err();
    assert!(matches!(error, SignUpError::RateLimited { retry_after } if retry_after == Span::hours(1)), "{error:?}");
    sign_up(&house.app, asked(4, "198.51.100.1")).await.unwrap();
    house.advance(Span::hours(1));
    sign_up(&house.app, asked(5, "192.0.2.77")).await.unwrap();
}

#[tokio::test]
async fn a_cap_is_silent_and_what_it_puts_off_is_mailed_later() {
    for cap in ["confirmations_per_hour = 2", "confirmations_per_domain_hour = 2"] {
        let house = TestHouse::open_with(&format!("[limits]\n{cap}\n")).await;
        for n in 0..5 {
            sign_up(&house.app, SignUp::by_form(&format!("r{n}@a.example"))).await.unwrap();
        }
        assert_eq!(house.count("outbox").await, 2);
        assert_eq!(house.count("pending_signups WHERE mailed_at IS NULL").await, 3);
        let waiting = async || mail_waiting(&house.app).await.unwrap().confirmations;
        assert_eq!(waiting().await, 0, "the hour is not over");
        house.advance(Span::hours(1));
        assert_eq!((waiting().await, waiting().await), (2, 0), "{cap}");
        house.advance(Span::hours(1));
        assert_eq!(waiting().await, 1);
        for n in 0..5 {
            let token = house.confirm_token(&format!("r{n}@a.example")).await;
            assert!(matches!(confirm(&house.app, &token, None, &[]).await.unwrap(), ConfirmOutcome::Confirmed { .. }));
        }
    }
}

#[tokio::test]
async fn a_filled_honeypot_is_answered_alike_and_nothing_is_done() {
    let house = TestHouse::open().await;
    let asked = SignUp { honeypot: "https://spam.example".into(), ..SignUp::by_form("a@a.example") };
    assert_eq!(sign_up(&house.app, asked).await.unwrap().publication.slug, "evening");
    assert_eq!(house.count("outbox").await, 0);
    assert_eq!(house.count("pending_signups").await, 0);
}

#[tokio::test]
async fn mistakes_in_a_form_are_named() {
    let house = TestHouse::open().await;
    let form = || SignUp::by_form("a@a.example");
    let err = async |asked: SignUp| sign_up(&house.app, asked).await.unwrap_err();
    assert!(matches!(err(SignUp::by_form("a@b")).await, SignUpError::Address(_)));
    assert!(matches!(err(SignUp::by_form("LAMP@news.example")).await, SignUpError::Address(_)));
    assert!(matches!(err(SignUp::by_form("x@Bounces.news.example")).await, SignUpError::Address(_)));
    assert!(matches!(
        err(SignUp { publication: Some("nope".into()), ..form() }).await,
        SignUpError::UnknownPublication
    ));
    assert!(matches!(
        err(SignUp { sections: vec!["nope".into()], ..form() }).await,
        SignUpError::Choice(ChoiceError::UnknownSection(_))
    ));
    assert!(matches!(
        err(SignUp { time_zone: Some("Mars/Base".into()), ..form() }).await,
        SignUpError::Choice(ChoiceError::UnknownTimeZone)
    ));
    assert!(matches!(err(SignUp { hour: Some(24), ..form() }).await, SignUpError::Choice(ChoiceError::Hour)));
    assert!(matches!(err(SignUp { language: Some("e".into()), ..form() }).await, SignUpError::Language));
}

#[tokio::test]
async fn a_token_serves_its_own_purpose_alone() {
    let house = TestHouse::open().await;
    let app = &house.app;
    let id = reader(&house, "a@a.example").await;
    let (leave_link, choose_link) = (unsubscribe_link(app, id.0), preferences_link(app, id.0));
    let used = house.confirm_token("a@a.example").await;
    let before = house.dump().await;
    for token in [token_of(&choose_link), used.as_str(), "", "garbage"] {
        assert!(matches!(leave(app, token, LeaveScope::All).await.unwrap(), LeaveOutcome::Invalid), "{token}");
        assert!(matches!(undo_leave(app, token).await.unwrap(), UndoOutcome::Invalid), "{token}");
    }
    for token in [token_of(&leave_link), token_of(&choose_link), "", "garbage"] {
        assert!(matches!(confirm(app, token, None, &[]).await.unwrap(), ConfirmOutcome::Invalid), "{token}");
    }
    for token in [token_of(&leave_link), used.as_str(), ""] {
        assert!(matches!(preferences(app, token).await, Err(PreferencesError::Invalid)), "{token}");
        assert!(matches!(
            change_preferences(app, token, None, &Choices::default()).await,
            Err(PreferencesError::Invalid)
        ));
    }
    assert_eq!(house.dump().await, before);
}

#[tokio::test]
async fn lists_page_by_page_and_count() {
    let house = TestHouse::open().await;
    for n in 0..3 {
        reader(&house, &format!("r{n}@a.example")).await;
    }
    sign_up(&house.app, SignUp::by_form("waiting@a.example")).await.unwrap();
    leave(&house.app, token_of(&unsubscribe_link(&house.app, 2)), LeaveScope::One).await.unwrap();
    let filter = ListFilter {
        publication: Some("evening".into()),
        state: Some(SubscriptionState::Active),
        rows_max: 1,
        ..ListFilter::default()
    };
    let first = list(&house.app, Actor::Console, &filter).await.unwrap();
    assert_eq!(first[0].masked(), "r***@a***.example");
    let filter = ListFilter { after: first[0].subscription_id.0, ..filter };
    assert_eq!(list(&house.app, Actor::Console, &filter).await.unwrap()[0].subscription_id, SubscriptionId(3));
    assert!(matches!(list(&house.app, Actor::Visitor, &filter).await, Err(ListError::Forbidden(_))));
    let counts = counts(&mut house.app.db.read().await.unwrap(), Actor::Console, house.app.now()).await.unwrap();
    assert_eq!((counts[0].active, counts[0].left_count, counts[0].pending), (2, 1, 1));
}
