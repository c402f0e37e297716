//! Durable sign-ups, beside what the engine and the disk allow.
//!
//! `cargo bench --bench signups -- [SIGNUPS] [DATABASE]` prints, as medians of several rounds in which the ways take turns:
//! sign-ups a second through the verb, and through HTTP on loopback (JSON API, connections kept); bare transactions of
//! the same two rows (a pending sign-up and its mail), one a request, and many in one commit. Everything is committed with
//! an fsync before it counts. Then the time of an answer over HTTP at half of the measured load. On SQLite the database is
//! a new file; a `postgres://` address names an empty database instead.

use anyhow::{Context as _, Result, ensure};
use lamplighter::app::App;
use lamplighter::base::{Context, Span, Timestamp};
use lamplighter::config::{Config, Overrides};
use lamplighter::db::{Db, Sql};
use lamplighter::operators::Actor;
use lamplighter::publications::apply;
use lamplighter::subscribers::{SignUp, sign_up};
use lamplighter::web;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

const SIGN_UPS: i64 = 30_000;
const ROUNDS: usize = 5;
/// Visitors at the same time.
const VISITORS: usize = 256;
/// Mailbox providers among their addresses.
const DOMAINS: i64 = 100;
/// Rows of a bare group commit.
const GROUP: i64 = 200;
const ALONE: i64 = 500;

const PENDING: Sql = Sql::both(
    "INSERT INTO pending_signups (publication_id, email, email_key, language, source, token_hash, consent_version, consent_text, form_url, ip_prefix, requested_at, expires_at, mailed_at) VALUES (1, $1, $1, 'en', 'form', $2, '2-en', 'Send me Evening by e-mail. Every mail holds a link by which to leave, and nobody else gets my address.', 'https://news.example/subscribe', '192.0.2.0/24', $3, $3, $3)",
);
const OUTBOX: Sql = Sql::both(
    "INSERT INTO outbox (kind, recipient, subject, body_text, body_html, headers, data, state, next_attempt_at, expires_at, created_at) VALUES ('confirm', $1, '', '', '', '{}', '{\"kind\":\"confirm\",\"publication\":1,\"language\":\"en\",\"number\":1234567890123456789}', 'queued', $2, $2, $2)",
);

/// Numbers for addresses that nobody has had before.
static NEXT: AtomicI64 = AtomicI64::new(0);

fn address() -> String {
    format!(
        "reader-{}@readers-{}.example",
        NEXT.fetch_add(1, Ordering::Relaxed),
        NEXT.load(Ordering::Relaxed) % DOMAINS
    )
}

async fn house(url: &str) -> Result<App> {
    let unlimited = u32::MAX.to_string();
    let limits = ["signups_per_network_hour", "confirmations_per_hour", "confirmations_per_domain_hour"];
    let flags = limits.iter().map(|it| (format!("limits.{it}"), unlimited.clone())).collect();
    let text = lamplighter::config::template("Bench");
    let overrides = Overrides { environment: Vec::new(), flags };
    let config = Config::parse(&text, Path::new("lamplighter.toml"), &overrides)?;
    let app = App::start(config, Db::connect(url).await?, Context::system()).await?;
    apply::apply(&app, Actor::Console, "[[publication]]\nslug = \"evening\"\nname = \"Evening\"\n", false).await?;
    Ok(app)
}

async fn bare(app: &App, count: i64, group: i64) -> Result<()> {
    for _ in 0..count / group {
        let now = app.now();
        let mut tx = app.db.begin().await?;
        for _ in 0..group {
            let address = address();
            let hash = format!("bare {address}");
            tx.execute(PENDING, vec![address.as_str().into(), hash.into(), now.into()]).await?;
            tx.execute(OUTBOX, vec![address.into(), now.into()]).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn by_verb(app: &App, count: i64) -> Result<()> {
    let mut visitors = tokio::task::JoinSet::new();
    for _ in 0..VISITORS {
        let app = app.clone();
        visitors.spawn(async move {
            for _ in 0..count / VISITORS as i64 {
                let asked = SignUp { ip: Some([127, 0, 0, 1].into()), ..SignUp::by_form(&address()) };
                sign_up(&app, asked).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = visitors.join_next().await {
        done??;
    }
    Ok(())
}

/// One browser's kept connection.
struct Visitor(BufReader<TcpStream>);

impl Visitor {
    async fn arrive(at: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(at).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    async fn sign_up(&mut self) -> Result<()> {
        let body = format!("{{\"email\":\"{}\"}}", address());
        let request = format!(
            "POST /api/v1/subscriptions HTTP/1.1\r\nHost: news.example\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(request.as_bytes()).await?;
        let mut answer = Vec::with_capacity(1024);
        loop {
            ensure!(self.0.read_buf(&mut answer).await? > 0, "the connection was closed");
            let Some(head) = answer.windows(4).position(|it| it == b"\r\n\r\n") else { continue };
            let text = String::from_utf8_lossy(answer.get(..head).unwrap_or_default()).to_ascii_lowercase();
            let length =
                text.split("content-length:").nth(1).and_then(|it| it.split("\r\n").next()?.trim().parse().ok());
            if answer.len() >= head + 4 + length.unwrap_or(0_usize) {
                ensure!(text.starts_with("http/1.1 202"), "{text}");
                return Ok(());
            }
        }
    }
}

async fn by_http(at: SocketAddr, count: i64) -> Result<()> {
    let mut visitors = tokio::task::JoinSet::new();
    for _ in 0..VISITORS {
        visitors.spawn(async move {
            let mut visitor = Visitor::arrive(at).await?;
            for _ in 0..count / VISITORS as i64 {
                visitor.sign_up().await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = visitors.join_next().await {
        done??;
    }
    Ok(())
}

/// Times of answers in seconds, sorted, while `rate` requests a second begin whatever became of those before.
async fn paced(clock: &Context, at: SocketAddr, rate: f64, seconds: f64) -> Result<Vec<f64>> {
    let idle = Arc::new(tokio::sync::Mutex::new(Vec::new()));
    for _ in 0..VISITORS {
        idle.lock().await.push(Visitor::arrive(at).await?);
    }
    let begin = clock.now();
    let mut visits = tokio::task::JoinSet::new();
    for number in 0..(rate * seconds) as i64 {
        let due = begin + Span::micros((number as f64 / rate * 1e6) as i64);
        clock.clock.sleep_until(due).await;
        let (idle, clock) = (Arc::clone(&idle), clock.clone());
        visits.spawn(async move {
            let free = idle.lock().await.pop();
            let mut visitor = match free {
                Some(visitor) => visitor,
                None => Visitor::arrive(at).await?,
            };
            visitor.sign_up().await?;
            idle.lock().await.push(visitor);
            // From the time at which it was due: a generator that falls behind shows too.
            anyhow::Ok(clock.now().since(due).as_micros() as f64 / 1e6)
        });
    }
    let mut times = Vec::new();
    while let Some(time) = visits.join_next().await {
        times.push(time??);
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// Of all threads of this process, in user and kernel; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: Vec<f64> = after_name.split(' ').skip(11).take(2).filter_map(|it| it.parse().ok()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let mut arguments = std::env::args().skip(1).filter(|it| it != "--bench");
    let count = arguments.next().map_or(Ok(SIGN_UPS), |it| it.parse()).context("the number of sign-ups")?;
    let folder = tempfile::tempdir_in(".")?;
    let url = arguments.next().unwrap_or_else(|| format!("sqlite:{}", folder.path().join("bench.db").display()));
    let clock = Context::system();
    let app = house(&url).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let at = listener.local_addr()?;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(web::serve(app.clone(), listener, stop.clone()));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{count} sign-ups a round, {VISITORS} visitors at once, {:?}", app.db.engine())?;
    let mut rates: [Vec<f64>; 4] = Default::default();
    let mut costs: [Vec<f64>; 4] = Default::default();
    for round in 0..ROUNDS {
        let mut line = Vec::new();
        for (way, rates) in rates.iter_mut().enumerate() {
            let (start, spent): (Timestamp, f64) = (clock.now(), cpu_seconds());
            let done = match way {
                0 => bare(&app, ALONE, 1).await.map(|()| ALONE)?,
                1 => bare(&app, count, GROUP).await.map(|()| count / GROUP * GROUP)?,
                2 => by_verb(&app, count).await.map(|()| count / VISITORS as i64 * VISITORS as i64)?,
                _ => by_http(at, count).await.map(|()| count / VISITORS as i64 * VISITORS as i64)?,
            };
            let rate = done as f64 / (clock.now().since(start).as_micros() as f64 / 1e6);
            rates.push(rate);
            costs[way].push((cpu_seconds() - spent) / done as f64 * 1e6);
            line.push(format!("{rate:.0}"));
        }
        writeln!(out, "  round {round}: {} a second", line.join(" / "))?;
    }
    let [alone, group, verb, http] = rates.map(median);
    let costs = costs.map(median);
    let line = |name: &str, rate: f64, cost: f64| {
        format!("{name:24}{rate:9.0} /s   {cost:4.0} us of CPU   {:.2} of the bare group commit", rate / group)
    };
    writeln!(out, "{}", line("bare, a commit each", alone, costs[0]))?;
    writeln!(out, "{}", line(&format!("bare, {GROUP} a commit"), group, costs[1]))?;
    writeln!(out, "{}", line("verb", verb, costs[2]))?;
    writeln!(out, "{}", line("HTTP, with its visitors", http, costs[3]))?;
    let times = paced(&clock, at, http / 2.0, 10.0).await?;
    let at_percent = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default() * 1e3;
    let (half, p50, p99) = (http / 2.0, at_percent(50), at_percent(99));
    writeln!(out, "at half of that         {half:9.0} /s   answered in {p50:.1} ms (median), {p99:.1} ms (p99)")?;
    stop.cancel();
    serving.await??;
    Ok(())
}
