//! The room as a whole: a site on loopback, a database, a clock that is moved.

use super::fixtures::{NOON, Newsroom, Page, Site, Story, story};
use super::store::find_article;
use super::{ArticleId, FetchOutcome, GatherError, GatherReport, Mode, Scope, SourceStatus};
use super::{gather, list_source_health};
use crate::base::{CrashPoint, Span};
use crate::db::{Sql, args};

async fn run(newsroom: &Newsroom, mode: Mode) -> GatherReport {
    gather(&newsroom.app, Scope::All, mode, &|_| {}).await.unwrap()
}

#[tokio::test]
async fn what_a_feed_shows_becomes_articles_and_candidates_once() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.add_source(evening, &site.url("/feed")).await;
    site.put_feed("/feed", &[story("harbour"), story("bridge")]);
    let first = run(&newsroom, Mode::Conditional).await;
    assert_eq!((first.sources[0].outcome, first.articles_new), (FetchOutcome::Fetched, 2), "{first:?}");
    assert_eq!(newsroom.candidates(evening).await, ["pool About bridge", "pool About harbour"]);
    let second = run(&newsroom, Mode::Conditional).await;
    assert_eq!((second.sources[0].outcome, second.articles_new), (FetchOutcome::Unchanged, 0));
    let third = run(&newsroom, Mode::Unconditional).await;
    assert_eq!((third.sources[0].outcome, third.articles_new, third.articles_revised), (FetchOutcome::Fetched, 0, 0));
    for (table, rows) in
        [("articles", 2), ("candidates", 2), ("sightings", 2), ("fetches", 3), ("article_revisions", 0)]
    {
        assert_eq!(newsroom.count(table).await, rows, "{table}");
    }
    let article = find_article(&mut newsroom.app.db.read().await.unwrap(), ArticleId(1)).await.unwrap().unwrap();
    assert_eq!((article.title.as_str(), article.story_key.as_str(), article.revision), ("About bridge", "a1", 1));
    assert_eq!(article.eligible_at, NOON);
    assert!(article.url.ends_with("/bridge/?utm_source=rss"));
}

#[tokio::test]
async fn a_change_is_a_revision_and_never_a_new_article() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.add_source(evening, &site.url("/feed")).await;
    site.put_feed("/feed", &[story("harbour")]);
    run(&newsroom, Mode::Conditional).await;
    newsroom.clock.advance(Span::minutes(10));
    // An edited headline changes the address in real life; the guid stays.
    site.put_feed("/feed", &[Story { title: "Harbour to open".to_owned(), ..story("harbour") }]);
    let report = run(&newsroom, Mode::Conditional).await;
    assert_eq!((report.articles_new, report.articles_revised), (0, 1));
    assert_eq!(newsroom.count("article_revisions").await, 1);
    let article = find_article(&mut newsroom.app.db.read().await.unwrap(), ArticleId(1)).await.unwrap().unwrap();
    assert_eq!((article.title.as_str(), article.revision, article.eligible_at), ("Harbour to open", 2, NOON));
    assert_eq!(newsroom.count("candidates").await, 1);
}

#[tokio::test]
async fn an_article_in_two_sources_is_one_article_and_only_its_own_source_revises_it() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.add_source(evening, &site.url("/all")).await;
    newsroom.add_source(evening, &site.url("/world")).await;
    site.put_feed("/all", &[story("harbour")]);
    site.put_feed("/world", &[Story { text: "Another excerpt.".to_owned(), ..story("harbour") }]);
    for _ in 0..3 {
        run(&newsroom, Mode::Unconditional).await;
    }
    for (table, rows) in [("articles", 1), ("candidates", 1), ("sightings", 2), ("article_revisions", 0)] {
        assert_eq!(newsroom.count(table).await, rows, "{table}");
    }
}

#[tokio::test]
async fn a_stranger_neither_rewrites_an_article_nor_keeps_it_from_its_own_site() {
    let (site, stranger, newsroom) = (Site::start().await, Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    let forged = format!(
        "<rss version='2.0'><channel><item><guid>x</guid><link>{}</link><title>Forged</title><description>{}</description>\
         </item></channel></rss>",
        site.url("/harbour/"),
        "Much more text. ".repeat(200)
    );
    stranger.put("/feed", Page { status: 200, body: forged.into(), ..Page::default() });
    newsroom.add_source(evening, &stranger.url("/feed")).await;
    run(&newsroom, Mode::Unconditional).await;
    assert_eq!(newsroom.candidates(evening).await, ["pool Forged"]);
    site.put_feed("/own", &[story("harbour")]);
    newsroom.add_source(evening, &site.url("/own")).await;
    for _ in 0..2 {
        newsroom.clock.advance(Span::minutes(10));
        run(&newsroom, Mode::Unconditional).await;
        assert_eq!(newsroom.candidates(evening).await, ["pool About harbour"]);
    }
}

#[tokio::test]
async fn two_processes_at_once_leave_one_article() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    for path in ["/a", "/b", "/c", "/d"] {
        newsroom.add_source(evening, &site.url(path)).await;
        site.put_feed(path, &[story("harbour"), story("bridge"), story("ferry")]);
    }
    let both = futures_util::future::join(run(&newsroom, Mode::Conditional), run(&newsroom, Mode::Unconditional)).await;
    assert_eq!(both.0.articles_new + both.1.articles_new, 3);
    assert_eq!(newsroom.count("articles").await, 3);
    assert_eq!(newsroom.count("candidates").await, 3);
}

#[tokio::test]
async fn a_new_source_of_a_running_publication_is_a_baseline_unless_declared_as_news() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.seal_an_edition(evening).await;
    newsroom.add_source(evening, &site.url("/old")).await;
    newsroom.add_source_as(evening, &site.url("/new"), "news").await;
    site.put_feed("/old", &[story("archive")]);
    site.put_feed("/new", &[story("harbour")]);
    run(&newsroom, Mode::Conditional).await;
    assert_eq!(newsroom.candidates(evening).await, ["baseline About archive", "pool About harbour"]);
    newsroom.clock.advance(Span::minutes(10));
    let late = Story { at: Some(NOON - Span::hours(80)), ..story("late") };
    site.put_feed("/old", &[story("fresh"), late, story("archive")]);
    run(&newsroom, Mode::Conditional).await;
    assert_eq!(
        newsroom.candidates(evening).await,
        ["baseline About archive", "pool About fresh", "pool About harbour", "held About late"]
    );
}

#[tokio::test]
async fn a_publication_that_takes_up_a_known_source_sees_what_it_shows() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.add_source(evening, &site.url("/feed")).await;
    site.put_feed("/feed", &[story("harbour")]);
    run(&newsroom, Mode::Conditional).await;
    newsroom.clock.advance(Span::minutes(10));
    let morning = newsroom.add_publication("morning").await;
    newsroom.add_source_as(morning, &site.url("/feed"), "news").await;
    let report = run(&newsroom, Mode::Conditional).await;
    assert_eq!((report.sources[0].outcome, report.articles_new), (FetchOutcome::Fetched, 0));
    assert_eq!(newsroom.candidates(morning).await, ["pool About harbour"]);
    assert_eq!(newsroom.count("articles").await, 1);
}

#[tokio::test]
async fn a_category_finds_its_section() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    let section = newsroom.add_section(evening, "central-asia").await;
    newsroom.add_source(evening, &site.url("/feed")).await;
    site.put_feed("/feed", &[Story { category: "Central-Asia".to_owned(), ..story("harbour") }, story("bridge")]);
    run(&newsroom, Mode::Conditional).await;
    let sql = Sql::both("SELECT section_id AS value FROM candidates WHERE section_id IS NOT NULL");
    let found: Vec<(i64,)> = newsroom.app.db.read().await.unwrap().fetch_all(sql, args![]).await.unwrap();
    assert_eq!(found, [(section,)]);
}

#[tokio::test]
async fn a_source_that_fails_is_named_backed_off_and_hinders_no_other() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.add_source(evening, &site.url("/gone")).await;
    newsroom.add_source(evening, &site.url("/feed")).await;
    site.put_feed("/feed", &[story("harbour")]);
    for failures in 1..=3 {
        let seen = std::sync::Mutex::new(Vec::new());
        let report = gather(&newsroom.app, Scope::Due, Mode::Conditional, &|it| {
            seen.lock().unwrap().push((it.done, it.total));
        })
        .await
        .unwrap();
        assert_eq!(seen.into_inner().unwrap(), [(1, 2), (2, 2)]);
        assert_eq!((report.failed, report.is_complete()), (1, false));
        let health = list_source_health(&mut newsroom.app.db.read().await.unwrap()).await.unwrap();
        let wanted = if failures == 3 { SourceStatus::Failing } else { SourceStatus::New };
        assert_eq!((health[0].failures, health[0].status), (failures, wanted));
        assert!(health[0].last_error.as_deref().unwrap().contains("404"));
        assert_eq!((health[1].status, health[1].articles), (SourceStatus::Ok, 1));
        assert!(gather(&newsroom.app, Scope::Due, Mode::Conditional, &|_| {}).await.unwrap().sources.is_empty());
        newsroom.clock.advance(Span::hours(1));
    }
    site.put_feed("/gone", &[story("bridge")]);
    run(&newsroom, Mode::Conditional).await;
    let health = list_source_health(&mut newsroom.app.db.read().await.unwrap()).await.unwrap();
    assert_eq!((health[0].failures, health[0].status, health[0].last_error.as_deref()), (0, SourceStatus::Ok, None));
}

#[tokio::test]
async fn a_server_that_asks_for_patience_is_left_alone_and_not_failing() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.add_source(evening, &site.url("/feed")).await;
    site.put("/feed", Page { status: 429, headers: vec![("retry-after", "7200".to_owned())], ..Page::default() });
    run(&newsroom, Mode::Conditional).await;
    let health = list_source_health(&mut newsroom.app.db.read().await.unwrap()).await.unwrap();
    assert_eq!((health[0].failures, health[0].next_fetch_at), (0, NOON + Span::hours(2)));
}

#[tokio::test]
async fn a_servers_word_that_nothing_changed_is_believed_for_eight_hours() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.add_source(evening, &site.url("/feed")).await;
    let body = b"<rss><channel><item><title>A</title><link>https://news.example/a</link></item></channel></rss>";
    site.put("/feed", Page { status: 200, body: body.to_vec(), etag: Some("\"v1\"".to_owned()), ..Page::default() });
    run(&newsroom, Mode::Conditional).await;
    newsroom.clock.advance(Span::hours(7));
    assert_eq!(run(&newsroom, Mode::Conditional).await.sources[0].outcome, FetchOutcome::Unchanged);
    assert_eq!(site.asked()[1].1.get("if-none-match").unwrap(), "\"v1\"");
    assert_eq!(run(&newsroom, Mode::Unconditional).await.sources[0].outcome, FetchOutcome::Fetched);
    newsroom.clock.advance(Span::hours(9));
    run(&newsroom, Mode::Conditional).await;
    let asked = site.asked();
    assert!(asked[2].1.get("if-none-match").is_none() && asked[3].1.get("if-none-match").is_none());
}

#[tokio::test]
async fn a_crash_before_the_commit_leaves_nothing_and_the_next_gather_all() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.add_source(evening, &site.url("/feed")).await;
    site.put_feed("/feed", &[story("harbour")]);
    let mut crashing = newsroom.app.clone();
    crashing.context.faults = crate::base::Faults::none();
    crashing.context.faults.arm(CrashPoint::BeforeGatherCommit, 1);
    let faults = crashing.context.faults.clone();
    let task = tokio::spawn(async move { gather(&crashing, Scope::All, Mode::Conditional, &|_| {}).await });
    faults.crashed().await;
    task.abort();
    assert!(task.await.is_err());
    assert_eq!(newsroom.count("articles").await, 0);
    assert_eq!(run(&newsroom, Mode::Conditional).await.articles_new, 1);
}

/// The shape in which WordPress serves an article, down to the list that its theme appends.
const WORDPRESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News</title><item>
<title>Minister &#8216;Worried&#8217; That Ferries Might Stop</title><link>https://news.example/2026/11/ferries/</link>
<guid isPermaLink="false">https://news.example/?p=4711</guid><dc:creator><![CDATA[News Staff]]></dc:creator>
<pubDate>Mon, 23 Nov 2026 11:00:00 +0000</pubDate><category><![CDATA[Central Asia]]></category><category><![CDATA[Ferries]]></category>
<description><![CDATA[<p>The ministry of the U.S. state is worried that ferries might actually stop, [&#8230;]</p>
<p>The post <a href="https://news.example/2026/11/ferries/">Minister</a> appeared first on <a href="https://news.example">News</a>.</p>]]></description>
<content:encoded><![CDATA[<figure class="wp-caption"><img src="https://news.example/up/crew.jpg" alt="A crew"><figcaption>Members of a crew<br>Image by Anna Ray</figcaption></figure>
<p>The ministry of the U.S. state is worried that ferries might actually stop, and leave the islands alone for a winter. The islanders feature prominently in the effort to keep them.</p>
<p>&#8220;We have begun,&#8221; he declared, reported the agency.</p>
<h3>Related articles</h3><ul><li><a href="https://news.example/a">My Childhood on a Ferry</a></li></ul><p>Tib Abel</p>
<p><a href="/b">A Bridge Backs a Ferry</a></p><p>News Staff</p>
<p>Subscribe to our evening newsletter to stay informed during these challenging times!!.</p>]]></content:encoded></item></channel></rss>"#;

#[tokio::test]
async fn a_wordpress_article_keeps_all_that_an_edition_shows() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    newsroom.add_source(evening, &site.url("/feed")).await;
    site.put("/feed", Page { status: 200, body: WORDPRESS.into(), ..Page::default() });
    run(&newsroom, Mode::Conditional).await;
    let article = find_article(&mut newsroom.app.db.read().await.unwrap(), ArticleId(1)).await.unwrap().unwrap();
    assert_eq!(article.title, "Minister \u{2018}Worried\u{2019} That Ferries Might Stop");
    assert_eq!((article.section.as_str(), &article.authors), ("Central Asia", &vec!["News Staff".to_owned()]));
    assert_eq!((article.image_caption.as_str(), article.image_credit.as_str()), ("Members of a crew", "Anna Ray"));
    assert!(article.excerpt.starts_with("The ministry") && article.excerpt.ends_with("effort to keep them."));
    assert!(article.body_text.contains(&article.excerpt));
    let related: Vec<(&str, &str)> = article.related.iter().map(|it| (it.title.as_str(), it.byline.as_str())).collect();
    assert_eq!(related, [("My Childhood on a Ferry", "Tib Abel"), ("A Bridge Backs a Ferry", "News Staff")]);
    assert_eq!(article.related[1].url, "https://news.example/b");
    assert!(!article.body_text.contains("Related articles") && !article.body_text.contains("appeared first on"));
}

#[tokio::test]
async fn an_unknown_source_is_answered_with_the_nearest_name() {
    let (site, newsroom) = (Site::start().await, Newsroom::open().await);
    let evening = newsroom.add_publication("evening").await;
    let url = site.url("/feed");
    newsroom.add_source(evening, &url).await;
    let error = gather(&newsroom.app, Scope::Source(format!("{url}s")), Mode::Conditional, &|_| {}).await.unwrap_err();
    assert!(matches!(error, GatherError::UnknownSource { nearest: Some(it), .. } if it == url));
}

#[tokio::test]
async fn every_statement_prepares() {
    let newsroom = Newsroom::open().await;
    let mut tx = newsroom.app.db.begin().await.unwrap();
    for statement in super::statements() {
        tx.prepare(statement.sql).await.unwrap_or_else(|error| panic!("{}: {error}", statement.name));
    }
}
