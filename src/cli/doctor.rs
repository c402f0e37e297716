//! `lamplighter doctor`: what stands between this configuration and mail that arrives.
//!
//! Its exit code is the worst level found: 0 all is well, 1 something will hurt, 2 mail is lost. Nothing is changed, the
//! database is not migrated, no mail is sent. `tests/it/cli/doctor.rs` holds it.

use super::exit::Failure;
use super::output::{harmless, say, say_json};
use super::start;
use crate::base::Context;
use crate::config::{Config, Overrides};
use crate::doctor::dns::{Dns, parse_resolver, system_resolvers};
use crate::doctor::finding::{Finding, Level, worst};
use crate::doctor::{Area, examine_all};
use clap::ValueEnum;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  lamplighter doctor\n  lamplighter doctor --only dns --resolver 192.0.2.53\n  lamplighter doctor --json | jq '.findings[] | select(.level == \"fail\")'\n\nExit codes: 0 all is well, 1 with warnings, 2 with failures."
)]
pub(super) struct Args {
    /// Ask this resolver instead of those of /etc/resolv.conf
    #[arg(long, value_name = "ADDR", value_parser = parse_resolver)]
    resolver: Option<SocketAddr>,
    /// Look at this alone; may be given several times
    #[arg(long, value_enum)]
    only: Vec<Only>,
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Only {
    /// Whether it can be opened, its schema, the last backup
    Database,
    /// How the sources are doing
    Sources,
    /// The public address, the unsubscribe link, the clock, the postal address
    Site,
    /// Connection, TLS, login, and what each relay offers
    Relay,
    /// Whether anybody hears of bounces and complaints
    Returns,
    /// SPF, DKIM, DMARC, names of addresses, where answers go
    Dns,
}

impl From<Only> for Area {
    fn from(only: Only) -> Self {
        match only {
            Only::Database => Self::Database,
            Only::Sources => Self::Sources,
            Only::Returns => Self::Returns,
            Only::Site => Self::Site,
            Only::Relay => Self::Relay,
            Only::Dns => Self::Dns,
        }
    }
}

pub(super) async fn run(path: &Path, args: Args) -> Result<ExitCode, Failure> {
    let mut config = Config::load(path, &Overrides::from_environment())?;
    if config.log.level == "info" {
        config.log.level = "warn".to_owned();
    }
    start::log(&config.log);
    let areas: Vec<Area> =
        if args.only.is_empty() { Area::ALL.to_vec() } else { args.only.into_iter().map(Area::from).collect() };
    let dns = Dns::new(args.resolver.map_or_else(system_resolvers, |resolver| vec![resolver]));
    let findings = examine_all(&config, &Context::system(), &dns, &areas).await;
    let level = worst(&findings);
    if args.json {
        say_json(&serde_json::json!({ "level": level, "findings": findings }))?;
    } else {
        print(&findings);
    }
    Ok(ExitCode::from(code(level)))
}

const fn code(level: Level) -> u8 {
    match level {
        Level::Skipped | Level::Ok => 0,
        Level::Warn => 1,
        Level::Fail => 2,
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Skipped => "skipped",
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Fail => "fail",
    }
}

fn print(findings: &[Finding]) {
    for finding in findings {
        say(format!("{:<7}  {:<20}  {}", word(finding.level), finding.check, harmless(&finding.message)));
        if let Some(step) = &finding.next_step {
            say(format!("         {:<20}  {}", "do", harmless(step)));
        }
        if let Some(record) = &finding.record {
            say(format!("         {:<20}  {}", "publish", harmless(&record.zone_line())));
        }
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let counts = [Level::Ok, Level::Warn, Level::Fail, Level::Skipped];
    let counts: Vec<String> = counts.map(|level| format!("{} {}", count(level), word(level))).into();
    say(format!("\n{}", counts.join(", ")));
}
