//! What a source leaves out stands on the article's own page: its picture with caption and credit, its section, its
//! authors, its whole text.
//!
//! It promises: pages are read after their articles are recorded, so that no slow page holds up what is known; a page adds
//! to what the source says and overrules it nowhere but where the source plainly knows less; only pages on the source's
//! own site are read; a page that cannot be read is tried again and then left alone, and its article stays. An article
//! that its source no longer shows and whose page is gone (404, 410) is withdrawn: no edition takes it any more. Held to
//! it by the tests below and by `tests/it/gather/pages_read.rs`.

use super::article::{self, Reading};
use super::excerpt::excerpt;
use super::fetch::{Answer, Document, FetchError, Validators};
use super::hosts::Hosts;
use super::identity;
use super::kinds::sitemap::title_of;
use super::model::ArticleId;
use super::page::{PageReading, read_page};
use super::rules;
use super::store::{self, PageRow, Source, WantedPage};
use crate::base::{Span, Timestamp, limits};
use crate::db::{StoreError, Tx};
use crate::publications::{self, Pages, SourceKind};
use futures_util::StreamExt as _;

/// Pages that one gather reads; the next takes up what is left.
const PAGES_MAX: i64 = 120;
/// A page that cannot be read is tried so often.
const ATTEMPTS_MAX: i64 = 5;
/// Text of fewer words is a teaser.
const TEASER_WORDS_MAX: i64 = 150;

/// Whether the page of a new article is worth a question.
pub(super) fn wants_page(source: &Source, reading: &Reading) -> bool {
    let is_home = identity::is_at_home(&source.url, &reading.url);
    let tells_little = reading.image.is_none()
        || reading.authors.is_empty()
        || reading.section.is_empty()
        || reading.word_count < TEASER_WORDS_MAX;
    is_home
        && match (source.pages, source.kind) {
            (Pages::Never, _) | (_, SourceKind::Push) => false,
            // A sitemap or a list of links gives a headline and no more.
            (Pages::Always, _) | (Pages::Auto, SourceKind::Sitemap | SourceKind::Page) => true,
            (Pages::Auto, SourceKind::Feed | SourceKind::Wordpress) => tells_little,
        }
}

/// A source's reading with what the page said, if it was read.
pub(super) fn merged(kind: SourceKind, source: &Reading, page: Option<&PageRow>) -> Reading {
    let page = page.and_then(|it| it.page_reading.as_deref());
    match page.and_then(|json| serde_json::from_str::<PageReading>(json).ok()) {
        Some(page) => merge(kind, source, &page),
        None => source.clone(),
    }
}

/// Pure: who knows what better.
fn merge(kind: SourceKind, source: &Reading, page: &PageReading) -> Reading {
    let mut out = source.clone();
    let is_bare = matches!(kind, SourceKind::Sitemap | SourceKind::Page);
    if is_bare && !page.title.is_empty() {
        out.title.clone_from(&page.title);
    }
    let fill = |mine: &mut String, theirs: &str| {
        if mine.is_empty() {
            theirs.clone_into(mine);
        }
    };
    fill(&mut out.dek, &page.dek);
    fill(&mut out.section, &page.section);
    fill(&mut out.language, &page.language);
    if out.authors.is_empty() {
        out.authors.clone_from(&page.authors);
    }
    if out.categories.is_empty() {
        out.categories.clone_from(&page.categories);
        // The section is the name under which readers know it: it comes first.
        if !page.section.is_empty() && !out.categories.contains(&page.section) {
            out.categories.insert(0, page.section.clone());
        }
    }
    if out.related.is_empty() {
        out.related.clone_from(&page.related);
    }
    if page.word_count > source.word_count {
        out.body_text.clone_from(&page.text);
        out.word_count = page.word_count;
    }
    if out.excerpt.is_empty() || out.excerpt.ends_with('\u{2026}') {
        let found = excerpt(&[&out.dek, &out.body_text]);
        if !found.is_empty() {
            out.excerpt = found;
        }
    }
    out.image = match (source.image.clone(), page.image.clone()) {
        (Some(mine), Some(theirs)) => {
            let is_told = |it: &super::html::Image| !it.caption.is_empty() || !it.credit.is_empty();
            // A picture that somebody says something about is worth more than one that came along.
            Some(if !is_told(&mine) && is_told(&theirs) { theirs } else { mine })
        }
        (mine, theirs) => mine.or(theirs),
    };
    out.published_at = source.published_at.or(page.published);
    out.updated_at = source.updated_at.or(page.updated);
    out
}

/// Reads the pages that are wanted, as far as the gather's time goes. Answers the articles that have more to say now.
///
/// # Errors
/// As the database says.
pub(super) async fn read_wanted(hosts: &Hosts) -> Result<Vec<ArticleId>, StoreError> {
    let app = hosts.app();
    let wanted = store::list_wanted_pages(&mut app.db.read().await?, app.now(), PAGES_MAX).await?;
    let tasks = wanted.into_iter().map(|page| read_one(hosts.clone(), page));
    let mut running = futures_util::stream::iter(tasks).buffer_unordered(limits::FETCHES_AT_ONCE_MAX);
    let mut enriched = Vec::new();
    while let Some(done) = running.next().await {
        enriched.extend(done?);
    }
    Ok(enriched)
}

async fn read_one(hosts: Hosts, wanted: WantedPage) -> Result<Option<ArticleId>, StoreError> {
    if hosts.is_late() {
        return Ok(None);
    }
    let app = hosts.app().clone();
    // A page elsewhere says nothing about this source, and is nobody's to vouch for.
    let answer = if identity::is_at_home(&wanted.source_url, &wanted.url) {
        hosts.get(&wanted.url, &Validators::default()).await
    } else {
        Err(FetchError::Address)
    };
    let outcome = match answer {
        Ok(Answer::Fetched(document)) => read(*document, &wanted).await,
        Ok(Answer::Unchanged) => Err(Trouble::Lasting("the server answered 304".to_owned())),
        // Nobody was asked: the next gather does, and pages of other hosts come before those of one that waits.
        Err(FetchError::OutOfTime) => return Ok(None),
        Err(FetchError::Waiting { until, .. }) => {
            let mut tx = app.db.begin().await?;
            store::postpone_page(&mut tx, wanted.article_id, until).await?;
            tx.commit().await?;
            return Ok(None);
        }
        Err(FetchError::Status { status: status @ (404 | 410), .. }) => Err(Trouble::Gone(status)),
        Err(error @ (FetchError::Address | FetchError::Private { .. } | FetchError::TooLarge)) => {
            Err(Trouble::Lasting(error.to_string()))
        }
        Err(error) => Err(Trouble::Passing(error.to_string())),
    };
    let mut tx = app.db.begin().await?;
    let now = app.now();
    let enriched = match outcome {
        Ok((page, also)) => keep(&mut tx, &wanted, &page, &also, now).await?.then_some(wanted.article_id),
        Err(Trouble::Gone(status)) if wanted.is_withdrawn() => {
            let reason = format!("its source shows it no longer, and its page answers {status}");
            store::set_gone(&mut tx, wanted.article_id, Some(now)).await?;
            store::mark_gone(&mut tx, wanted.article_id, &reason, now).await?;
            store::fail_page(&mut tx, wanted.article_id, now, &reason).await?;
            None
        }
        Err(trouble) => {
            let text = trouble.to_string();
            if trouble.is_lasting() || wanted.attempts + 1 >= ATTEMPTS_MAX {
                store::fail_page(&mut tx, wanted.article_id, now, &text).await?;
                let article = store::find_article(&mut tx, wanted.article_id).await?;
                if article.is_some_and(|it| it.title == title_of(&it.url)) {
                    let reason = format!("its sitemap gives no headline, and its page cannot be read: {text}");
                    store::hold(&mut tx, wanted.article_id, &reason, now).await?;
                }
            } else {
                let next = now + rules::back_off(wanted.attempts + 1);
                store::retry_page(&mut tx, wanted.article_id, next, &text).await?;
            }
            None
        }
    };
    tx.commit().await?;
    Ok(enriched)
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error("the page answers {0}")]
    Gone(u16),
    #[error("{0}")]
    Passing(String),
    #[error("{0}")]
    Lasting(String),
}

impl Trouble {
    const fn is_lasting(&self) -> bool {
        matches!(self, Self::Lasting(_))
    }
}

/// The page, and the addresses under which it is the same article.
async fn read(document: Document, wanted: &WantedPage) -> Result<(PageReading, Vec<String>), Trouble> {
    // A site that sends readers of a page that is gone to its front page.
    if identity::url_key(document.url.as_str()).is_none() {
        return Err(Trouble::Lasting("the page leads to the site's front page".to_owned()));
    }
    if !identity::is_at_home(&wanted.source_url, document.url.as_str()) {
        let host = document.url.host_str().unwrap_or_default();
        return Err(Trouble::Lasting(format!("the page leads to another site, {host}, which is not read")));
    }
    let selectors = wanted.selectors.clone();
    let at = document.url.clone();
    let task = tokio::task::spawn_blocking(move || {
        read_page(&document.body, document.content_type.as_deref(), Some(&document.url), &selectors)
    });
    let page = match task.await {
        Ok(Ok(page)) => page,
        Ok(Err(error)) => return Err(Trouble::Lasting(error.to_string())),
        Err(error) => return Err(Trouble::Lasting(format!("the page could not be read ({error})"))),
    };
    let mut also = vec![String::from(at)];
    also.extend(page.canonical.clone());
    also.retain(|url| identity::is_at_home(&wanted.url, url));
    Ok((page, also))
}

/// Whether the article has more to say now.
async fn keep(
    tx: &mut Tx,
    wanted: &WantedPage,
    page: &PageReading,
    also: &[String],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let id = wanted.article_id;
    let Some(row) = store::find_page(tx, id).await? else { return Ok(false) };
    let Some(article) = store::find_article(tx, id).await? else { return Ok(false) };
    // Revised while its page was on the way: the page is wanted anew, for the new words.
    if article.revision != wanted.revision {
        return Ok(false);
    }
    store::save_page(tx, id, now, &serde_json::to_string(page).unwrap_or_default()).await?;
    let source = Reading::from_json(&row.source_reading).unwrap_or_else(|| article::Reading::of(&article));
    let reading = merge(wanted.kind, &source, page);
    store::enrich_article(tx, id, article.revision, &reading).await?;
    for reader in store::list_readers(tx, wanted.source_id).await? {
        let sections = publications::list_sections(tx, reader.publication_id).await?;
        let mut names = reading.categories.clone();
        names.push(reading.section.clone());
        if let Some(section) = rules::section(reader.section_id, &sections, &names) {
            store::set_section(tx, reader.publication_id, id, section).await?;
        }
    }
    adopt_keys(tx, id, &reading.title, also, now).await?;
    // A sitemap or a list of links says nothing of an article's age, and a sitemap names old ones that were touched.
    if let Some(days) = page.published.map(|at| article.first_seen_at.since(at)).and_then(days_late)
        && matches!(wanted.kind, SourceKind::Sitemap | SourceKind::Page)
    {
        store::hold(tx, id, &format!("new to us, but its page dates it {days} days earlier"), now).await?;
    }
    Ok(true)
}

fn days_late(age: Span) -> Option<i64> {
    (age > rules::LATE_MAX).then_some(age.as_seconds() / 86_400)
}

/// The addresses at which the page also stands are keys of the article. If one is that of another article of the same
/// headline, both are one: the later is folded into the earlier. Under another headline it says nothing: a template that
/// gives every page the same address, or a wall before all of them.
async fn adopt_keys(
    tx: &mut Tx,
    id: ArticleId,
    title: &str,
    also: &[String],
    now: Timestamp,
) -> Result<(), StoreError> {
    let keys: Vec<String> = also.iter().filter_map(|url| identity::url_key(url)).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let known = store::list_keys(tx, &keys).await?;
    for key in &keys {
        match known.get(*key) {
            None => {
                store::add_key(tx, id, key, now).await?;
            }
            Some(other) if *other < id => {
                let head = store::find_article(tx, *other).await?;
                if let Some(head) = head.filter(|head| head.title.to_lowercase() == title.to_lowercase()) {
                    let reason = format!("its page is that of article {other}: {}", head.title);
                    store::fold(tx, id, &head.story_key, &reason, now).await?;
                }
            }
            Some(_) => {}
        }
    }
    Ok(())
}
