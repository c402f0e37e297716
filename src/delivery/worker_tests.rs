//! Each misbehaviour of a relay, and where it leaves the mail; what we believe against what the relay saw.

use super::store::fixtures::{EDITION, Stage, short_timeouts};
use super::store::list_finished_editions;
use super::{Settings, Timeouts, list_reasons, run_workers_with};
use crate::base::{Span, Timestamp};
use crate::sink::{Distance, Manners, Sink, SinkOptions};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn an_edition_reaches_its_audience_once_each() {
    let stage = Stage::open().await;
    let addresses: Vec<String> = (0..40).map(|n| format!("reader-{n}@x.example")).collect();
    stage.audience(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
    stage.run().await;
    let counts = stage.counts().await;
    assert_eq!((counts.audience, counts.accepted), (40, 40));
    let ledger = stage.sink.ledger();
    assert_eq!((ledger.accepted, ledger.recipients.len(), ledger.connections), (40, 40, 2));
    assert_eq!(ledger.violations, []);
    assert_eq!(stage.house.count("editions WHERE state = 'sent'").await, 1);
}

#[tokio::test]
async fn each_copy_carries_its_own_links_and_its_own_name() {
    let stage = Stage::open().await;
    stage.audience(&["anna@x.example", "ben@x.example"]).await;
    stage.run().await;
    let (anna, ben) = (&stage.sink.mails_to("anna@x.example")[0], &stage.sink.mails_to("ben@x.example")[0]);
    assert_ne!(anna.message_id, ben.message_id);
    assert!(anna.message_id.ends_with("@news.example"));
    assert_eq!((anna.to.as_str(), anna.subject.as_str()), ("anna@x.example", "Tonight: the harbour"));
    let token = anna.links[0].strip_prefix("https://news.example/unsubscribe/").unwrap();
    assert_eq!(stage.app.keys.verify(crate::app::Purpose::Unsubscribe, token), Some(1));
    assert!(anna.links[1].starts_with("https://news.example/preferences/") && !anna.html.contains(".invalid"));
    assert!(anna.text.contains(token) && !anna.text.contains(".invalid"));
    assert!(anna.header("List-Unsubscribe").unwrap().contains(token));
    assert_eq!(anna.header("Feedback-ID"), Some("20261123:evening:edition:newsexample"));
    let bounce = anna.envelope_from.strip_prefix("b-").unwrap().strip_suffix("@bounces.news.example").unwrap();
    assert_eq!(stage.app.keys.verify(crate::app::Purpose::Delivery, bounce), Some(1));
}

#[tokio::test]
async fn refusals_end_where_their_class_says_and_keep_the_connection() {
    let stage = Stage::open_with(|options| options, "connections = 1").await;
    stage
        .audience(&[
            "reject-550@x.example",
            "lying-550@x.example",
            "latin1-550@x.example",
            "reject-450@x.example",
            "anna@x.example",
        ])
        .await;
    stage.run().await;
    for (address, state, reason) in [
        ("reject-550@x.example", "failed", "550 5.1.1 no such person here"),
        ("lying-550@x.example", "failed", "550 4.2.1 mailbox unavailable"),
        ("latin1-550@x.example", "failed", "550 5.1.1 Bo\u{ee}te inconnue"),
        ("reject-450@x.example", "deferred", "450 4.2.1 no such person here"),
        ("anna@x.example", "accepted", ""),
    ] {
        assert_eq!(stage.state(address).await, state, "{address}");
        assert_eq!(stage.of::<String>(address, "reason").await, reason);
    }
    assert_eq!((stage.sink.ledger().connections, stage.sink.ledger().commands["RSET"]), (1, 4));
    let mut tx = stage.app.db.read().await.unwrap();
    assert_eq!(list_reasons(&mut tx, EDITION).await.unwrap().len(), 4);
    assert!(list_finished_editions(&mut tx).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_run_that_is_refused_stops_at_the_answer_that_is_one_too_many() {
    let stage = Stage::open_with(|options| options, "connections = 4").await;
    let addresses: Vec<String> = (0..600).map(|n| format!("reject-550+{n}@x.example")).collect();
    stage.audience(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
    stage.run().await;
    let counts = stage.counts().await;
    // Twenty, and what was on its way over four connections and behind it.
    assert!((20..=28).contains(&counts.failed), "{counts}");
    assert_eq!((counts.waiting + counts.failed, counts.audience), (600, 600));
    assert_eq!(stage.house.count("editions WHERE paused_at IS NOT NULL").await, 1);
    // Whoever goes on has a new run, which is stopped in the same way.
    super::resume(&stage.app, crate::operators::Actor::Console, EDITION).await.unwrap();
    stage.run().await;
    let again = stage.counts().await.failed - counts.failed;
    assert!((20..=28).contains(&again), "{again}");
}

#[tokio::test]
async fn a_deferred_mail_is_tried_again_at_its_time_with_the_same_message_id() {
    let stage = Stage::open().await;
    stage.audience(&["tempfail-2@x.example"]).await;
    stage.run().await;
    stage.run().await;
    assert_eq!(stage.sink.ledger().recipients["tempfail-2@x.example"], 1, "not before its time");
    let first: Timestamp = stage.of("tempfail-2@x.example", "next_attempt_at").await;
    let wait = first.since(stage.app.now());
    assert!(wait >= Span::minutes(5) && wait <= Span::minutes(15), "{wait:?}");
    stage.advance(wait);
    stage.run().await;
    assert_eq!(stage.state("tempfail-2@x.example").await, "deferred");
    stage.run_to_the_end().await;
    assert_eq!(stage.attempts("tempfail-2@x.example").await, ["deferred", "deferred", "accepted"]);
    assert_eq!(stage.sink.mails().len(), 1);
}

#[tokio::test]
async fn a_mail_that_is_always_put_off_expires_with_its_reason() {
    let stage = Stage::open().await;
    stage.audience(&["reject-452@x.example", "greylist@x.example"]).await;
    stage.run_to_the_end().await;
    assert_eq!(stage.state("reject-452@x.example").await, "expired");
    assert!(stage.of::<String>("reject-452@x.example", "reason").await.starts_with("452 "));
    assert_eq!(stage.state("greylist@x.example").await, "accepted");
    let attempts = stage.attempts("reject-452@x.example").await.len();
    assert!((7..=12).contains(&attempts), "{attempts} attempts in a day");
}

#[tokio::test]
async fn only_a_lost_answer_to_the_final_dot_is_uncertain_and_it_is_not_sent_again() {
    let stage = Stage::open().await;
    let lost = ["drop-after-dot@x.example", "accept-then-drop@x.example", "silent-at-dot@x.example"];
    stage.audience(&lost).await;
    stage.audience(&["silent-at-rcpt@x.example", "anna@x.example"]).await;
    stage.run_to_the_end().await;
    for address in lost {
        assert_eq!(stage.state(address).await, "uncertain", "{address}");
        assert_eq!(stage.attempts(address).await, ["uncertain"]);
        assert_eq!(stage.sink.ledger().recipients[address], 1);
    }
    assert_eq!(stage.state("silent-at-rcpt@x.example").await, "expired");
    assert_eq!(stage.state("anna@x.example").await, "accepted");
}

#[tokio::test]
async fn a_publication_may_have_uncertain_mails_sent_once_more() {
    let stage = Stage::open().await;
    stage.house.run("UPDATE publications SET uncertain_policy = 'resend_once'").await;
    stage.audience(&["accept-then-drop@x.example"]).await;
    stage.run_to_the_end().await;
    assert_eq!(stage.attempts("accept-then-drop@x.example").await, ["uncertain", "uncertain"]);
    assert_eq!(stage.state("accept-then-drop@x.example").await, "uncertain");
    let mails = stage.sink.mails();
    assert_eq!((mails.len(), &mails[0].message_id), (2, &mails[1].message_id));
}

#[tokio::test]
async fn a_relay_that_says_421_is_left_alone_and_then_gets_the_rest() {
    let stage = Stage::open_with(|options| options, "connections = 1").await;
    let addresses: Vec<String> = (0..5).map(|n| format!("421-after-3+{n}@x.example")).collect();
    stage.audience(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
    stage.run().await;
    assert_eq!(stage.sink.mails().len(), 3);
    assert_eq!(stage.counts().await.waiting, 2);
    stage.run_to_the_end().await;
    assert_eq!((stage.sink.mails().len(), stage.counts().await.accepted), (5, 5));
    assert_eq!(stage.sink.ledger().connections, 2);
}

#[tokio::test]
async fn what_is_wrong_with_the_relay_is_held_against_nobody() {
    for (manners, login) in [
        (Manners::RefuseConnections, ""),
        (Manners::BusyAtBanner, ""),
        (Manners::RefuseSenders, ""),
        (Manners::RefuseLogins, "username = 'lamp'\npassword = 'secret'"),
    ] {
        let secret = Some(("lamp".to_owned(), "secret".to_owned()));
        let options = |options| SinkOptions { login: secret, ..options };
        let stage = Stage::open_with(options, &format!("connections = 2\n{login}")).await;
        stage.sink.behave(manners);
        stage.audience(&["anna@x.example", "ben@x.example", "carl@x.example"]).await;
        stage.run().await;
        let counts = stage.counts().await;
        assert_eq!((counts.waiting, counts.failed), (3, 0), "{manners:?}");
        assert!(stage.sink.ledger().recipients.is_empty());
        stage.sink.behave(Manners::Normal);
        stage.run_to_the_end().await;
        assert_eq!((stage.counts().await.accepted, stage.sink.mails().len()), (3, 3), "{manners:?}");
    }
}

#[tokio::test]
async fn what_waits_behind_the_mail_that_had_the_relay_left_alone_goes_back_though_the_clock_stands_still() {
    // At a distance: whoever leases has looked, and waits, when the answer comes.
    let far = Sink::start(SinkOptions::new("127.0.0.1:0".parse().unwrap())).unwrap();
    far.behave(Manners::RefuseSenders);
    let way = Distance::start("127.0.0.1:0".parse().unwrap(), far.address(), Duration::from_millis(40)).unwrap();
    let lines = format!("connections = 1\n[[relay]]\nurl = 'smtp://{}'\nconnections = 1", way.address());
    let stage = Stage::open_with(|options| options, &lines).await;
    stage.sink.behave(Manners::RefuseConnections);
    stage.audience(&["anna@x.example", "ben@x.example", "carl@x.example"]).await;
    tokio::time::timeout(Duration::from_secs(30), stage.run()).await.expect("it ends when no relay takes anything");
    assert_eq!((stage.counts().await.waiting, stage.counts().await.failed), (3, 0));
    assert_eq!(stage.house.count("deliveries WHERE state = 'leased'").await, 0);
}

#[tokio::test]
async fn a_relay_that_will_not_have_us_is_told_once_with_the_next_step_and_nobody_fails() {
    let secret = Some(("lamp".to_owned(), "secret".to_owned()));
    let options = |options| SinkOptions { login: secret, ..options };
    let stage = Stage::open_with(options, "connections = 2\nusername = 'lamp'\npassword = 'wrong'").await;
    stage.house.run("INSERT INTO operators (email, email_key, name, role, password_hash, created_at) VALUES ('ines@news.example', 'ines@news.example', 'Ines', 'admin', '', 0)").await;
    stage.audience(&["anna@x.example", "ben@x.example"]).await;
    for _ in 0..5 {
        stage.run().await;
        stage.advance(Span::minutes(20));
    }
    assert_eq!((stage.counts().await.waiting, stage.counts().await.failed), (2, 0));
    assert_eq!(stage.house.count("outbox WHERE kind = 'alert'").await, 1);
    let told = stage.house.text("body_text", "outbox WHERE kind = 'alert'").await;
    assert!(
        told.contains("535") && told.contains("password_file") && told.contains("nobody is marked failed"),
        "{told}"
    );
    stage.run().await;
    let troubles = super::list_relay_troubles(&stage.app).await.unwrap();
    assert!(troubles.len() == 1 && troubles[0].why.contains("535"), "{troubles:?}");
}

#[tokio::test]
async fn a_retry_in_hand_is_known_by_its_wave_and_goes_back_when_that_is_paused() {
    let stage = Stage::open().await;
    stage.audience(&["tempfail-1@x.example"]).await;
    stage.run().await;
    stage.advance(Span::minutes(15));
    super::recovery::introduce(&stage.app, "steady").await.unwrap();
    let leased = super::queue::lease(&stage.app, "steady", 10, &[]).await.unwrap().unwrap();
    stage.house.run("UPDATE editions SET paused_at = 1").await;
    let mut tx = stage.app.db.read().await.unwrap();
    let waves = super::store::list_held_back(&mut tx, stage.app.now(), "steady").await.unwrap();
    drop(tx);
    let dispatch = super::dispatch::Dispatch::new([1].into_iter());
    dispatch.push(leased.deliveries);
    assert_eq!(dispatch.withdraw_waves(&waves), [1]);
}

#[tokio::test]
async fn a_relay_is_given_more_connections_without_a_restart() {
    let stage = Stage::open_with(|options| options, "connections = 1").await;
    let addresses: Vec<String> = (0..30).map(|n| format!("slow-20+{n}@x.example")).collect();
    stage.audience(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let relay = super::rates::ScopeName::Relay(stage.sink.address().to_string());
    let more = super::rates::LimitChange { connections: Some(3), ..Default::default() };
    super::rates::set_limit(&stage.app, crate::operators::Actor::Console, &relay, more).await.unwrap();
    stage.run().await;
    assert_eq!((stage.counts().await.accepted, stage.sink.ledger().connections), (30, 3));
}

#[tokio::test]
async fn a_relay_that_is_away_and_comes_back_loses_nothing() {
    let mut stage = Stage::open().await;
    stage.audience(&["anna@x.example", "ben@x.example"]).await;
    let address = stage.sink.address();
    let elsewhere = Sink::start(SinkOptions::new("127.0.0.1:0".parse().unwrap())).unwrap();
    std::mem::replace(&mut stage.sink, elsewhere).stop().await;
    let stop = CancellationToken::new();
    let worker = tokio::spawn(run_workers_with(stage.app.clone(), stage.settings(), stop.clone()));
    until(|| async { stage.counts().await.waiting == 2 }).await;
    stage.sink = Sink::start(SinkOptions::new(address)).unwrap();
    // Past every pause of the relay, and well short of the day after which a mail is given up.
    let minutes = std::cell::Cell::new(0);
    until(|| async {
        if minutes.get() < 10 * 60 {
            minutes.set(minutes.get() + 1);
            stage.advance(Span::minutes(1));
        }
        stage.counts().await.accepted == 2
    })
    .await;
    assert_eq!(stage.sink.mails().len(), 2);
    stop.cancel();
    worker.await.unwrap();
}

#[tokio::test]
async fn the_service_sends_what_is_queued_while_it_runs_and_gives_back_its_leases_when_it_stops() {
    let stage = Stage::open().await;
    let stop = CancellationToken::new();
    // The relay takes its time here, and a busy machine takes more: nobody is cut off for it.
    let patient = Timeouts { final_dot: Span::seconds(30), ..short_timeouts() };
    let settings = Settings { timeouts: patient, ..stage.settings() };
    let worker = tokio::spawn(run_workers_with(stage.app.clone(), settings, stop.clone()));
    stage.audience(&["anna@x.example"]).await;
    stage.app.wake.deliveries();
    stage.sink.wait_for(|mails| mails.len() == 1, Duration::from_secs(10)).await.unwrap();
    until(|| async { stage.counts().await.accepted == 1 }).await;
    stage.audience(&["slow-200@x.example", "slow-200+1@x.example", "slow-200+2@x.example", "ben@x.example"]).await;
    // The worker may have found the edition without anybody left to send to, and finished it.
    stage.house.run("UPDATE editions SET state = 'sending'").await;
    stage.app.wake.deliveries();
    // Begun, not "being sent": a busy machine may look only when all is done.
    until(|| async { stage.house.count("deliveries WHERE state = 'accepted'").await > 1 }).await;
    stop.cancel();
    worker.await.unwrap();
    assert_eq!(stage.house.count("deliveries WHERE state IN ('leased', 'uncertain')").await, 0);
    let accepted = usize::try_from(stage.counts().await.accepted).unwrap();
    assert_eq!(accepted, stage.sink.mails().len(), "what was in flight was finished and recorded");
}

#[tokio::test]
async fn who_left_or_was_suppressed_after_the_seal_is_not_mailed() {
    let stage = Stage::open().await;
    stage.audience(&["left@x.example", "bounced@x.example", "erased@x.example", "anna@x.example"]).await;
    stage.house.run("UPDATE subscriptions SET state = 'left', left_at = 0 WHERE id = 1").await;
    stage.house.run("INSERT INTO suppressions (address_hash, reason, created_at) SELECT address_hash, 'hard_bounce', 0 FROM subscribers WHERE id = 2").await;
    stage.house.run("DELETE FROM subscribers WHERE id = 3").await;
    stage.run().await;
    let counts = stage.counts().await;
    assert_eq!((counts.suppressed, counts.accepted, counts.audience), (3, 1, 4));
    assert_eq!(stage.of::<String>("left@x.example", "reason").await, "the reader has left");
    assert_eq!(stage.of::<String>("bounced@x.example", "reason").await, "the address is suppressed: hard_bounce");
    let asked: Vec<String> = stage.sink.ledger().recipients.into_keys().collect();
    assert_eq!(asked, ["anna@x.example"]);
}

#[tokio::test]
async fn a_paused_edition_waits_and_a_resumed_one_goes_on() {
    let stage = Stage::open().await;
    stage.audience(&["anna@x.example"]).await;
    stage.house.run("UPDATE editions SET paused_at = 1").await;
    stage.run().await;
    assert_eq!((stage.counts().await.waiting, stage.sink.mails().len()), (1, 0));
    stage.house.run("UPDATE editions SET paused_at = NULL").await;
    stage.run().await;
    assert_eq!(stage.counts().await.accepted, 1);
}

#[tokio::test]
async fn a_single_mail_goes_the_same_way() {
    let stage = Stage::open().await;
    stage.house.run("INSERT INTO outbox (kind, recipient, subject, body_text, body_html, headers, state, next_attempt_at, expires_at, created_at) VALUES ('confirm', 'anna@x.example', 'Please confirm', 'Confirm', '<p>Confirm</p>', '{\"from\":null}', 'queued', 0, 9000000000000000, 0), ('confirm', 'tempfail-1@x.example', 'Please confirm', 'Confirm', '', '{}', 'queued', 0, 9000000000000000, 0), ('confirm', 'reject-550@x.example', 's', 't', '', '{}', 'queued', 0, 9000000000000000, 0), ('confirm', 'late@x.example', 's', 't', '', '{}', 'queued', 0, 1, 0), ('confirm', 'drop-after-dot@x.example', 's', 't', '', '{}', 'queued', 0, 9000000000000000, 0)").await;
    stage.run().await;
    stage.advance(Span::minutes(15));
    stage.run().await;
    let states = stage.house.text("group_concat(state, ' ')", "(SELECT state FROM outbox ORDER BY id)").await;
    assert_eq!(states, "accepted accepted failed expired uncertain");
    let mail = &stage.sink.mails_to("anna@x.example")[0];
    assert_eq!(mail.from, "The Lamp <lamp@news.example>");
    // An envelope sender of its own, to which a notice about it comes.
    let is_own = mail.envelope_from.starts_with("b-") && mail.envelope_from.ends_with("@bounces.news.example");
    assert!(is_own, "{}", mail.envelope_from);
    assert_eq!(stage.house.count("outbox WHERE id = 3 AND last_code = 550 AND last_reply LIKE '5.1.1%'").await, 1);
}

#[tokio::test]
async fn an_address_of_another_script_needs_a_relay_that_offers_it() {
    let stage = Stage::open().await;
    stage.audience(&["\u{f6}@x.example", "anna@x.example"]).await;
    stage.run().await;
    assert_eq!(stage.counts().await.accepted, 2);
    assert_eq!(stage.sink.ledger().violations, []);
    let without = |mut options: SinkOptions| {
        options.extensions.smtputf8 = false;
        options
    };
    let stage = Stage::open_with(without, "connections = 2").await;
    stage.audience(&["\u{f6}@x.example", "anna@x.example"]).await;
    stage.run().await;
    assert_eq!((stage.counts().await.failed, stage.counts().await.accepted), (1, 1));
    assert!(stage.of::<String>("\u{f6}@x.example", "reason").await.contains("SMTPUTF8"));
}

#[tokio::test]
async fn a_mail_that_cannot_be_composed_fails_with_its_reason_and_holds_nobody_up() {
    let stage = Stage::open().await;
    stage.audience(&["anna@x.example", "ben@x.example"]).await;
    stage.house.run("UPDATE deliveries SET variant = 'gone' WHERE id = 1").await;
    stage.run().await;
    assert_eq!(
        (stage.state("anna@x.example").await, stage.state("ben@x.example").await),
        ("failed".into(), "accepted".into())
    );
    assert!(stage.of::<String>("anna@x.example", "reason").await.contains("no variant"));
}

#[tokio::test]
async fn two_relays_share_by_weight_and_one_takes_over_when_the_other_is_away() {
    let second = Sink::start(SinkOptions::new("127.0.0.1:0".parse().unwrap())).unwrap();
    let lines = format!("connections = 1\nweight = 3\n[[relay]]\nurl = 'smtp://{}'\nconnections = 1", second.address());
    let stage = Stage::open_with(|options| options, &lines).await;
    let addresses: Vec<String> = (0..40).map(|n| format!("slow-5+{n}@x.example")).collect();
    stage.audience(&addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
    stage.run().await;
    let (one, two) = (stage.sink.mails().len(), second.mails().len());
    assert_eq!(one + two, 40);
    assert!(two > 0 && one > 0, "{one} and {two}");
    stage.sink.behave(Manners::RefuseConnections);
    stage.house.run("UPDATE editions SET state = 'sending'").await;
    stage.audience(&["anna@x.example", "ben@x.example"]).await;
    stage.run().await;
    assert_eq!((stage.counts().await.accepted, second.mails().len()), (42, two + 2));
}

/// Waits for a condition, not for a time.
pub(super) async fn until<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    let waiting = async {
        let mut looks = tokio::time::interval(Duration::from_millis(10));
        while !condition().await {
            looks.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("it became so");
}
