//! `GET /desk/forms`: the three doors to a publication's sign-up, ready to be copied to the newsroom's own pages, each with
//! a preview: a plain form, a frame, a call of the API.
//!
//! It works without a script; a small one of ours adds a button that copies. Only this page may frame anything, and only
//! what is ours. The plain form is previewed (`GET /desk/forms/plain`) without being able to post: nobody signs up by
//! looking.

use super::form::Choice;
use super::frame::{Desk, DeskFrame, show_desk};
use super::places::Place;
use crate::app::App;
use crate::operators::Permission;
use crate::publications::{Publication, find_publication_by_slug, list_publications, list_sections};
use crate::subscribers::consent;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::page::show_unlisted;
use crate::words::{Language, Words};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;

#[derive(Template)]
#[template(path = "desk/forms.html")]
struct FormsPage {
    frame: DeskFrame,
    publications: Vec<Choice>,
    languages: Vec<Choice>,
    themes: Vec<Choice>,
    /// `None` in a newsroom without a publication.
    shown: Option<Shown>,
}

struct Shown {
    name: String,
    boxes: Vec<CodeBox>,
    /// The address of the frame on this very service, for the preview.
    preview: String,
    /// The same for the plain form.
    plain_preview: String,
    frame_height: usize,
}

/// Something to copy.
struct CodeBox {
    id: &'static str,
    title: &'static str,
    about: &'static str,
    text: String,
    lines: usize,
}

/// The form as it stands on a page that we know nothing of: no class, no style, no script.
#[derive(Template)]
#[template(path = "desk/plain_form.html")]
struct PlainForm<'a> {
    site: &'a str,
    slug: &'a str,
    consent: &'a str,
    words: Words,
}

#[derive(Template)]
#[template(path = "desk/plain_preview.html")]
struct PlainPreview<'a> {
    title: &'a str,
    form: &'a str,
    language: &'static str,
}

#[derive(Template)]
#[template(path = "desk/frame_snippet.html")]
struct FrameSnippet<'a> {
    address: &'a str,
    title: &'a str,
    height: usize,
}

/// A preview loads nothing, posts nothing, and stands in the desk alone.
const PREVIEW_CSP: &str = "default-src 'none'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'";

pub(super) async fn get_forms(
    State(app): State<App>,
    desk: Desk,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let asked = Fields::of_text(&query.unwrap_or_default());
    let mut tx = app.db.read().await?;
    let publications = list_publications(&mut tx).await?;
    let chosen = publications.iter().find(|it| it.slug == asked.get("publication")).or(publications.first());
    let language = language(&asked, chosen);
    let sections = match chosen {
        Some(it) => list_sections(&mut tx, it.id).await?.len(),
        None => 0,
    };
    let theme = asked.get("theme");
    let page = FormsPage {
        frame: desk.frame(&app, "Sign-up forms", Place::Forms),
        publications: publications
            .iter()
            .map(|it| choice(&it.slug, &it.name, chosen.is_some_and(|chosen| chosen.id == it.id)))
            .collect(),
        languages: Language::ALL.iter().map(|it| choice(it.code(), it.own_name(), *it == language)).collect(),
        themes: [("", "As the reader\u{2019}s device"), ("light", "Light"), ("dark", "Dark")]
            .map(|(value, name)| choice(value, name, value == theme))
            .into(),
        shown: chosen.map(|it| shown(&app, it, sections, language, theme)).transpose()?,
    };
    show_desk(StatusCode::OK, &page)
}

pub(super) async fn get_plain(
    State(app): State<App>,
    desk: Desk,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let asked = Fields::of_text(&query.unwrap_or_default());
    let found = find_publication_by_slug(&mut app.db.read().await?, asked.get("publication")).await?;
    let publication = found.ok_or_else(Error::not_found)?;
    let language = language(&asked, Some(&publication));
    let title = Words(language).of("subscribe-to", &publication.name);
    let form = plain_form(&app, &publication, language)?;
    let page = PlainPreview { title: &title, form: &form, language: language.code() };
    let mut response = show_unlisted(StatusCode::OK, &page)?;
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(PREVIEW_CSP));
    Ok(response)
}

/// As asked for, else the publication's own.
fn language(asked: &Fields, publication: Option<&Publication>) -> Language {
    let own = || Language::of_tag(&publication?.language);
    Language::of_tag(asked.get("form_language")).or_else(own).unwrap_or(Language::En)
}

fn plain_form(app: &App, publication: &Publication, language: Language) -> Result<String, askama::Error> {
    let (words, site) = (Words(language), app.config.site.link(""));
    let consent = consent::text(publication, language.code());
    PlainForm { site: &site, slug: &publication.slug, consent: &consent, words }.render()
}

/// In pixels, for a column as narrow as a phone's: a frame without a script cannot grow.
fn height(publication: &Publication, sections: usize) -> usize {
    let breaking = if publication.offers_breaking() { 130 } else { 0 };
    let choice = if sections > 0 { 90 + 44 * sections } else { 0 };
    450 + choice + breaking
}

fn choice(value: &str, name: &str, is_chosen: bool) -> Choice {
    Choice { value: value.to_owned(), name: name.to_owned(), is_chosen }
}

fn shown(
    app: &App,
    publication: &Publication,
    sections: usize,
    language: Language,
    theme: &str,
) -> Result<Shown, askama::Error> {
    let (words, site) = (Words(language), app.config.site.link(""));
    let (slug, name) = (publication.slug.as_str(), publication.name.as_str());
    let title = words.of("subscribe-to", name);
    let theme = if matches!(theme, "light" | "dark") { format!("&theme={theme}") } else { String::new() };
    let embed = format!("/embed/{slug}?language={}{theme}", language.code());
    let plain = plain_form(app, publication, language)?;
    let height = height(publication, sections);
    let frame = FrameSnippet { address: &format!("{site}{embed}"), title: &title, height }.render()?;
    let plain_preview = format!("/desk/forms/plain?publication={slug}&form_language={}", language.code());
    Ok(Shown {
        name: name.to_owned(),
        preview: app.config.site.path(&embed),
        plain_preview: app.config.site.path(&plain_preview),
        frame_height: height,
        boxes: vec![
            code_box(
                "plain",
                "A plain form",
                "In the design of your own page; it needs no script and loads nothing.",
                plain,
            ),
            code_box("frame", "A frame", "In our design, without a cookie; it follows light and dark.", frame),
            code_box(
                "api",
                "The API",
                if app.config.sign_up.require_form_token || app.config.sign_up.proof_of_work {
                    "For an app or a server; the answer is the same for every address. Your configuration demands more: \
                     first GET /api/v1/subscriptions/form, and send its form_token (and a solved challenge as altcha)."
                } else {
                    "For an app or a server; the answer is the same for every address."
                },
                call(&site, slug, language),
            ),
        ],
    })
}

/// A slug and a language code hold no quote.
fn call(site: &str, slug: &str, language: Language) -> String {
    let body = serde_json::json!({ "email": "reader@example.org", "publication": slug, "language": language.code() });
    format!("curl {site}/api/v1/subscriptions \\\n  --header 'Content-Type: application/json' \\\n  --data '{body}'")
}

fn code_box(id: &'static str, title: &'static str, about: &'static str, text: String) -> CodeBox {
    let text = text.trim().to_owned();
    CodeBox { id, title, about, lines: text.lines().count() + 1, text }
}
