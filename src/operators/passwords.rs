//! Passwords: Argon2id (RFC 9106) with the library's parameters, kept as PHC strings.
//!
//! Hashing is slow and hungry on purpose, so it runs beside the async threads and at most two at a time: a flood of
//! log-ins waits its turn instead of taking the memory.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

static TURNS: Semaphore = Semaphore::const_new(2);

#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed: {0}")]
pub struct HashError(String);

fn failed(cause: impl std::fmt::Display) -> HashError {
    HashError(cause.to_string())
}

/// # Errors
/// [`HashError`] if memory is short or the process is stopping.
pub(super) async fn hash(password: String, salt: [u8; 16]) -> Result<String, HashError> {
    let _turn = TURNS.acquire().await.map_err(failed)?;
    let work = move || {
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(failed)
    };
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Right,
    Wrong,
}

/// Compares a password with a stored hash; without one (no such account) it does the same work and says [`Verdict::Wrong`].
///
/// # Errors
/// As [`hash`], and if the stored hash does not read.
pub(super) async fn verify(password: String, stored: Option<String>) -> Result<Verdict, HashError> {
    let Some(stored) = stored else {
        hash(password, [0; 16]).await?;
        return Ok(Verdict::Wrong);
    };
    let _turn = TURNS.acquire().await.map_err(failed)?;
    let work = move || {
        let parsed = PasswordHash::new(&stored).map_err(failed)?;
        let right = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
        Ok(if right { Verdict::Right } else { Verdict::Wrong })
    };
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}
