//! Forgetting people in the lists that wait at the desk: whoever asks to be forgotten does not wait until a list's turn
//! has come.
//!
//! Promises: the lists, which may be long, are read and decoded before the transaction that forgets, so that nobody waits
//! for the database meanwhile; in it only the pieces that name somebody are looked at again and written, and a list that
//! is not as it was found is looked through anew. Held to it by the tests here and `tests/it/subscribers/erased_lists.rs`.

use super::{ImportJobId, JobState, store};
use crate::app::App;
use crate::base::hash::sha256;
use crate::db::{StoreError, Tx};
use crate::mail::EmailAddr;
use crate::subscribers::import::blank::{OVERLAP_BYTES, blank, names};
use data_encoding::BASE64;
use std::collections::{BTreeMap, HashSet};

/// What the lists that are kept hold of some people.
pub(in crate::subscribers) struct LookedThrough {
    /// Of whom.
    gone: HashSet<String>,
    /// Every list that was whole, with what is to be written over it.
    lists: BTreeMap<ImportJobId, Vec<Blanked>>,
}

/// A piece of a list, without the rows of those people.
struct Blanked {
    number: i64,
    /// The digest of the piece as it was.
    was: [u8; 32],
    text: String,
}

fn keys(gone: &[EmailAddr]) -> HashSet<String> {
    gone.iter().map(EmailAddr::key).collect()
}

/// Looks for these people in every list that is kept, before the transaction that forgets them.
pub(in crate::subscribers) async fn look_through_lists(
    app: &App,
    gone: &[EmailAddr],
) -> Result<LookedThrough, StoreError> {
    let (gone, mut lists) = (keys(gone), BTreeMap::new());
    let kept = store::list_kept(&mut app.db.read().await?).await?;
    for store::KeptList { id, .. } in kept.into_iter().filter(|it| it.state != JobState::Uploading) {
        lists.insert(id, look_through(&mut app.db.read().await?, id, &gone).await?);
    }
    Ok(LookedThrough { gone, lists })
}

/// Blanks the rows of these people in every list that is kept. A list that is only just coming in is given up, whomever it
/// names: what of it is still on its way, or in memory, cannot be looked through.
pub(in crate::subscribers) async fn forget_in_lists(
    app: &App,
    tx: &mut Tx,
    gone: &[EmailAddr],
    mut looked: LookedThrough,
) -> Result<(), StoreError> {
    let gone = keys(gone);
    if looked.gone != gone {
        // Somebody came back, or has another address by now.
        looked.lists.clear();
    }
    for store::KeptList { id, state } in store::list_kept(tx).await? {
        if state == JobState::Uploading {
            let why = "somebody was erased while it came in; bring it once more, without them";
            store::cancel(tx, app.now(), id, why).await?;
            continue;
        }
        let found = match looked.lists.remove(&id) {
            Some(found) if is_as_found(tx, id, &found).await? => found,
            // It is here only since, or somebody else was erased from it at the same moment.
            _ => look_through(tx, id, &gone).await?,
        };
        for piece in found {
            store::write_chunk(tx, id, piece.number, &piece.text).await?;
        }
    }
    Ok(())
}

async fn is_as_found(tx: &mut Tx, id: ImportJobId, found: &[Blanked]) -> Result<bool, StoreError> {
    for piece in found {
        let text = store::chunk(tx, id, piece.number).await?;
        if text.is_none_or(|text| sha256(text.as_bytes()) != piece.was) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The pieces that have to be written anew.
async fn look_through(tx: &mut Tx, id: ImportJobId, gone: &HashSet<String>) -> Result<Vec<Blanked>, StoreError> {
    if is_named(tx, id, gone).await? { without_them(tx, id, gone).await } else { Ok(Vec::new()) }
}

/// We wrote it ourselves; what does not read is nobody's address.
fn decoded(text: &str) -> Vec<u8> {
    BASE64.decode(text.as_bytes()).unwrap_or_default()
}

/// Most lists name nobody of them: they are looked through piece by piece.
async fn is_named(tx: &mut Tx, id: ImportJobId, gone: &HashSet<String>) -> Result<bool, StoreError> {
    let (mut seen, mut number) = (Vec::new(), 0);
    while let Some(text) = store::chunk(tx, id, number).await? {
        seen.extend_from_slice(&decoded(&text));
        if names(&seen, gone) {
            return Ok(true);
        }
        seen.drain(..seen.len().saturating_sub(2 * OVERLAP_BYTES));
        number += 1;
    }
    Ok(false)
}

async fn without_them(tx: &mut Tx, id: ImportJobId, gone: &HashSet<String>) -> Result<Vec<Blanked>, StoreError> {
    // One list at a time is whole in memory, and only one that names somebody: a row may begin in one piece and end in
    // another.
    let (mut list, mut pieces, mut number) = (Vec::new(), Vec::new(), 0);
    while let Some(text) = store::chunk(tx, id, number).await? {
        let bytes = decoded(&text);
        pieces.push((number, sha256(text.as_bytes()), list.len()..list.len() + bytes.len()));
        list.extend_from_slice(&bytes);
        number += 1;
    }
    let rows = blank(&mut list, gone);
    let is_touched =
        |place: &std::ops::Range<usize>| rows.iter().any(|it| it.start < place.end && place.start < it.end);
    let touched = pieces.into_iter().filter(|(_, _, place)| is_touched(place));
    let text = |place| BASE64.encode(list.get(place).unwrap_or_default());
    Ok(touched.map(|(number, was, place)| Blanked { number, was, text: text(place) }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::fixtures::TestHouse;
    use crate::operators::Actor;
    use crate::subscribers::begin_upload;

    const PIECE: usize = 384 * 1024;

    fn person(name: &str) -> EmailAddr {
        EmailAddr::parse(&format!("{name}@readers.example")).unwrap()
    }

    /// A list of two and a half pieces; these stand at the beginning of the pieces of their numbers.
    async fn list(app: &App, people: [&str; 3]) -> ImportJobId {
        let mut text = String::from("email\n");
        for name in people {
            text.push_str(&format!("{name}@readers.example\n"));
            let end = (text.len() / PIECE + 1) * PIECE;
            while text.len() < end {
                text.push_str("someone.else@readers.example\n");
            }
        }
        let mut upload = begin_upload(app, Actor::Console, "spring.csv").await.unwrap();
        upload.take(&text.as_bytes()[..2 * PIECE + PIECE / 2]).await.unwrap();
        upload.finish().await.unwrap()
    }

    async fn text_of(app: &App, id: ImportJobId) -> String {
        let (mut tx, mut text, mut number) = (app.db.read().await.unwrap(), Vec::new(), 0);
        while let Some(piece) = store::chunk(&mut tx, id, number).await.unwrap() {
            text.extend(decoded(&piece));
            number += 1;
        }
        String::from_utf8(text).unwrap()
    }

    #[tokio::test]
    async fn the_transaction_that_forgets_reads_no_piece_that_names_nobody() {
        let house = TestHouse::open().await;
        let (app, zoe) = (&house.app, [person("zoe")]);
        let id = list(app, ["ada", "zoe", "ben"]).await;
        let looked = look_through_lists(app, &zoe).await.unwrap();
        let mut tx = app.db.begin().await.unwrap();
        // If it looked at the other pieces now, it would find her there.
        let planted = BASE64.encode(b"\nzoe@readers.example\n");
        store::write_chunk(&mut tx, id, 2, &planted).await.unwrap();
        forget_in_lists(app, &mut tx, &zoe, looked).await.unwrap();
        tx.commit().await.unwrap();
        let text = text_of(app, id).await;
        assert_eq!((text.matches("zoe@").count(), text.matches("ada@").count()), (1, 1));
        assert!(text.ends_with("\nzoe@readers.example\n"));
    }

    #[tokio::test]
    async fn a_list_that_is_not_as_it_was_found_is_looked_through_anew() {
        let house = TestHouse::open().await;
        let (app, zoe, ada) = (&house.app, [person("zoe")], [person("ada")]);
        // Two in one piece, and one list that is whole only after the look.
        let id = list(app, ["ada", "ben", "carl"]).await;
        let mut tx = app.db.begin().await.unwrap();
        store::write_chunk(
            &mut tx,
            id,
            1,
            &BASE64.encode(b"\nzoe@readers.example\nada@readers.example\nben@readers.example\n"),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let of_zoe = look_through_lists(app, &zoe).await.unwrap();
        let of_ada = look_through_lists(app, &ada).await.unwrap();
        let late = list(app, ["zoe", "ada", "ben"]).await;
        for (gone, looked) in [(&zoe, of_zoe), (&ada, of_ada)] {
            let mut tx = app.db.begin().await.unwrap();
            forget_in_lists(app, &mut tx, gone, looked).await.unwrap();
            tx.commit().await.unwrap();
        }
        for id in [id, late] {
            let text = text_of(app, id).await;
            assert!(!text.contains("zoe@") && !text.contains("ada@"), "neither comes back by the other's going");
            assert!(text.contains("ben@"));
        }
    }

    #[tokio::test]
    async fn what_was_found_of_others_is_written_over_nobody() {
        let house = TestHouse::open().await;
        let (app, both, zoe) = (&house.app, [person("zoe"), person("ada")], [person("zoe")]);
        let id = list(app, ["ada", "zoe", "ben"]).await;
        let looked = look_through_lists(app, &both).await.unwrap();
        let mut tx = app.db.begin().await.unwrap();
        // Ada came back meanwhile.
        forget_in_lists(app, &mut tx, &zoe, looked).await.unwrap();
        tx.commit().await.unwrap();
        let text = text_of(app, id).await;
        assert!(!text.contains("zoe@") && text.contains("ada@"));
    }
}
