//! One look into the Maildir, from the lock to the last removal.
//!
//! It remembers between looks what it has warned of, and which mails were taken but could not be removed: those are not
//! taken again while this process lives.

use super::Maildir;
use crate::postbox::{MAIL_BYTES_MAX, NOT_NOW_MAX, Round, Taken, Taker};
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt as _;
use tokio_util::sync::CancellationToken;

/// Names that are remembered; beyond, a warning may come twice.
const REMEMBERED_MAX: usize = 10_000;

pub struct Look {
    folder: Maildir,
    mail_bytes_max: usize,
    warned: HashSet<PathBuf>,
    taken: HashSet<PathBuf>,
}

/// A mail's bytes, or why there are none.
enum Read {
    Mail(Vec<u8>),
    TooBig,
}

impl Look {
    pub fn new(folder: Maildir) -> Self {
        Self { folder, mail_bytes_max: MAIL_BYTES_MAX, warned: HashSet::new(), taken: HashSet::new() }
    }

    /// The same with another limit; for tests.
    #[cfg(test)]
    pub(super) fn with_mail_bytes_max(self, mail_bytes_max: usize) -> Self {
        Self { mail_bytes_max, ..self }
    }

    /// Looks once. Nothing is done while another process looks.
    ///
    /// # Errors
    /// In words, with the next step, when the Maildir cannot be listed or locked.
    pub async fn once<T: Taker>(&mut self, taker: &T, stop: &CancellationToken) -> Result<Round, String> {
        let mut round = Round::default();
        let listed = self.folder.lock().and_then(|lock| Ok((lock, self.folder.mails()?)));
        let (lock, mails) =
            listed.map_err(|error| format!("{error}; give the service's user the right to read and write there"))?;
        let Some(_lock) = lock else { return Ok(round) };
        let mut in_a_row = 0;
        for mail in mails {
            if stop.is_cancelled() || in_a_row >= NOT_NOW_MAX {
                break;
            }
            if self.taken.contains(&mail) {
                self.remove(&mail, &mut round);
                continue;
            }
            match read(&mail, self.mail_bytes_max).await {
                Ok(Read::Mail(raw)) => {
                    let is_kept = self.offer(taker, &mail, &raw, &mut round).await;
                    in_a_row = if is_kept { in_a_row + 1 } else { 0 };
                }
                Ok(Read::TooBig) => match self.folder.put_aside(&mail) {
                    Ok(()) => {
                        tracing::warn!("a mail of more than 10 MB is put aside in the Maildir's folder .too-big");
                        round.too_big += 1;
                    }
                    Err(error) => self.skip(&mail, "a mail too large cannot be put aside", &error, &mut round),
                },
                Err(error) => self.skip(&mail, "a file in the Maildir cannot be read", &error, &mut round),
            }
        }
        Ok(round)
    }

    /// Whether the mail is kept since it cannot be taken now.
    async fn offer<T: Taker>(&mut self, taker: &T, mail: &Path, raw: &[u8], round: &mut Round) -> bool {
        match taker.take(raw, None, &[]).await {
            Ok(Taken::Done) => round.done += 1,
            Ok(Taken::Refused(why)) => {
                tracing::info!(why, "a mail in the Maildir is discarded");
                round.refused += 1;
            }
            Err(error) => {
                tracing::warn!(error, "a mail in the Maildir cannot be taken now; it stays");
                round.kept += 1;
                return true;
            }
        }
        self.remove(mail, round);
        false
    }

    fn remove(&mut self, mail: &Path, round: &mut Round) {
        match std::fs::remove_file(mail) {
            Ok(()) => {
                self.taken.remove(mail);
            }
            // Somebody else removed it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.taken.remove(mail);
            }
            Err(error) => {
                if self.taken.len() < REMEMBERED_MAX {
                    self.taken.insert(mail.to_owned());
                }
                self.skip(mail, "a mail was taken and cannot be removed; it would be taken again", &error, round);
            }
        }
    }

    fn skip(&mut self, mail: &Path, what: &str, error: &io::Error, round: &mut Round) {
        round.skipped += 1;
        if self.warned.len() >= REMEMBERED_MAX {
            self.warned.clear();
        }
        if self.warned.insert(mail.to_owned()) {
            let file = mail.file_name().unwrap_or_default().to_string_lossy();
            tracing::warn!(%error, %file, "{what}; look at its owner and its rights");
        }
    }
}

async fn read(path: &Path, bytes_max: usize) -> io::Result<Read> {
    let file = tokio::fs::File::open(path).await?;
    if file.metadata().await?.len() > bytes_max as u64 {
        return Ok(Read::TooBig);
    }
    let mut raw = Vec::new();
    // It may have grown since.
    file.take(bytes_max as u64 + 1).read_to_end(&mut raw).await?;
    Ok(if raw.len() > bytes_max { Read::TooBig } else { Read::Mail(raw) })
}
