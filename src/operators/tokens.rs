//! Keys of the API: named, scoped, shown once, kept as a digest, revoked and never deleted.

use super::{Actor, Forbidden, Permission, audit, store};
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::db::{StoreError, id_type, text_enum};

pub use super::store::TokenRow as ApiToken;

id_type! {
    TokenId,
}

text_enum! {
    /// What a key opens; each by itself.
    pub enum Scope {
        Read = "read",
        /// Changes publications, articles, readers.
        Write = "write",
        /// Shapes, approves and sends.
        Send = "send",
        /// Changes the set-up; never accounts or keys.
        Configure = "configure",
    }
}

/// The scopes of one key, small enough to travel with every [`Actor`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Scopes {
    read: bool,
    write: bool,
    send: bool,
    configure: bool,
}

impl Scopes {
    pub fn of(scopes: &[Scope]) -> Self {
        let has = |scope| scopes.contains(&scope);
        Self {
            read: has(Scope::Read),
            write: has(Scope::Write),
            send: has(Scope::Send),
            configure: has(Scope::Configure),
        }
    }

    pub const fn has(self, scope: Scope) -> bool {
        match scope {
            Scope::Read => self.read,
            Scope::Write => self.write,
            Scope::Send => self.send,
            Scope::Configure => self.configure,
        }
    }
}

impl ApiToken {
    pub fn allows(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Who acts where this key is shown.
    pub fn actor(&self) -> Actor {
        Actor::Token { id: self.id, scopes: Scopes::of(&self.scopes) }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("a token needs a name and at least one scope (read, write, send, configure)")]
    Empty,
    #[error("there is a token of this name already; choose another, or `lamplighter token revoke` the old one first")]
    Exists,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a key and answers its text, which is shown this once.
///
/// # Errors
/// [`TokenError`]
pub async fn create(app: &App, actor: Actor, name: &str, scopes: &[Scope]) -> Result<String, TokenError> {
    actor.require(Permission::ManageAccounts)?;
    let name = crate::base::text::one_line(name);
    if name.is_empty() || scopes.is_empty() {
        return Err(TokenError::Empty);
    }
    let text = format!("lamp_{}", app.context.random.token::<32>());
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let id = store::insert_token(&mut tx, now, &name, &digest(&text), scopes).await?.ok_or(TokenError::Exists)?;
    let detail = serde_json::json!({ "scopes": scopes });
    audit::record(&mut tx, now, actor, "create_token", ("token", Some(id.0)), detail).await?;
    tx.commit().await?;
    Ok(text)
}

/// The key of a request, if it is one and was not revoked.
///
/// # Errors
/// As the database says.
pub async fn verify(app: &App, text: &str) -> Result<Option<ApiToken>, StoreError> {
    if !text.starts_with("lamp_") || text.len() > 100 {
        return Ok(None);
    }
    store::find_token(&mut app.db.read().await?, &digest(text)).await
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RevokeOutcome {
    Revoked,
    /// Unknown, or revoked before.
    NotThere,
}

/// Revokes a key by its name.
///
/// # Errors
/// [`TokenError`]
pub async fn revoke(app: &App, actor: Actor, name: &str) -> Result<RevokeOutcome, TokenError> {
    actor.require(Permission::ManageAccounts)?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let Some(id) = store::revoke_token(&mut tx, now, name).await? else { return Ok(RevokeOutcome::NotThere) };
    audit::record(&mut tx, now, actor, "revoke_token", ("token", Some(id.0)), serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(RevokeOutcome::Revoked)
}

/// Every key that was not revoked.
///
/// # Errors
/// [`TokenError`]
pub async fn list(app: &App, actor: Actor) -> Result<Vec<ApiToken>, TokenError> {
    actor.require(Permission::ManageAccounts)?;
    Ok(store::list_tokens(&mut app.db.read().await?).await?)
}

fn digest(text: &str) -> String {
    sha256_hex(format!("token {text}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;

    #[tokio::test]
    async fn a_key_opens_its_scopes_until_it_is_revoked() {
        let house = TestHouse::open().await;
        let app = &house.app;
        let text = create(app, Actor::Console, "site", &[Scope::Read, Scope::Write]).await.unwrap();
        let token = verify(app, &text).await.unwrap().unwrap();
        assert!(token.allows(Scope::Write) && !token.allows(Scope::Send));
        assert!(matches!(create(app, Actor::Console, "site", &[Scope::Read]).await, Err(TokenError::Exists)));
        assert_eq!(list(app, Actor::Console).await.unwrap().len(), 1);
        assert_eq!(revoke(app, Actor::Console, "site").await.unwrap(), RevokeOutcome::Revoked);
        assert_eq!(revoke(app, Actor::Console, "site").await.unwrap(), RevokeOutcome::NotThere);
        assert!(verify(app, &text).await.unwrap().is_none());
        assert!(verify(app, "lamp_guess").await.unwrap().is_none());
    }
}
