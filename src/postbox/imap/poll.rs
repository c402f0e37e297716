//! One poll: from connecting to the farewell.

use super::connect::connect;
use super::session::{Fetched, Session};
use super::{Account, ImapError, MAILS_MAX, Timeouts};
use crate::postbox::{MAIL_BYTES_MAX, NOT_NOW_MAX, Round, Taken, Taker};
use rustls::ClientConfig;
use std::collections::HashSet;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Remembers between polls which mails are too large, so that each is warned of once.
pub struct Poller {
    account: Account,
    tls: Arc<ClientConfig>,
    times: Timeouts,
    mail_bytes_max: usize,
    /// By validity and UID.
    too_big: HashSet<(u32, u32)>,
}

impl Poller {
    /// `tls` says which certificates are believed.
    pub fn new(account: Account, tls: Arc<ClientConfig>, times: Timeouts) -> Self {
        Self { account, tls, times, mail_bytes_max: MAIL_BYTES_MAX, too_big: HashSet::new() }
    }

    /// The same with another limit; for tests.
    #[cfg(test)]
    pub(super) fn with_mail_bytes_max(self, mail_bytes_max: usize) -> Self {
        Self { mail_bytes_max, ..self }
    }

    /// Looks once. When `stop` is cancelled, the mail in hand is finished and no other begun.
    ///
    /// # Errors
    /// [`ImapError`], which names the next step. What was taken until then is removed, but for the mail in hand.
    pub async fn poll<T: Taker>(&mut self, taker: &T, stop: &CancellationToken) -> Result<Round, ImapError> {
        let line = connect(&self.account.server, &self.tls, &self.times).await?;
        let mut session = Session::open(line, &self.account).await?;
        let waiting = session.waiting().await?;
        let validity = session.validity;
        self.too_big.retain(|(of, uid)| *of == validity && waiting.contains(uid));
        let known = self.too_big.clone();
        let uids = waiting.into_iter().filter(|uid| !known.contains(&(validity, *uid))).take(MAILS_MAX);
        let mut round = Round::default();
        let mut in_a_row = 0;
        for uid in uids {
            if stop.is_cancelled() || in_a_row >= NOT_NOW_MAX {
                break;
            }
            match session.fetch(uid, self.mail_bytes_max).await? {
                Fetched::Gone => round.skipped += 1,
                Fetched::TooBig => {
                    tracing::warn!(
                        uid,
                        "a mail of more than 10 MB is left in the IMAP mailbox; look at it and delete it"
                    );
                    self.too_big.insert((validity, uid));
                    round.too_big += 1;
                }
                Fetched::Mail(raw) => {
                    let is_kept = !offer(taker, &raw, &mut round).await;
                    in_a_row = if is_kept { in_a_row + 1 } else { 0 };
                    if !is_kept {
                        session.remove(uid).await?;
                    }
                }
            }
        }
        session.close(round.done + round.refused > 0, &self.times).await?;
        Ok(round)
    }
}

/// Whether the mail may be removed.
async fn offer<T: Taker>(taker: &T, raw: &[u8], round: &mut Round) -> bool {
    match taker.take(raw, None, &[]).await {
        Ok(Taken::Done) => round.done += 1,
        Ok(Taken::Refused(why)) => {
            tracing::info!(why, "a mail in the IMAP mailbox is discarded");
            round.refused += 1;
        }
        Err(error) => {
            tracing::warn!(error, "a mail in the IMAP mailbox cannot be taken now; it stays");
            round.kept += 1;
            return false;
        }
    }
    true
}
