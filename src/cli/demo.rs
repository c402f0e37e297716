//! `lamplighter demo`

use super::exit::{FAILED, Failure};
use super::output::{say, say_json};
use super::start;
use crate::config::LogConfig;
use crate::demo::{self, DemoReport, OPERATOR, Stage};
use std::net::SocketAddr;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter demo\n  lamplighter demo --once --json\n\nWith --once the exit code is 0 only if the edition arrived at every confirmed subscriber and at nobody else."
)]
pub(super) struct Args {
    /// Tell the story and end
    #[arg(long)]
    once: bool,
    /// Print the counts and checks as JSON (with --once)
    #[arg(long, requires = "once")]
    json: bool,
    /// Where the pages are served
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

pub(super) async fn run(args: Args) -> Result<ExitCode, Failure> {
    start::log(&LogConfig { level: "warn".to_owned(), ..LogConfig::default() });
    let stage = Stage::set(args.listen).await?;
    let quiet = args.json;
    let tell = |line: String| {
        if !quiet {
            say(line);
        }
    };
    let told = demo::tell(&stage, &tell).await;
    if args.json
        && let Ok(report) = &told
    {
        say_json(report)?;
    } else if let Ok(report) = &told {
        verdict(report);
    }
    if !args.once && told.is_ok() {
        stay_open(&stage).await;
    }
    stage.strike().await;
    Ok(if told?.ok { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn verdict(report: &DemoReport) {
    for check in report.checks.iter().filter(|check| !check.ok) {
        say(format!("NOT AS IT SHOULD BE: {}", check.name));
    }
    if report.ok {
        say(format!(
            "All {} checks passed: the edition arrived at every confirmed reader, and at nobody else.",
            report.checks.len()
        ));
    } else {
        say("The demo failed; please report it with the lines above.");
    }
}

async fn stay_open(stage: &Stage) {
    say("\nLook around:");
    say(format!("  the newsroom's site   {}", stage.newsroom.base_url()));
    say(format!("  the sign-up form      {}/subscribe", stage.base_url));
    say(format!("  the caught mails      {}", stage.mailbox_url));
    say(format!("  the desk              {}/desk   (log in as {OPERATOR} with {})", stage.base_url, stage.password));
    say(format!("  the web archive       {}/archive", stage.base_url));
    say("Ctrl-C ends it; nothing is left behind.");
    start::stop_signal().await;
}
