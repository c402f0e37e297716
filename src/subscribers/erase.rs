//! Forgetting a person who asked for it (GDPR article 17).
//!
//! Everything that names them goes: the person, their subscriptions and consents, a waiting sign-up, single mails to
//! them, wishes for another address, links to their data, what relays said of their mails, their rows in lists that wait at
//! the desk, and answers of the API that named them. What stays is the keyed
//! digest in the suppression list, so that no old list brings them back, and deliveries as numbers in the accounts. On
//! SQLite what was deleted is overwritten in the file, and the journal emptied, at once; should somebody be reading just
//! then, housekeeping does it. PostgreSQL overwrites it when it vacuums. Backups and the relay's own logs are the
//! operator's to think of; so is an import that is under way: it reads a copy of its list, which goes when it ends, and it
//! brings nobody back who was erased. Held to it by `tests/it/subscribers/personal.rs`, which reads the files byte by byte,
//! and `tests/it/subscribers/erased_lists.rs`.

use super::import_jobs::{LookedThrough, forget_in_lists, look_through_lists};
use super::model::{Subscriber, SuppressionReason};
use super::store::{changes, pending, people, personal};
use super::suppress::suppress_in;
use super::tally::note_erasure;
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::mail::{EmailAddr, outbox};
use crate::operators::{Actor, Forbidden, Permission, idempotency};

/// What was found of a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Erased {
    /// Gone.
    Subscriber,
    /// Somebody who had not confirmed: the sign-up is gone.
    SignUp,
    /// Nobody of this address was kept; it is suppressed all the same.
    NobodyKnown,
}

#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Erases a person, known or not. Twice is once.
///
/// # Errors
/// [`EraseError`]; nothing is erased then.
pub async fn erase(app: &App, actor: Actor, email: &EmailAddr) -> Result<Erased, EraseError> {
    actor.require(Permission::ManageSubscribers)?;
    let looked = look_through_lists(app, std::slice::from_ref(email)).await?;
    let mut tx = app.db.begin().await?;
    let erased = erase_in(app, &mut tx, actor, email, looked).await?;
    tx.commit().await?;
    app.db.overwrite_deleted().await;
    Ok(erased)
}

/// The same in a transaction of whoever has proved that it is them, and who has looked through the lists before it.
pub(super) async fn erase_in(
    app: &App,
    tx: &mut Tx,
    actor: Actor,
    email: &EmailAddr,
    looked: LookedThrough,
) -> Result<Erased, EraseError> {
    people::hold_alone(tx).await?;
    let person = people::find_subscriber_by_key(tx, email).await?;
    let waits = !personal::list_pending(tx, email).await?.is_empty();
    if let Some(person) = &person {
        note_erasure(app, tx, person.id).await?;
    }
    suppress_in(app, tx, app.now(), actor, email, SuppressionReason::Erased).await?;
    outbox::forget(tx, email).await?;
    changes::forget_changes_to(tx, email).await?;
    forget_beside(app, tx, std::slice::from_ref(email), looked).await?;
    let Some(person) = person else { return Ok(if waits { Erased::SignUp } else { Erased::NobodyKnown }) };
    forget_in(tx, &[person]).await?;
    Ok(Erased::Subscriber)
}

/// What names these people without being about them: lists that wait, and answers that are kept for repetitions.
pub(super) async fn forget_beside(
    app: &App,
    tx: &mut Tx,
    emails: &[EmailAddr],
    looked: LookedThrough,
) -> Result<(), StoreError> {
    for email in emails {
        idempotency::forget_answers(tx, email).await?;
    }
    forget_in_lists(app, tx, emails, looked).await
}

/// Takes away everything that names these people, whoever decided that it be so. What is to remember them stands already.
pub(super) async fn forget_in(tx: &mut Tx, gone: &[Subscriber]) -> Result<(), StoreError> {
    // As they were spelled for sending.
    let emails: Vec<EmailAddr> = gone.iter().map(Subscriber::address).collect::<Result<_, _>>()?;
    outbox::forget_all(tx, &emails).await?;
    for (person, email) in gone.iter().zip(&emails) {
        pending::delete_of_address(tx, email).await?;
        changes::forget_changes_to(tx, email).await?;
        changes::forget_asked(tx, person.id).await?;
        personal::forget_replies(tx, person.id).await?;
        people::delete_subscriber(tx, email).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;
    use crate::subscribers::{AddOutcome, Who, add, show};

    #[tokio::test]
    async fn who_was_erased_is_found_nowhere_and_brought_back_by_no_operator() {
        let house = TestHouse::open().await;
        let app = &house.app;
        let anna = EmailAddr::parse("anna@a.example").unwrap();
        let slug =
            crate::publications::list_publications(&mut app.db.read().await.unwrap()).await.unwrap()[0].slug.clone();
        assert!(matches!(add(app, Actor::Console, &slug, anna.clone(), &[], false).await, Ok(AddOutcome::Added(_))));
        assert_eq!(erase(app, Actor::Console, &anna).await.unwrap(), Erased::Subscriber);
        assert_eq!(erase(app, Actor::Console, &anna).await.unwrap(), Erased::NobodyKnown);
        assert!(show(app, Actor::Console, &Who::Address(anna.clone())).await.unwrap().is_none());
        let back = add(app, Actor::Console, &slug, anna, &[], false).await.unwrap();
        assert_eq!(back, AddOutcome::Suppressed(SuppressionReason::Erased));
    }
}
