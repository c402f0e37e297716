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
        /// Lets editions go out, or holds them back, and changes nothing of what they say.
        Approver = "approver",
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
    /// Draft and shape: what an edition says.
    Edit,
    /// Whether it goes out: approve, hold, release, send, pause, cancel, send again, send a test.
    Approve,
    /// Hand in articles.
    AddArticles,
    /// Add, import, export, suppress readers.
    ManageSubscribers,
    /// Publications, sources, relays' limits, branding, webhooks.
    Configure,
    /// Accounts, API keys, and the trail of what was done with them.
    ManageAccounts,
}

impl Permission {
    pub const ALL: &[Self] = &[
        Self::View,
        Self::Edit,
        Self::Approve,
        Self::AddArticles,
        Self::ManageSubscribers,
        Self::Configure,
        Self::ManageAccounts,
    ];

    /// What it lets somebody do, after "may".
    pub const fn words(self) -> &'static str {
        match self {
            Self::View => "look at the desk",
            Self::Edit => "change what an edition says",
            Self::Approve => "approve, send or stop an edition",
            Self::AddArticles => "hand in articles",
            Self::ManageSubscribers => "change the list of readers",
            Self::Configure => "change the set-up",
            Self::ManageAccounts => "manage accounts and API keys",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("this account may not {}; ask an administrator of the newsroom", .0.words())]
pub struct Forbidden(pub Permission);

impl Role {
    /// What people with this role may do. The one table of it: verbs ask, and no page decides.
    pub const fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::View => true,
            Permission::Edit | Permission::AddArticles | Permission::ManageSubscribers => {
                matches!(self, Self::Admin | Self::Editor)
            }
            Permission::Approve => matches!(self, Self::Admin | Self::Editor | Self::Approver),
            Permission::Configure | Permission::ManageAccounts => matches!(self, Self::Admin),
        }
    }
}

impl Actor {
    /// # Errors
    /// [`Forbidden`] if this actor may not.
    pub fn require(self, permission: Permission) -> Result<(), Forbidden> {
        let allowed = match self {
            Self::Console | Self::System => true,
            Self::Subscriber(_) | Self::Visitor => false,
            Self::Operator { role, .. } => role.may(permission),
            Self::Token { scopes, .. } => match permission {
                Permission::View => scopes.has(Scope::Read),
                Permission::AddArticles | Permission::ManageSubscribers => scopes.has(Scope::Write),
                Permission::Edit | Permission::Approve => scopes.has(Scope::Send),
                Permission::Configure => scopes.has(Scope::Configure),
                // A key could otherwise make itself a wider one.
                Permission::ManageAccounts => false,
            },
        };
        if allowed { Ok(()) } else { Err(Forbidden(permission)) }
    }

    /// For what is open to whoever has one of several permissions.
    ///
    /// # Errors
    /// [`Forbidden`], of the first of them.
    pub fn require_any(self, of: &[Permission]) -> Result<(), Forbidden> {
        let first = of.first().copied().unwrap_or(Permission::ManageAccounts);
        if of.iter().any(|permission| self.require(*permission).is_ok()) { Ok(()) } else { Err(Forbidden(first)) }
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
    fn each_role_may_what_its_line_says_and_nothing_else() {
        use Permission::{AddArticles, Approve, Configure, Edit, ManageAccounts, ManageSubscribers, View};
        for (role, allowed) in [
            (Role::Admin, Permission::ALL),
            (Role::Editor, &[View, Edit, Approve, AddArticles, ManageSubscribers][..]),
            (Role::Approver, &[View, Approve]),
            (Role::Viewer, &[View]),
        ] {
            let person = Actor::Operator { id: OperatorId(1), role };
            for permission in Permission::ALL {
                let may = person.require(*permission);
                assert_eq!(may.is_ok(), allowed.contains(permission), "{role} {permission:?}");
            }
        }
        assert!(Permission::ALL.contains(&Configure) && Permission::ALL.contains(&ManageAccounts));
    }

    #[test]
    fn a_key_does_what_its_scopes_say_and_never_makes_keys() {
        let key = |scopes: &[Scope]| Actor::Token { id: TokenId(2), scopes: Scopes::of(scopes) };
        assert!(key(&[Scope::Write]).require(Permission::AddArticles).is_ok());
        for permission in [Permission::View, Permission::Edit, Permission::Approve, Permission::Configure] {
            assert!(key(&[Scope::Write]).require(permission).is_err(), "{permission:?}");
        }
        assert!(key(Scope::ALL).require(Permission::ManageAccounts).is_err());
        assert!(key(&[Scope::Configure]).require(Permission::Configure).is_ok());
        assert!(key(&[Scope::Configure]).require(Permission::Approve).is_err());
        assert!(key(&[Scope::Read, Scope::Write, Scope::Send]).require(Permission::Configure).is_err());
        for permission in [Permission::Edit, Permission::Approve] {
            assert!(key(&[Scope::Send]).require(permission).is_ok(), "{permission:?}");
        }
        assert!(key(&[Scope::Read, Scope::Send]).require(Permission::AddArticles).is_err());
        assert_eq!((key(&[]).kind(), key(&[]).id(), key(&[]).label()), ("token", Some(2), "token 2".to_owned()));
    }
}
