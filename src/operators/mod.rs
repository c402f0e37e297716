//! Who may do what: actors and their permissions, and the trail of what they did.
//!
//! Every verb takes an [`Actor`], asks it for a [`Permission`] and writes the trail ([`audit::record`]) in its own
//! transaction, so that no deed goes without its doer.

pub mod actor;
pub mod audit;
mod store;

pub use actor::{Actor, Forbidden, OperatorId, Permission, Role};
pub(crate) use store::STATEMENTS;
