//! Delivery on both engines: what we believe was sent, against the relay's own ledger.

use crate::harness::{Harness, both_engines};
use lamplighter::base::Span;
use lamplighter::db::{Db, Sql, Tx, Value};
use lamplighter::delivery::{Counts, counts, run_until_idle};
use lamplighter::editions::EditionId;

const PUBLICATION: Sql = Sql::both(
    "INSERT INTO publications (slug, name, description, language, time_zone, site_name, site_url, accent_color, approval, uncertain_policy, min_items, full_items_max, headline_items_max, late_send_limit_minutes, created_at) VALUES ($2, 'The Evening Gazette', '', 'en', 'UTC', '', 'https://news.example', '#000000', 'auto', $1, 1, 8, 12, 90, 0) RETURNING id AS value",
);
const EDITION: Sql = Sql::both(
    "INSERT INTO editions (publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, created_at) VALUES ($1, '2026-11-23', $2, 0, 0, 0, 'sending', 1, '', 'Tonight', '', '', 0) RETURNING id AS value",
);
const VARIANT: Sql = Sql::both(
    "INSERT INTO edition_variants (edition_id, key, subject, html, text, content_hash) VALUES ($1, 'all', 'Tonight', '<a href=\"https://unsubscribe.invalid/\">Leave</a>', 'https://unsubscribe.invalid/', '')",
);
const SUBSCRIBER: Sql = Sql::both(
    "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) VALUES ($1, $1, $2, 'en', 0, 0) RETURNING id AS value",
);
const SUBSCRIPTION: Sql = Sql::both(
    "INSERT INTO subscriptions (subscriber_id, publication_id, state, created_at, changed_at) VALUES ($1, $2, 'active', 0, 0) RETURNING id AS value",
);
const DELIVERY: Sql = Sql::both(
    "INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, next_attempt_at, expires_at, wave) VALUES ($1, $2, $3, 'all', 'queued', '', $4, $5, 1)",
);
const WAVE: Sql = Sql::both(
    "INSERT INTO delivery_waves (edition_id, number, mail_group, rank, not_before, expires_at, first_id, last_id, next_id, readers) SELECT edition_id, 1, 'other', 2, MIN(next_attempt_at), MAX(expires_at), MIN(id), MAX(id), MIN(id), COUNT(*) FROM deliveries WHERE edition_id = $1 GROUP BY edition_id",
);
const SUPPRESS: Sql = Sql::both(
    "INSERT INTO suppressions (address_hash, reason, created_at) SELECT address_hash, 'complaint', 0 FROM subscribers WHERE email = $1",
);

async fn insert(tx: &mut Tx, sql: Sql, values: Vec<Value>) -> i64 {
    tx.fetch_value(sql, values).await.unwrap()
}

/// A publication that does this with mails that are in doubt: `hold` or `resend_once`.
pub(super) async fn publication(t: &Harness, policy: &str) -> i64 {
    let mut tx = t.db().begin().await.unwrap();
    let id = insert(&mut tx, PUBLICATION, vec![policy.into(), policy.replace('_', "-").into()]).await;
    tx.commit().await.unwrap();
    id
}

/// An edition of this name that is going out to these people, for so long.
pub(super) async fn edition(t: &Harness, publication: i64, label: &str, addresses: &[String], time: Span) -> EditionId {
    let mut tx = t.db().begin().await.unwrap();
    let edition = insert(&mut tx, EDITION, vec![publication.into(), label.into()]).await;
    tx.execute(VARIANT, vec![edition.into()]).await.unwrap();
    for address in addresses {
        let hash = t.app.keys.fingerprint(address);
        let subscriber = insert(&mut tx, SUBSCRIBER, vec![address.into(), hash.into()]).await;
        let subscription = insert(&mut tx, SUBSCRIPTION, vec![subscriber.into(), publication.into()]).await;
        let expires_at = t.now() + time;
        let values = vec![edition.into(), subscriber.into(), subscription.into(), t.now().into(), expires_at.into()];
        tx.execute(DELIVERY, values).await.unwrap();
    }
    tx.execute(WAVE, vec![edition.into()]).await.unwrap();
    tx.commit().await.unwrap();
    EditionId(edition)
}

/// An edition that is going out to these people.
pub(super) async fn sealed(t: &Harness, policy: &str, addresses: &[String]) -> EditionId {
    let publication = publication(t, policy).await;
    edition(t, publication, "2026-11-23", addresses, Span::hours(24)).await
}

pub(super) fn people(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("reader-{n}@x.example")).collect()
}

pub(super) async fn counted(db: &Db, edition: EditionId) -> Counts {
    counts(&mut db.read().await.unwrap(), edition).await.unwrap()
}

pub(super) async fn run_to_the_end(t: &Harness, edition: EditionId) -> Counts {
    for _ in 0..200 {
        run_until_idle(&t.app).await.unwrap();
        let counts = counted(t.db(), edition).await;
        if counts.waiting == 0 {
            return counts;
        }
        t.advance(Span::minutes(10));
    }
    panic!("somebody still waits");
}

both_engines! {
    async fn every_reader_ends_in_exactly_one_place(t: Harness) {
        let mut addresses = people(5);
        for odd in ["tempfail-2", "reject-550", "reject-451", "latin1-550", "accept-then-drop", "421-after-2", "gone"] {
            addresses.push(format!("{odd}@x.example"));
        }
        let edition = sealed(&t, "hold", &addresses).await;
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(SUPPRESS, vec!["gone@x.example".into()]).await.unwrap();
        tx.commit().await.unwrap();
        let counts = run_to_the_end(&t, edition).await;
        let expected = Counts { audience: 12, accepted: 7, suppressed: 1, failed: 2, expired: 1, waiting: 0, uncertain: 1 };
        assert_eq!(counts, expected);
        assert!(!t.sink.ledger().recipients.contains_key("gone@x.example"));
        assert_eq!(t.sink.mails().len(), 8, "the seven, and the one of which we never heard");
    }

    async fn two_workers_at_once_send_nothing_twice(t: Harness) {
        let edition = sealed(&t, "hold", &people(60)).await;
        let (one, two) = tokio::join!(run_until_idle(&t.app), run_until_idle(&t.app));
        one.unwrap();
        two.unwrap();
        assert_eq!(run_to_the_end(&t, edition).await.accepted, 60);
        assert_eq!((t.sink.mails().len(), t.sink.ledger().recipients.len()), (60, 60));
    }
}
