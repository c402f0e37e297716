//! A newsroom with as many readers as wanted and a drafted edition, in a new database; and a mail of a given size.

use anyhow::{Context as _, Result, ensure};
use lamplighter::app::App;
use lamplighter::base::Context;
use lamplighter::config::{Config, Overrides};
use lamplighter::db::{Db, Sql};
use lamplighter::editions::{self, EditionId, PREFERENCES_MARK, UNSUBSCRIBE_MARK};
use lamplighter::gather::push::{PushOutcome, push_articles};
use lamplighter::operators::Actor;
use lamplighter::publications::{apply, find_publication_by_slug};
use std::net::SocketAddr;
use std::path::Path;

const SUBSCRIBERS: Sql = Sql::pair(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) INSERT INTO subscribers (id, email, email_key, address_hash, language, created_at, confirmed_at) SELECT i, 'reader-' || i || '@readers.example', 'reader-' || i || '@readers.example', printf('%016x%016x', (i * 2654435761) % 4294967296, i), 'en', 0, 0 FROM n",
    "INSERT INTO subscribers (id, email, email_key, address_hash, language, created_at, confirmed_at) SELECT i, 'reader-' || i || '@readers.example', 'reader-' || i || '@readers.example', md5(CAST(i AS TEXT)), 'en', 0, 0 FROM generate_series(1, CAST($1 AS BIGINT)) AS n(i)",
);
// In the order in which they came, as sign-ups and imports write them.
const SUBSCRIPTIONS: Sql = Sql::both(
    "INSERT INTO subscriptions (subscriber_id, publication_id, state, created_at, changed_at) SELECT id, $1, 'active', 0, 0 FROM subscribers ORDER BY id",
);
const VARIANTS: Sql = Sql::both("UPDATE edition_variants SET html = $1, text = $2 WHERE edition_id = $3");
/// The headers, the MIME parts' heads and the links that every mail has.
const FRAME_BYTES: usize = 1_900;

/// On the database of this address: `sqlite:` and a file, or `postgres://`.
pub async fn open(database: &str, relay: SocketAddr, sessions: u32, with: &str) -> Result<App> {
    let text = format!(
        "[site]\nname = \"Evening\"\nbase_url = \"https://news.example\"\npostal_address = \"3 Lantern Quay, Saltmere\"\n\
         [limits]\ncheck_links = false\n[mail]\nfrom = \"Evening <evening@news.example>\"\n\
         bounce_domain = \"bounces.news.example\"\n\
         [[relay]]\nurl = \"smtp://{relay}\"\nconnections = {sessions}\n{with}\n"
    );
    let config = Config::parse(&text, Path::new("lamplighter.toml"), &Overrides::default())?;
    let db = Db::connect(database).await?;
    Ok(App::start(config, db, Context::system()).await?)
}

/// Fills the new database; answers the edition that is to be sent.
pub async fn seed(database: &str, readers: u64) -> Result<EditionId> {
    let app = open(database, crate::sinks::ANY_PORT, 1, "").await?;
    let newsroom = "[[publication]]\nslug = \"evening\"\nname = \"Evening\"\n[[publication.source]]\nkind = \"push\"\nname = \"desk\"\n";
    apply::apply(&app, Actor::Console, newsroom, false).await?;
    let mut tx = app.db.begin().await?;
    let publication = find_publication_by_slug(&mut tx, "evening").await?.context("it was declared")?;
    tx.execute(SUBSCRIBERS, vec![i64::try_from(readers)?.into()]).await?;
    tx.execute(SUBSCRIPTIONS, vec![publication.id.0.into()]).await?;
    tx.commit().await?;
    let words: String = (0..200).map(|n| format!("word{} ", (n * 7919) % 4_999)).collect();
    let article = serde_json::json!([{
        "id": "1",
        "url": "https://news.example/1",
        "title": "The harbour opens",
        "content_html": format!("<p>{words}</p>"),
    }]);
    let pushed = push_articles(&app, Actor::Console, article).await?;
    ensure!(pushed.iter().all(|it| it.outcome == PushOutcome::Created), "{pushed:?}");
    let drafted = editions::draft(&app, Actor::Console, &publication, true).await?;
    app.db.close().await;
    Ok(drafted.id)
}

/// Gives the sealed edition a content of about this size, with the links that are each reader's own.
pub async fn resize(app: &App, edition: EditionId, kilobytes: usize) -> Result<()> {
    // Quoted-printable folds each long line.
    let words = (kilobytes * 1024).saturating_sub(FRAME_BYTES) * 97 / 100;
    let paragraphs = |bytes: usize, before: &str, after: &str| -> String {
        let sentence = "The harbour opens at dawn, and the lamps along the quay go out one by one. ";
        let mut text = String::new();
        while text.len() < bytes {
            text.push_str(&format!("{before}{}{after}\n", sentence.repeat(4).trim_end()));
        }
        text
    };
    let html = format!(
        "<!doctype html><html lang=\"en\"><body>{}<p><a href=\"{PREFERENCES_MARK}\">Choose</a> <a href=\"{UNSUBSCRIBE_MARK}\">Leave</a></p></body></html>\n",
        paragraphs(words * 3 / 5, "<p>", "</p>")
    );
    let text =
        format!("{}\nChoose: {PREFERENCES_MARK}\nLeave: {UNSUBSCRIBE_MARK}\n", paragraphs(words * 2 / 5, "", ""));
    let mut tx = app.db.begin().await?;
    tx.execute(VARIANTS, vec![html.into(), text.into(), edition.0.into()]).await?;
    Ok(tx.commit().await?)
}
