//! Changing a draft: `PATCH` on an edition and its stories, the order, what comes in and what goes out, and what is wanted
//! before there is a draft. Each answers with the edition as it is then, its revision as `ETag`.

use super::{find, refused};
use crate::app::App;
use crate::editions::{
    self, DraftError, Edition, EditionChange, EditionError, EditionId, ImageChange, IntentChange, ItemChange, Pin,
    Place, Removal, SubjectChange,
};
use crate::gather::ArticleId;
use crate::operators::tokens::Scope;
use crate::publications;
use crate::web::api::asked::{Asked, if_match};
use crate::web::api::bearer::Bearer;
use crate::web::error::Error;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, patch, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/api/v1/editions", post(post_edition))
        .route("/api/v1/editions/{id}", patch(patch_edition))
        .route("/api/v1/editions/{id}/items", get(get_items).post(post_item))
        .route("/api/v1/editions/{id}/items/{article}", patch(patch_item).delete(delete_item))
        .route("/api/v1/editions/{id}/items/{article}/refresh", post(post_refresh))
        .route("/api/v1/editions/{id}/order", put(put_order))
        .route("/api/v1/editions/{id}/rerank", post(post_rerank))
        .route("/api/v1/editions/{id}/intents", get(get_intents))
        .route("/api/v1/editions/{id}/intents/{article}", put(put_intent).delete(delete_intent))
        .route("/api/v1/editions/{id}/preview", get(get_preview))
}

/// The edition with its stories; what an article says otherwise by now stands with it.
async fn answer(app: &App, status: StatusCode, edition: &Edition) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    // Both of one moment: another editor may have gone on meanwhile.
    let edition = editions::find_edition(&mut tx, edition.id).await?.unwrap_or_else(|| edition.clone());
    let items = editions::list_items(&mut tx, edition.id).await?;
    let changed = editions::list_changed(&mut tx, &items).await?;
    let items: Vec<Value> = items
        .iter()
        .map(|item| {
            let mut value = serde_json::to_value(item).unwrap_or_default();
            if let Value::Object(members) = &mut value {
                members.insert("changed".to_owned(), json!(changed.get(&item.article_id).cloned().unwrap_or_default()));
            }
            value
        })
        .collect();
    let tag = etag(&edition);
    Ok((status, [(ETAG, tag)], Json(json!({ "edition": edition, "items": items }))).into_response())
}

/// The revision in quotes.
pub(super) fn etag(edition: &Edition) -> String {
    format!("\"{}\"", edition.revision)
}

async fn changed(app: &App, done: Result<Edition, EditionError>) -> Result<Response, Error> {
    answer(app, StatusCode::OK, &done.map_err(refused)?).await
}

async fn get_items(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Response, Error> {
    bearer.require(Scope::Read)?;
    answer(&app, StatusCode::OK, &find(&app, id).await?).await
}

async fn post_edition(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, &["publication", "extra"]).await?;
    let (slug, extra) = (asked.text("publication"), asked.flag("extra").unwrap_or(false));
    if slug.as_deref().unwrap_or_default().is_empty() {
        asked.problem("publication", "missing", "is missing; name the publication by its slug");
    }
    asked.right()?;
    let slug = slug.unwrap_or_default();
    let found = publications::find_publication_by_slug(&mut app.db.read().await?, &slug).await?;
    let publication = found.ok_or_else(super::unknown_publication)?;
    let drafted = editions::draft(&app, bearer.0.actor(), &publication, extra).await.map_err(|error| {
        let told = error.to_string();
        match error {
            DraftError::Empty { .. } => Error::new(StatusCode::CONFLICT, "empty", "Nothing to draft", told),
            DraftError::BelowMinimum { .. } => Error::new(StatusCode::CONFLICT, "below_min", "Too few stories", told),
            DraftError::Edition(error) => refused(error),
        }
    })?;
    answer(&app, StatusCode::OK, &drafted).await
}

async fn patch_edition(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, &["subject", "subject_choice", "preheader", "note"]).await?;
    let (subject, choice) = (asked.text("subject"), asked.number("subject_choice").flatten());
    if subject.is_some() && choice.is_some() {
        asked.problem("subject_choice", "conflict", "and subject cannot both be given");
    }
    let choice = choice.map(|number| SubjectChange::Choice(usize::try_from(number).unwrap_or(0)));
    let change = EditionChange {
        subject: subject.map(SubjectChange::Own).or(choice),
        preheader: asked.text("preheader"),
        note: asked.text("note"),
    };
    asked.right()?;
    changed(&app, editions::change_edition(&app, bearer.0.actor(), EditionId(id), asked.revision()?, &change).await)
        .await
}

const ITEM_FIELDS: &[&str] = &["headline", "excerpt", "note", "image", "section", "pinned", "place"];

async fn patch_item(
    State(app): State<App>,
    bearer: Bearer,
    Path((id, article)): Path<(i64, i64)>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, ITEM_FIELDS).await?;
    let place = asked.text("place").map(|word| if word.is_empty() { "auto".to_owned() } else { word });
    let parsed = place.as_deref().map(Place::parse);
    if parsed == Some(None) {
        asked.problem("place", "word", format!("must be one of: {}", Place::WORDS.join(", ")));
    }
    let change = ItemChange {
        headline: asked.text("headline"),
        excerpt: asked.text("excerpt"),
        note: asked.text("note"),
        image: image(&mut asked),
        section: asked.text("section"),
        pin: pin(&mut asked),
        place: parsed.flatten(),
    };
    asked.right()?;
    let (seen, article) = (asked.revision()?, ArticleId(article));
    changed(&app, editions::change_item(&app, bearer.0.actor(), EditionId(id), seen, article, &change).await).await
}

fn pin(asked: &mut Asked) -> Option<Pin> {
    Some(asked.number("pinned")?.map_or(Pin::Free, Pin::At))
}

/// `null` is the article's own, `"none"` none, an object one by its address and words.
fn image(asked: &mut Asked) -> Option<ImageChange> {
    const KNOWN: &[&str] = &["url", "alt", "caption", "credit"];
    let value = asked.value("image")?.clone();
    match &value {
        Value::Null => return Some(ImageChange::Own),
        Value::String(word) if word == "none" => return Some(ImageChange::None),
        Value::Object(object) => {
            let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
            let is_other = |name: &str| object.get(name).is_some_and(|it| !it.is_string() && !it.is_null());
            for name in KNOWN.iter().filter(|name| is_other(name)) {
                asked.problem(&format!("image.{name}"), "type", "must be a text");
            }
            for name in object.keys().filter(|name| !KNOWN.contains(&name.as_str())) {
                let name = format!("image.{name}");
                asked.problem(&name, "unknown", format!("there is no such field; there are: {}", KNOWN.join(", ")));
            }
            if let Some(url) = text("url") {
                let (alt, caption, credit) = (text("alt"), text("caption"), text("credit"));
                return Some(ImageChange::This { url, alt, caption, credit });
            }
            asked.problem("image.url", "missing", "is missing");
        }
        _ => {
            asked.problem("image", "type", "must be null (the article's own), \"none\", or an object with url and alt")
        }
    }
    None
}

async fn post_item(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, &["article_id", "position"]).await?;
    let (article, at) = (asked.number("article_id").flatten(), asked.number("position").flatten());
    if article.is_none() {
        asked.problem("article_id", "missing", "is missing");
    }
    asked.right()?;
    let (seen, article) = (asked.revision()?, ArticleId(article.unwrap_or_default()));
    let done = editions::add(&app, bearer.0.actor(), EditionId(id), seen, article, at).await;
    answer(&app, StatusCode::CREATED, &done.map_err(refused)?).await
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct HowRemoved {
    #[serde(default)]
    dismiss: bool,
    #[serde(default)]
    reason: String,
    revision: Option<i64>,
}

async fn delete_item(
    State(app): State<App>,
    bearer: Bearer,
    Path((id, article)): Path<(i64, i64)>,
    Query(how): Query<HowRemoved>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let seen = match how.revision {
        Some(revision) => Some(revision),
        None => if_match(&headers)?,
    };
    let removal = if how.dismiss { Removal::Dismiss(how.reason) } else { Removal::Back };
    let done = editions::remove(&app, bearer.0.actor(), EditionId(id), seen, ArticleId(article), &removal).await;
    changed(&app, done).await
}

async fn post_refresh(
    State(app): State<App>,
    bearer: Bearer,
    Path((id, article)): Path<(i64, i64)>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let asked = Asked::read(request, &[]).await?;
    asked.right()?;
    let (seen, article) = (asked.revision()?, ArticleId(article));
    changed(&app, editions::refresh(&app, bearer.0.actor(), EditionId(id), seen, article).await).await
}

async fn put_order(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, &["articles", "position"]).await?;
    let (articles, at) = (asked.numbers("articles"), asked.number("position").flatten().unwrap_or(1));
    if articles.is_none() && asked.value("articles").is_none() {
        asked.problem("articles", "missing", "is missing; a list of article ids in their order");
    }
    asked.right()?;
    let articles: Vec<ArticleId> = articles.unwrap_or_default().into_iter().map(ArticleId).collect();
    let seen = asked.revision()?;
    changed(&app, editions::reorder(&app, bearer.0.actor(), EditionId(id), seen, &articles, at).await).await
}

async fn post_rerank(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let asked = Asked::read(request, &[]).await?;
    asked.right()?;
    changed(&app, editions::rerank(&app, bearer.0.actor(), EditionId(id), asked.revision()?).await).await
}

async fn get_intents(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Response, Error> {
    bearer.require(Scope::Read)?;
    let edition = find(&app, id).await?;
    intents(&app, &edition).await
}

async fn intents(app: &App, edition: &Edition) -> Result<Response, Error> {
    let intents = editions::list_intents(app, edition.id).await.map_err(refused)?;
    Ok(([(ETAG, etag(edition))], Json(json!({ "edition": edition, "intents": intents }))).into_response())
}

async fn put_intent(
    State(app): State<App>,
    bearer: Bearer,
    Path((id, article)): Path<(i64, i64)>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, &["headline", "excerpt", "note", "image", "pinned", "hidden", "held"]).await?;
    let change = IntentChange {
        headline: asked.text("headline"),
        excerpt: asked.text("excerpt"),
        note: asked.text("note"),
        image: image(&mut asked),
        pin: pin(&mut asked),
        hidden: asked.flag("hidden"),
        held: asked.flag("held"),
    };
    asked.right()?;
    let (seen, article) = (asked.revision()?, ArticleId(article));
    let done = editions::set_intent(&app, bearer.0.actor(), EditionId(id), seen, article, &change).await;
    intents(&app, &done.map_err(refused)?).await
}

async fn delete_intent(
    State(app): State<App>,
    bearer: Bearer,
    Path((id, article)): Path<(i64, i64)>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let asked = Asked::read(request, &[]).await?;
    asked.right()?;
    let (seen, article) = (asked.revision()?, ArticleId(article));
    let done = editions::clear_intent(&app, bearer.0.actor(), EditionId(id), seen, article).await;
    intents(&app, &done.map_err(refused)?).await
}

async fn get_preview(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Response, Error> {
    bearer.require(Scope::Read)?;
    let edition = find(&app, id).await?;
    let mut tx = app.db.read().await?;
    let Some(it) = editions::preview(&app, &mut tx, &edition).await.map_err(refused)? else {
        let public = "The edition holds no story; POST /api/v1/editions drafts one.";
        return Err(Error::new(StatusCode::CONFLICT, "empty", "Nothing to look at", public));
    };
    let body = Json(json!({ "subject": it.subject, "html": it.html, "text": it.text }));
    Ok(([(ETAG, etag(&edition))], body).into_response())
}
