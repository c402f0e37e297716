//! Readers between their mailbox and the books.

mod addresses;
mod at_once;
mod bombing;
mod export;
mod import;
mod joining;
mod retention;
mod suppressions;
mod timing;
mod welcome;

use crate::harness::Harness;
use lamplighter::db::Sql;
use lamplighter::operators::Actor;
use lamplighter::subscribers::{self, ListFilter, SubscriptionState};

async fn active(t: &Harness) -> usize {
    let filter = ListFilter { state: Some(SubscriptionState::Active), ..ListFilter::default() };
    subscribers::list(&t.app, Actor::Console, &filter).await.unwrap().len()
}

/// Of everybody who is kept.
async fn addresses(t: &Harness) -> Vec<String> {
    const ALL: Sql = Sql::both("SELECT email AS value FROM subscribers ORDER BY email");
    let rows: Vec<(String,)> = t.db().read().await.unwrap().fetch_all(ALL, vec![]).await.unwrap();
    rows.into_iter().map(|(email,)| email).collect()
}
