//! Signing on threads of its own, as many at a time as there are processors.
//!
//! A signature by RSA keeps a processor busy for most of a millisecond: on a thread that serves sockets everybody else
//! would wait. Order is the caller's: each call answers with its own mail. What waits here is bounded by who calls.

use super::{DkimError, Scratch, Signer};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Cloning shares the threads.
#[derive(Clone)]
pub struct Pool {
    signer: Signer,
    turns: Arc<Semaphore>,
}

impl Pool {
    /// As many mails at a time as the machine has processors.
    pub fn new(signer: Signer) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { signer, turns: Arc::new(Semaphore::new(threads)) }
    }

    /// The mail with its signatures before it.
    ///
    /// # Errors
    /// As [`Signer::sign`]; [`DkimError::Ending`] if the program ends meanwhile.
    pub async fn sign(&self, mail: Vec<u8>) -> Result<Vec<u8>, DkimError> {
        let signed = self.sign_all(vec![mail]).await?;
        signed.into_iter().next().ok_or(DkimError::Ending)
    }

    /// The same for several, one after another on one thread: for a key whose signature costs less than the way there.
    ///
    /// # Errors
    /// As [`Pool::sign`].
    pub async fn sign_all(&self, mails: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, DkimError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| DkimError::Ending)?;
        let signer = self.signer.clone();
        let work = move || {
            let _turn = turn;
            let mut scratch = Scratch::default();
            let sign = |mail: Vec<u8>| {
                let mut signed = signer.sign(&mail, &mut scratch)?;
                signed.extend_from_slice(&mail);
                Ok(signed)
            };
            mails.into_iter().map(sign).collect()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| DkimError::Ending)?
    }
}
