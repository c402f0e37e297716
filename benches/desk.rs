//! The desk's pages on a long list: how long each takes, beside one `SELECT` of one row.
//!
//! `cargo bench --bench desk -- [READERS] [PATH ..]` makes a new SQLite database with so many readers (100,000 unless told
//! otherwise), thirty editions that went to each of them, the last of them today, returns, suppressions, a long trail, webhooks and a year of
//! counted days, each by a few `INSERT .. SELECT`; and by the verbs an edition on its way to all of them and a draft of
//! two hundred articles. It asks the router for each page (those below unless paths are given) as an administrator would,
//! and then for those of the trail as a viewer; prints the median of several askings, its ratio to the bare `SELECT`, and
//! how large the page is; and fails if a median is above 100 ms. That no page reads a long table from end to end is held
//! by `tests/it/db/plans.rs` and `tests/it/subscribers/search.rs`.

use anyhow::{Context as _, Result, ensure};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use lamplighter::app::App;
use lamplighter::base::{Context, Span};
use lamplighter::config::{Config, Overrides};
use lamplighter::db::{Db, Sql};
use lamplighter::editions::{self, EditionId};
use lamplighter::gather::push::{PushOutcome, push_articles};
use lamplighter::operators::{Actor, Role, Visit, create, log_in};
use lamplighter::publications::{apply, find_publication_by_slug};
use lamplighter::{delivery, subscribers, web};
use std::io::Write as _;
use std::path::Path;
use tower::util::ServiceExt as _;

const READERS: i64 = 100_000;
const EDITIONS: i64 = 30;
const ASKED: usize = 15;
const MEDIAN_MS_MAX: f64 = 100.0;
const SECTIONS: [&str; 3] = ["World", "Local", "Sport"];
const ARTICLES: usize = 200;
const ADDRESS: &str = "ada@news.example";
const VIEWER: &str = "vera@news.example";
const PASSWORD: &str = "correct horse battery";

const NEWSROOM: &str = "[[publication]]\nslug = \"evening\"\nname = \"The Evening\"\n[[publication.slot]]\n\
                        [[publication.section]]\nname = \"World\"\n[[publication.section]]\nname = \"Local\"\n\
                        [[publication.section]]\nname = \"Sport\"\n\
                        [[publication.source]]\nkind = \"push\"\nname = \"desk\"\n";

/// The person in the middle of the list is `{reader}`; `{draft}`, `{sending}` and `{sent}` are editions.
const PAGES: &[&str] = &[
    "/desk",
    "/desk/editions/{draft}",
    "/desk/editions/{draft}/preview",
    "/desk/editions/{draft}/report",
    "/desk/editions/{sending}",
    "/desk/editions/{sending}/report",
    "/desk/editions/{sent}",
    "/desk/editions/{sent}/report",
    "/desk/editions/{sent}/corrections",
    "/desk/editions",
    "/desk/calendar",
    "/desk/corrections",
    "/desk/sources",
    "/desk/sources/1",
    "/desk/publications/evening",
    "/desk/publications/evening/sections",
    "/desk/publications/evening/look",
    "/desk/relays",
    "/desk/doctor",
    "/desk/backups",
    "/desk/jobs",
    "/desk/webhooks",
    "/desk/webhooks/1",
    "/desk/people",
    "/desk/keys",
    "/desk/account",
    "/desk/trail",
    "/desk/trail?who=operator:1",
    "/desk/trail?subject=source",
    "/desk/trail?verb=disable",
    "/desk/subscribers",
    "/desk/subscribers?after={reader}",
    "/desk/subscribers?q=reader-77",
    "/desk/subscribers?q=@readers-13.example",
    "/desk/subscribers?state=active&publication=evening",
    "/desk/subscribers?state=left",
    "/desk/subscribers?state=pending",
    "/desk/subscribers?section=sport",
    "/desk/subscribers?trouble=bounced",
    "/desk/subscribers?trouble=suppressed",
    "/desk/subscribers?consent=operator",
    "/desk/subscribers?from=2020-01-01&to=2020-01-02",
    "/desk/subscribers/{reader}",
    "/desk/subscribers/imports",
    "/desk/suppressions",
    "/desk/suppressions?reason=complaint",
    "/desk/growth",
    "/desk/growth?days=366",
];

/// `$1` is how many, `$2` now.
const SEED: &[Sql] = &[
    Sql::both(
        "INSERT INTO subscribers (email, email_key, address_hash, language, created_at, confirmed_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT 'reader-' || i || '@readers-' || (i % 97) || '.example', 'reader-' || i || '@readers-' || (i % 97) || '.example', printf('%064x', i * 2654435761), 'en', $2 - (($1 - i) * 300000000), $2 - (($1 - i) * 300000000) FROM n",
    ),
    Sql::both(
        "INSERT INTO subscriptions (subscriber_id, publication_id, state, sections, created_at, changed_at, left_at, left_reason) SELECT id, (SELECT MIN(id) FROM publications), CASE WHEN id % 11 = 0 THEN 'left' ELSE 'active' END, CASE id % 3 WHEN 0 THEN '[\"world\"]' WHEN 1 THEN '[\"local\",\"sport\"]' END, created_at, created_at, CASE WHEN id % 11 = 0 THEN created_at + 1000 END, CASE WHEN id % 11 = 0 THEN CASE WHEN id % 2 = 0 THEN 'reader' ELSE 'hard_bounce' END END FROM subscribers WHERE $1 > 0 AND $2 > 0",
    ),
    Sql::both(
        "INSERT INTO consents (subscriber_id, publication_id, source, text_version, text, form_url, given_at, confirmed_at) SELECT id, (SELECT MIN(id) FROM publications), 'form', '2-en', 'Send me the evening by e-mail.', 'https://news.example/', created_at, created_at FROM subscribers WHERE $1 > 0 AND $2 > 0",
    ),
    Sql::both(
        "INSERT INTO suppressions (address_hash, reason, created_at) SELECT address_hash, CASE WHEN id % 22 = 0 THEN 'complaint' ELSE 'hard_bounce' END, created_at FROM subscribers WHERE id % 11 = 0 AND $1 > 0 AND $2 > 0",
    ),
    Sql::both(
        "INSERT INTO pending_signups (publication_id, email, email_key, language, source, token_hash, consent_version, consent_text, form_url, requested_at, expires_at, mailed_at) SELECT (SELECT MIN(id) FROM publications), 'new-' || id || '@readers.example', 'new-' || id || '@readers.example', 'en', 'form', 'token-' || id, '2-en', 'x', '', $2, $2 + 86400000000, $2 FROM subscribers WHERE id % 50 = 0 AND $1 > 0",
    ),
    Sql::both(
        "INSERT INTO outbox (kind, recipient, recipient_key, subject, body_text, body_html, headers, state, next_attempt_at, expires_at, created_at, finished_at) SELECT 'confirm', email, email_key, 'Please confirm', '', '', '{}', 'accepted', created_at, created_at, created_at, created_at FROM subscribers WHERE $1 > 0 AND $2 > 0",
    ),
    Sql::both(
        "INSERT INTO audit_events (at, actor_kind, actor_id, verb, subject_kind, subject_id, detail) SELECT created_at, 'subscriber', id, 'confirm', 'subscription', id, '{}' FROM subscribers WHERE $1 > 0 AND $2 > 0",
    ),
    // Last, what a viewer may not read: their page goes past it.
    Sql::both(
        "INSERT INTO audit_events (at, actor_kind, actor_id, verb, subject_kind, subject_id, detail) SELECT created_at, 'operator', 1 + id % 3, CASE id % 2 WHEN 0 THEN 'log_in' ELSE 'set_role' END, 'operator', 1 + id % 5, '{\"before\":{\"role\":\"viewer\"},\"after\":{\"role\":\"editor\"}}' FROM subscribers WHERE id % 5 = 0 AND $1 > 0 AND $2 > 0",
    ),
    Sql::both(
        "INSERT INTO webhook_endpoints (name, url, events, secret, state, created_at) SELECT 'hook-' || value, 'https://hooks.news.example/' || value, '[]', 'c2VjcmV0', 'active', $2 FROM json_each('[1,2]') WHERE $1 > 0",
    ),
    Sql::both(
        "INSERT INTO webhook_events (at, kind, data) SELECT created_at, 'edition.sent', '{}' FROM subscribers WHERE id % 2 = 0 AND $1 > 0 AND $2 > 0",
    ),
    Sql::both(
        "INSERT INTO webhook_deliveries (endpoint_id, event_id, state, attempts, next_at) SELECT w.id, e.id, 'done', 1, e.at FROM webhook_events e CROSS JOIN webhook_endpoints w WHERE $1 > 0 AND $2 > 0",
    ),
    Sql::both(
        "INSERT INTO webhook_attempts (delivery_id, at, took_ms, status, answer) SELECT id, next_at, 40, 200, 'ok' FROM webhook_deliveries WHERE $1 > 0 AND $2 > 0",
    ),
    Sql::both(
        "INSERT INTO editions (publication_id, local_date, label, cutoff_at, send_at, latest_send_at, state, revision, reason, subject, preheader, note, sealed_at, finished_at, created_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) SELECT (SELECT MIN(id) FROM publications), date($2 / 1000000 - (30 - i) * 86400, 'unixepoch'), date($2 / 1000000 - (30 - i) * 86400, 'unixepoch'), $2 - (30 - i) * 86400000000, $2 - (30 - i) * 86400000000, $2, 'sent', 5, '', 'News of the day', '', '', $2 - (30 - i) * 86400000000, $2 - (30 - i) * 86400000000 + 600000000, $2 FROM n WHERE $1 > 0",
    ),
    Sql::both(
        "INSERT INTO deliveries (edition_id, subscriber_id, subscription_id, variant, state, reason, attempts, next_attempt_at, expires_at, finished_at, wave) SELECT e.id, p.id, p.id, 'v', 'accepted', '', 1, e.send_at, $2, e.send_at + p.id, 2 FROM editions e CROSS JOIN subscribers p WHERE $1 > 0",
    ),
    // The numbers of an edition's deliveries follow each other, as the seal gives them.
    Sql::both(
        "INSERT INTO delivery_waves (edition_id, number, mail_group, rank, not_before, expires_at, first_id, last_id, next_id, readers) SELECT edition_id, 2, 'other', 2, MIN(next_attempt_at), MAX(expires_at), MIN(id), MAX(id), MAX(id) + 1, COUNT(*) FROM deliveries WHERE $1 > 0 AND $2 > 0 GROUP BY edition_id",
    ),
    Sql::both(
        "INSERT INTO delivery_tallies (edition_id, mail_group, accepted) SELECT e.id, 'group-' || g.value, $1 / 8 FROM editions e CROSS JOIN json_each('[1,2,3,4,5,6,7,8]') g WHERE $2 > 0",
    ),
    Sql::both(
        "INSERT INTO returns (event_key, at, via, kind, class, reason, proof, effect, edition_id, subscriber_id, mail_group, domain, code, reply) SELECT 'key-' || p.id, $2 - (p.id % 30) * 86400000000, 'smtp', 'refusal', CASE p.id % 3 WHEN 0 THEN 'soft' WHEN 1 THEN 'hard' ELSE 'complaint' END, 'mailbox_full', 'smtp', 'counted', (SELECT MIN(id) FROM editions) + p.id % 30, p.id, 'group-' || (p.id % 8 + 1), 'readers.example', 452, '452 4.2.2 full' FROM subscribers p WHERE p.id % 20 = 0 AND $1 > 0",
    ),
];
/// What follows the verbs: how the edition on its way fares with one reader in ten.
const FARING: &[Sql] = &[
    Sql::both(
        "UPDATE deliveries SET state = 'accepted', attempts = 1, finished_at = $2 WHERE edition_id = $1 AND subscriber_id % 2 = 0",
    ),
    Sql::both(
        "UPDATE deliveries SET state = CASE subscriber_id % 30 WHEN 1 THEN 'deferred' WHEN 11 THEN 'failed' ELSE 'uncertain' END, reason = 'mailbox full', code = 452, reply = '452 4.2.2 mailbox full', attempts = 1, finished_at = CASE WHEN subscriber_id % 30 = 1 THEN NULL ELSE $2 END WHERE edition_id = $1 AND subscriber_id % 10 = 1",
    ),
];
const MIDDLE: Sql =
    Sql::both("SELECT id AS value FROM subscribers WHERE id >= (SELECT MAX(id) / 2 FROM subscribers) LIMIT 1");
const ONE_ROW: Sql = Sql::both("SELECT email AS value FROM subscribers WHERE id = $1");
const DELIVERIES: Sql = Sql::both("SELECT COUNT(*) AS value FROM deliveries");

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

async fn house(folder: &Path, readers: i64) -> Result<App> {
    let text = lamplighter::config::template("Bench");
    let config = Config::parse(&text, Path::new("lamplighter.toml"), &Overrides::default())?;
    let url = format!("sqlite:{}", folder.join("desk.db").display());
    let app = App::start(config, Db::connect(&url).await?, Context::system()).await?;
    apply::apply(&app, Actor::Console, NEWSROOM, false).await?;
    for sql in SEED {
        let mut tx = app.db.begin().await?;
        tx.execute(*sql, vec![readers.into(), app.now().as_micros().into()])
            .await
            .with_context(|| format!("{sql:?}"))?;
        tx.commit().await?;
    }
    subscribers::count_readers(&app).await?;
    create(&app, Actor::Console, ADDRESS, "Ada", Role::Admin, PASSWORD).await?;
    create(&app, Actor::Console, VIEWER, "Vera", Role::Viewer, PASSWORD).await?;
    Ok(app)
}

/// A draft of so many new articles.
async fn draft(app: &App, run: usize) -> Result<EditionId> {
    let article = |n: usize| {
        let words: String =
            (0..300).map(|word| format!("word{} ", (word * 7_919 + n * 104_729 + run) % 4_999)).collect();
        serde_json::json!({
            "id": format!("{run}-{n}"),
            "url": format!("https://news.example/{run}/{n}"),
            "title": format!("Story {n} of round {run}: {}", words.get(..40).unwrap_or_default()),
            "section": SECTIONS.iter().cycle().nth(n),
            "content_html": format!("<p>{words}</p>"),
        })
    };
    let articles: Vec<_> = (0..ARTICLES).map(article).collect();
    for articles in articles.chunks(100) {
        let pushed = push_articles(app, Actor::Console, articles.to_vec().into()).await?;
        ensure!(pushed.iter().all(|it| it.outcome == PushOutcome::Created), "{pushed:?}");
    }
    let publication = find_publication_by_slug(&mut app.db.read().await?, "evening").await?.context("declared")?;
    Ok(editions::draft(app, Actor::Console, &publication, true).await?.id)
}

/// Tonight: one edition on its way, and the draft of another.
async fn tonight(app: &App) -> Result<(EditionId, EditionId)> {
    let sending = draft(app, 1).await?;
    delivery::send_now(app, Actor::Console, sending).await?;
    let mut tx = app.db.begin().await?;
    for sql in FARING {
        tx.execute(*sql, vec![sending.0.into(), app.now().as_micros().into()]).await?;
    }
    tx.commit().await?;
    Ok((sending, draft(app, 2).await?))
}

/// The cookie of somebody who is at the desk.
async fn at_the_desk(app: &App, address: &str) -> Result<String> {
    let session = log_in(app, address, PASSWORD, &Visit::default()).await?;
    let is_encrypted = app.config.site.base_url.scheme() == "https";
    let name = if is_encrypted { "__Host-lamplighter" } else { "lamplighter" };
    Ok(format!("{name}={}", session.token))
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let readers = arguments.first().map_or(Ok(READERS), |it| it.parse()).context("the number of readers")?;
    let paths: Vec<String> = match arguments.get(1..).unwrap_or_default() {
        [] => PAGES.iter().map(|it| (*it).to_owned()).collect(),
        given => given.to_vec(),
    };
    let clock = Context::system();
    let folder = tempfile::tempdir()?;
    let start = clock.now();
    let app = house(folder.path(), readers).await?;
    let (reader, deliveries): (i64, i64) = {
        let mut tx = app.db.read().await?;
        (tx.fetch_value(MIDDLE, vec![]).await?, tx.fetch_value(DELIVERIES, vec![]).await?)
    };
    ensure!(deliveries == readers * EDITIONS, "{deliveries} deliveries");
    let (sending, draft) = tonight(&app).await?;
    let seconds = clock.now().since(start).as_millis() as f64 / 1e3;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{readers} readers, {deliveries} deliveries, seeded in {seconds:.1} s; medians of {ASKED}")?;
    let since = |start| clock.now().since(start) as Span;

    let mut bare = Vec::new();
    for _ in 0..ASKED * 4 {
        let start = clock.now();
        let _: String = app.db.read().await?.fetch_value(ONE_ROW, vec![reader.into()]).await?;
        bare.push(since(start).as_micros() as f64 / 1e3);
    }
    let bare = median(bare);
    writeln!(out, "{bare:8.2} ms        one SELECT of one row")?;

    let ada = at_the_desk(&app, ADDRESS).await?;
    let vera = at_the_desk(&app, VIEWER).await?;
    let trails = paths.iter().filter(|it| it.starts_with("/desk/trail")).map(|it| (it.clone(), &vera));
    let asked: Vec<(String, &String)> = paths.iter().map(|it| (it.clone(), &ada)).chain(trails).collect();
    let router = web::router(app.clone());
    let mut slow = Vec::new();
    for (path, cookie) in asked {
        let path = path
            .replace("{reader}", &reader.to_string())
            .replace("{draft}", &draft.0.to_string())
            .replace("{sending}", &sending.0.to_string())
            .replace("{sent}", "1");
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..ASKED {
            let request = Request::get(&path).header("cookie", cookie).body(Body::empty())?;
            let start = clock.now();
            let answer = router.clone().oneshot(request).await?;
            let status = answer.status();
            bytes = to_bytes(answer.into_body(), usize::MAX).await?.len();
            times.push(since(start).as_micros() as f64 / 1e3);
            ensure!(status == 200, "{path} answers {status}");
        }
        let time = median(times);
        let who = if cookie == &vera { " (a viewer)" } else { "" };
        writeln!(out, "{time:8.2} ms {:6.1}x {:5} KB  {path}{who}", time / bare, bytes / 1024)?;
        if time > MEDIAN_MS_MAX {
            slow.push(path);
        }
    }
    ensure!(slow.is_empty(), "above {MEDIAN_MS_MAX} ms: {}", slow.join(", "));
    Ok(())
}
