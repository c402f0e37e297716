//! What is kept no longer than promised, and what must stay true when it is gone.

use super::{active, addresses, dump, preferences_token};
use crate::harness::{Harness, Newspaper, Newsroom, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::delivery::{self, RunReport};
use lamplighter::mail::EmailAddr;
use lamplighter::operators::Actor;
use lamplighter::service;
use lamplighter::subscribers::{self, AddOutcome, SuppressionReason};

const ADA: &str = "ada@readers.example";
const BEN: &str = "ben@readers.example";
/// An unusual name, so that it is found wherever it stands.
const ZOE: &str = "zoe.quill@readers.example";

async fn leave(t: &Harness, address: &str) {
    let mails = t.editions_for(address);
    let link = mails.last().expect("an edition came").links.iter().find(|it| it.contains("/unsubscribe/")).cloned();
    t.click(&link.expect("it can be left")).await;
}

async fn count(t: &Harness, sql: Sql) -> i64 {
    t.db().read().await.unwrap().fetch_value(sql, vec![]).await.unwrap()
}

async fn report(t: &Harness, label: &str) -> RunReport {
    let edition = t.edition(label).await;
    delivery::run_report(&t.app, &mut t.db().read().await.unwrap(), edition.id).await.unwrap()
}

const WAVES: Sql =
    Sql::both("SELECT (SELECT COUNT(*) FROM delivery_waves) + (SELECT COUNT(*) FROM seal_choices) AS value");
const DELIVERIES: Sql = Sql::both("SELECT COUNT(*) AS value FROM deliveries");
const ATTEMPTS: Sql = Sql::both("SELECT COUNT(*) AS value FROM delivery_attempts");
const EXCLUSIONS: Sql = Sql::both("SELECT COUNT(*) AS value FROM audience_exclusions");
const PENDING: Sql = Sql::both("SELECT COUNT(*) AS value FROM pending_signups");
const NETWORKS: Sql = Sql::both("SELECT COUNT(*) AS value FROM consents WHERE ip_prefix IS NOT NULL");
const SET_NETWORK: Sql = Sql::both("UPDATE consents SET ip_prefix = '192.0.2.0/24'");
const REPLY: Sql = Sql::both(
    "INSERT INTO delivery_attempts (delivery_id, number, started_at, relay, outcome, reply) SELECT d.id, 9, 0, 'r', 'failed', '550 <Zoe.Quill@readers.example> unknown' FROM deliveries d JOIN subscribers p ON p.id = d.subscriber_id WHERE p.email LIKE 'zoe%'",
);
const FAILED: Sql = Sql::both(
    "UPDATE deliveries SET state = 'failed', reason = '550 <zoe.quill@readers.example> unknown', reply = '550 <zoe.quill@readers.example> unknown' WHERE subscriber_id = (SELECT id FROM subscribers WHERE email LIKE 'zoe%')",
);
/// A mail to them that was never sent is not pruned with those that were.
const UNSENT: Sql = Sql::both("UPDATE outbox SET state = 'uncertain' WHERE recipient LIKE '%quill@readers%'");
const REASON: Sql = Sql::both("SELECT reason AS value FROM suppressions");

both_engines! {
    async fn of_a_reader_who_left_a_month_ago_a_digest_remains_and_only_they_come_back(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        t.subscribe(BEN).await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        leave(&t, ADA).await;
        t.advance(Span::days(27));
        service::sweep(&t.app).await.unwrap();
        assert_eq!(addresses(&t).await, [ADA, BEN]);
        t.advance(Span::days(2));
        service::sweep(&t.app).await.unwrap();
        service::sweep(&t.app).await.unwrap();
        assert_eq!(addresses(&t).await, [BEN], "who still reads stays");
        let reasons: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(REASON, vec![]).await.unwrap();
        assert_eq!(reasons, [("left".to_owned(),)]);
        let ada = EmailAddr::parse(ADA).unwrap();
        let back = subscribers::add(&t.app, Actor::Console, "evening", ada, &[], false).await.unwrap();
        assert_eq!(back, AddOutcome::Suppressed(SuppressionReason::Left));
        // The link in the old mail leads nowhere bad, and a new sign-up leads back.
        leave(&t, ADA).await;
        t.subscribe(ADA).await;
        assert_eq!(active(&t).await, 2);
        let reasons: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(REASON, vec![]).await.unwrap();
        assert!(reasons.is_empty());
    }

    async fn of_a_reader_who_left_a_month_ago_no_row_of_any_table_names_them(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        for reader in [ZOE, BEN] {
            t.subscribe(reader).await;
        }
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        // They asked for another address, others for theirs; the relay repeated it; a mail has not gone out.
        let (zoe, ben) = (preferences_token(&t, ZOE).await, preferences_token(&t, BEN).await);
        subscribers::ask_to_change_address(&t.app, &zoe, "zoe.quill@elsewhere.example").await.unwrap();
        subscribers::ask_to_change_address(&t.app, &ben, ZOE).await.unwrap();
        subscribers::ask_for_personal_link(&t.app, &zoe).await.unwrap();
        t.run_until_idle().await;
        leave(&t, ZOE).await;
        let mut tx = t.db().begin().await.unwrap();
        for sql in [REPLY, FAILED, UNSENT] {
            assert!(tx.execute(sql, vec![]).await.unwrap() > 0);
        }
        tx.commit().await.unwrap();
        let named = async |table: &str| {
            let all = dump(t.db(), &[]).await.to_lowercase();
            all.lines().filter(|row| row.starts_with(table) && row.contains("zoe.quill")).map(str::to_owned).collect::<Vec<_>>()
        };
        for table in ["subscribers:", "outbox:", "address_changes:", "deliveries:", "delivery_attempts:"] {
            assert!(!named(table).await.is_empty(), "the search finds what is there: {table}");
        }
        // Nearly a month on they want to come back: who waits for their word is waited for.
        t.advance(Span::days(28) - Span::hours(1));
        t.sign_up("evening", "Zoe.Quill@readers.example", &[]).await;
        t.advance(Span::hours(2));
        service::sweep(&t.app).await.unwrap();
        assert_eq!(addresses(&t).await, [BEN, ZOE]);
        assert!(!named("pending_signups:").await.is_empty());
        let mut tx = t.db().begin().await.unwrap();
        assert!(tx.execute(UNSENT, vec![]).await.unwrap() > 0);
        tx.commit().await.unwrap();
        t.advance(Span::days(4));
        service::sweep(&t.app).await.unwrap();
        assert_eq!(named("").await, [""; 0]);
        assert_eq!(addresses(&t).await, [BEN]);
        assert_eq!(report(&t, "2026-11-23").await.deliveries.audience, 2, "the accounts still add up");
        let reasons: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(REASON, vec![]).await.unwrap();
        assert_eq!(reasons, [("left".to_owned(),)]);
    }

    async fn who_left_one_publication_and_reads_another_keeps_their_address(t: Harness) {
        t.set_up(format!("{}\n{}", Newsroom::empty(), Newsroom::empty().called("morning"))).await;
        t.subscribe(ADA).await;
        t.advance(Span::days(2));
        t.subscribe_to("morning", ADA, &[]).await;
        const LEAVE: Sql = Sql::both("UPDATE subscriptions SET state = 'left', left_at = 1, left_reason = 'reader' WHERE publication_id = $1");
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(LEAVE, vec![t.publication("morning").await.id.0.into()]).await.unwrap();
        tx.commit().await.unwrap();
        service::sweep(&t.app).await.unwrap();
        assert_eq!((addresses(&t).await.len(), active(&t).await), (1, 1));
    }

    async fn after_ninety_days_an_edition_is_counts_alone_and_they_still_add_up(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        for reader in [ADA, BEN, "reject-550+1@readers.example", "gone@readers.example"] {
            subscribers::add(&t.app, Actor::Console, "evening", EmailAddr::parse(reader).unwrap(), &[], false).await.unwrap();
        }
        const SUPPRESS: Sql = Sql::both("INSERT INTO suppressions (address_hash, reason, created_at) SELECT address_hash, 'complaint', 0 FROM subscribers WHERE email = 'gone@readers.example'");
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(SUPPRESS, vec![]).await.unwrap();
        tx.commit().await.unwrap();
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        let before = report(&t, "2026-11-23").await;
        assert!(before.deliveries.failed == 1 && before.deliveries.accepted == 2 && count(&t, EXCLUSIONS).await == 1, "{:?}", before.deliveries);
        t.advance(Span::days(89));
        service::sweep(&t.app).await.unwrap();
        assert_eq!(count(&t, DELIVERIES).await, before.deliveries.audience, "a day before, all is there");
        t.advance(Span::days(2));
        service::sweep(&t.app).await.unwrap();
        service::sweep(&t.app).await.unwrap();
        assert_eq!((count(&t, DELIVERIES).await, count(&t, ATTEMPTS).await, count(&t, EXCLUSIONS).await), (0, 0, 0));
        assert_eq!(count(&t, WAVES).await, 0, "nor what the seal noted of it");
        let after = report(&t, "2026-11-23").await;
        assert_eq!(after.deliveries, before.deliveries);
        let by_state = |it: &RunReport| -> i64 { it.reasons.iter().map(|reason| reason.count).sum() };
        assert_eq!(by_state(&after), by_state(&before));
        assert!(after.reasons.iter().all(|it| !it.reason.contains('@')), "{:?}", after.reasons);
        assert_eq!(format!("{:?}", after.audience), format!("{:?}", before.audience));
        let it = after.deliveries;
        assert_eq!(it.accepted + it.suppressed + it.failed + it.expired + it.waiting + it.uncertain, it.audience);
    }

    async fn an_edition_that_still_has_somebody_to_send_to_is_not_touched(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        const WAITS: Sql = Sql::both("UPDATE deliveries SET state = 'uncertain'");
        const UNFINISHED: Sql = Sql::both("UPDATE editions SET state = 'sending'");
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(WAITS, vec![]).await.unwrap();
        tx.execute(UNFINISHED, vec![]).await.unwrap();
        tx.commit().await.unwrap();
        t.advance(Span::days(200));
        service::sweep(&t.app).await.unwrap();
        assert_eq!(count(&t, DELIVERIES).await, 1);
    }

    async fn a_sign_up_that_nobody_confirmed_is_gone_after_a_week_and_a_network_after_ninety_days(t: Harness) {
        t.set_up(Newsroom::empty()).await;
        t.subscribe(ADA).await;
        t.sign_up("evening", BEN, &[]).await;
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(SET_NETWORK, vec![]).await.unwrap();
        tx.commit().await.unwrap();
        t.advance(Span::days(8));
        service::sweep(&t.app).await.unwrap();
        assert_eq!((count(&t, PENDING).await, count(&t, NETWORKS).await), (0, 1));
        t.advance(Span::days(83));
        service::sweep(&t.app).await.unwrap();
        assert_eq!((count(&t, NETWORKS).await, active(&t).await), (0, 1));
    }

    async fn where_the_configuration_says_0_it_is_kept_for_ever(t: Harness) {
        let paper = Newspaper::open().await;
        t.set_up(Newsroom::of(&paper)).await;
        t.subscribe(ADA).await;
        paper.publish("Harbour opens");
        t.evening("2026-11-23").await;
        leave(&t, ADA).await;
        let t = t
            .restart_with(|config| {
                config.retention.delivery_days = 0;
                config.retention.leaver_days = 0;
                config.retention.network_days = 0;
            })
            .await;
        t.advance(Span::days(4_000));
        service::sweep(&t.app).await.unwrap();
        assert_eq!((addresses(&t).await.len(), count(&t, DELIVERIES).await), (1, 1));
    }
}
