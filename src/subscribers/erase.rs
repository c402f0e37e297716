//! Forgetting a person who asked for it (GDPR article 17).
//!
//! Everything that names them goes: the person, their subscriptions and consents, a waiting sign-up, single mails to
//! them. What stays is the keyed digest in the suppression list, so that no old list brings them back, and deliveries
//! as numbers in the accounts. Backups and the relay's own logs are the operator's to think of.

use super::model::SuppressionReason;
use super::store::people;
use super::suppress::suppress_in;
use crate::app::App;
use crate::db::StoreError;
use crate::mail::{EmailAddr, outbox};
use crate::operators::{Actor, Forbidden, Permission};

/// What was found of a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Erased {
    /// Gone.
    Subscriber,
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
    let now = app.now();
    let mut tx = app.db.begin().await?;
    suppress_in(app, &mut tx, now, actor, email, SuppressionReason::Erased).await?;
    outbox::forget(&mut tx, email).await?;
    let deleted = people::delete_subscriber(&mut tx, email).await?;
    tx.commit().await?;
    Ok(if deleted == 0 { Erased::NobodyKnown } else { Erased::Subscriber })
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
