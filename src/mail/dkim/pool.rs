//! Signing on threads of its own, as many at a time as there are processors.
//!
//! A signature by RSA keeps a processor busy for a quarter of a millisecond and more: on a thread that serves sockets everybody else
//! would wait. Order is the caller's: each call answers with its own mail. What waits here is bounded by who calls.

use super::{DkimError, Scratch, Signer};
use crate::mail::stencil::stuff;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// A mail, and the header lines that go before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signed {
    pub lines: Vec<u8>,
    pub mail: Vec<u8>,
}

impl Signed {
    /// Both at the end of the buffer, as a parser wants them.
    pub fn write(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.lines);
        into.extend_from_slice(&self.mail);
    }

    /// Both for the wire, dots stuffed; no line of a signature begins with one.
    pub fn write_stuffed(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.lines);
        stuff(&self.mail, into);
    }
}

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

    /// The mail and its signatures.
    ///
    /// # Errors
    /// As [`Signer::sign`]; [`DkimError::Ending`] if the program ends meanwhile.
    pub async fn sign(&self, mail: Vec<u8>) -> Result<Signed, DkimError> {
        let signed = self.sign_all(vec![mail]).await?;
        signed.into_iter().next().ok_or(DkimError::Ending)
    }

    /// The same for several, one after another on one thread: for a key whose signature costs less than the way there.
    ///
    /// # Errors
    /// As [`Pool::sign`].
    pub async fn sign_all(&self, mails: Vec<Vec<u8>>) -> Result<Vec<Signed>, DkimError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| DkimError::Ending)?;
        let signer = self.signer.clone();
        let work = move || {
            let _turn = turn;
            let mut scratch = Scratch::default();
            let sign = |mail: Vec<u8>| {
                let lines = signer.sign(&mail, &mut scratch)?;
                Ok(Signed { lines, mail })
            };
            mails.into_iter().map(sign).collect()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| DkimError::Ending)?
    }
}
