//! Freezing: one rendered mail for each distinct choice of sections, kept to the byte, and one page for the archive.

use super::model::{Edition, Variant};
use super::render::{self, Frame, Reader};
use super::store;
use super::verbs::EditionError;
use crate::app::App;
use crate::base::Timestamp;
use crate::base::hash::sha256_hex;
use crate::db::Tx;
use crate::operators::{Actor, Permission};
use std::collections::HashMap;

/// The key of the page in the web archive.
pub const WEB_VARIANT: &str = "web";
const ALL_SECTIONS: &str = "all";

/// What the audience is frozen against.
pub struct Sealed {
    pub edition: Edition,
    /// For each choice, in the order asked: the variant it receives, or `None` if nothing is left to read.
    pub variants: Vec<Option<SealedVariant>>,
}

/// A mail that was frozen.
#[derive(Clone, Debug)]
pub struct SealedVariant {
    pub key: String,
    /// How many stories it shows.
    pub stories: usize,
}

pub(super) async fn freeze(
    app: &App,
    tx: &mut Tx,
    now: Timestamp,
    mut edition: Edition,
    choices: &[Option<Vec<String>>],
) -> Result<Sealed, EditionError> {
    let frame = Frame::load(app, tx, &edition).await?;
    let items = store::list_items(tx, edition.id).await?;
    let mut written: Vec<(String, String)> = Vec::new();
    let mut stories: HashMap<String, usize> = HashMap::new();
    let mut variants = Vec::with_capacity(choices.len());
    let wanted = choices.iter().map(|choice| (key_of(choice.as_deref()), choice.as_deref(), Reader::Subscriber));
    let web = (WEB_VARIANT.to_owned(), None, Reader::Public);
    for (key, choice, reader) in std::iter::once(web).chain(wanted) {
        let is_web = reader == Reader::Public;
        let Some(view) = render::view(&frame, &edition, &items, choice, reader) else {
            if !is_web {
                variants.push(None);
            }
            continue;
        };
        if !written.iter().any(|(other, _)| *other == key) {
            let variant =
                Variant { key: key.clone(), subject: view.subject.clone(), html: view.html()?, text: view.text()? };
            let hash = sha256_hex(format!("{}\0{}\0{}", variant.subject, variant.html, variant.text).as_bytes());
            let articles = render::shown(&frame, &items, choice);
            store::insert_variant(tx, edition.id, &variant, &hash, &articles).await?;
            stories.insert(key.clone(), articles.len());
            written.push((key.clone(), hash));
        }
        if !is_web {
            let stories = stories.get(&key).copied().unwrap_or(0);
            variants.push(Some(SealedVariant { key, stories }));
        }
    }
    written.sort();
    let content_hash =
        sha256_hex(written.iter().map(|(key, hash)| format!("{key}={hash}\n")).collect::<String>().as_bytes());
    store::set_sealed(tx, edition.id, now, &content_hash).await?;
    edition.sealed_at = Some(now);
    edition.content_hash = Some(content_hash);
    Ok(Sealed { edition, variants })
}

/// The same sections in any order are one choice.
fn key_of(choice: Option<&[String]>) -> String {
    let Some(choice) = choice else { return ALL_SECTIONS.to_owned() };
    let mut slugs: Vec<&str> = choice.iter().map(String::as_str).collect();
    slugs.sort_unstable();
    slugs.dedup();
    let digest = sha256_hex(slugs.join("\n").as_bytes());
    format!("sections-{}", digest.get(..16).unwrap_or_default())
}

/// What a reader with this choice of sections would receive, or has received: frozen if it is, else as the draft is now;
/// with marks where each person's links go. `None`: nothing would be left to read.
///
/// # Errors
/// As rendering and the database say.
pub async fn reading_of(
    app: &App,
    tx: &mut Tx,
    edition: &Edition,
    choice: Option<&[String]>,
) -> Result<Option<Variant>, EditionError> {
    let key = key_of(choice);
    if edition.sealed_at.is_some()
        && let Some(frozen) = store::find_variant(tx, edition.id, &key).await?
    {
        return Ok(Some(frozen));
    }
    if edition.sealed_at.is_none() {
        super::shape::refuse_embargoed(tx, edition.id, app.now()).await?;
    }
    let frame = Frame::load(app, tx, edition).await?;
    let items = store::list_items(tx, edition.id).await?;
    let Some(view) = render::view(&frame, edition, &items, choice, Reader::Subscriber) else { return Ok(None) };
    let (html, text) = (view.html()?, view.text()?);
    Ok(Some(Variant { key, subject: edition.subject.clone(), html, text }))
}

/// A draft as it would look now, for a preview: subject, HTML and text, with marks where each person's links go.
///
/// # Errors
/// [`EditionError::Forbidden`], or as rendering and the database say.
pub async fn preview(app: &App, actor: Actor, tx: &mut Tx, edition: &Edition) -> Result<Option<Variant>, EditionError> {
    actor.require(Permission::View)?;
    preview_in(app, tx, edition).await
}

/// The same for a verb that has asked already.
pub(in crate::editions) async fn preview_in(
    app: &App,
    tx: &mut Tx,
    edition: &Edition,
) -> Result<Option<Variant>, EditionError> {
    if edition.sealed_at.is_some() {
        return Ok(store::find_variant(tx, edition.id, WEB_VARIANT).await?);
    }
    super::shape::refuse_embargoed(tx, edition.id, app.now()).await?;
    let frame = Frame::load(app, tx, edition).await?;
    let items = store::list_items(tx, edition.id).await?;
    let Some(view) = render::view(&frame, edition, &items, None, Reader::Public) else { return Ok(None) };
    let (html, text) = (view.html()?, view.text()?);
    Ok(Some(Variant { key: ALL_SECTIONS.to_owned(), subject: edition.subject.clone(), html, text }))
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn a_choice_is_a_set() {
        let list = |slugs: &[&str]| slugs.iter().map(|slug| (*slug).to_owned()).collect::<Vec<_>>();
        assert_eq!(key_of(Some(&list(&["a", "b", "a"]))), key_of(Some(&list(&["b", "a"]))));
        assert_ne!(key_of(Some(&list(&["a"]))), key_of(Some(&list(&["b"]))));
        assert_eq!(key_of(None), "all");
    }
}
