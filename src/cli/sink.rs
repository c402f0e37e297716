//! `lamplighter sink`

use super::exit::Failure;
use super::output::say;
use super::start;
use crate::process;
use crate::sink::{Sink, SinkOptions};
use anyhow::Context as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter sink\n  lamplighter sink --listen 127.0.0.1:2525 --http 127.0.0.1:8025\n\n\
    Recipients choose how they are treated: tempfail-2@ (451 twice), reject-550@, greylist@, drop-after-dot@,\n\
    silent-at-rcpt@, 421-after-3@, slow-200@ (milliseconds); anybody else is accepted."
)]
pub(super) struct Args {
    /// Where SMTP is spoken
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:2525")]
    listen: SocketAddr,
    /// Where the caught mails are shown
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8025")]
    http: SocketAddr,
}

pub(super) async fn run(args: Args) -> Result<ExitCode, Failure> {
    start::log(&crate::config::LogConfig::default());
    let busy = |addr: SocketAddr, flag: &str| {
        format!("{addr} cannot be listened on; stop what uses it, or choose another with {flag}")
    };
    let sink = Arc::new(Sink::start(SinkOptions::new(args.listen)).with_context(|| busy(args.listen, "--listen"))?);
    let pages = TcpListener::bind(args.http).await.with_context(|| busy(args.http, "--http"))?;
    say(format!("catching mail at smtp://{}", sink.address()));
    say(format!("showing it at http://{}/", pages.local_addr()?));
    let stop = CancellationToken::new();
    let shown = process::show_mails(Arc::clone(&sink), pages, stop.clone());
    tokio::pin!(shown);
    tokio::select! {
        ended = &mut shown => ended?,
        () = start::stop_signal() => {
            stop.cancel();
            shown.await?;
        }
    }
    let ledger = sink.ledger();
    say(format!("{} mails accepted over {} connections", ledger.accepted, ledger.connections));
    Ok(ExitCode::SUCCESS)
}
