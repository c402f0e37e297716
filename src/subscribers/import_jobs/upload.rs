//! Taking a file in, piece by piece, as it comes over the wire.
//!
//! Each piece is one transaction; nobody waits for a stranger inside of one. What is no text is refused at its first bytes.

use super::{IMPORT_BYTES_MAX, ImportJobError, ImportJobId, JobState, NAME_CHARS_MAX, store, stored};
use crate::app::App;
use crate::base::text::one_line;
use crate::db::StoreError;
use crate::operators::{Actor, Permission, audit};
use data_encoding::BASE64;

/// What one row of the database holds of a file.
const CHUNK_BYTES: usize = 384 * 1024;

/// A file on its way in. Dropped before [`Upload::finish`], it is forgotten by and by.
pub struct Upload {
    app: App,
    actor: Actor,
    id: ImportJobId,
    waiting: Vec<u8>,
    chunks: i64,
    bytes: usize,
    lines: i64,
    /// The last byte that was counted was a `\r`: a `\n` after it ends the same line.
    is_after_cr: bool,
}

/// Begins to take a file in.
///
/// # Errors
/// [`ImportJobError`]
pub async fn begin_upload(app: &App, actor: Actor, file_name: &str) -> Result<Upload, ImportJobError> {
    actor.require(Permission::ManageSubscribers)?;
    let name: String = one_line(file_name).chars().take(NAME_CHARS_MAX).collect();
    let name = if name.trim().is_empty() { "list.csv" } else { name.trim() };
    let mut tx = app.db.begin().await?;
    let id = store::insert(&mut tx, app.now(), name, &stored(actor)).await?;
    tx.commit().await?;
    Ok(Upload { app: app.clone(), actor, id, waiting: Vec::new(), chunks: 0, bytes: 0, lines: 1, is_after_cr: false })
}

impl Upload {
    /// The next piece.
    ///
    /// # Errors
    /// [`ImportJobError::TooLarge`], [`ImportJobError::NotText`]: the file is forgotten then.
    pub async fn take(&mut self, piece: &[u8]) -> Result<(), ImportJobError> {
        self.bytes += piece.len();
        if self.bytes > IMPORT_BYTES_MAX {
            return Err(self.give_up("it was too large", ImportJobError::TooLarge).await);
        }
        self.waiting.extend_from_slice(piece);
        if self.chunks == 0 && is_no_text(&self.waiting) {
            return Err(self.give_up("it was no CSV", ImportJobError::NotText).await);
        }
        while self.waiting.len() >= CHUNK_BYTES {
            let rest = self.waiting.split_off(CHUNK_BYTES);
            self.keep().await?;
            self.waiting = rest;
        }
        Ok(())
    }

    async fn give_up(&self, why: &str, error: ImportJobError) -> ImportJobError {
        let given_up = async {
            let mut tx = self.app.db.begin().await?;
            store::cancel(&mut tx, self.app.now(), self.id, why).await?;
            tx.commit().await
        };
        match given_up.await {
            Ok(()) => error,
            Err(error) => error.into(),
        }
    }

    async fn keep(&mut self) -> Result<(), ImportJobError> {
        for byte in &self.waiting {
            self.lines += i64::from(*byte == b'\r' || (*byte == b'\n' && !self.is_after_cr));
            self.is_after_cr = *byte == b'\r';
        }
        let mut tx = self.app.db.begin().await?;
        store::add_chunk(&mut tx, self.id, self.chunks, &BASE64.encode(&self.waiting)).await?;
        let bytes = i64::try_from(self.bytes).unwrap_or(i64::MAX);
        if store::grow(&mut tx, self.app.now(), self.id, bytes, self.lines).await? == 0 {
            return Err(ImportJobError::MovedOn);
        }
        tx.commit().await?;
        self.chunks += 1;
        self.waiting.clear();
        Ok(())
    }

    /// It is forgotten at once: whoever sent it may not any more.
    ///
    /// # Errors
    /// As the database says.
    pub async fn abandon(self) -> Result<(), StoreError> {
        let mut tx = self.app.db.begin().await?;
        store::cancel(&mut tx, self.app.now(), self.id, "whoever sent it may not import lists any more").await?;
        tx.commit().await?;
        self.app.db.overwrite_deleted().await;
        Ok(())
    }

    /// The whole file is here.
    ///
    /// # Errors
    /// [`ImportJobError::Empty`], or as the database says.
    pub async fn finish(mut self) -> Result<ImportJobId, ImportJobError> {
        if self.bytes == 0 {
            return Err(self.give_up("it was empty", ImportJobError::Empty).await);
        }
        if !self.waiting.is_empty() {
            self.keep().await?;
        }
        let now = self.app.now();
        let mut tx = self.app.db.begin().await?;
        if store::move_on(&mut tx, now, self.id, JobState::Uploading, JobState::Uploaded).await? == 0 {
            return Err(ImportJobError::MovedOn);
        }
        let detail = serde_json::json!({ "bytes": self.bytes, "lines": self.lines });
        audit::record(&mut tx, now, self.actor, "upload_list", ("import", Some(self.id.0)), detail).await?;
        tx.commit().await?;
        Ok(self.id)
    }
}

/// What spreadsheets and archives begin with, text in two bytes a letter, and anything with a NUL near its start.
fn is_no_text(head: &[u8]) -> bool {
    const LOOKED_AT: usize = 1024;
    let begins = [&b"PK\x03\x04"[..], b"\xd0\xcf\x11\xe0", b"%PDF", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b"];
    begins.iter().any(|it| head.starts_with(it)) || head.iter().take(LOOKED_AT).any(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spreadsheet_an_archive_and_utf_16_are_told_from_text() {
        for head in [&b"PK\x03\x04..."[..], b"\xff\xfee\0m\0", b"e\0m\0a\0", b"%PDF-1.7", b"\x1f\x8b\x08"] {
            assert!(is_no_text(head), "{head:?}");
        }
        for head in [&b"email\nada@a.example\n"[..], b"\xef\xbb\xbfE-Mail;Name", b"na\xefve,email", b""] {
            assert!(!is_no_text(head), "{head:?}");
        }
    }
}
