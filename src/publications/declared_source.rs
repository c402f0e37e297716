//! The tables `[[publication.source]]` of `newsroom.toml`: where a publication's articles come from.

use super::model::{FirstFetch, Pages, SourceKind};
use super::rules::{did_you_mean, web_url};
use super::values::{SectionValues, SourceValues};
use crate::base::Selectors;
use crate::base::text::one_line;
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceFile {
    name: Option<String>,
    #[serde(default = "feed")]
    kind: SourceKind,
    /// All kinds but `push` have one.
    url: Option<String>,
    section: Option<String>,
    #[serde(default = "first_fetch_default")]
    first_fetch: FirstFetch,
    #[serde(default)]
    standby: bool,
    #[serde(default = "pages_default")]
    pages: Pages,
    time_zone: Option<String>,
    #[serde(default)]
    select: Selectors,
}

const fn feed() -> SourceKind {
    SourceKind::Feed
}
const fn first_fetch_default() -> FirstFetch {
    FirstFetch::Auto
}
const fn pages_default() -> Pages {
    Pages::Auto
}

/// The sources of a publication with these sections; what is wrong is told and left out.
pub(super) fn check(
    files: Vec<SourceFile>,
    sections: &[SectionValues],
    wrong: &mut impl FnMut(String),
) -> Vec<SourceValues> {
    let mut out: Vec<SourceValues> = Vec::new();
    for (file, position) in files.into_iter().zip(0..) {
        let Some((url, default_name)) = address(&file, wrong) else { continue };
        let at = format!("source {url}");
        if out.iter().any(|other| other.url == url) {
            wrong(format!("{at}: declared twice"));
        }
        if let Some(section) = &file.section
            && !sections.iter().any(|it| it.slug == *section)
        {
            let near = did_you_mean(section, sections.iter().map(|it| it.slug.as_str()));
            wrong(format!("{at}: section {section:?} is not declared{near}"));
        }
        let name = one_line(&file.name.unwrap_or(default_name));
        if out.iter().any(|other| other.name == name) {
            wrong(format!("{at}: another source is called {name:?} already; give each its own name"));
        }
        if let Some(zone) = file.time_zone.as_deref().filter(|zone| zone.parse::<chrono_tz::Tz>().is_err()) {
            let near = did_you_mean(zone, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
            wrong(format!("{at}: time_zone {zone:?} is not an IANA zone{near}"));
        }
        if let Err(mistake) = file.select.check() {
            wrong(format!("{at}: select: {mistake}; try it with `lamplighter inspect page URL --select ...`"));
        }
        // Standing by is for somebody: what comes first in a section has nobody to stand by for.
        if file.standby && !out.iter().any(|other| !other.standby && other.section == file.section) {
            wrong(format!("{at}: a standby comes after the source of the same section that it stands by for"));
        }
        out.push(SourceValues {
            name,
            kind: file.kind,
            url,
            section: file.section,
            position,
            first_fetch: file.first_fetch,
            standby: file.standby,
            pages: file.pages,
            time_zone: file.time_zone,
            selectors: file.select,
        });
    }
    out
}

/// The address under which a source is stored, and what it is called by default.
fn address(file: &SourceFile, wrong: &mut impl FnMut(String)) -> Option<(String, String)> {
    if file.kind == SourceKind::Push {
        let name = one_line(file.name.as_deref().unwrap_or_default());
        if name.is_empty() || file.url.is_some() {
            wrong("a source of kind \"push\" has a name and no url: its articles come by the API".to_owned());
            return None;
        }
        return Some((format!("push:{name}"), name));
    }
    let typed = file.url.as_deref().unwrap_or_default();
    let Some(url) = web_url(typed) else {
        wrong(format!("source {typed:?}: the url is not a web address; write it like https://news.example/feed/"));
        return None;
    };
    let name = default_name(&url);
    Some((url.into(), name))
}

/// The address without its scheme: no two sources of one publication share it by chance.
fn default_name(url: &Url) -> String {
    let address = url.as_str();
    address.split_once("://").map_or(address, |(_, rest)| rest).trim_end_matches('/').to_owned()
}
