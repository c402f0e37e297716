//! Changing a draft: `PATCH` on an edition and its stories, the order, what comes in and what goes out, and what is wanted
//! before there is a draft. Each answers with the edition as it is then, its revision as `ETag`.

use super::{GROUP, find, refused};
use crate::app::App;
use crate::editions::{
    self, Claimed, DraftError, Edition, EditionChange, EditionError, EditionId, ImageChange, Item, ItemChange, Pin,
    Place, Removal, SubjectChange,
};
use crate::gather::ArticleId;
use crate::operators::tokens::Scope;
use crate::web::api::asked::{Asked, if_match};
use crate::web::api::bearer::Bearer;
use crate::web::api::contract::{Contract, Endpoint, Field, FieldKind, Fields, Kind, Revision};
use crate::web::api::publications;
use crate::web::error::Error;
use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;

pub(super) fn routes(contract: Contract) -> Contract {
    let change = |endpoint: Endpoint| {
        endpoint
            .scope(Scope::Send)
            .revision(Revision::Required)
            .answers::<Shaped>(200, "The edition as it is then, with its stories; its revision is the ETag.")
    };
    contract
        .route(
            Endpoint::post("/editions", "draftEdition", GROUP, "Draft tonight's edition now, or an extra one")
                .about("From what is in the pool. Of an edition that is drafted already, it is the answer.")
                .scope(Scope::Send)
                .fields(NEW_EDITION)
                .example(r#"{"publication": "evening"}"#)
                .answers::<Shaped>(200, "The draft.")
                .refuses(404, "There is no such publication.")
                .refuses(409, "There is nothing to draft, or too little."),
            post_edition,
        )
        .route(
            change(Endpoint::patch("/editions/{id}", "changeEdition", GROUP, "Change subject, preheader or note"))
                .about("An empty text, or null, brings the composer's words back.")
                .fields(EDITION)
                .example(r#"{"subject": "The ferry is back", "revision": 7}"#),
            patch_edition,
        )
        .route(
            Endpoint::get("/editions/{id}/items", "listItems", GROUP, "Its stories, in the order of the mail")
                .about("What an article says otherwise by now stands in changed.")
                .answers::<Shaped>(200, "The edition with its stories."),
            get_items,
        )
        .route(
            Endpoint::post("/editions/{id}/items", "addItem", GROUP, "Put an article into the draft")
                .about("From the pool, the archive, or what was sent before.")
                .scope(Scope::Send)
                .revision(Revision::Required)
                .fields(NEW_ITEM)
                .example(r#"{"article_id": 1042, "position": 2, "revision": 7}"#)
                .answers::<Shaped>(201, "The edition as it is then, with its stories."),
            post_item,
        )
        .route(
            change(Endpoint::patch(
                "/editions/{id}/items/{article}",
                "changeItem",
                GROUP,
                "Change a story of the draft",
            ))
            .about("An empty text, or null, brings the article's own words back.")
            .fields(ITEM)
            .example(r#"{"headline": "The ferry is back", "pinned": 1, "revision": 7}"#),
            patch_item,
        )
        .route(
            change(Endpoint::delete("/editions/{id}/items/{article}", "removeItem", GROUP, "Take a story out"))
                .about("It goes back to the pool; or, dismissed, into no edition.")
                .query("dismiss", Kind::Flag, "No edition takes it any more.")
                .query("reason", Kind::Text { chars_max: 300 }, "Why it is dismissed.")
                .query(
                    "revision",
                    Kind::Whole { min: 1, max: i64::MAX },
                    "The revision that you saw; instead of If-Match.",
                ),
            delete_item,
        )
        .route(
            change(Endpoint::post(
                "/editions/{id}/items/{article}/refresh",
                "refreshItem",
                GROUP,
                "Take over what the article says by now",
            ))
            .fields(NOTHING),
            post_refresh,
        )
        .route(
            change(Endpoint::put("/editions/{id}/order", "orderItems", GROUP, "Put stories into an order"))
                .about("The articles named stand in this order from the position on; the others follow as they were.")
                .fields(ORDER)
                .example(r#"{"articles": [1042, 1038], "position": 1, "revision": 7}"#),
            put_order,
        )
        .route(
            change(Endpoint::post("/editions/{id}/take-in", "takeIn", GROUP, "Take every story in that waits by now"))
                .about("They are ranked among the others; whatever editors did to the draft stays.")
                .fields(NOTHING),
            post_take_in,
        )
        .route(
            change(Endpoint::post(
                "/editions/{id}/draft-again",
                "draftAgain",
                GROUP,
                "Draft it anew from what waits by now",
            ))
            .about(
                "What editors did to its stories is lost: order, places, words, what was taken out or added. The \
                     subject, the preheader and the note that they wrote stay.",
            )
            .fields(NOTHING),
            post_draft_again,
        )
        .route(
            change(Endpoint::post("/editions/{id}/rerank", "rerank", GROUP, "Let the composer order it anew"))
                .about("What an editor pinned stays.")
                .fields(NOTHING),
            post_rerank,
        )
        .route(
            Endpoint::get("/editions/{id}/preview", "previewEdition", GROUP, "The draft as it will arrive")
                .about("Subject, HTML and text, with links of nobody.")
                .answers::<Preview>(200, "The mail.")
                .refuses(409, "It holds no story yet."),
            get_preview,
        )
}

pub(super) const NOTHING: Fields = &[];
const NEW_EDITION: Fields = &[
    Field::needed("publication", FieldKind::Text { chars_max: 100 }, "Its slug."),
    Field::new("extra", FieldKind::Flag, "One more, outside of any slot."),
];
const EDITION: Fields = &[
    Field::new("subject", FieldKind::TextOrNull { chars_max: 150 }, "Instead of the composer's."),
    Field::new(
        "subject_choice",
        FieldKind::WholeOrNull,
        "The number of one of the subjects, from 1; not with subject.",
    ),
    Field::new("preheader", FieldKind::TextOrNull { chars_max: 150 }, "What a mailbox shows beside the subject."),
    Field::new("note", FieldKind::TextOrNull { chars_max: 4000 }, "From the editor, in Markdown."),
];
const ITEM: Fields = &[
    Field::new("headline", FieldKind::TextOrNull { chars_max: 200 }, "Instead of the article's own."),
    Field::new("excerpt", FieldKind::TextOrNull { chars_max: 600 }, "Instead of the article's own."),
    Field::new("note", FieldKind::TextOrNull { chars_max: 1000 }, "From the editor."),
    Field::new("image", FieldKind::Image, "Null is the article's own, none is none."),
    Field::new("section", FieldKind::TextOrNull { chars_max: 100 }, "A section's slug."),
    Field::new("pinned", FieldKind::WholeOrNull, "Its place in the order, from 1; null lets it go."),
    Field::new("place", FieldKind::Word(Place::WORDS), "How it is shown."),
];
const NEW_ITEM: Fields = &[
    Field::needed("article_id", FieldKind::Whole, "The article's number."),
    Field::new("position", FieldKind::WholeOrNull, "Its place in the order, from 1; without it, by its score."),
];
const ORDER: Fields = &[
    Field::needed("articles", FieldKind::Wholes, "Articles of the edition, in their order."),
    Field::new("position", FieldKind::WholeOrNull, "The place of the first, from 1."),
];
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = EditionShaped)]
struct Shaped {
    edition: Edition,
    items: Vec<ShapedItem>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = ShapedItem)]
struct ShapedItem {
    #[serde(flatten)]
    item: Item,
    /// What the article says otherwise by now.
    changed: Vec<&'static str>,
}

#[derive(serde::Serialize, utoipa::ToSchema)]
struct Preview {
    subject: String,
    html: String,
    text: String,
}

/// The edition with its stories; what an article says otherwise by now stands with it.
async fn answer(app: &App, status: StatusCode, edition: &Edition) -> Result<Response, Error> {
    let mut tx = app.db.read().await?;
    // Both of one moment: another editor may have gone on meanwhile.
    let edition = editions::find_edition(&mut tx, edition.id).await?.unwrap_or_else(|| edition.clone());
    let items = editions::list_items(&mut tx, edition.id).await?;
    let changed = editions::list_changed(&mut tx, &items).await?;
    let items = items.into_iter().map(|item| {
        let changed = changed.get(&item.article_id).cloned().unwrap_or_default();
        ShapedItem { item, changed }
    });
    let (tag, items) = (etag(&edition), items.collect());
    Ok((status, [(ETAG, tag)], Json(Shaped { edition, items })).into_response())
}

/// The revision in quotes.
pub(super) fn etag(edition: &Edition) -> String {
    format!("\"{}\"", edition.revision)
}

async fn changed(app: &App, done: Result<Edition, EditionError>) -> Result<Response, Error> {
    answer(app, StatusCode::OK, &done.map_err(refused)?).await
}

/// What a request says that names the revision it was made from, and nothing else.
async fn seen_alone(bearer: &Bearer, request: Request) -> Result<Option<i64>, Error> {
    bearer.require(Scope::Send)?;
    let asked = Asked::read(request, NOTHING).await?;
    asked.right()?;
    asked.revision()
}

async fn get_items(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Response, Error> {
    bearer.require(Scope::Read)?;
    answer(&app, StatusCode::OK, &find(&app, id).await?).await
}

async fn post_edition(State(app): State<App>, bearer: Bearer, request: Request) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, NEW_EDITION).await?;
    let (slug, extra) = (asked.text("publication"), asked.flag("extra").unwrap_or(false));
    if slug.as_deref().unwrap_or_default().is_empty() {
        asked.problem("publication", "missing", "is missing; name the publication by its slug");
    }
    asked.right()?;
    let slug = slug.unwrap_or_default();
    let publication = publications::find(&app, &slug).await?;
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
    let mut asked = Asked::read(request, EDITION).await?;
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

async fn patch_item(
    State(app): State<App>,
    bearer: Bearer,
    Path((id, article)): Path<(i64, i64)>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, ITEM).await?;
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

pub(super) fn pin(asked: &mut Asked) -> Option<Pin> {
    Some(asked.number("pinned")?.map_or(Pin::Free, Pin::At))
}

/// `null` is the article's own, `"none"` none, an object one by its address and words.
pub(super) fn image(asked: &mut Asked) -> Option<ImageChange> {
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
    let mut asked = Asked::read(request, NEW_ITEM).await?;
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
    let (seen, article) = (seen_alone(&bearer, request).await?, ArticleId(article));
    changed(&app, editions::refresh(&app, bearer.0.actor(), EditionId(id), seen, article).await).await
}

async fn put_order(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    bearer.require(Scope::Send)?;
    let mut asked = Asked::read(request, ORDER).await?;
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
    let seen = seen_alone(&bearer, request).await?;
    changed(&app, editions::rerank(&app, bearer.0.actor(), EditionId(id), seen).await).await
}

async fn post_take_in(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    let seen = seen_alone(&bearer, request).await?;
    changed(&app, editions::take_in(&app, bearer.0.actor(), EditionId(id), seen).await).await
}

async fn post_draft_again(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<i64>,
    request: Request,
) -> Result<Response, Error> {
    let seen = seen_alone(&bearer, request).await?;
    let claimed = editions::draft_again(&app, bearer.0.actor(), EditionId(id), seen).await;
    let (code, told) = match claimed.map_err(refused)? {
        Claimed::Drafted(edition) => return changed(&app, Ok(*edition)).await,
        Claimed::Empty => ("empty", "No story waits; the draft stays as it is.".to_owned()),
        Claimed::BelowMinimum { have, need } => {
            ("below_minimum", format!("{have} stories wait and at least {need} are wanted; the draft stays as it is."))
        }
    };
    Err(Error::new(StatusCode::CONFLICT, code, "Not drafted again", told))
}

async fn get_preview(State(app): State<App>, bearer: Bearer, Path(id): Path<i64>) -> Result<Response, Error> {
    bearer.require(Scope::Read)?;
    let edition = find(&app, id).await?;
    let mut tx = app.db.read().await?;
    let Some(it) = editions::preview(&app, bearer.0.actor(), &mut tx, &edition).await.map_err(refused)? else {
        let public = "The edition holds no story; POST /api/v1/editions drafts one.";
        return Err(Error::new(StatusCode::CONFLICT, "empty", "Nothing to look at", public));
    };
    let body = Json(Preview { subject: it.subject, html: it.html, text: it.text });
    Ok(([(ETAG, etag(&edition))], body).into_response())
}
