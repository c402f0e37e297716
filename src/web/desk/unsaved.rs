//! A form that came in after its session had ended: nothing of it is done, and no word of it is lost.
//!
//! It promises: whoever was logged in is told that nothing was saved, and led back, after the log-in, to the page of the desk
//! that the form stood on, and to no other site. Words that were typed are shown once more in the very answer to whoever sent
//! them, to be copied; they are kept nowhere, and nothing is done with them by itself: whose they are is not known any more.
//! Pages that take passwords, codes and keys show nothing again. A browser that shows no session is sent to the log-in as
//! any stranger, and its form is not taken in. Held to it by `tests/it/web/entry.rs` and the tests below.

use super::doors::Door;
use super::onward;
use super::session::{Ended, shows_session, way_to_log_in};
use super::words::field_name;
use crate::app::App;
use crate::base::limits::FORM_BYTES_MAX;
use crate::base::text::capitalized;
use crate::web::error::Error;
use crate::web::fields::{Fields, collect, hear_out, is_urlencoded};
use crate::web::page::{Frame, show_unlisted};
use crate::web::stylesheet::desk_path;
use askama::Template;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// A list or a picture is heard out before its sender is led away, or a browser shows a broken connection instead.
const FILE_BYTES_MAX: usize = 64 << 20;
/// Fields that are shown again.
const SHOWN_MAX: usize = 30;
const SECRET_PAGES: [&str; 4] = ["/desk/account", "/desk/people", "/desk/keys", "/desk/webhooks"];
const SECRET_NAMES: [&str; 6] = ["password", "current", "again", "code", "secret", "token"];

#[derive(Template)]
#[template(path = "desk/unsaved.html")]
struct UnsavedPage {
    frame: Frame,
    log_in: String,
    words: Vec<Typed>,
}

#[derive(PartialEq, Eq, Debug)]
struct Typed {
    id: usize,
    name: String,
    value: String,
    rows: usize,
}

/// The answer to a form without a session; `bare` is that to a stranger.
pub(super) async fn answer(app: &App, doors: &[Door], parts: &Parts, body: Body, bare: Response) -> Response {
    let is_shown_out = bare.status() == StatusCode::SEE_OTHER;
    if !is_shown_out || parts.method != Method::POST || !shows_session(app, &parts.headers) {
        return bare;
    }
    let path = parts.uri.path();
    let page = page_of(doors, path);
    let is_open = is_urlencoded(&parts.headers) && !SECRET_PAGES.iter().any(|it| path.starts_with(it));
    let words = if is_open {
        let bytes = collect(FORM_BYTES_MAX, &parts.headers, body).await.unwrap_or_default();
        typed(&Fields::of_text(&String::from_utf8_lossy(&bytes)))
    } else {
        hear_out(body, FILE_BYTES_MAX).await;
        Vec::new()
    };
    if words.is_empty() {
        return way_to_log_in(app, page, Ended::Unsaved);
    }
    let frame = Frame::of(app, "This was not saved").unlisted().styled(desk_path());
    let log_in = onward::to(app, "/desk/login", page);
    let told = show_unlisted(StatusCode::FORBIDDEN, &UnsavedPage { frame, log_in, words });
    told.unwrap_or_else(Error::into_response)
}

/// The page that a form stood on: the nearest above it.
fn page_of<'a>(doors: &[Door], path: &'a str) -> Option<&'a str> {
    let mut at = path;
    loop {
        if doors.iter().any(|door| door.method == "GET" && is_at(door.path, at)) {
            return onward::page_of_ours(at);
        }
        at = at.rsplit_once('/')?.0;
    }
}

fn is_at(pattern: &str, path: &str) -> bool {
    let fits = |(pattern, part): (&str, &str)| match pattern {
        "{id}" => part.parse::<i64>().is_ok(),
        _ => pattern.starts_with('{') || pattern == part,
    };
    pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(fits)
}

/// What somebody wrote; not what a button, a choice or the page itself put into the form.
fn typed(fields: &Fields) -> Vec<Typed> {
    let is_word = |(name, value): &(&str, &str)| {
        let of_program = |letter: char| letter.is_ascii_lowercase() || !letter.is_alphabetic();
        let is_written =
            value.contains(' ') || value.contains('@') || value.contains('/') || !value.chars().all(of_program);
        is_written && value.chars().any(char::is_alphabetic) && !SECRET_NAMES.iter().any(|it| name.contains(it))
    };
    let words = fields.pairs().filter(is_word).take(SHOWN_MAX).enumerate();
    let shown = |(id, (name, value)): (usize, (&str, &str))| Typed {
        id,
        name: capitalized(&field_name(name)),
        value: value.to_owned(),
        rows: (value.chars().count() / 60 + value.lines().count()).clamp(1, 14),
    };
    words.map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_that_a_form_stood_on_is_the_nearest_above_it() {
        let doors = super::super::list_doors();
        for (form, page) in [
            ("/desk/editions/7/items/3", "/desk/editions/7"),
            ("/desk/editions/7/words", "/desk/editions/7"),
            ("/desk/subscribers/waiting/4/ask", "/desk/subscribers"),
            ("/desk/subscribers/4/pause", "/desk/subscribers/4"),
            ("/desk/publications/evening/look", "/desk/publications/evening/look"),
            ("/desk/suppressions", "/desk/suppressions"),
        ] {
            assert_eq!(page_of(&doors, form), Some(page), "{form}");
        }
        for odd in ["/desk/editions/7/%2e%2e/words", "//evil.example/desk", "/desk//evil.example", "/archive/7"] {
            let page = page_of(&doors, odd).unwrap_or("/desk");
            assert!(page.starts_with("/desk") && !page.contains("//") && !page.contains('%'), "{odd}: {page}");
        }
    }

    #[test]
    fn words_are_shown_again_and_nothing_else() {
        let fields = Fields::of_text(
            "revision=7&do=save&seen=a3f09bc1&until=2027-01-31&headline=Harbour+opens&note=Kultur&email=a%40b.example&password=Correct+Horse&recovery_code=AB+CD&section=sport",
        );
        let names: Vec<String> = typed(&fields).into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["Headline", "Note", "Email"]);
    }
}
