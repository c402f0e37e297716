//! Some readers first, and the others when it went well with them; and who is cut into which wave.

use super::engine::counted;
use super::sealing::house;
use crate::harness::{Harness, Newspaper, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::delivery;
use lamplighter::editions::{self, EditionId};
use lamplighter::operators::Actor;

const READERS: Sql = Sql::pair(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) SELECT $1 || i || '@' || CASE i % 3 WHEN 0 THEN 'gmail.com' ELSE 'readers.example' END, $1 || i, $1 || i, 'en', 0, 0 FROM n",
    "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) SELECT $1 || i || '@' || CASE i % 3 WHEN 0 THEN 'gmail.com' ELSE 'readers.example' END, $1 || i, $1 || i, 'en', 0, 0 FROM generate_series(1, 600) AS n(i)",
);
const SUBSCRIBED: Sql = Sql::both(
    "INSERT INTO subscriptions (subscriber_id, publication_id, state, created_at, changed_at) SELECT id, $1, 'active', 0, 0 FROM subscribers",
);
const WAVES: Sql = Sql::both(
    "SELECT mail_group || ' ' || rank || ' ' || (last_id - first_id + 1 - readers) AS value FROM delivery_waves WHERE edition_id = $1 ORDER BY mail_group, rank",
);

/// An edition that was sealed for 600 readers, of whom about a tenth go first.
async fn sealed(t: Harness, name: &str) -> (Harness, EditionId) {
    let t = t.restart_with(|config| config.delivery.canary_percent = 10).await;
    let (paper, publication): (Newspaper, i64) = house(&t).await;
    let mut tx = t.db().begin().await.unwrap();
    tx.execute(READERS, vec![name.into()]).await.unwrap();
    tx.execute(SUBSCRIBED, vec![publication.into()]).await.unwrap();
    tx.commit().await.unwrap();
    paper.publish("Harbour opens");
    t.advance(Span::minutes(1));
    t.gather().await;
    let publication = t.publication("evening").await;
    let edition = editions::draft(&t.app, Actor::Console, &publication, true).await.unwrap();
    delivery::send_now(&t.app, Actor::Console, edition.id).await.unwrap();
    (t, edition.id)
}

both_engines! {
    async fn the_others_follow_a_canary_that_went_well(t: Harness) {
        let (t, edition) = sealed(t, "reader-").await;
        let waves: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(WAVES, vec![edition.0.into()]).await.unwrap();
        let waves: Vec<&str> = waves.iter().map(|(wave,)| wave.as_str()).collect();
        assert_eq!(waves, ["gmail 0 0", "gmail 2 0", "other 0 0", "other 2 0"], "each is a range without gaps");
        t.run_until_idle().await;
        let first = counted(t.db(), edition).await;
        assert!((20..=120).contains(&first.accepted) && first.waiting == 600 - first.accepted, "{first:?}");
        t.run_until_idle().await;
        assert_eq!(counted(t.db(), edition).await.accepted, 600);
    }

    async fn a_canary_that_went_wrong_stops_the_edition_until_somebody_has_looked(t: Harness) {
        let (t, edition) = sealed(t, "reject-550+").await;
        t.run_until_idle().await;
        let first = counted(t.db(), edition).await;
        assert!((20..=120).contains(&first.failed) && first.waiting == 600 - first.failed, "{first:?}");
        let paused = editions::find_edition(&mut t.db().read().await.unwrap(), edition).await.unwrap().unwrap();
        assert!(paused.paused_at.is_some());
        t.run_until_idle().await;
        assert_eq!(counted(t.db(), edition).await.waiting, first.waiting, "everybody else waits");
        editions::resume(&t.app, Actor::Console, edition).await.unwrap();
        t.run_until_idle().await;
        assert!(counted(t.db(), edition).await.failed > first.failed, "whoever resumes it has decided");
    }
}
