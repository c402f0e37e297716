//! Adding a source by hand.

use super::store;
use crate::app::App;
use crate::base::text::{nearest, one_line};
use crate::db::StoreError;
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications::{
    Pages, Publication, Section, SectionId, SourceId, SourceKind, find_publication_by_slug, list_publications,
    list_sections,
};
use url::Url;

/// What an operator says of a source.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// The publication's slug.
    pub publication: String,
    pub section: Option<String>,
    /// The address without its scheme if there is none.
    pub name: Option<String>,
    pub kind: SourceKind,
    /// None for [`SourceKind::Push`] alone.
    pub url: Option<String>,
    pub standby: bool,
    pub pages: Pages,
}

#[derive(Clone, Debug)]
pub struct Added {
    pub id: SourceId,
    pub name: String,
    pub url: String,
}

#[derive(Debug, thiserror::Error)]
pub enum AddError {
    #[error("there is no publication {slug:?}{}; `lamplighter apply newsroom.toml` declares them", super::did_you_mean(nearest.as_ref()))]
    UnknownPublication { slug: String, nearest: Option<String> },
    #[error("{publication} has no section {slug:?}; {}", sections_of(known))]
    UnknownSection { publication: String, slug: String, known: Vec<String> },
    #[error("{0:?} is not a web address; write it like https://news.example/feed/")]
    Address(String),
    #[error("give the URL of the source; `lamplighter source add --discover https://your.site` finds it")]
    NoAddress,
    #[error("a source of kind \"push\" has a name and no address, for its articles come by the API; give --name alone")]
    PushAddress,
    #[error("{publication} reads this address already, as the source {name:?}")]
    Exists { publication: String, name: String },
    #[error(
        "this address is known as the source {name:?} of kind {kind}; use that kind, or change it where it is declared"
    )]
    OtherKind { name: String, kind: SourceKind },
    #[error("another source is called {0:?} already; give this one its own with --name")]
    NameTaken(String),
    #[error("a standby stands by for another source of the same section, and there is none yet; add that one first")]
    StandbyAlone,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn sections_of(known: &[String]) -> String {
    if known.is_empty() {
        "it has none yet; declare [[publication.section]] in newsroom.toml".to_owned()
    } else {
        format!("it has: {}", known.join(", "))
    }
}

/// Adds a source to a publication, behind its others. It is asked at the next gather.
///
/// # Errors
/// [`AddError`], before anything is written.
pub async fn add(app: &App, actor: Actor, new: &NewSource) -> Result<Added, AddError> {
    actor.require(Permission::Configure)?;
    let (url, default_name) = address(new)?;
    let name = new.name.as_deref().map(one_line).filter(|name| !name.is_empty()).unwrap_or(default_name);
    let now = app.now();
    let mut tx = app.db.begin().await?;
    let Some(publication) = find_publication_by_slug(&mut tx, &new.publication).await? else {
        let all = list_publications(&mut tx).await?;
        let nearest = nearest(&new.publication, all.iter().map(|it| it.slug.as_str())).map(str::to_owned);
        return Err(AddError::UnknownPublication { slug: new.publication.clone(), nearest });
    };
    let section = find_section(&publication, &list_sections(&mut tx, publication.id).await?, new.section.as_deref())?;
    let known = store::find_declared(&mut tx, &url, publication.id).await?;
    // What was archived is as good as new.
    let known = known.filter(|it| it.archived_at.is_none());
    match &known {
        Some(it) if it.uses > 0 => {
            return Err(AddError::Exists { publication: publication.slug, name: it.name.clone() });
        }
        Some(it) if it.kind != new.kind => {
            return Err(AddError::OtherKind { name: it.name.clone(), kind: it.kind });
        }
        _ => {}
    }
    if new.standby && store::count_active(&mut tx, publication.id, section).await? == 0 {
        return Err(AddError::StandbyAlone);
    }
    let (id, name) = match known {
        // What another publication reads already keeps the name it has there.
        Some(it) => (it.id, it.name),
        None => {
            let names = store::list_names(&mut tx).await?;
            if names.iter().any(|other| other.to_lowercase() == name.to_lowercase()) {
                return Err(AddError::NameTaken(name));
            }
            (store::upsert_source(&mut tx, now, &name, new.kind, &url, new.pages).await?, name)
        }
    };
    store::insert_use(&mut tx, now, publication.id, id, section, new.standby).await?;
    let detail = serde_json::json!({ "publication": publication.slug, "kind": new.kind, "standby": new.standby });
    audit::record(&mut tx, now, actor, "add_source", ("source", Some(id.0)), detail).await?;
    tx.commit().await?;
    Ok(Added { id, name, url })
}

fn find_section(
    publication: &Publication,
    sections: &[Section],
    slug: Option<&str>,
) -> Result<Option<SectionId>, AddError> {
    let Some(slug) = slug else { return Ok(None) };
    let found = sections.iter().find(|it| it.slug == slug || it.name.to_lowercase() == slug.to_lowercase());
    found.map(|it| Some(it.id)).ok_or_else(|| AddError::UnknownSection {
        publication: publication.slug.clone(),
        slug: slug.to_owned(),
        known: sections.iter().map(|it| it.slug.clone()).collect(),
    })
}

/// The address under which a source is stored, and what it is called by default.
fn address(new: &NewSource) -> Result<(String, String), AddError> {
    if new.kind == SourceKind::Push {
        let name = new.name.as_deref().map(one_line).unwrap_or_default();
        if name.is_empty() || new.url.is_some() {
            return Err(AddError::PushAddress);
        }
        return Ok((format!("push:{name}"), name));
    }
    let typed = new.url.as_deref().unwrap_or_default().trim();
    if typed.is_empty() {
        return Err(AddError::NoAddress);
    }
    let Some(text) = checked_address(typed) else { return Err(AddError::Address(typed.to_owned())) };
    let name = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest).trim_end_matches('/').to_owned();
    Ok((text, name))
}

/// As it is stored; None for what is no web address.
pub(super) fn checked_address(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let whole = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let url = Url::parse(&whole).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    // A word alone is rather a slip than a host.
    let is_host = url.host_str().is_some_and(|host| host.contains(['.', ':']) || host == "localhost");
    (is_host && whole.len() <= ADDRESS_BYTES_MAX).then(|| url.into())
}

const ADDRESS_BYTES_MAX: usize = 2000;
