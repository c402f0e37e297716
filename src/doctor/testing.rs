//! What the tests of several checks share.

use crate::doctor::dns::Dns;
use crate::doctor::finding::{CHECKS, Finding, Level};
use crate::doctor::name::Name;
use crate::doctor::scripted::Server;
use std::time::Duration;

/// Long enough for a busy machine to answer itself, short enough to wait for one that never does.
pub const PATIENCE: Duration = Duration::from_millis(700);

/// A client whose resolver serves this zone until the test ends.
pub async fn dns(zone: &str) -> Dns {
    let server = Server::start(zone).await;
    Dns::new(vec![server.address]).with_time_max(PATIENCE)
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The one finding of this check. Every finding must say something, and what is wrong must say what to do.
pub fn one<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    for finding in findings {
        assert!(CHECKS.contains(&finding.check), "{finding:?}");
        assert!(finding.message.len() > 10 && !finding.message.contains('\n'), "{finding:?}");
        assert_eq!(finding.next_step.is_some(), matches!(finding.level, Level::Warn | Level::Fail), "{finding:?}");
    }
    let found: Vec<&Finding> = findings.iter().filter(|finding| finding.check == check).collect();
    assert_eq!(found.len(), 1, "{check} in {findings:#?}");
    found[0]
}

/// The level of the one finding of this check.
pub fn level(findings: &[Finding], check: &str) -> Level {
    one(findings, check).level
}

/// What the one finding of this check wants pasted.
pub fn pasted(findings: &[Finding], check: &str) -> String {
    one(findings, check).record.clone().unwrap_or_else(|| panic!("{check} of {findings:#?}")).value
}
