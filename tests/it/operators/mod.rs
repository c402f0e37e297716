//! The newsroom's own people: how they get in, what they may do, and what is kept of what they did.

mod keys;
mod links;
mod second_step;
mod sessions;
mod slow_down;
mod standing;
mod trail;

use crate::harness::Harness;
use lamplighter::operators::{Actor, LogInError, LoggedIn, OperatorId, Role, Visit, create, log_in, session_operator};

pub const PASSWORD: &str = "correct horse battery";
pub const ED: &str = "ed@news.example";
pub const ADA: &str = "ada@news.example";

/// An account, and whoever acts by it.
pub async fn account(t: &Harness, email: &str, role: Role) -> (OperatorId, Actor) {
    let id = create(&t.app, Actor::Console, email, email.split('@').next().unwrap(), role, PASSWORD).await.unwrap();
    (id, Actor::Operator { id, role })
}

pub async fn enter(t: &Harness, email: &str) -> Result<LoggedIn, LogInError> {
    log_in(&t.app, email, PASSWORD, &Visit::default()).await
}

pub async fn is_open(t: &Harness, token: &str) -> bool {
    session_operator(&t.app, token).await.unwrap().is_some()
}
