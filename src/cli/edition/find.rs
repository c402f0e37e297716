//! Which edition is meant on the command line.

use crate::app::App;
use crate::cli::exit::Failure;
use crate::cli::publication::meant;
use crate::editions::{self, Edition, EditionId, EditionKind, EditionState};
use crate::publications::Publication;

#[derive(clap::Args)]
pub(in crate::cli) struct Of {
    /// The publication's slug; needed if there are several
    #[arg(long, short, value_name = "SLUG")]
    pub(super) publication: Option<String>,
}

#[derive(clap::Args)]
pub(in crate::cli) struct Which {
    /// Its date (2026-11-23, 2026-11-23-2) or id; without it, the one that is open
    #[arg(value_name = "EDITION")]
    pub(super) edition: Option<String>,
    #[command(flatten)]
    pub(super) of: Of,
}

/// Which edition is meant when none is named.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Draft,
    /// A draft, else the next one that is planned.
    Shapable,
    /// A draft, or what is being sent and can be gone on with.
    Sendable,
    Sending,
    /// What readers have, or begin to have.
    Sent,
    /// Today's, planned or not.
    Tonight,
    Newest,
}

pub(super) async fn find(app: &App, which: &Which, wanted: Wanted) -> Result<(Publication, Edition), Failure> {
    let mut tx = app.db.read().await?;
    let publication = meant(&mut tx, which.of.publication.as_deref()).await?;
    if let Some(name) = &which.edition {
        let found = match editions::find_edition_by_label(&mut tx, publication.id, name).await? {
            Some(edition) => Some(edition),
            None => match name.parse() {
                Ok(id) => editions::find_edition(&mut tx, EditionId(id)).await?,
                Err(_) => None,
            },
        };
        let edition = found.filter(|edition| edition.publication_id == publication.id).ok_or_else(|| {
            Failure::failed(format!(
                "{} has no edition {name:?}; `lamplighter edition list` shows them (the next three dates of each slot; for days further \
                 off write `holidays` into newsroom.toml)",
                publication.slug
            ))
        })?;
        return Ok((publication, edition));
    }
    let is_planned = |it: &Edition| matches!(it.state, EditionState::Planned | EditionState::Collecting);
    if wanted == Wanted::Shapable {
        let open = editions::list_open(&mut tx, publication.id).await?;
        let draft = open
            .iter()
            .find(|it| it.state.is_open() && !is_planned(it))
            .or_else(|| open.iter().find(|it| is_planned(it)));
        let missing = || Failure::failed("no edition is open; `lamplighter edition draft` makes a draft");
        let edition = draft.cloned().ok_or_else(missing)?;
        return Ok((publication, edition));
    }
    // What goes out beside the editions of the day is meant only where it is named.
    let all: Vec<Edition> = editions::list_recent(&mut tx, Some(publication.id), 100)
        .await?
        .into_iter()
        .filter(|it| it.kind != EditionKind::Correction)
        .collect();
    let today = app.now().in_zone(publication.zone()).date_naive().to_string();
    let mut recent: Vec<Edition> = all.iter().filter(|it| !is_planned(it)).cloned().collect();
    recent.sort_by_key(|it| it.kind == EditionKind::Breaking);
    let is_draft =
        |it: &&Edition| matches!(it.state, EditionState::Drafted | EditionState::InReview | EditionState::Approved);
    let is_sending = |it: &&Edition| matches!(it.state, EditionState::Sealed | EditionState::Sending);
    let (found, missing) = match wanted {
        Wanted::Draft | Wanted::Shapable => {
            (recent.iter().find(is_draft), "no draft is open; `lamplighter edition draft` makes one")
        }
        Wanted::Sendable => (
            recent.iter().find(is_draft).or(recent.iter().find(is_sending)),
            "no draft is open; `lamplighter edition draft` makes one",
        ),
        Wanted::Sending => {
            (recent.iter().find(is_sending), "no edition is being sent; `lamplighter edition list` shows them")
        }
        Wanted::Sent => (
            recent.iter().find(|it| it.sealed_at.is_some()),
            "nothing has been sent yet; `lamplighter edition list` shows what is planned",
        ),
        Wanted::Tonight => (
            all.iter().find(|it| it.local_date == today).or(all.iter().rfind(|it| is_planned(it))).or(all.first()),
            "there is no edition yet; `lamplighter edition list` plans the next ones",
        ),
        Wanted::Newest => (
            recent.iter().find(is_draft).or(recent.iter().find(is_sending)).or(recent.first()),
            "there is no edition yet; `lamplighter edition draft` makes one",
        ),
    };
    let edition = found.cloned().ok_or_else(|| Failure::failed(missing))?;
    Ok((publication, edition))
}
