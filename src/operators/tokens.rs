//! Keys of the API: named, scoped, shown once, kept as a digest, revoked and never deleted.
//!
//! It promises: a key opens what its scopes say, until it is revoked or expires, and no key makes keys. That a key was used
//! is noted once an hour, so that one that nobody uses can be told and revoked; this note is the one thing that a reading
//! request may write. Held to it by the tests below and `tests/it/operators/keys.rs`.

use super::{Actor, Forbidden, OperatorId, Permission, audit, store};
use crate::app::App;
use crate::base::hash::sha256_hex;
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx, id_type, text_enum};

pub use super::store::tokens::{TokenLine, TokenRow as ApiToken};

pub const NAME_CHARS_MAX: usize = 100;
/// A use is noted to the hour.
const USE_NOTED: Span = Span::hours(1);

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
    #[error("a key needs a name; say which program it is for")]
    NameMissing,
    #[error("the name is longer than 100 characters; shorten it")]
    NameLength,
    #[error("a key needs at least one scope (read, write, send, configure)")]
    ScopeMissing,
    #[error("the key would have expired already; choose a later day")]
    Expired,
    #[error("there is a token of this name already; choose another, or `lamplighter token revoke` the old one first")]
    Exists,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a key that does not expire, and answers its text, which is shown this once.
///
/// # Errors
/// [`TokenError`]
pub async fn create(app: &App, actor: Actor, name: &str, scopes: &[Scope]) -> Result<String, TokenError> {
    create_until(app, actor, name, scopes, None).await
}

/// Makes a key, for good or until an instant, and answers its text, which is shown this once.
///
/// # Errors
/// [`TokenError`]
pub async fn create_until(
    app: &App,
    actor: Actor,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<Timestamp>,
) -> Result<String, TokenError> {
    actor.require(Permission::ManageAccounts)?;
    let name = crate::base::text::one_line(name);
    match name.chars().count() {
        0 => return Err(TokenError::NameMissing),
        1..=NAME_CHARS_MAX => {}
        _ => return Err(TokenError::NameLength),
    }
    if scopes.is_empty() {
        return Err(TokenError::ScopeMissing);
    }
    let now = app.now();
    if expires_at.is_some_and(|at| at <= now) {
        return Err(TokenError::Expired);
    }
    let made_by = match actor {
        Actor::Operator { id, .. } => Some(id),
        _ => None,
    };
    let text = format!("lamp_{}", app.context.random.token::<32>());
    let mut tx = app.db.begin().await?;
    let id = store::tokens::insert(&mut tx, now, &name, &digest(&text), scopes, made_by, expires_at)
        .await?
        .ok_or(TokenError::Exists)?;
    let detail =
        serde_json::json!({ "name": name, "scopes": scopes, "expires_at": expires_at.map(Timestamp::rfc3339) });
    audit::record(&mut tx, now, actor, "create_token", ("token", Some(id.0)), detail).await?;
    tx.commit().await?;
    Ok(text)
}

/// The key of a request, if it is one that opens anything still.
///
/// # Errors
/// As the database says.
pub async fn verify(app: &App, text: &str) -> Result<Option<ApiToken>, StoreError> {
    if !text.starts_with("lamp_") || text.len() > 100 {
        return Ok(None);
    }
    let now = app.now();
    let Some(token) = store::tokens::find(&mut app.db.read().await?, now, &digest(text)).await? else {
        return Ok(None);
    };
    let hour = Timestamp::from_micros(now.as_micros() - now.as_micros().rem_euclid(USE_NOTED.as_micros()));
    if token.last_used_at.is_none_or(|at| at < hour)
        && let Err(error) = note_use(app, token.id, hour).await
    {
        // Whoever asks is not kept waiting for a note about them.
        tracing::warn!(%error, token = token.id.0, "the use of a key could not be noted");
    }
    Ok(Some(token))
}

async fn note_use(app: &App, id: TokenId, hour: Timestamp) -> Result<(), StoreError> {
    let mut tx = app.db.begin().await?;
    store::tokens::mark_used(&mut tx, id, hour).await?;
    tx.commit().await
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
    let Some(id) = store::tokens::revoke(&mut tx, now, name).await? else { return Ok(RevokeOutcome::NotThere) };
    let detail = serde_json::json!({ "name": name });
    audit::record(&mut tx, now, actor, "revoke_token", ("token", Some(id.0)), detail).await?;
    tx.commit().await?;
    Ok(RevokeOutcome::Revoked)
}

/// The name of a key that is not revoked.
///
/// # Errors
/// [`TokenError`]
pub async fn name_of(app: &App, actor: Actor, id: TokenId) -> Result<Option<String>, TokenError> {
    actor.require(Permission::ManageAccounts)?;
    Ok(store::tokens::find_name(&mut app.db.read().await?, id).await?)
}

/// Which person made a key, revoked or not; `None` for one of the command line. For verbs that tell persons apart.
///
/// # Errors
/// As the database says.
pub async fn maker_of(tx: &mut Tx, id: TokenId) -> Result<Option<OperatorId>, StoreError> {
    store::tokens::find_maker(tx, id).await
}

/// Every key that was not revoked.
///
/// # Errors
/// [`TokenError`]
pub async fn list(app: &App, actor: Actor) -> Result<Vec<TokenLine>, TokenError> {
    actor.require(Permission::ManageAccounts)?;
    Ok(store::tokens::list(&mut app.db.read().await?).await?)
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
