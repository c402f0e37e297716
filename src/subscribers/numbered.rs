//! Whom the numbers in a history belong to.
//!
//! The trail keeps readers by number, so that nobody has to be taken out of it. It promises: whoever may see readers learns
//! who is meant as long as that person is kept here, and of a whole page in one question; whoever may not learns nothing.
//! Held to it by `tests/it/desk/trail.rs`.

use super::list::ListError;
use super::model::SubscriberId;
use super::store::timeline;
use crate::app::App;
use crate::operators::{Actor, Permission};
use std::collections::{BTreeSet, HashMap};

/// As histories write it: `("subscriber", 3)` or `("subscription", 5)`.
pub type ReaderNumber = (&'static str, i64);

const READER: &str = "subscriber";
const SUBSCRIPTION: &str = "subscription";

/// A reader who is kept here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KnownReader {
    pub id: SubscriberId,
    pub email: String,
}

/// The number that a line of a history speaks of, if it is a reader's.
pub fn reader_number(kind: &str, id: Option<i64>) -> Option<ReaderNumber> {
    let kind = [READER, SUBSCRIPTION].into_iter().find(|it| *it == kind)?;
    Some((kind, id?))
}

/// Whom these numbers belong to. Who was erased or forgotten is not among them.
///
/// # Errors
/// [`ListError`]; of a question for nobody, too.
pub async fn readers_behind(
    app: &App,
    actor: Actor,
    numbers: &BTreeSet<ReaderNumber>,
) -> Result<HashMap<ReaderNumber, KnownReader>, ListError> {
    actor.require(Permission::ManageSubscribers)?;
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let of = |kind: &str| numbers.iter().filter(|it| it.0 == kind).map(|it| it.1).collect::<Vec<i64>>();
    let (readers, subscriptions) = (of(READER), of(SUBSCRIPTION));
    let found = timeline::find_behind(&mut app.db.read().await?, &readers, &subscriptions).await?;
    let known = found.into_iter().filter_map(|it| {
        let number = reader_number(&it.kind, Some(it.number))?;
        Some((number, KnownReader { id: it.id, email: it.email }))
    });
    Ok(known.collect())
}
