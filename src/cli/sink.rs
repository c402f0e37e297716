//! `lamplighter sink`

use super::exit::Failure;
use super::output::{note, say, say_json};
use super::start;
use crate::process;
use crate::sink::{Distance, Keep, Ledger, Manners, Sink, SinkOptions, Violation};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// A round trip longer than this is a slip of the pen.
const DELAY_MS_MAX: u64 = 10_000;
const THREADS_MAX: u64 = 64;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter sink\n  lamplighter sink --listen 127.0.0.1:2525 --http 127.0.0.1:8025\n  \
    lamplighter sink --count-only --ledger taken.tsv --json\n  lamplighter sink --delay-ms 20 --manners banner-421\n\n\
    Recipients choose how they are treated: tempfail-2@ (451 twice), reject-550@, lying-550@, latin1-550@,\n\
    multiline-550@, greylist@, throttle-3@, policy@, drop-after-dot@, accept-then-drop@, silent-at-rcpt@,\n\
    421-after-3@ (mails on a connection), slow-200@ (milliseconds); anybody else is accepted.\n\
    In general at-STEP-DEED@, with mail, rcpt, data or dot for the step: at-mail-421@, at-data-silent@, at-dot-drop@,\n\
    at-dot-451-2@ (twice), at-rcpt-multiline-550@, at-dot-slow-200@, at-dot-garbage@. What stands behind a + tells people\n\
    apart. MAIL knows the recipient only if both were sent together."
)]
pub(super) struct Args {
    /// Where SMTP is spoken
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2525")]
    listen: SocketAddr,
    /// Where the caught mails are shown
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8025")]
    http: SocketAddr,
    /// Count the mails and keep none; there are no pages to look at them
    #[arg(long)]
    count_only: bool,
    /// Append a line for each recipient of each mail taken: time, recipient, Message-ID, between tabs
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// Threads that speak SMTP
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=THREADS_MAX), default_value_t = 1)]
    threads: u64,
    /// A network's round trip before the server: half of it each way, for everything under way at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=DELAY_MS_MAX), default_value_t = 0)]
    delay_ms: u64,
    /// Treat everybody alike at one step: STEP-DEED, with banner and ehlo among the steps
    #[arg(long, value_name = "STEP-DEED", value_parser = manners)]
    manners: Option<Manners>,
    /// Print the counts as JSON at the end
    #[arg(long)]
    json: bool,
}

fn manners(text: &str) -> Result<Manners, String> {
    Manners::parse(text).ok_or_else(|| "write a step and a deed, for example banner-421 or dot-slow-200".to_owned())
}

/// What is printed at the end.
#[derive(serde::Serialize)]
struct Counts {
    connections: u64,
    commands: BTreeMap<String, u64>,
    /// Mails taken.
    accepted: u64,
    bytes: u64,
    /// Recipients of the mails taken, each counted once.
    mailed: u64,
    /// Mails taken for somebody who had one before.
    repeated: u64,
    /// Mails read to their end and then lost on purpose.
    lost: u64,
    violations: Vec<Violation>,
}

impl Counts {
    fn of(ledger: Ledger) -> Self {
        Self {
            connections: ledger.connections,
            commands: ledger.commands,
            accepted: ledger.accepted,
            bytes: ledger.bytes,
            mailed: ledger.mailed,
            repeated: ledger.repeated,
            lost: ledger.lost.values().sum(),
            violations: ledger.violations,
        }
    }
}

pub(super) async fn run(args: Args) -> Result<ExitCode, Failure> {
    start::log(&crate::config::LogConfig::default());
    // Standard output is for the counts, if a program reads them.
    let tell = |line: String| if args.json { note(line) } else { say(line) };
    // A runtime of its own: as many threads as asked for, and the pages never in their way.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(usize::try_from(args.threads).unwrap_or(1))
        .enable_all()
        .build()
        .context("the threads could not be started")?;
    let started = {
        let _inside = runtime.enter();
        start_sink(&args)
    };
    let (sink, distance) = match started {
        Ok((sink, distance)) => (Arc::new(sink), distance),
        Err(error) => {
            runtime.shutdown_background();
            return Err(error.into());
        }
    };
    let address = distance.as_ref().map_or(sink.address(), Distance::address);
    tell(format!("catching mail at smtp://{address}"));
    let stop = CancellationToken::new();
    let shown = async {
        if args.count_only {
            stop.cancelled().await;
            return Ok(());
        }
        let pages = TcpListener::bind(args.http).await.with_context(|| busy(args.http, "--http"))?;
        tell(format!("showing it at http://{}/", pages.local_addr()?));
        process::show_mails(Arc::clone(&sink), pages, stop.clone()).await.map_err(anyhow::Error::from)
    };
    tokio::pin!(shown);
    let ended = tokio::select! {
        ended = &mut shown => ended,
        () = start::stop_signal() => {
            stop.cancel();
            shown.await
        }
    };
    let ledger = sink.ledger();
    drop(distance);
    runtime.shutdown_background();
    ended?;
    if args.json {
        say_json(&Counts::of(ledger))?;
    } else {
        say(format!("{} mails accepted over {} connections", ledger.accepted, ledger.connections));
    }
    Ok(ExitCode::SUCCESS)
}

fn start_sink(args: &Args) -> anyhow::Result<(Sink, Option<Distance>)> {
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = SinkOptions {
        keep: if args.count_only { Keep::CountsAlone } else { Keep::Mails },
        ledger_file: args.ledger.clone(),
        ..SinkOptions::new(if args.delay_ms == 0 { args.listen } else { anywhere })
    };
    if let Some(file) = &args.ledger {
        std::fs::File::options()
            .create(true)
            .append(true)
            .open(file)
            .with_context(|| format!("{} cannot be written; choose another file with --ledger", file.display()))?;
    }
    let sink = Sink::start(options).with_context(|| busy(args.listen, "--listen"))?;
    sink.behave(args.manners.unwrap_or_default());
    if args.delay_ms == 0 {
        return Ok((sink, None));
    }
    let delay = Duration::from_millis(args.delay_ms);
    let distance =
        Distance::start(args.listen, sink.address(), delay).with_context(|| busy(args.listen, "--listen"))?;
    Ok((sink, Some(distance)))
}

fn busy(addr: SocketAddr, flag: &str) -> String {
    format!("{addr} cannot be listened on; stop what uses it, or choose another with {flag}")
}
