//! Which publication a command means: the one it names, or the only one.

use super::exit::Failure;
use crate::db::Tx;
use crate::publications::{Publication, find_publication_by_slug, list_publications};

/// The publication that is meant. With several and none named, the failure lists their slugs.
pub(super) async fn meant(tx: &mut Tx, slug: Option<&str>) -> Result<Publication, Failure> {
    if let Some(slug) = slug {
        let found = find_publication_by_slug(tx, slug).await?;
        return found.ok_or_else(|| {
            Failure::failed(format!(
                "there is no publication {slug:?}; `lamplighter apply newsroom.toml` declares them"
            ))
        });
    }
    let mut all = list_publications(tx).await?;
    match all.len() {
        0 => Err(Failure::failed(
            "there is no publication yet; name one in newsroom.toml and run `lamplighter apply newsroom.toml`",
        )),
        1 => Ok(all.remove(0)),
        _ => {
            let slugs: Vec<_> = all.iter().map(|it| it.slug.as_str()).collect();
            let slugs = slugs.join(", ");
            Err(Failure::usage(format!("there are several publications; add --publication with one of: {slugs}")))
        }
    }
}
