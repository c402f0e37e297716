//! Articles that came before their section was declared are filed when it is. Held to it by `tests/it/gather/kinds.rs`.

use super::rules;
use super::store;
use crate::app::App;
use crate::db::StoreError;
use crate::publications::{self, PublicationId, Section};
use std::collections::HashMap;

/// Articles looked at in one go; there are as many without a section only where none fits.
const LOOKED_AT_MAX: i64 = 500;

/// Files what waits for an edition and has no section, where one goes by the name of its category now.
///
/// # Errors
/// As the database says.
pub(super) async fn refile(app: &App) -> Result<(), StoreError> {
    let mut tx = app.db.read().await?;
    let unfiled = store::list_unfiled(&mut tx, LOOKED_AT_MAX).await?;
    let mut sections: HashMap<PublicationId, Vec<Section>> = HashMap::new();
    let mut found = Vec::new();
    for it in unfiled {
        let known = match sections.get(&it.publication_id) {
            Some(known) => known,
            None => {
                let list = publications::list_sections(&mut tx, it.publication_id).await?;
                sections.entry(it.publication_id).or_insert(list)
            }
        };
        let mut names = it.categories;
        names.push(it.section);
        if let Some(section) = rules::section(None, known, &names) {
            found.push((it.publication_id, it.article_id, section));
        }
    }
    tx.commit().await?;
    if found.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    for (publication, article, section) in found {
        store::set_section(&mut tx, publication, article, section).await?;
    }
    tx.commit().await
}
