//! What the demo found out: the numbers and the checks, for people and as JSON.

use serde::Serialize;

/// `ok` is true only if the edition arrived at every confirmed subscriber and at nobody else, and reads as it should.
#[derive(Debug, Default, Serialize)]
pub struct DemoReport {
    pub ok: bool,
    /// Articles that the gathering brought.
    pub articles: usize,
    /// Stories shown in the edition.
    pub stories: usize,
    /// Active subscribers at the seal.
    pub confirmed: usize,
    /// Confirmed subscribers in whose mailbox the edition was found, exactly once.
    pub received: usize,
    /// Editions found in anybody else's mailbox, or a second time in one.
    pub strays: usize,
    /// Deliveries as the service accounts for them.
    pub deliveries: Option<crate::delivery::Counts>,
    pub checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
pub struct Check {
    pub name: String,
    pub ok: bool,
}

impl DemoReport {
    pub(super) fn check(&mut self, name: impl Into<String>, ok: bool) -> bool {
        self.checks.push(Check { name: name.into(), ok });
        ok
    }

    pub(super) fn conclude(&mut self) {
        self.ok = self.confirmed > 0
            && self.received == self.confirmed
            && self.strays == 0
            && self.checks.iter().all(|check| check.ok);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_every_reader_and_nobody_else_is_a_success() {
        let told = |confirmed, received, strays, check| {
            let mut report = DemoReport { confirmed, received, strays, ..DemoReport::default() };
            report.check("a check", check);
            report.conclude();
            report.ok
        };
        assert!(told(2, 2, 0, true));
        assert!(!told(2, 1, 0, true) && !told(2, 2, 1, true) && !told(2, 2, 0, false) && !told(0, 0, 0, true));
    }
}
