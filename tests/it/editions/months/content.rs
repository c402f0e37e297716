//! What stands in the editions: word for word, and never otherwise once it was sealed.

use super::world::World;
use lamplighter::base::hash::sha256_hex;
use lamplighter::db::Sql;
use lamplighter::editions::{self, Edition, Placement};

const VARIANTS: Sql = Sql::both(
    "SELECT key || ' ' || subject || '|' || html || '|' || text AS value FROM edition_variants WHERE edition_id = $1 ORDER BY key",
);

pub async fn holds(world: &mut World) {
    let mut frozen = Vec::new();
    for paper in &world.papers {
        let id = world.t().publication(paper.slug).await.id;
        let mut tx = world.t().db().read().await.expect("a connection");
        let recent = editions::list_recent(&mut tx, Some(id), 12).await.expect("the database answers");
        for edition in recent {
            if edition.sealed_at.is_some() {
                let variants: Vec<(String,)> =
                    tx.fetch_all(VARIANTS, vec![edition.id.0.into()]).await.expect("the database answers");
                assert!(!variants.is_empty(), "{} was sealed without a word", edition.label);
                let all: String = variants.into_iter().map(|(text,)| text).collect();
                frozen.push((edition.id.0, sha256_hex(all.as_bytes()), edition.content_hash.clone()));
            }
            let is_new = !world.frozen.contains_key(&edition.id.0);
            if is_new || edition.sealed_at.is_none() {
                items_are_right(world, &mut tx, &edition).await;
            }
        }
    }
    for (id, hash, content_hash) in frozen {
        let now = format!("{hash} {}", content_hash.expect("what is sealed has its hash"));
        let then = world.frozen.entry(id).or_insert_with(|| now.clone());
        assert_eq!(*then, now, "the bytes of edition {id} changed after the seal\n{}", world.lived.join("\n"));
    }
}

async fn items_are_right(world: &World, tx: &mut lamplighter::db::Tx, edition: &Edition) {
    let items = editions::list_items(tx, edition.id).await.expect("the database answers");
    let label = &edition.label;
    for item in &items {
        let (url, excerpt) = (&item.story.url, &item.story.excerpt);
        assert!(world.stories.said(url, excerpt), "{label}: {url} never said {excerpt:?}\n{}", world.lived.join("\n"));
    }
    let tops = items.iter().filter(|item| item.placement == Placement::Top).count();
    assert!(tops <= 1, "{label} has {tops} top stories\n{}", world.lived.join("\n"));
}
