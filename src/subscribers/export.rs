//! Taking the list out: every subscription with its person and what they agreed to, as CSV.
//!
//! It promises: what is written comes from one moment, however long it takes; memory does not grow with the list; imported
//! into an empty installation with the same publications it gives the same state, those who left included, and exports
//! to the same bytes again. It leaves out sign-ups that nobody confirmed (they are no readers, and expire) and the
//! suppression list, which has a file of its own. Who may do it is on the trail before the first row is written.
//! Held to it by `tests/it/subscribers/export.rs`.

use super::model::{SubscriberId, SubscriptionState};
use super::own_csv::{COLUMNS, OwnConsent, OwnRow};
use super::store::export::{self, ExportConsent, ExportRow};
use crate::app::App;
use crate::db::{StoreError, Tx};
use crate::operators::{Actor, Forbidden, Permission, audit};
use crate::publications::find_publication_by_slug;
use std::collections::HashMap;
use std::io::Write;

/// Rows read at once.
const PAGE_ROWS: usize = 1_000;

/// Which subscriptions; the default is all of them.
#[derive(Clone, Debug, Default)]
pub struct ExportFilter {
    /// A slug.
    pub publication: Option<String>,
    pub state: Option<SubscriptionState>,
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("there is no publication {0:?}; `lamplighter apply` declares publications")]
    UnknownPublication(String),
    #[error("the export cannot be written: {0}")]
    Write(#[from] csv::Error),
    #[error("the export cannot be written: {0}")]
    File(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes the list; answers how many rows.
///
/// # Errors
/// [`ExportError`]; what was written before it is no whole list.
pub async fn export(
    app: &App,
    actor: Actor,
    filter: &ExportFilter,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExportError> {
    actor.require(Permission::ManageSubscribers)?;
    let mut tx = app.db.begin().await?;
    let publication = match &filter.publication {
        None => None,
        Some(slug) => {
            let found = find_publication_by_slug(&mut tx, slug).await?;
            Some(found.ok_or_else(|| ExportError::UnknownPublication(slug.clone()))?.id)
        }
    };
    let detail = serde_json::json!({ "state": filter.state });
    let subject = ("publication", publication.map(|id| id.0));
    audit::record(&mut tx, app.now(), actor, "export_subscribers", subject, detail).await?;
    tx.commit().await?;

    let mut tx = app.db.read().await?;
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    let mut rows = 0;
    let mut after = (String::new(), String::new());
    loop {
        let page = export::list(&mut tx, (&after.0, &after.1), publication, filter.state, PAGE_ROWS).await?;
        let Some(last) = page.last() else { break };
        after = (last.email_key.clone(), last.slug.clone());
        rows += page.len() as u64;
        for row in with_consents(&mut tx, page).await? {
            csv.write_record(row.cells())?;
        }
    }
    csv.flush()?;
    Ok(rows)
}

async fn with_consents(tx: &mut Tx, page: Vec<ExportRow>) -> Result<Vec<OwnRow>, StoreError> {
    let people: Vec<SubscriberId> = page.iter().map(|row| row.subscriber_id).collect();
    let mut consents: HashMap<(i64, i64), Vec<OwnConsent>> = HashMap::new();
    for it in export::list_consents(tx, &people).await? {
        consents.entry((it.subscriber_id.0, it.publication_id.0)).or_default().push(it.into());
    }
    let row = |it: ExportRow| OwnRow {
        consents: consents.remove(&(it.subscriber_id.0, it.publication_id.0)).unwrap_or_default(),
        email: it.email,
        language: it.language,
        created_at: it.created_at,
        confirmed_at: it.confirmed_at,
        publication: it.slug,
        state: it.state,
        sections: it.sections,
        time_zone: it.time_zone,
        hour: it.hour,
        breaking: it.breaking,
        weekday: it.weekday,
        stories_min: it.stories_min,
        paused_until: it.paused_until,
        subscribed_at: it.subscribed_at,
        changed_at: it.changed_at,
        left_at: it.left_at,
        left_reason: it.left_reason,
        left_answer: it.left_answer,
    };
    Ok(page.into_iter().map(row).collect())
}

impl From<ExportConsent> for OwnConsent {
    fn from(it: ExportConsent) -> Self {
        Self {
            source: it.source,
            version: it.text_version,
            text: it.text,
            form_url: it.form_url,
            network: it.ip_prefix,
            confirmed_network: it.confirmed_ip_prefix,
            given_at: it.given_at,
            confirmed_at: it.confirmed_at,
        }
    }
}
