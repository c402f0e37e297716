//! How editors shape a draft and decide about the pool, mostly from what they have just seen.

use super::deeds::Deed;
use super::desk::{an_edition, judge};
use super::laws;
use super::world::World;
use lamplighter::db::Sql;
use lamplighter::editions::pool::{PoolError, PoolVerb, move_article};
use lamplighter::editions::{
    self, Edition, EditionChange, EditionError, IntentChange, ItemChange, Pin, Place, Removal, SubjectChange,
};
use lamplighter::gather::ArticleId;
use lamplighter::operators::Actor;

const KNOWN: Sql =
    Sql::both("SELECT article_id AS value FROM candidates WHERE publication_id = $1 ORDER BY article_id DESC LIMIT 30");
const IN_EDITION: Sql =
    Sql::both("SELECT article_id AS value FROM edition_items WHERE edition_id = $1 ORDER BY article_id");

async fn articles(world: &World, sql: Sql, of: i64) -> Vec<ArticleId> {
    let mut tx = world.t().db().read().await.expect("a connection");
    let rows: Vec<(ArticleId,)> = tx.fetch_all(sql, vec![of.into()]).await.expect("the database answers");
    rows.into_iter().map(|(id,)| id).collect()
}

pub async fn act(world: &mut World, deed: Deed) {
    if deed == Deed::MoveInPool {
        return move_in_pool(world).await;
    }
    let Some(edition) = an_edition(world).await else { return };
    let items = articles(world, IN_EDITION, edition.id.0).await;
    let known = articles(world, KNOWN, edition.publication_id.0).await;
    if known.is_empty() {
        return;
    }
    let any = *world.dice.pick(&known);
    let item = if items.is_empty() { any } else { *world.dice.pick(&items) };
    // One in eight looks at an older page.
    let seen = Some(edition.revision - i64::from(world.dice.chance(12)));
    let before = laws::digest(world).await;
    let done = shape(world, deed, &edition, seen, item, any).await;
    judge(world, deed, &edition, done.map(drop), before).await;
}

async fn shape(
    world: &mut World,
    deed: Deed,
    edition: &Edition,
    seen: Option<i64>,
    item: ArticleId,
    any: ArticleId,
) -> Result<Edition, EditionError> {
    let app = world.t().app.clone();
    let (who, id) = (Actor::Console, edition.id);
    let count = world.lived.len();
    let pin = match world.dice.below(4) {
        0 => Some(Pin::At(world.dice.between(1, 6))),
        1 => Some(Pin::Free),
        _ => None,
    };
    match deed {
        Deed::Reorder => editions::reorder(&app, who, id, seen, &[item], world.dice.between(1, 8)).await,
        Deed::EditItem => {
            let places = [Place::Auto, Place::Top, Place::Full, Place::Headline, Place::Hidden];
            let change = ItemChange {
                headline: world.dice.chance(40).then(|| format!("A headline by hand {count}")),
                note: world.dice.chance(30).then(|| format!("Our view {count}.")),
                pin,
                place: world.dice.chance(50).then(|| *world.dice.pick(&places)),
                ..ItemChange::default()
            };
            editions::change_item(&app, who, id, seen, item, &change).await
        }
        Deed::EditWords => {
            let change = EditionChange {
                subject: world.dice.chance(50).then(|| SubjectChange::Own(format!("By hand {count}"))),
                note: world.dice.chance(50).then(|| format!("*Good evening*, reader {count}.")),
                ..EditionChange::default()
            };
            editions::change_edition(&app, who, id, seen, &change).await
        }
        Deed::AddArticle => editions::add(&app, who, id, seen, any, None).await,
        Deed::TakeOut => {
            let removal =
                if world.dice.chance(70) { Removal::Back } else { Removal::Dismiss("not tonight".to_owned()) };
            editions::remove(&app, who, id, seen, item, &removal).await
        }
        Deed::Rerank => editions::rerank(&app, who, id, seen).await,
        Deed::Refresh => editions::refresh(&app, who, id, seen, item).await,
        _ => {
            let change = IntentChange {
                pin,
                hidden: world.dice.chance(20).then_some(true),
                held: world.dice.chance(20).then_some(true),
                headline: world.dice.chance(30).then(|| format!("Wanted so {count}")),
                ..IntentChange::default()
            };
            editions::set_intent(&app, who, id, seen, any, &change).await
        }
    }
}

async fn move_in_pool(world: &mut World) {
    let slug = world.papers[world.dice.below(world.papers.len())].slug;
    let publication = world.t().publication(slug).await;
    let known = articles(world, KNOWN, publication.id.0).await;
    if known.is_empty() {
        return;
    }
    let article = *world.dice.pick(&known);
    let verb = *world.dice.pick(&[PoolVerb::Hold, PoolVerb::Release, PoolVerb::Dismiss, PoolVerb::Restore]);
    let done = move_article(&world.t().app, Actor::Console, &publication, article, verb, "by hand").await;
    world.note(format!("{verb:?} {article} at {slug}: {done:?}"));
    assert!(matches!(done, Ok(_) | Err(PoolError::WrongState { .. })), "{done:?}\n{}", world.lived.join("\n"));
}
