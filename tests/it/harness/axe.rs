//! axe-core, which judges pages by WCAG 2.2 as far as a machine can. `.ci/run` fetches it from npm into a cache folder.
//!
//! It is handed to the page by the driver, so that no policy of a page is loosened for it.

use super::{Browser, missing};
use std::path::PathBuf;

/// As in `.ci/run`.
const VERSION: &str = "4.14.1";

/// All rules of WCAG up to 2.2 at the levels A and AA.
pub const WCAG: &str = "wcag2a wcag2aa wcag21a wcag21aa wcag22aa";
/// Beyond WCAG, what axe advises.
pub const ADVICE: &str = "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice";

const JUDGE: &str = r#"
return axe.run(document, { runOnly: { type: 'tag', values: 'RULES'.split(' ') }, resultTypes: ['violations'], iframes: false }).then(found => found.violations.map(it =>
  it.id + ': ' + it.help + '\n' + it.nodes.map(node => '    ' + node.html.slice(0, 200)
    + '\n    ' + node.failureSummary.replaceAll('\n', ' ')).join('\n')).join('\n'));
"#;

pub struct Axe {
    source: String,
}

impl Axe {
    /// `None` where it is not there: it looks where `LAMPLIGHTER_AXE` says, or into the cache that `.ci/run` fills.
    ///
    /// # Panics
    /// If it is absent and `CI=true`.
    pub fn find() -> Option<Self> {
        let found = places().into_iter().find_map(|path| std::fs::read_to_string(path).ok());
        if found.is_none() {
            static TOLD: std::sync::Once = std::sync::Once::new();
            let remedy = "Run .ci/run once, or set LAMPLIGHTER_AXE to axe.min.js of the npm package axe-core.";
            TOLD.call_once_force(|_| missing::tell("axe-core", "no page was judged by WCAG", remedy));
        }
        Some(Self { source: found? })
    }

    /// Puts it into the page that the browser shows.
    pub async fn enter(&self, browser: &Browser) {
        browser.run(&self.source).await;
    }

    /// What is wrong with the page as it looks now; empty if nothing is.
    pub async fn violations(&self, browser: &Browser, rules: &str) -> String {
        browser.run(&JUDGE.replace("RULES", rules)).await.as_str().expect("axe answers").to_owned()
    }
}

fn places() -> Vec<PathBuf> {
    let own = std::env::var_os("LAMPLIGHTER_AXE").map(PathBuf::from);
    let cache = std::env::var_os("XDG_CACHE_HOME").filter(|it| !it.is_empty()).map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let cached = cache.map(|it| it.join("lamplighter").join(format!("axe-core-{VERSION}")).join("axe.min.js"));
    own.into_iter().chain(cached).collect()
}
