//! The second step at the log-in: a code from an app ([`super::totp`]), or one of ten recovery codes.
//!
//! It promises: no code and no recovery code is taken twice, also by two browsers at the same instant; wrong ones are
//! slowed down; recovery codes are shown once and kept as digests; turning it off asks for the password. The secret itself
//! has to be kept as it is, beside the keys that sign links: whoever can read the database can make codes.
//! Held to it by `tests/it/operators/second_step.rs`. Why there are no passkeys: `docs/decisions/`.

use super::accounts::{self, AccountError, Operator};
use super::passwords::HashError;
use super::sessions::{self, LoggedIn, Stage};
use super::{Actor, Forbidden, OperatorId, Permission, Visit, audit, store, totp};
use crate::app::{App, rate};
use crate::base::hash::{base32, sha256_hex};
use crate::base::{Span, Timestamp};
use crate::db::{StoreError, Tx};

pub const RECOVERY_CODES: usize = 10;
/// 80 bits, so that their digests need no salt.
const RECOVERY_BYTES: usize = 10;
/// Wrong codes of one account.
pub const CODE_TRIES_MAX: u32 = 10;
pub const CODE_WINDOW: Span = Span::minutes(15);

#[derive(Debug, thiserror::Error)]
pub enum SecondStepError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the code is wrong, or was used before; wait for the next one and type that")]
    WrongCode,
    #[error("too many wrong codes; try again in {} minutes", .retry_after.as_seconds() / 60 + 1)]
    RateLimited { retry_after: Span },
    #[error("the log-in was begun too long ago; log in once more")]
    NoSession,
    #[error("the second step is on already; turn it off to set it up anew")]
    AlreadyOn,
    #[error("the second step is not on")]
    NotOn,
    #[error("no app is being set up; begin once more")]
    NothingOffered,
    #[error("this newsroom wants a second step of everybody; set up another app instead of turning it off")]
    Required,
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<HashError> for SecondStepError {
    fn from(error: HashError) -> Self {
        Self::Account(error.into())
    }
}

/// A secret to take into an app.
#[derive(Clone, PartialEq, Eq)]
pub struct Offer {
    /// Base32 in groups of four, to be typed.
    pub secret: String,
    /// What the QR code says.
    pub address: String,
}

/// How an account's second step stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    pub since: Option<Timestamp>,
    pub recovery_codes_left: i64,
    pub is_required: bool,
}

/// How one's own second step stands; administrators see everybody's.
///
/// # Errors
/// [`SecondStepError`]
pub async fn look(app: &App, actor: Actor, id: OperatorId) -> Result<Standing, SecondStepError> {
    accounts::require_own(actor, id)?;
    let mut tx = app.db.read().await?;
    let account = store::find_operator(&mut tx, id).await?.ok_or(AccountError::Unknown)?;
    let recovery_codes_left = store::second_step::count_recovery_codes(&mut tx, id).await?;
    Ok(Standing { since: account.totp_since, recovery_codes_left, is_required: app.config.web.require_second_step })
}

/// Makes a secret for an app; the second step is on when a code proves that the app has it.
///
/// # Errors
/// [`SecondStepError::AlreadyOn`]
pub async fn offer(app: &App, actor: Actor) -> Result<(), SecondStepError> {
    let id = accounts::own(actor)?;
    let mut tx = app.db.begin().await?;
    if offer_in(app, &mut tx, id).await? == 0 {
        return Err(SecondStepError::AlreadyOn);
    }
    tx.commit().await?;
    Ok(())
}

/// `0` if it is on already.
pub(super) async fn offer_in(app: &App, tx: &mut Tx, id: OperatorId) -> Result<u64, StoreError> {
    store::second_step::offer(tx, id, &totp::secret_text(&app.context.random.bytes())).await
}

/// The secret that is offered; asking shows the same again.
pub fn offered(app: &App, account: &Operator) -> Option<Offer> {
    let secret = account.totp_offered.as_deref().filter(|_| !account.has_second_step())?;
    let address = totp::address(&app.config.site.name, &account.email, secret);
    Some(Offer { secret: totp::spaced(secret), address })
}

/// Turns the second step on: the app shows the code that we expect. Answers the recovery codes, shown this once.
///
/// # Errors
/// [`SecondStepError`]
pub async fn confirm(app: &App, actor: Actor, code: &str) -> Result<Vec<String>, SecondStepError> {
    let id = accounts::own(actor)?;
    let now = app.now();
    count_try(app, now, id).await?;
    let mut tx = app.db.begin().await?;
    let (_, codes) = turn_on(app, &mut tx, now, id, code).await?;
    tx.commit().await?;
    Ok(codes)
}

/// The same for somebody who may not go on without, and is let in by it.
///
/// # Errors
/// [`SecondStepError`]
pub async fn confirm_and_enter(
    app: &App,
    token: &str,
    code: &str,
    visit: &Visit<'_>,
) -> Result<(LoggedIn, Vec<String>), SecondStepError> {
    let now = app.now();
    let account = sessions::operator_at(app, token, Stage::SetUp).await?.ok_or(SecondStepError::NoSession)?;
    count_try(app, now, account.id).await?;
    let mut tx = app.db.begin().await?;
    sessions::operator_in(&mut tx, now, token, Stage::SetUp).await?.ok_or(SecondStepError::NoSession)?;
    let (account, codes) = turn_on(app, &mut tx, now, account.id, code).await?;
    let visit = Visit { session: token, ..*visit };
    let logged_in = sessions::open(app, &mut tx, now, account, &visit, "set-up").await?;
    tx.commit().await?;
    Ok((logged_in, codes))
}

async fn turn_on(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    id: OperatorId,
    code: &str,
) -> Result<(Operator, Vec<String>), SecondStepError> {
    let account = store::find_operator(tx, id).await?.ok_or(AccountError::Unknown)?;
    if account.has_second_step() {
        return Err(SecondStepError::AlreadyOn);
    }
    let secret = account.totp_offered.as_deref().ok_or(SecondStepError::NothingOffered)?;
    let step = totp::step_of(secret, code, now).ok_or(SecondStepError::WrongCode)?;
    if store::second_step::turn_on(tx, now, id, step, secret).await? == 0 {
        return Err(SecondStepError::AlreadyOn);
    }
    let codes = fresh_codes(app, tx, now, id).await?;
    let actor = Actor::Operator { id, role: account.role };
    audit::record(tx, now, actor, "turn_on_second_step", ("operator", Some(id.0)), serde_json::json!({})).await?;
    forgive_try(tx, now, id).await?;
    let account = store::find_operator(tx, id).await?.ok_or(AccountError::Unknown)?;
    Ok((account, codes))
}

/// What the second step of a log-in was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PassedBy {
    App,
    /// So many are left.
    RecoveryCode {
        left: i64,
    },
}

/// The second step of a log-in: a code of the app, or a recovery code. The token is that of the first step.
///
/// # Errors
/// [`SecondStepError`]
pub async fn pass(
    app: &App,
    token: &str,
    code: &str,
    visit: &Visit<'_>,
) -> Result<(LoggedIn, PassedBy), SecondStepError> {
    let now = app.now();
    let account = sessions::operator_at(app, token, Stage::Code).await?.ok_or(SecondStepError::NoSession)?;
    count_try(app, now, account.id).await?;
    let mut tx = app.db.begin().await?;
    let account = sessions::operator_in(&mut tx, now, token, Stage::Code).await?.ok_or(SecondStepError::NoSession)?;
    let passed_by = take(&mut tx, now, &account, code).await?;
    forgive_try(&mut tx, now, account.id).await?;
    let by = match passed_by {
        PassedBy::App => "code",
        PassedBy::RecoveryCode { .. } => "recovery code",
    };
    let visit = Visit { session: token, ..*visit };
    let logged_in = sessions::open(app, &mut tx, now, account, &visit, by).await?;
    tx.commit().await?;
    Ok((logged_in, passed_by))
}

async fn take(tx: &mut Tx, now: Timestamp, account: &Operator, code: &str) -> Result<PassedBy, SecondStepError> {
    let secret = account.totp_secret.as_deref().ok_or(SecondStepError::NoSession)?;
    if let Some(step) = totp::step_of(secret, code, now) {
        return match store::second_step::take_step(tx, account.id, step).await? {
            0 => Err(SecondStepError::WrongCode),
            _ => Ok(PassedBy::App),
        };
    }
    let hash = recovery_digest(account.id, code);
    if store::second_step::use_recovery_code(tx, now, account.id, &hash).await? == 0 {
        return Err(SecondStepError::WrongCode);
    }
    Ok(PassedBy::RecoveryCode { left: store::second_step::count_recovery_codes(tx, account.id).await? })
}

/// Ten new recovery codes; the old ones work no more. Asks for the password.
///
/// # Errors
/// [`SecondStepError`]
pub async fn renew_recovery_codes(app: &App, actor: Actor, password: &str) -> Result<Vec<String>, SecondStepError> {
    let id = accounts::own(actor)?;
    let account = accounts::prove_password(app, id, password).await?;
    if !account.has_second_step() {
        return Err(SecondStepError::NotOn);
    }
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let codes = fresh_codes(app, &mut tx, now, id).await?;
    let actor = Actor::Operator { id, role: account.role };
    audit::record(&mut tx, now, actor, "renew_recovery_codes", ("operator", Some(id.0)), serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Turns one's own second step off. Asks for the password.
///
/// # Errors
/// [`SecondStepError`]
pub async fn turn_off(app: &App, actor: Actor, password: &str) -> Result<(), SecondStepError> {
    let id = accounts::own(actor)?;
    if app.config.web.require_second_step {
        return Err(SecondStepError::Required);
    }
    let account = accounts::prove_password(app, id, password).await?;
    let mut tx = app.db.begin().await?;
    if store::second_step::turn_off(&mut tx, id).await? == 0 {
        return Err(SecondStepError::NotOn);
    }
    let actor = Actor::Operator { id, role: account.role };
    let subject = ("operator", Some(id.0));
    audit::record(&mut tx, app.now(), actor, "turn_off_second_step", subject, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes somebody's second step away, whose phone and recovery codes are lost; their sessions end.
///
/// # Errors
/// [`SecondStepError`]
pub async fn reset(app: &App, actor: Actor, id: OperatorId) -> Result<(), SecondStepError> {
    actor.require(Permission::ManageAccounts)?;
    let mut tx = app.db.begin().await?;
    store::find_operator(&mut tx, id).await?.ok_or(AccountError::Unknown)?;
    if store::second_step::turn_off(&mut tx, id).await? == 0 {
        return Err(SecondStepError::NotOn);
    }
    store::sessions::delete_all_of(&mut tx, id).await?;
    let subject = ("operator", Some(id.0));
    audit::record(&mut tx, app.now(), actor, "reset_second_step", subject, serde_json::json!({})).await?;
    tx.commit().await?;
    Ok(())
}

fn bucket(id: OperatorId) -> String {
    format!("second_step operator {id}")
}

/// Counted before the code is looked at, in a transaction of its own, so that tries side by side do not slip through.
async fn count_try(app: &App, now: Timestamp, id: OperatorId) -> Result<(), SecondStepError> {
    let mut tx = app.db.begin().await?;
    let hits = rate::hit(&mut tx, now, &bucket(id), CODE_WINDOW).await?;
    tx.commit().await?;
    if hits.exceed(CODE_TRIES_MAX) {
        return Err(SecondStepError::RateLimited { retry_after: hits.window_ends_at.since(now) });
    }
    Ok(())
}

async fn forgive_try(tx: &mut Tx, now: Timestamp, id: OperatorId) -> Result<(), StoreError> {
    rate::forgive(tx, now, &bucket(id), CODE_WINDOW).await
}

async fn fresh_codes(app: &App, tx: &mut Tx, now: Timestamp, id: OperatorId) -> Result<Vec<String>, StoreError> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| grouped(&app.context.random.bytes())).collect();
    let hashes: Vec<String> = codes.iter().map(|code| recovery_digest(id, code)).collect();
    store::second_step::replace_recovery_codes(tx, now, id, &hashes).await?;
    Ok(codes)
}

/// `abcd-efgh-ijkl-mnop`
fn grouped(bytes: &[u8; RECOVERY_BYTES]) -> String {
    let text = base32(bytes);
    let groups: Vec<&str> =
        text.as_bytes().chunks(4).map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join("-")
}

/// However it was typed: with other dashes, in capitals, with blanks.
fn recovery_digest(id: OperatorId, code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).take(100).collect();
    sha256_hex(format!("recovery code {id} {}", plain.to_ascii_lowercase()).as_bytes())
}
