//! The site's pages and what stands beside them.

use super::articles::Article;
use super::{SITE_NAME, Site, feed, images};
use crate::base::time::long_date;
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "demo/home.html")]
struct Home<'a> {
    site: &'a Site,
    name: &'static str,
    date: String,
    subscribe_url: String,
    sections: Vec<(String, String)>,
    lead: Option<&'a Article>,
    others: Vec<&'a Article>,
    archive: Vec<&'a Article>,
}

#[derive(Template)]
#[template(path = "demo/article.html")]
struct ArticlePage<'a> {
    site: &'a Site,
    name: &'static str,
    date: String,
    subscribe_url: String,
    sections: Vec<(String, String)>,
    article: &'a Article,
    content: String,
    published: String,
    /// Escaped so that it cannot end the element it stands in.
    json_ld: String,
}

#[derive(Template)]
#[template(path = "demo/missing.html")]
struct Missing<'a> {
    name: &'static str,
    date: String,
    subscribe_url: String,
    sections: Vec<(String, String)>,
    site: &'a Site,
}

#[derive(serde::Deserialize)]
struct ShortLink {
    p: Option<String>,
}

pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(get_home))
        .route("/feed", get(Redirect::permanent("/feed/")))
        .route("/feed/", get(get_feed))
        .route("/images/{file}", get(get_image))
        .route("/{section}/{slug}/", get(get_article))
        .fallback(get_missing)
        .with_state(site)
}

async fn get_home(State(site): State<Arc<Site>>, Query(short): Query<ShortLink>) -> Response {
    if let Some(id) = short.p {
        let article = id.parse().ok().and_then(|id: u32| site.articles.iter().find(|article| article.id == id));
        return match article {
            Some(article) => Redirect::permanent(&article.path()).into_response(),
            None => missing(&site),
        };
    }
    let mut today = site.articles.iter().filter(|article| article.is_of_today());
    let page = Home {
        site: &site,
        name: SITE_NAME,
        date: date_today(&site),
        subscribe_url: (site.subscribe_url)(),
        sections: sections(&site),
        lead: today.next(),
        others: today.collect(),
        archive: site.articles.iter().filter(|article| !article.is_of_today()).take(6).collect(),
    };
    html(StatusCode::OK, &page)
}

async fn get_article(State(site): State<Arc<Site>>, Path((section, slug)): Path<(String, String)>) -> Response {
    let found = site.articles.iter().find(|article| article.slug == slug && article.section_slug() == section);
    let Some(article) = found else { return missing(&site) };
    let Ok(content) = feed::content(&site, article) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let page = ArticlePage {
        site: &site,
        name: SITE_NAME,
        date: date_today(&site),
        subscribe_url: (site.subscribe_url)(),
        sections: sections(&site),
        article,
        content,
        published: article.published_at.in_zone(site.zone).format("%-d %B %Y, %H:%M").to_string(),
        json_ld: json_ld(&site, article),
    };
    html(StatusCode::OK, &page)
}

async fn get_feed(State(site): State<Arc<Site>>) -> Response {
    match feed::render(&site) {
        Ok(feed) => ([(header::CONTENT_TYPE, "application/rss+xml; charset=UTF-8")], feed).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn get_image(State(site): State<Arc<Site>>, Path(file): Path<String>) -> Response {
    match images::find(&file) {
        Some(bytes) => {
            let headers = [(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "public, max-age=86400")];
            (headers, bytes).into_response()
        }
        None => missing(&site),
    }
}

async fn get_missing(State(site): State<Arc<Site>>) -> Response {
    missing(&site)
}

fn missing(site: &Site) -> Response {
    let page = Missing {
        name: SITE_NAME,
        date: date_today(site),
        subscribe_url: (site.subscribe_url)(),
        sections: sections(site),
        site,
    };
    html(StatusCode::NOT_FOUND, &page)
}

fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(page) => (status, Html(page)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn date_today(site: &Site) -> String {
    long_date(site.now.in_zone(site.zone).date_naive())
}

/// Name and anchor of each section of today, in the order of the alphabet.
fn sections(site: &Site) -> Vec<(String, String)> {
    let today = site.articles.iter().filter(|article| article.is_of_today());
    let named: std::collections::BTreeMap<_, _> =
        today.map(|article| (article.section.clone(), article.section_slug())).collect();
    named.into_iter().collect()
}

/// The article as schema.org describes one.
fn json_ld(site: &Site, article: &Article) -> String {
    let person = |name: &String| serde_json::json!({ "@type": "Person", "name": name });
    let mut about = serde_json::json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": article.summary(),
        "datePublished": article.published_at.rfc3339(),
        "dateModified": article.published_at.rfc3339(),
        "author": article.authors.iter().map(person).collect::<Vec<_>>(),
        "articleSection": article.section,
        "mainEntityOfPage": format!("{}{}", site.base_url, article.path()),
        "publisher": { "@type": "NewsMediaOrganization", "name": SITE_NAME, "url": format!("{}/", site.base_url) },
        "inLanguage": "en-GB",
    });
    if let Some(image) = &article.image {
        about["image"] = serde_json::json!({
            "@type": "ImageObject",
            "url": format!("{}/images/{}", site.base_url, image.file),
            "width": 1200,
            "height": 800,
            "caption": image.caption,
            "creditText": image.credit,
        });
    }
    about.to_string().replace('<', "\\u003c")
}
