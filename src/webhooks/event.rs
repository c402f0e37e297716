//! What is told, and the one function that notes it.

use super::store;
use crate::base::Timestamp;
use crate::db::{StoreError, Tx, text_enum};
use serde_json::{Value, json};

text_enum! {
    pub enum EventKind {
        EditionDrafted = "edition.drafted",
        /// It waits for an editor, who has to release it.
        EditionHeld = "edition.held",
        EditionApproved = "edition.approved",
        /// Frozen, with its audience.
        EditionSealed = "edition.sealed",
        /// Nobody waits for it any more.
        EditionSent = "edition.sent",
        EditionSkipped = "edition.skipped",
        /// A day that was given up gets its edition after all.
        EditionBroughtBack = "edition.brought_back",
        EditionMissed = "edition.missed",
        /// Given up before it went to anybody.
        EditionCancelled = "edition.cancelled",
        /// Stopped for good while it went out.
        EditionAborted = "edition.aborted",
        EditionPaused = "edition.paused",
        SubscriptionConfirmed = "subscription.confirmed",
        SubscriptionLeft = "subscription.left",
        /// By a bounce, a complaint or a person; a list that is imported tells of none.
        AddressSuppressed = "address.suppressed",
        SourceFailing = "source.failing",
        SourceRecovered = "source.recovered",
        /// Asked for at the desk, to see whether it arrives.
        Test = "test",
    }
}

impl EventKind {
    /// What it means, for people who choose.
    pub const fn about(self) -> &'static str {
        match self {
            Self::EditionDrafted => "A draft is ready to be read",
            Self::EditionHeld => "An edition is held back and waits for an editor",
            Self::EditionApproved => "An edition is approved",
            Self::EditionSealed => "An edition is frozen and about to go out",
            Self::EditionSent => "An edition went out to everybody",
            Self::EditionSkipped => "A date has no edition",
            Self::EditionBroughtBack => "An edition that was skipped or cancelled is planned again",
            Self::EditionMissed => "An edition was not approved in time",
            Self::EditionCancelled => "An edition was given up before it went out",
            Self::EditionAborted => "Sending was stopped for good",
            Self::EditionPaused => "Sending was stopped for a while",
            Self::SubscriptionConfirmed => "Somebody subscribed",
            Self::SubscriptionLeft => "Somebody left",
            Self::AddressSuppressed => "An address is not mailed any more",
            Self::SourceFailing => "A source cannot be read",
            Self::SourceRecovered => "A source can be read again",
            Self::Test => "A test",
        }
    }

    /// Those that an endpoint may choose: a test comes whatever it chose.
    pub fn choices() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|it| *it != Self::Test)
    }
}

/// Something that happened. `data` holds numbers and words of ours, never an address.
#[derive(Clone, Debug)]
pub struct Event {
    pub kind: EventKind,
    pub data: Value,
}

impl Event {
    pub fn subscription(kind: EventKind, subscription: i64, subscriber: i64, publication: Option<i64>) -> Self {
        let data =
            json!({ "subscription_id": subscription, "subscriber_id": subscriber, "publication_id": publication });
        Self { kind, data }
    }
}

/// Notes an event for every endpoint that wants it, in the transaction that makes it true. Without endpoints it is one
/// look at an empty table.
///
/// # Errors
/// As the database says.
pub async fn record(tx: &mut Tx, now: Timestamp, event: &Event) -> Result<(), StoreError> {
    // Those that are disabled may be told later, by a replay.
    let Some(id) = store::insert_event(tx, now, event.kind, &event.data.to_string()).await? else { return Ok(()) };
    store::insert_deliveries(tx, now, id, event.kind).await
}
