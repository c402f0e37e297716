//! `lamplighter serve`

use super::exit::Failure;
use super::output::say;
use super::start;
use crate::config::Overrides;
use crate::process;
use crate::service::Roles;
use anyhow::Context as _;
use std::path::Path;
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter serve\n  lamplighter serve --listen 127.0.0.1:9000\n  lamplighter serve --roles worker      (a further process on the same PostgreSQL)"
)]
pub(super) struct Args {
    /// Which parts to run: web, scheduler, worker
    #[arg(long, default_value = "web,scheduler,worker", value_parser = Roles::parse)]
    roles: Roles,
    /// Where pages and the API are served, instead of web.listen
    #[arg(long, value_name = "ADDR")]
    listen: Option<std::net::SocketAddr>,
}

pub(super) async fn run(path: &Path, args: Args) -> Result<ExitCode, Failure> {
    let mut overrides = Overrides::from_environment();
    if let Some(listen) = args.listen {
        overrides.flags.push(("web.listen".to_owned(), listen.to_string()));
    }
    let app = start::app_with(path, overrides).await?;
    if args.roles.worker && app.config.relays.is_empty() {
        return Err(Failure::usage(format!(
            "{}: no [[relay]] is configured, so nothing could be sent; add one (for a trial: url = \"smtp://127.0.0.1:2525\" and `lamplighter sink`)",
            path.display()
        )));
    }
    let pages = if args.roles.web {
        let listen = app.config.web.listen;
        let listener = TcpListener::bind(listen).await.with_context(|| {
            format!("{listen} cannot be listened on; stop what uses it, or choose another with --listen or web.listen")
        })?;
        say(format!("lamplighter serves {} at http://{}", app.config.site.name, listener.local_addr()?));
        Some(listener)
    } else {
        None
    };
    let stop = CancellationToken::new();
    let process = process::serve(app, args.roles, pages, stop.clone());
    tokio::pin!(process);
    tokio::select! {
        ended = &mut process => ended.map_err(Failure::failed)?,
        () = start::stop_signal() => {
            tracing::info!("stopping: finishing what is in flight");
            stop.cancel();
            process.await.map_err(Failure::failed)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
