//! Telling programs of the newsroom what happens here, after the Standard Webhooks specification.
//!
//! [`record`] notes an event in the transaction of the verb that causes it: what was rolled back is told to nobody, and what
//! was committed is told however often the process dies. It promises: at least once to each endpoint that wants it, in the
//! order of the events as far as the endpoint answers, each telling signed; each try is on record; a secret is shown once.
//! An event names things by their numbers: no address of a reader leaves by it. It does not send: `service` does, outside
//! of any transaction. Held to it by the tests here and `tests/it/web/webhooks.rs`.

mod endpoints;
mod event;
mod model;
mod queue;
mod sign;
mod store;

pub use endpoints::{
    Change, NewEndpoint, ReplayScope, WebhookError, add, change, find, list, list_attempts, list_deliveries, remove,
    replay, rotate, send_test,
};
pub use event::{Event, EventKind, record};
pub use model::{Attempt, Delivery, Endpoint, EndpointId, EndpointState, EventId, ToldState, WebhookDeliveryId};
pub use queue::{Answered, Parcel, due_endpoints, finish, give_back, lease, next, prune};
pub use sign::{Signed, sign};
pub(crate) use store::STATEMENTS;

/// A secret goes on serving for so long after it was followed by another.
pub const OLD_SECRET_LIFE: crate::base::Span = crate::base::Span::hours(24);
/// Endpoints of one newsroom.
pub const ENDPOINTS_MAX: usize = 20;
/// Of an answer that are kept.
pub const ANSWER_BYTES_MAX: usize = 500;
/// A failing endpoint is disabled after this time.
pub const FAILING_MAX: crate::base::Span = crate::base::Span::days(5);
