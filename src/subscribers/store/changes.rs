//! The tables `address_changes`, `personal_links` and `subscription_aliases`: what a reader has asked for by mail, and how
//! two addresses become one reader.

use crate::base::Timestamp;
use crate::db::{StoreError, Tx, args, statements};
use crate::mail::EmailAddr;
use crate::mail::outbox::{self, MailKind};
use crate::subscribers::model::{AddressChange, AddressChangeId, PersonalLink, PersonalLinkId};
use crate::subscribers::model::{SubscriberId, SubscriptionId};

statements! {
    INSERT_CHANGE = "INSERT INTO address_changes (subscriber_id, new_email, new_email_key, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5) RETURNING id AS value";
    DELETE_CHANGES_OF = "DELETE FROM address_changes WHERE subscriber_id = $1";
    FIND_NEW_OF = "SELECT new_email AS value FROM address_changes WHERE subscriber_id = $1 AND new_email <> ''";
    DELETE_CHANGES_TO = "DELETE FROM address_changes WHERE new_email_key = $1";
    FIND_CHANGE = "SELECT * FROM address_changes WHERE id = $1";
    PRESS_OLD = "UPDATE address_changes SET old_pressed_at = COALESCE(old_pressed_at, $2) WHERE id = $1 AND done_at IS NULL AND stopped_at IS NULL AND expires_at > $2";
    PRESS_NEW = "UPDATE address_changes SET new_pressed_at = COALESCE(new_pressed_at, $2) WHERE id = $1 AND done_at IS NULL AND stopped_at IS NULL AND expires_at > $2";
    STOP = "UPDATE address_changes SET stopped_at = $2, new_email = '', new_email_key = '' WHERE id = $1 AND done_at IS NULL AND stopped_at IS NULL";
    FINISH = "UPDATE address_changes SET done_at = $2, new_email = '', new_email_key = '' WHERE id = $1 AND done_at IS NULL AND stopped_at IS NULL";
    PRUNE_CHANGES = "DELETE FROM address_changes WHERE expires_at < $1";
    CHANGE_ADDRESS = "UPDATE subscribers SET email = $2, email_key = $3, address_hash = $4, confirmed_at = $5 WHERE id = $1";
    MOVE_SUBSCRIPTION = "UPDATE subscriptions SET subscriber_id = $2 WHERE id = $1";
    DELETE_SUBSCRIPTION = "DELETE FROM subscriptions WHERE id = $1";
    INSERT_ALIAS = "INSERT INTO subscription_aliases (id, subscription_id) VALUES ($1, $2)";
    POINT_ALIASES = "UPDATE subscription_aliases SET subscription_id = $2 WHERE subscription_id = $1";
    MOVE_CONSENTS = "UPDATE consents SET subscriber_id = $2 WHERE subscriber_id = $1";
    DELETE_JOINED = "DELETE FROM subscribers WHERE id = $1";
    INSERT_LINK = "INSERT INTO personal_links (subscriber_id, asked_at, expires_at) VALUES ($1, $2, $3) RETURNING id AS value";
    FIND_LINK = "SELECT * FROM personal_links WHERE id = $1 AND expires_at > $2";
    PRUNE_LINKS = "DELETE FROM personal_links WHERE expires_at < $1";
}

pub async fn insert_change(
    tx: &mut Tx,
    now: Timestamp,
    subscriber: SubscriberId,
    to: &EmailAddr,
    expires_at: Timestamp,
) -> Result<AddressChangeId, StoreError> {
    // A newer wish replaces the older one and its links.
    forget_asked(tx, subscriber).await?;
    tx.execute(DELETE_CHANGES_OF, args![subscriber]).await?;
    tx.fetch_value(INSERT_CHANGE, args![subscriber, to.expose(), to.key(), now, expires_at]).await
}

/// The mail at the new end of a wish names an address that nothing will lead to any more.
pub async fn forget_asked(tx: &mut Tx, subscriber: SubscriberId) -> Result<(), StoreError> {
    let new: Vec<(String,)> = tx.fetch_all(FIND_NEW_OF, args![subscriber]).await?;
    for (new,) in new {
        if let Ok(new) = EmailAddr::parse(&new) {
            outbox::forget_kind(tx, &new, MailKind::AddressNew).await?;
        }
    }
    Ok(())
}

pub async fn find_change(tx: &mut Tx, id: AddressChangeId) -> Result<Option<AddressChange>, StoreError> {
    tx.fetch_optional(FIND_CHANGE, args![id]).await
}

/// Whether it is still open. Waits for a press at the other end that is on its way.
pub async fn press(tx: &mut Tx, now: Timestamp, id: AddressChangeId, is_new: bool) -> Result<bool, StoreError> {
    Ok(tx.execute(if is_new { PRESS_NEW } else { PRESS_OLD }, args![id, now]).await? == 1)
}

pub async fn stop(tx: &mut Tx, now: Timestamp, id: AddressChangeId) -> Result<u64, StoreError> {
    tx.execute(STOP, args![id, now]).await
}

pub async fn finish(tx: &mut Tx, now: Timestamp, id: AddressChangeId) -> Result<u64, StoreError> {
    tx.execute(FINISH, args![id, now]).await
}

/// Wishes of anybody to have their mail sent to this address.
pub async fn forget_changes_to(tx: &mut Tx, email: &EmailAddr) -> Result<u64, StoreError> {
    tx.execute(DELETE_CHANGES_TO, args![email.key()]).await
}

pub async fn change_address(
    tx: &mut Tx,
    now: Timestamp,
    subscriber: SubscriberId,
    to: &EmailAddr,
    address_hash: &str,
) -> Result<u64, StoreError> {
    tx.execute(CHANGE_ADDRESS, args![subscriber, to.expose(), to.key(), address_hash, now]).await
}

pub async fn move_subscription(tx: &mut Tx, id: SubscriptionId, to: SubscriberId) -> Result<u64, StoreError> {
    tx.execute(MOVE_SUBSCRIPTION, args![id, to]).await
}

/// `gone` is no more; its links open `kept`.
pub async fn join_subscriptions(tx: &mut Tx, gone: SubscriptionId, kept: SubscriptionId) -> Result<(), StoreError> {
    tx.execute(POINT_ALIASES, args![gone, kept]).await?;
    tx.execute(DELETE_SUBSCRIPTION, args![gone]).await?;
    tx.execute(INSERT_ALIAS, args![gone, kept]).await?;
    Ok(())
}

/// What is left of `gone` when its subscriptions have a new owner.
pub async fn join_subscribers(tx: &mut Tx, gone: SubscriberId, kept: SubscriberId) -> Result<(), StoreError> {
    tx.execute(MOVE_CONSENTS, args![gone, kept]).await?;
    tx.execute(DELETE_JOINED, args![gone]).await?;
    Ok(())
}

pub async fn insert_link(
    tx: &mut Tx,
    now: Timestamp,
    subscriber: SubscriberId,
    expires_at: Timestamp,
) -> Result<PersonalLinkId, StoreError> {
    tx.fetch_value(INSERT_LINK, args![subscriber, now, expires_at]).await
}

/// None: it has expired, or the person is gone.
pub async fn find_link(tx: &mut Tx, now: Timestamp, id: PersonalLinkId) -> Result<Option<PersonalLink>, StoreError> {
    tx.fetch_optional(FIND_LINK, args![id, now]).await
}

/// What expired before `before`.
pub async fn prune(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    Ok(tx.execute(PRUNE_CHANGES, args![before]).await? + tx.execute(PRUNE_LINKS, args![before]).await?)
}
