//! Whom a draft is for, and what it tells them of mistakes in editions before it: what the page of an evening says of a mail
//! beside its stories.
//!
//! Held to it by `tests/it/desk/corrections.rs`.

use super::page::told;
use crate::app::App;
use crate::base::text::one_line;
use crate::db::Tx;
use crate::delivery;
use crate::editions::corrections::corrections_shown;
use crate::editions::run_of_show::RunOfShow;
use crate::editions::{self, EditionKind};
use crate::operators::Actor;
use crate::web::desk::frame::Desk;
use crate::web::desk::subscribers::readers_in_words;
use crate::web::error::Error;

#[derive(Default)]
pub(super) struct Reach {
    /// `everybody`, `261 readers`
    pub audience: String,
    /// Further words about what comes of it; empty where everybody gets it.
    pub fate: String,
    /// The whole mail is about what was wrong.
    pub is_correction: bool,
    /// A person wrote the subject, and not the service.
    pub subject_is_yours: bool,
    pub wrongs: Vec<Wrong>,
}

/// Something that was wrong in an edition before, as the mail tells it.
pub(super) struct Wrong {
    pub headline: String,
    /// May be empty: then the other words say both.
    pub was: String,
    pub is: String,
}

/// # Errors
/// As the database says.
pub(super) async fn reach(app: &App, desk: &Desk, show: &RunOfShow) -> Result<Reach, Error> {
    let mut tx = app.db.read().await?;
    let edition = &show.edition;
    let readers = readers_of_correction(&mut tx, show).await?;
    let notes = corrections_shown(&mut tx, desk.actor(), edition.id).await.map_err(told)?;
    let wrong = |headline: &str, was, is| Wrong { headline: one_line(headline), was, is };
    Ok(Reach {
        fate: readers.as_ref().map_or_else(String::new, |readers| {
            format!(" It is for those alone who got what was wrong: {readers} by now.")
        }),
        audience: readers.unwrap_or_else(|| match edition.kind {
            EditionKind::Breaking => "those who chose breaking news".to_owned(),
            EditionKind::Regular | EditionKind::Extra | EditionKind::Correction => "everybody".to_owned(),
        }),
        is_correction: edition.kind == EditionKind::Correction,
        subject_is_yours: edition.subject_by.as_ref().is_some_and(|who| *who != Actor::System.label()),
        wrongs: notes.into_iter().map(|it| wrong(&it.title, it.was, it.now_reads)).collect(),
    })
}

/// Of a correction's mail, who gets it.
async fn readers_of_correction(tx: &mut Tx, show: &RunOfShow) -> Result<Option<String>, Error> {
    let Some(wrong) = show.edition.corrects_id else { return Ok(None) };
    let Some(wrong) = editions::find_edition(tx, wrong).await? else { return Ok(None) };
    let articles: Vec<_> = show.items.iter().map(|it| it.article_id).collect();
    let readers = delivery::count_who_got(tx, &wrong, &articles).await?;
    Ok(Some(readers_in_words(readers)))
}
