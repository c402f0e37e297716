//! What an editor wants of an article before there is a draft: it is kept beside the edition, and the claim carries it out.

use super::image::ImageChange;
use super::item::{ItemChange, Pin, write_words};
use super::{Draft, ShapeError, image, order};
use crate::app::App;
use crate::db::Tx;
use crate::editions::model::{Edition, EditionId, EditionState, Item, Placement};
use crate::editions::store::{self, Intent};
use crate::editions::verbs::EditionError;
use crate::gather::{self, ArticleId, CandidateState};
use crate::operators::{Actor, Permission};

/// A place in the order further back than this is none.
const PIN_MAX: i64 = 500;

/// What is wanted of an article; `None` leaves what was wanted before. An empty text wants nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntentChange {
    pub headline: Option<String>,
    pub excerpt: Option<String>,
    pub note: Option<String>,
    pub image: Option<ImageChange>,
    pub pin: Option<Pin>,
    /// It is claimed and not shown.
    pub hidden: Option<bool>,
    /// It is not claimed: it waits as held.
    pub held: Option<bool>,
}

/// What is wanted of articles, in the order in which it was said.
///
/// # Errors
/// As the database says.
pub async fn list_intents(app: &App, actor: Actor, id: EditionId) -> Result<Vec<Intent>, EditionError> {
    actor.require_any(&[Permission::View, Permission::Edit])?;
    Ok(store::list_intents(&mut app.db.read().await?, id).await?)
}

/// Says what is wanted of an article as soon as the edition is drafted.
///
/// # Errors
/// [`EditionError::WrongState`] once it is drafted; [`EditionError::Shape`] names what is wrong.
pub async fn set_intent(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    article: ArticleId,
    change: &IntentChange,
) -> Result<Edition, EditionError> {
    let mut draft = open(app, actor, id, seen, "set_intent").await?;
    let publication = draft.publication.id;
    let title = match store::lock_candidate(&mut draft.tx, publication, article).await? {
        None => {
            let publication = draft.publication.slug.clone();
            return Err(ShapeError::NotACandidate { article, publication }.into());
        }
        Some(it) if matches!(it.state, CandidateState::Claimed | CandidateState::Gone | CandidateState::Folded) => {
            return Err(ShapeError::NotNow { article, why: format!("is {}: {}", it.state, it.reason) }.into());
        }
        Some(_) => gather::list_article_heads(&mut draft.tx, &[article]).await?.pop().map(|it| it.title),
    };
    let before = store::list_intents(&mut draft.tx, id).await?.into_iter().find(|it| it.article_id == article);
    let blank = Intent {
        article_id: article,
        title: title.unwrap_or_default(),
        pinned: None,
        hidden: false,
        held: false,
        headline: None,
        excerpt: None,
        note: None,
        image: None,
        actor: actor.label(),
        changed_at: draft.now,
    };
    let mut intent = before.clone().unwrap_or_else(|| blank.clone());
    let mut changes = apply(&mut draft.tx, &mut intent, change).await?;
    if let Some(first) = changes.first_mut() {
        *first = format!("article {article}: {first}");
        (intent.actor, intent.changed_at) = (actor.label(), draft.now);
        if intent == blank {
            store::delete_intent(&mut draft.tx, id, article).await?;
        } else {
            store::upsert_intent(&mut draft.tx, id, &intent).await?;
        }
    }
    draft.keep_intents("set_intent", &changes).await
}

/// Takes back whatever was wanted of an article.
///
/// # Errors
/// [`EditionError::WrongState`] once the edition is drafted.
pub async fn clear_intent(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    article: ArticleId,
) -> Result<Edition, EditionError> {
    let mut draft = open(app, actor, id, seen, "clear_intent").await?;
    let changes = match store::delete_intent(&mut draft.tx, id, article).await? {
        0 => Vec::new(),
        _ => vec![format!("article {article}: nothing is wanted of it any more")],
    };
    draft.keep_intents("clear_intent", &changes).await
}

async fn open(
    app: &App,
    actor: Actor,
    id: EditionId,
    seen: Option<i64>,
    verb: &'static str,
) -> Result<Draft, EditionError> {
    Draft::open_in(app, actor, id, seen, verb, &[EditionState::Planned, EditionState::Collecting]).await
}

async fn apply(tx: &mut Tx, intent: &mut Intent, change: &IntentChange) -> Result<Vec<String>, EditionError> {
    let mut changes = Vec::new();
    let words = ItemChange {
        headline: change.headline.clone(),
        excerpt: change.excerpt.clone(),
        note: change.note.clone(),
        ..ItemChange::default()
    };
    write_words(&words, (&mut intent.headline, &mut intent.excerpt, &mut intent.note), &mut changes)?;
    if let Some(wanted) = &change.image {
        let chosen = wanted.chosen(&gather::list_images(tx, intent.article_id).await?)?;
        if chosen != intent.image {
            changes.push(format!("image: {}", image::told(chosen.as_ref())));
            intent.image = chosen;
        }
    }
    let pinned = match change.pin {
        None => intent.pinned,
        Some(Pin::Free) => None,
        Some(Pin::At(place)) if (1..=PIN_MAX).contains(&place) => Some(place),
        Some(Pin::At(_)) => return Err(ShapeError::field("position", format!("must be from 1 to {PIN_MAX}")).into()),
    };
    if pinned != intent.pinned {
        changes.push(pinned.map_or_else(|| "no pin".to_owned(), |place| format!("pinned at place {place}")));
        intent.pinned = pinned;
    }
    let mut decide = |wanted: Option<bool>, own: &mut bool, yes: &str, no: &str| {
        if let Some(wanted) = wanted.filter(|wanted| wanted != own) {
            changes.push(if wanted { yes } else { no }.to_owned());
            *own = wanted;
        }
    };
    decide(change.hidden, &mut intent.hidden, "to be hidden", "not to be hidden");
    decide(change.held, &mut intent.held, "to be held", "not to be held");
    Ok(changes)
}

/// Carries out what was wanted of the articles that a draft has just claimed. The caller settles it.
pub(in crate::editions) async fn carry(tx: &mut Tx, edition: &Edition) -> Result<usize, EditionError> {
    let intents = store::list_intents(tx, edition.id).await?;
    if intents.is_empty() {
        return Ok(0);
    }
    let before = store::list_items(tx, edition.id).await?;
    let mut items = before.clone();
    for intent in &intents {
        for item in items.iter_mut().filter(|item| item.article_id == intent.article_id) {
            take_over(item, intent);
        }
    }
    // In the order in which they were said: the last word about a place counts.
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    for intent in intents.iter().filter(|it| !it.hidden) {
        let is_in = items.iter().any(|item| item.article_id == intent.article_id);
        if let Some(place) = intent.pinned.filter(|_| is_in) {
            order::put(&mut items, &[intent.article_id], place.min(count))?;
        }
    }
    let mut carried = 0;
    for (item, _) in items.iter().zip(&before).filter(|(item, before)| item != before) {
        store::set_shape(tx, item).await?;
        carried += 1;
    }
    Ok(carried)
}

fn take_over(item: &mut Item, intent: &Intent) {
    item.headline.clone_from(&intent.headline);
    item.excerpt.clone_from(&intent.excerpt);
    item.note.clone_from(&intent.note);
    item.image.clone_from(&intent.image);
    if intent.hidden {
        item.placement = Placement::Hidden;
        item.placement_by = Some(intent.actor.clone());
    }
}
