//! Finding a reader, for rooms below that have heard something about them.

use super::model::{Subscriber, SubscriberId, SubscriptionId};
use super::store::people;
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;

/// # Errors
/// As the database says.
pub async fn find_reader(tx: &mut Tx, id: SubscriberId) -> Result<Option<Subscriber>, StoreError> {
    people::find_subscriber(tx, id).await
}

/// # Errors
/// As the database says.
pub async fn find_reader_by_address(tx: &mut Tx, email: &EmailAddr) -> Result<Option<Subscriber>, StoreError> {
    people::find_subscriber_by_key(tx, email).await
}

/// Whose subscription it is, also where it was joined with another since.
///
/// # Errors
/// As the database says.
pub async fn find_reader_of(tx: &mut Tx, subscription: SubscriptionId) -> Result<Option<SubscriberId>, StoreError> {
    Ok(people::find_subscription(tx, subscription).await?.map(|it| it.subscriber_id))
}
