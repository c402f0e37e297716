//! Who may do what: actors and their permissions, and the trail of what they did.
//!
//! Every verb takes an [`Actor`], asks it for a [`Permission`] and writes the trail ([`audit::record`]) in its own
//! transaction, so that no deed goes without its doer.

pub mod accounts;
pub mod actor;
pub mod alert;
pub mod audit;
pub mod idempotency;
pub mod links;
mod passwords;
pub mod second_step;
pub mod session_list;
pub mod sessions;
pub mod signing_keys;
pub mod standing;
mod store;
pub mod tokens;
pub mod totp;
pub mod trail;
pub mod visit;

pub use accounts::{AccountError, Operator, create};
pub use actor::{Actor, Forbidden, OperatorId, Permission, Role};
pub use passwords::HashError;
pub use sessions::{LogInError, LoggedIn, SessionId, Stage, log_in, log_out, session_operator};
pub(crate) use store::statements;
pub use visit::Visit;
