//! Where a log-in leads: back to the page that asked for it, and to no other site.
//!
//! An address counts only if it is a page of our desk as our own pages write it. Whatever could be read in two ways (a
//! backslash, an encoded slash or dot, a step upwards, a second slash) is not followed. Held to it by the tests below.

use crate::app::App;

const CHARS_MAX: usize = 300;
/// Leading there again would go round in a circle, or do what nobody asked for.
const NOWHERE: [&str; 3] = ["/desk/login", "/desk/logout", "/desk/welcome"];

/// The page to go on to, if it is one of the desk's.
pub(super) fn page_of_ours(asked: &str) -> Option<&str> {
    let path = asked.split('?').next().unwrap_or_default();
    let is_desk = path == "/desk" || path.starts_with("/desk/");
    let is_plain =
        asked.len() <= CHARS_MAX && asked.bytes().all(|it| it.is_ascii_graphic() && it != b'\\' && it != b'#');
    let is_one_way = !path.contains("//") && !path.contains('%') && !path.split('/').any(|it| it == "." || it == "..");
    let leads_on = !NOWHERE.iter().any(|it| path.starts_with(it));
    (is_desk && is_plain && is_one_way && leads_on).then_some(asked)
}

/// The way to a page of the log-in, which remembers where to go afterwards.
pub(super) fn to(app: &App, page: &str, onward: Option<&str>) -> String {
    let page = app.config.site.path(page);
    match onward {
        Some(onward) => {
            let onward: String = url::form_urlencoded::byte_serialize(onward.as_bytes()).collect();
            format!("{page}?next={onward}")
        }
        None => page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_in_leads_to_pages_of_the_desk() {
        for page in ["/desk", "/desk/editions/7/report", "/desk/trail?who=operator:3&from=2026-11-23", "/desk?x=%20y"] {
            assert_eq!(page_of_ours(page), Some(page));
        }
    }

    #[test]
    fn a_log_in_leads_nowhere_else() {
        for page in [
            "",
            "/",
            "/deskx",
            "/archive",
            "//evil.example",
            "//evil.example/desk",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example/desk",
            "https:/desk",
            "javascript:alert(1)",
            " /desk",
            "/desk\n/x",
            "/desk\r\nSet-Cookie: a=b",
            "/desk/../archive",
            "/desk/..//evil.example",
            "/desk/./..",
            "/desk//evil.example",
            "/desk/%2e%2e/archive",
            "/desk/%2F%2Fevil.example",
            "/desk/\\evil.example",
            "%2Fdesk",
            "/%2Fevil.example",
            "/desk#@evil.example",
            "/desk\u{2215}x",
            "/desk/login",
            "/desk/login/code",
            "/desk/logout",
            "/desk/welcome/abc",
            "@evil.example",
            "desk",
        ] {
            assert_eq!(page_of_ours(page), None, "{page:?}");
        }
        assert_eq!(page_of_ours(&format!("/desk/{}", "a".repeat(400))), None);
    }
}
