//! Forgetting people in the lists that wait at the desk: whoever asks to be forgotten does not wait until a list's turn
//! has come.

use super::{JobState, store};
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::subscribers::import::blank::{OVERLAP_BYTES, blank, names};
use data_encoding::BASE64;
use std::collections::HashSet;

/// Blanks the rows of these people in every list that is kept. A list that is only just coming in is given up, whomever it
/// names: what of it is still on its way, or in memory, cannot be looked through.
pub(in crate::subscribers) async fn forget_in_lists(
    app: &App,
    tx: &mut Tx,
    gone: &[EmailAddr],
) -> Result<(), StoreError> {
    let gone: HashSet<String> = gone.iter().map(EmailAddr::key).collect();
    for store::KeptList { id, state } in store::list_kept(tx).await? {
        if state == JobState::Uploading {
            let why = "somebody was erased while it came in; bring it once more, without them";
            store::cancel(tx, app.now(), id, why).await?;
        } else if is_named(tx, id, &gone).await? {
            forget_in_list(tx, id, &gone).await?;
        }
    }
    Ok(())
}

async fn piece(tx: &mut Tx, id: super::ImportJobId, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(text) = store::chunk(tx, id, number).await? else { return Ok(None) };
    // We wrote it ourselves; what does not read is nobody's address.
    Ok(Some(BASE64.decode(text.as_bytes()).unwrap_or_default()))
}

/// Most lists name nobody of them: they are looked through piece by piece.
async fn is_named(tx: &mut Tx, id: super::ImportJobId, gone: &HashSet<String>) -> Result<bool, StoreError> {
    let (mut seen, mut number) = (Vec::new(), 0);
    while let Some(bytes) = piece(tx, id, number).await? {
        seen.extend_from_slice(&bytes);
        if names(&seen, gone) {
            return Ok(true);
        }
        seen.drain(..seen.len().saturating_sub(2 * OVERLAP_BYTES));
        number += 1;
    }
    Ok(false)
}

async fn forget_in_list(tx: &mut Tx, id: super::ImportJobId, gone: &HashSet<String>) -> Result<(), StoreError> {
    // One list at a time is whole in memory, and only one that names somebody: a row may begin in one piece and end in
    // another.
    let (mut list, mut pieces) = (Vec::new(), Vec::new());
    while let Some(bytes) = piece(tx, id, i64::try_from(pieces.len()).unwrap_or(i64::MAX)).await? {
        pieces.push(list.len()..list.len() + bytes.len());
        list.extend_from_slice(&bytes);
    }
    let blanked = blank(&mut list, gone);
    for (number, piece) in (0_i64..).zip(pieces) {
        if blanked.iter().any(|row| row.start < piece.end && piece.start < row.end) {
            let bytes = list.get(piece).unwrap_or_default();
            store::write_chunk(tx, id, number, &BASE64.encode(bytes)).await?;
        }
    }
    Ok(())
}
