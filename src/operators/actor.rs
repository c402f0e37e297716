//! Who acts, and what they may do.

use super::tokens::{Scope, Scopes, TokenId};
use crate::db::{id_type, text_enum};

id_type! {
    /// A person of the newsroom with an account.
    OperatorId,
}

text_enum! {
    pub enum Role {
        /// Everything, the set-up and accounts included.
        Admin = "admin",
        /// Editions and subscribers.
        Editor = "editor",
        /// Looks, and changes nothing.
        Viewer = "viewer",
    }
}

/// Who performs a verb.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Actor {
    /// Logged in.
    Operator { id: OperatorId, role: Role },
    /// A program with a key of the API.
    Token { id: TokenId, scopes: Scopes },
    /// Whoever sits at the command line of this machine and can read the database anyway.
    Console,
    /// By a signed link; the number is the subscription.
    Subscriber(i64),
    /// Nobody we know, at a public form.
    Visitor,
    /// The service itself, on schedule.
    System,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Permission {
    /// Desk pages and reports.
    View,
    /// Draft, shape, approve, send, pause.
    Edit,
    /// Hand in articles.
    AddArticles,
    /// Add, import, export, suppress readers.
    ManageSubscribers,
    /// Publications, sources, accounts.
    Configure,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this account may not do that ({0:?}); ask an administrator of the newsroom")]
pub struct Forbidden(pub Permission);

impl Actor {
    /// # Errors
    /// [`Forbidden`] if this actor may not.
    pub fn require(self, permission: Permission) -> Result<(), Forbidden> {
        let allowed = match self {
            Self::Console | Self::System => true,
            Self::Subscriber(_) | Self::Visitor => false,
            Self::Operator { role, .. } => match permission {
                Permission::View => true,
                Permission::Edit | Permission::AddArticles | Permission::ManageSubscribers => {
                    matches!(role, Role::Admin | Role::Editor)
                }
                Permission::Configure => role == Role::Admin,
            },
            Self::Token { scopes, .. } => match permission {
                Permission::View => scopes.has(Scope::Read),
                Permission::AddArticles | Permission::ManageSubscribers => scopes.has(Scope::Write),
                Permission::Edit => scopes.has(Scope::Send),
                // A key could otherwise make itself a wider one.
                Permission::Configure => false,
            },
        };
        if allowed { Ok(()) } else { Err(Forbidden(permission)) }
    }

    /// The word of the audit trail.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Operator { .. } | Self::Console => "operator",
            Self::Token { .. } => "token",
            Self::Subscriber(_) => "subscriber",
            Self::Visitor => "visitor",
            Self::System => "system",
        }
    }

    /// The operator's, key's or subscription's number.
    pub const fn id(self) -> Option<i64> {
        match self {
            Self::Operator { id, .. } => Some(id.0),
            Self::Token { id, .. } => Some(id.0),
            Self::Subscriber(id) => Some(id),
            Self::Console | Self::Visitor | Self::System => None,
        }
    }

    /// How an event names its doer: `operator 3`, `token 2`, `console`, `system`.
    pub fn label(self) -> String {
        match self {
            Self::Operator { id, .. } => format!("operator {id}"),
            Self::Token { id, .. } => format!("token {id}"),
            Self::Console => "console".to_owned(),
            Self::Subscriber(id) => format!("subscription {id}"),
            Self::Visitor => "visitor".to_owned(),
            Self::System => "system".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_changes_nothing_and_a_visitor_sees_nothing() {
        let viewer = Actor::Operator { id: OperatorId(1), role: Role::Viewer };
        assert!(viewer.require(Permission::View).is_ok());
        assert!(viewer.require(Permission::Edit).is_err());
        assert!(Actor::Visitor.require(Permission::View).is_err());
        let editor = Actor::Operator { id: OperatorId(1), role: Role::Editor };
        assert!(editor.require(Permission::Edit).is_ok());
        assert!(editor.require(Permission::Configure).is_err());
    }

    #[test]
    fn a_key_does_what_its_scopes_say_and_never_configures() {
        let key = |scopes: &[Scope]| Actor::Token { id: TokenId(2), scopes: Scopes::of(scopes) };
        assert!(key(&[Scope::Write]).require(Permission::AddArticles).is_ok());
        for permission in [Permission::View, Permission::Edit, Permission::Configure] {
            assert!(key(&[Scope::Write]).require(permission).is_err(), "{permission:?}");
        }
        assert!(key(Scope::ALL).require(Permission::Configure).is_err());
        assert!(key(&[Scope::Read, Scope::Send]).require(Permission::AddArticles).is_err());
        assert_eq!((key(&[]).kind(), key(&[]).id(), key(&[]).label()), ("token", Some(2), "token 2".to_owned()));
    }
}
