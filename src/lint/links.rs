//! Where a link leads, and what it is: judged by its text alone, nothing is asked.

use std::net::IpAddr;
use url::{Host, Url};

/// What follows from the beginning of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    Https,
    Http,
    /// This very machine, as in a trial: nobody else can open it.
    Loopback,
    Mailto,
    /// Runs something, or holds its content itself.
    Active,
    /// Leads nowhere from a mail: a path, a place on the page, nothing.
    Relative,
    Other,
}

pub(super) fn reach(address: &str) -> Reach {
    let address = address.trim();
    let Some((scheme, _)) = address.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return Reach::Relative;
    };
    match scheme.to_ascii_lowercase().as_str() {
        "https" | "http" if is_loopback(address) => Reach::Loopback,
        "https" if host(address).is_some() => Reach::Https,
        "http" if host(address).is_some() => Reach::Http,
        "https" | "http" => Reach::Relative,
        "mailto" => Reach::Mailto,
        "javascript" | "vbscript" | "data" | "blob" | "file" => Reach::Active,
        _ => Reach::Other,
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

fn is_loopback(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// In lower case and ASCII, without `www.`.
pub(super) fn host(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?.to_ascii_lowercase();
    Some(host.strip_prefix("www.").unwrap_or(&host).to_owned())
}

/// Hosts that hide where a link leads; filters count them against a mail.
const SHORTENERS: &[&str] = &[
    "bit.ly",
    "bl.ink",
    "buff.ly",
    "cutt.ly",
    "dlvr.it",
    "goo.gl",
    "is.gd",
    "lnkd.in",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
    "trib.al",
    "v.gd",
];

pub(super) fn is_shortener(address: &str) -> bool {
    host(address).is_some_and(|host| SHORTENERS.contains(&host.as_str()))
}

/// The beginnings of what such a link is called in the languages that the program speaks.
const LEAVING: &[&str] =
    &["unsubscribe", "abbestell", "abmeld", "désabonn", "désinscri", "darse de baja", "darme de baja", "отписа"];

/// Whether a link is the one to leave by: by its address, or by its words.
pub(super) fn leaves(href: &str, words: &str, one_click: Option<&str>) -> bool {
    let is_known = one_click.is_some_and(|known| known == href);
    let words = words.to_lowercase();
    is_known || href.to_ascii_lowercase().contains("unsubscribe") || LEAVING.iter().any(|word| words.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_where_it_leads() {
        for (address, expected) in [
            ("https://news.example/a", Reach::Https),
            ("HTTP://news.example", Reach::Http),
            ("http://127.0.0.1:8080/x", Reach::Loopback),
            ("https://[::1]/", Reach::Loopback),
            ("http://localhost", Reach::Loopback),
            ("mailto:a@b.example", Reach::Mailto),
            (" JavaScript:alert(1)", Reach::Active),
            ("data:text/html,x", Reach::Active),
            ("/a", Reach::Relative),
            ("//news.example/a", Reach::Relative),
            ("#top", Reach::Relative),
            ("", Reach::Relative),
            ("https://", Reach::Relative),
            ("tel:1", Reach::Other),
        ] {
            assert_eq!(reach(address), expected, "{address}");
        }
    }

    #[test]
    fn hosts_that_hide_the_target_are_known() {
        assert!(is_shortener("https://bit.ly/x") && is_shortener("http://www.TinyURL.com/x"));
        assert!(!is_shortener("https://rabbit.ly/x") && !is_shortener("bit.ly"));
    }
}
