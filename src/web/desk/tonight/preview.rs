//! `GET /desk/editions/{id}/preview`: the mail as it will arrive, in a frame of the edition's page.
//!
//! `part` is `html` or `text`; `look` is `light` or `dark`. The mail is shown as it is, in a document that can do nothing:
//! no script, no form. It asks nobody outside for anything, as many mail programs do not, until somebody wants the pictures
//! (`pictures=yes`): then the hosts that the mail names, and no others. Its foot is that of a reader; what is each reader's
//! own link there leads nowhere here, and says so.

use super::page::told;
use crate::app::App;
use crate::editions::{self, EditionError, EditionId, PREFERENCES_MARK, UNSUBSCRIBE_MARK, Variant};
use crate::operators::Permission;
use crate::web::desk::frame::Desk;
use crate::web::desk::words::sentence;
use crate::web::error::Error;
use crate::web::fields::Fields;
use crate::web::page::html;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use std::collections::BTreeSet;
use url::Url;

/// A document of its own, for what is no HTML.
#[derive(Template)]
#[template(path = "desk/preview_text.html")]
struct TextPage<'a> {
    text: &'a str,
    look: &'static str,
}

/// Hosts of pictures that a policy names; a mail has a few.
const HOSTS_MAX: usize = 12;
/// As the edition's own style sheet says it.
const DARK: &str = "(prefers-color-scheme:dark)";

pub(super) async fn get_preview(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<i64>,
    RawQuery(query): RawQuery,
) -> Result<Response, Error> {
    desk.require(Permission::View)?;
    let asked = Fields::of_text(&query.unwrap_or_default());
    let look = if asked.get("look") == "dark" { "dark" } else { "light" };
    let mut tx = app.db.read().await?;
    let edition = editions::find_edition(&mut tx, EditionId(id)).await?.ok_or_else(|| told(EditionError::Unknown))?;
    let shown = match editions::reading_of(&app, &mut tx, &edition, None).await {
        Ok(shown) => shown,
        Err(EditionError::Shape(error)) => return text(&sentence(&error.to_string()), look),
        Err(error) => return Err(told(error)),
    };
    match shown {
        None => text("There is nothing to read in it yet.", look),
        Some(mail) if asked.get("part") == "text" => {
            text(&without_links(&mail.text, "(each reader\u{2019}s own link)"), look)
        }
        Some(mail) => Ok(framed(&mail, look, asked.get("pictures") == "yes")),
    }
}

/// The mail with something in place of the links that are each reader's own.
fn without_links(mail: &str, instead: &str) -> String {
    mail.replace(PREFERENCES_MARK, instead).replace(UNSUBSCRIBE_MARK, instead)
}

fn text(text: &str, look: &'static str) -> Result<Response, Error> {
    let page = TextPage { text, look }.render()?;
    Ok(within(html(StatusCode::OK, page), "img-src 'none'"))
}

fn framed(mail: &Variant, look: &str, with_pictures: bool) -> Response {
    let shown = if look == "dark" { mail.html.replace(DARK, "all") } else { mail.html.replace(DARK, "not all") };
    let shown = shown.replacen("color-scheme:light dark", &format!("color-scheme:{look}"), 1);
    let shown = without_links(&shown, "#\" title=\"Each reader\u{2019}s own link: it works in the mail alone.");
    let hosts = if with_pictures { hosts(&mail.html).join(" ") } else { String::new() };
    let pictures = format!("img-src 'self' data: {hosts}");
    within(html(StatusCode::OK, shown), &pictures)
}

/// Where the pictures of a mail are; nowhere else may be asked for one.
fn hosts(html: &str) -> Vec<String> {
    let sources = html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let origins: BTreeSet<String> = sources
        .filter_map(|source| Url::parse(&source.replace("&amp;", "&").replace("&#38;", "&")).ok())
        .filter(|url| matches!(url.scheme(), "http" | "https"))
        .map(|url| url.origin().ascii_serialization())
        // What could end the directive and begin another one is no host that anybody's picture is at.
        .filter(|origin| origin.chars().all(|c| c.is_ascii_alphanumeric() || ".:/-[]".contains(c)))
        .collect();
    origins.into_iter().take(HOSTS_MAX).collect()
}

/// The policy of a document that only shows.
fn within(mut response: Response, pictures: &str) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; {pictures}; frame-ancestors 'self'; base-uri 'none'; \
         form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_asked_for_where_the_mail_has_them_and_nowhere_else() {
        let html = r#"<img src="https://img.news.example/a.jpg?x=1&amp;y=2"><img src="https://img.news.example/b.jpg">
            <img src="https://a;frame-ancestors/x.png"><img src="https://b,c/x.png"><img src="data:image/png;base64,AA"><img src="javascript:alert(1)"><img src="http://127.0.0.1:8080/c.png">"#;
        assert_eq!(hosts(html), ["http://127.0.0.1:8080", "https://img.news.example"]);
        assert!(hosts("<p>none</p>").is_empty());
    }
}
