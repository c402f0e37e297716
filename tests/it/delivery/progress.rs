//! Progress is told from the outcomes: the same in every process, and never at odds with the ledger.

use super::engine::counted;
use super::steering::in_two_groups;
use crate::harness::{Harness, both_engines};
use lamplighter::base::Span;
use lamplighter::db::Sql;
use lamplighter::delivery::{self, Counts, Progress};
use lamplighter::editions::{self, EditionId};

const SEALED: Sql = Sql::both("UPDATE editions SET sealed_at = $2 WHERE id = $1");

async fn progress(t: &Harness, edition: EditionId) -> Progress {
    let mut tx = t.db().read().await.unwrap();
    let edition = editions::find_edition(&mut tx, edition).await.unwrap().unwrap();
    delivery::progress(&t.app, &mut tx, &edition).await.unwrap()
}

fn sum(counts: &Counts) -> i64 {
    counts.states().iter().map(|(_, count)| count).sum()
}

both_engines! {
    async fn each_group_and_all_together_add_up_at_every_moment(t: Harness) {
        let odd = ["tempfail-1", "reject-550", "accept-then-drop", "reject-451"];
        let mut addresses: Vec<String> = odd.iter().map(|name| format!("{name}@x.example")).collect();
        addresses.extend((0..20).map(|n| format!("reader-{n}@x.example")));
        let edition = in_two_groups(&t, &addresses).await;
        let mut tx = t.db().begin().await.unwrap();
        tx.execute(SEALED, vec![edition.0.into(), t.now().into()]).await.unwrap();
        tx.commit().await.unwrap();
        let before = progress(&t, edition).await;
        assert_eq!((before.pace.rate_per_s, before.pace.eta_s), (None, None), "nothing is known yet");
        assert_eq!((before.groups.len(), before.counts().waiting), (2, 24));
        delivery::pause_group(&t.app, lamplighter::operators::Actor::Console, edition, "gmail", "").await.unwrap();
        t.run_until_idle().await;
        t.advance(Span::seconds(10));
        let first = progress(&t, edition).await;
        let other = first.groups.iter().find(|it| it.counts.group == "other").unwrap();
        assert_eq!((other.counts.counts.accepted, other.counts.counts.waiting), (20, 0), "{other:?}");
        assert_eq!((other.pace.rate_per_s, other.pace.eta_s), (None, None), "it is done");
        assert!(first.pace.rate_per_s.is_some_and(|rate| rate > 0.0), "{first:?}");
        delivery::resume_group(&t.app, lamplighter::operators::Actor::Console, edition, "gmail").await.unwrap();
        for _ in 0..60 {
            t.run_until_idle().await;
            let told = progress(&t, edition).await;
            assert_eq!(told.counts(), counted(t.db(), edition).await);
            for group in &told.groups {
                assert_eq!(sum(&group.counts.counts), group.counts.counts.audience, "{group:?}");
                assert!(group.counts.deferred <= group.counts.counts.waiting);
            }
            assert_eq!((told.counts().audience, sum(&told.counts())), (24, 24));
            if told.counts().waiting == 0 {
                break;
            }
            t.advance(Span::minutes(30));
        }
        let end = progress(&t, edition).await.counts();
        assert_eq!((end.accepted, end.failed, end.expired, end.uncertain, end.waiting), (21, 1, 1, 1, 0), "{end}");
    }
}
