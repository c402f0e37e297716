//! Domains whose owners let nobody else send with them. Pure.
//!
//! Promises: `from.free_mail`: a From domain of a mailbox provider is a fault, since these publish a DMARC policy that
//! makes receivers refuse mail which others send with it. The list is short: it is there to catch a beginner's
//! slip, not to know every provider. The cases below hold it.

use crate::doctor::finding::Finding;
use crate::doctor::name::Name;

const DOMAINS: &[&str] = &[
    "126.com",
    "163.com",
    "aim.com",
    "bk.ru",
    "comcast.net",
    "duck.com",
    "fastmail.com",
    "free.fr",
    "freenet.de",
    "gmail.com",
    "googlemail.com",
    "icloud.com",
    "inbox.lv",
    "inbox.ru",
    "laposte.net",
    "libero.it",
    "list.ru",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "orange.fr",
    "outlook.com",
    "pm.me",
    "posteo.de",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rambler.ru",
    "rocketmail.com",
    "seznam.cz",
    "t-online.de",
    "tuta.com",
    "tutanota.com",
    "ukr.net",
    "verizon.net",
    "wanadoo.fr",
    "web.de",
    "wp.pl",
    "ya.ru",
    "ymail.com",
    "zoho.com",
];
/// Providers that have one domain for each country.
const BRANDS: &[&str] = &["aol", "gmx", "hotmail", "live", "outlook", "yahoo", "yandex"];
/// `com`, `co.uk`: so short are the labels that a country's branch adds.
const COUNTRY_LABEL_BYTES_MAX: usize = 3;

/// Whether mailboxes at this domain are given to the public.
pub fn is_free_mail(domain: &Name) -> bool {
    if DOMAINS.contains(&domain.to_string().as_str()) {
        return true;
    }
    match domain.labels() {
        [brand, country @ ..] if !country.is_empty() && country.len() <= 2 => {
            BRANDS.iter().any(|it| it.as_bytes() == brand)
                && country.iter().all(|label| label.len() <= COUNTRY_LABEL_BYTES_MAX)
        }
        _ => false,
    }
}

/// Checks the domain of the From address.
pub fn check_free_mail(from: &Name) -> Finding {
    if is_free_mail(from) {
        Finding::fail(
            "from.free_mail",
            format!("{from} belongs to a mailbox provider: mail that others send with it is refused or filed as spam."),
            "Send from an address of a domain of your own.",
        )
    } else {
        Finding::ok("from.free_mail", format!("{from} is no domain of a known mailbox provider."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Level;
    use crate::doctor::testing::name;

    #[test]
    fn providers_are_known_in_every_country_and_others_are_not() {
        for domain in
            ["gmail.com", "Yahoo.co.uk", "yahoo.de", "outlook.com", "hotmail.fr", "gmx.at", "live.com.au", "web.de"]
        {
            assert_eq!(check_free_mail(&name(domain)).level, Level::Fail, "{domain}");
        }
        for domain in [
            "news.example",
            "live.example",
            "yahoo.news.example",
            "mygmail.com",
            "news.gmail.com",
            "yahoo",
            "gmx.a.b.c",
        ] {
            assert_eq!(check_free_mail(&name(domain)).level, Level::Ok, "{domain}");
        }
    }
}
