//! Domains whose owners let nobody else send with them.
//!
//! The list is short: it is there to catch a beginner's slip, not to know every provider. The cases below hold it.

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

/// Whether mailboxes at this domain are given to the public. The case does not matter.
pub fn is_free_mail(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    if DOMAINS.contains(&domain.as_str()) {
        return true;
    }
    let labels: Vec<&str> = domain.split('.').collect();
    match labels.as_slice() {
        [brand, country @ ..] if !country.is_empty() && country.len() <= 2 => {
            BRANDS.contains(brand) && country.iter().all(|label| label.len() <= COUNTRY_LABEL_BYTES_MAX)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_known_in_every_country_and_others_are_not() {
        for domain in ["gmail.com", "Yahoo.co.uk", "yahoo.de", "outlook.com", "hotmail.fr", "gmx.at", "web.de."] {
            assert!(is_free_mail(domain), "{domain}");
        }
        for domain in ["news.example", "live.example", "mygmail.com", "news.gmail.com", "yahoo", "gmx.a.b.c", ""] {
            assert!(!is_free_mail(domain), "{domain}");
        }
    }
}
