//! What a log-in brings along: where from, by which browser, and what that browser holds already.
//!
//! Of an address the network alone is kept, of a browser its name: enough for a person to know their own sessions again.

use super::OperatorId;
use crate::app::{App, Purpose, rate};
use std::net::IpAddr;

/// A browser that asks to be let in.
#[derive(Clone, Copy, Default, Debug)]
pub struct Visit<'a> {
    pub ip: Option<IpAddr>,
    /// `User-Agent`.
    pub agent: &'a str,
    /// The session that the browser holds: a new log-in ends it, and never takes its token over.
    pub session: &'a str,
    /// What [`mark`] gave the browser at an earlier log-in.
    pub mark: &'a str,
}

impl Visit<'_> {
    pub(super) fn network(&self) -> String {
        self.ip.map(rate::network_of).unwrap_or_default()
    }

    /// Whether this person has logged in by this browser before.
    pub(super) fn knows(&self, app: &App, operator: OperatorId) -> bool {
        app.keys.verify(Purpose::KnownBrowser, self.mark) == Some(operator.0)
    }
}

/// For a browser in which this person has logged in: strangers who guess at the account do not slow it down there.
pub(super) fn mark(app: &App, operator: OperatorId) -> String {
    app.keys.sign(Purpose::KnownBrowser, operator.0)
}

/// `Firefox on Linux`. Later names in a `User-Agent` pretend to be earlier ones, so the order matters.
pub fn browser_in_words(agent: &str) -> String {
    let has = |word: &str| agent.contains(word);
    let named = |names: &[(&str, &'static str)]| names.iter().find(|(word, _)| has(word)).map(|(_, name)| *name);
    let browser = named(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Chromium/", "Chromium"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = named(&[
        ("iPhone", "an iPhone"),
        ("iPad", "an iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("a browser on {system}"),
        (None, None) => "an unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_again_by_a_few_words() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari on an iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.5.0", "curl"),
            ("", "an unknown browser"),
            ("<script>alert(1)</script>", "an unknown browser"),
        ] {
            assert_eq!(browser_in_words(agent), words, "{agent}");
        }
    }
}
