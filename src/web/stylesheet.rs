//! The assets, compiled in, each served under a name that changes with its content and is cached for a year: the
//! stylesheets of the readers' pages and of the desk, the desk's small script, and the one that solves a form's puzzle. Unless the newsroom asks for
//! a proof of work, no page that readers see has a script; and none needs one.

use super::error::Error;
use crate::app::App;
use crate::base::hash::sha256_hex;
use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::sync::LazyLock;

const STYLESHEET: &str = include_str!("../../web_templates/static/lamplighter.css");
/// The colours and parts of every page, and those of the desk after them, which readers need not fetch.
const DESK_STYLESHEET: &str = concat!(
    include_str!("../../web_templates/static/lamplighter.css"),
    include_str!("../../web_templates/static/desk.css")
);
const DESK_SCRIPT: &str = include_str!("../../web_templates/static/desk.js");
const PUZZLE: &str = include_str!("../../web_templates/static/puzzle.js");

static PATH: LazyLock<String> = LazyLock::new(|| named_by(STYLESHEET, "css"));
static DESK_PATH: LazyLock<String> = LazyLock::new(|| named_by(DESK_STYLESHEET, "css"));
static DESK_SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| named_by(DESK_SCRIPT, "js"));
static PUZZLE_PATH: LazyLock<String> = LazyLock::new(|| named_by(PUZZLE, "js"));

fn named_by(content: &str, ending: &str) -> String {
    let digest = sha256_hex(content.as_bytes());
    format!("/static/{}.{ending}", digest.get(..16).unwrap_or(&digest))
}

/// `/static/0123456789abcdef.css`
pub(super) fn path() -> &'static str {
    &PATH
}

/// `/static/0123456789abcdef.css`
pub(super) fn desk_path() -> &'static str {
    &DESK_PATH
}

/// `/static/0123456789abcdef.js`
pub(super) fn desk_script_path() -> &'static str {
    &DESK_SCRIPT_PATH
}

/// `/static/0123456789abcdef.js`
pub(super) fn puzzle_path() -> &'static str {
    &PUZZLE_PATH
}

pub(super) fn router() -> Router<App> {
    Router::new().route("/static/{name}", get(get_asset))
}

async fn get_asset(Path(name): Path<String>) -> Result<Response, Error> {
    let style = "text/css; charset=utf-8";
    let script = "text/javascript; charset=utf-8";
    let known = [
        (path(), STYLESHEET, style),
        (desk_path(), DESK_STYLESHEET, style),
        (desk_script_path(), DESK_SCRIPT, script),
        (puzzle_path(), PUZZLE, script),
    ];
    let found = known.into_iter().find(|(path, ..)| path.strip_prefix("/static/") == Some(name.as_str()));
    let (_, text, content_type) = found.ok_or_else(Error::not_found)?;
    let headers = [(CONTENT_TYPE, content_type), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, text).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opened_in_a_stylesheet_or_script_is_closed_again() {
        for (name, text) in [("public", STYLESHEET), ("desk", DESK_STYLESHEET), ("script", DESK_SCRIPT)] {
            for (open, shut) in [('{', '}'), ('(', ')'), ('[', ']')] {
                assert_eq!(text.matches(open).count(), text.matches(shut).count(), "{open} in {name}");
            }
        }
    }
}
